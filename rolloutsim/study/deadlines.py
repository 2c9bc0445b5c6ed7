"""Deadlines: how probable it is that a time is kept, and the latest start that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis import Estimate, Premises, Query, group_names, parse_metric, proportion
from rolloutsim.errors import UsageError
from rolloutsim.formatting import percent
from rolloutsim.notebook import html_of
from rolloutsim.scenario.local_time import LocalClock, is_clock_time
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import TIME, parse_quantity
from rolloutsim.study.arguments import expect_scenario
from rolloutsim.study.context import STUDY_SEED, StudyContext, choose_replicates, choose_seed
from rolloutsim.study.measuring import values_at

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario
    from rolloutsim.study.execution.executors import ExecutorLike

#: What a deadline is about by default.
METRIC = "time_to_complete"
#: What the lower limit of the probability must reach.
SURE = 0.95
#: Between two starts, and how many of them there are: 24 h (s).
_STEP, _STARTS = 900.0, 96
#: Starts that are simulated together; the rest only if none of them is early enough.
_TOGETHER = 8


class Deadline(NamedTuple):
    """A time until which something is to happen.

    Attributes
    ----------
    text
        As it was written: ``06:00`` or ``8 h``.
    query
        A time, without a statistic of its own.
    seconds
        After the start.
    clock
        Of the scenario, if it has one.
    """

    text: str
    query: Query
    seconds: float
    clock: LocalClock | None

    @classmethod
    def parse(cls, text: str, scenario: Scenario, metric: str = METRIC) -> Deadline:
        """Return a deadline for a scenario.

        Parameters
        ----------
        text
            A time of day, which is the first such instant after `rules.start`, or a duration from the start.
        metric
            A time, e.g. ``time_to_reach_95[courier]``.

        Raises
        ------
        UsageError
            If this is neither, a time of day lacks `rules.start`, or the metric is no time.

        Examples
        --------
        >>> import rolloutsim
        >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml").replace("rules.start", "2026-01-05 21:00")
        >>> Deadline.parse("06:00", scenario).seconds
        32400.0
        """
        clock = LocalClock.of(scenario)
        return cls(text.strip(), _time_of(metric, scenario), _seconds(text, clock), clock)

    @property
    def words(self) -> str:
        """The deadline, with what the local clock shows then."""
        shown = "" if self.clock is None else self.clock.at(self.seconds)
        return shown if is_clock_time(self.text) else f"{self.text} ({shown})" if shown else self.text

    def clock_of(self, start: str) -> str:
        """Return a start as the local clock shows it, with its date.

        >>> import rolloutsim
        >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml").replace("rules.start", "2026-01-05 21:00")
        >>> Deadline.parse("06:00", scenario).clock_of("2026-01-06 05:45+00:00")
        'Tue 05:45 (2026-01-06)'
        """
        return f"{datetime.fromisoformat(start):%a %H:%M (%Y-%m-%d)}"

    def probability(self, values: Any, premises: Premises) -> Estimate:
        """Estimate the probability that a time is at most the deadline.

        Parameters
        ----------
        values
            One per replicate (s); infinite if it never happened, NaN if the replicate does not count.
        premises
            Of the scenario.
        """
        known = np.asarray(values, dtype=float)
        known = known[~np.isnan(known)]
        return proportion(int((known <= self.seconds).sum()), len(known), exact=premises.exact)


def _time_of(metric: str, scenario: Scenario) -> Query:
    query = parse_metric(metric, groups=group_names(scenario))
    if query.metric.unit != "s":
        raise UsageError(f"{metric}: a deadline needs a time, and {query.metric.name} is none: take e.g. {METRIC}")
    if query.q is not None:
        name = metric.strip().removesuffix(f".{query.statistic}")
        raise UsageError(f"{metric}: what is asked is the probability of keeping the deadline, not {query.statistic}: write {name}")
    return query


def _seconds(text: str, clock: LocalClock | None) -> float:
    if is_clock_time(text):
        if clock is None:
            hint = 'set rules.start, e.g. --set "rules.start=2026-01-05 21:00", or give a duration, e.g. 8 h'
            raise UsageError(f"{text}: a time of day needs to know when the job starts: {hint}")
        return clock.after(text)
    try:
        return parse_quantity(text, TIME)
    except ProblemError as error:
        raise UsageError(f"{text}: neither a time of day nor a duration: write e.g. 06:00 or 8 h") from error


class Start(NamedTuple):
    """A start of the job and what it leads to.

    Attributes
    ----------
    start
        As `rules.start` takes it.
    probability
        That the deadline is kept.
    """

    start: str
    probability: Estimate


class LatestStart(NamedTuple):
    """The latest start that keeps a deadline.

    Attributes
    ----------
    deadline
        What is to be kept.
    latest
        The latest start of which the lower 95 % limit of the probability is at least `SURE`; None if there is none.
    starts
        Those that were simulated, the latest first; earlier ones than those beside `latest` are not needed.
    """

    deadline: Deadline
    latest: Start | None
    starts: tuple[Start, ...]

    def _repr_html_(self) -> str:
        return html_of(self)


def latest_start(
    scenario: Scenario,
    by: str,
    *,
    metric: str = METRIC,
    replicates: int | None = None,
    seed: int | None = None,
    executor: ExecutorLike = None,
    progress: Callable[[int, int], None] | None = None,
) -> LatestStart:
    """Find the latest start, of one every 15 min in the 24 h before a deadline, that keeps it; all see the same random numbers.

    Parameters
    ----------
    by
        A time of day; the deadline is the first such instant after `rules.start`.
    metric
        What has to happen by then.
    replicates, seed
        Of each start; default: the scenario's; a seed that it does not name is 1.
    executor
        Where to simulate; the results do not depend on it. See `rolloutsim.simulate`.
    progress
        Called with the starts that are done and with all of the group that is simulated.

    Raises
    ------
    UsageError
        If an argument is invalid, or so few replicates cannot show that a start keeps the deadline.
    ScenarioError
        If the scenario cannot start at one of these times.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml").replace("rules.start", "2026-01-05 21:00")
    >>> latest_start(scenario, "06:00", replicates=80, seed=1, executor=1).latest.start
    '2026-01-06 05:45+00:00'
    """
    expect_scenario(scenario)
    deadline = Deadline.parse(by, scenario, metric)
    if deadline.clock is None or not is_clock_time(by):
        raise UsageError(f"{by}: a latest start needs a time of day that does not move with the start: write e.g. 06:00")
    count, seed = choose_replicates(scenario, replicates), choose_seed(scenario, seed, default=STUDY_SEED)
    check_reach(count, Premises.of(scenario))
    known: dict[str, FloatArray] = {}
    found: list[Start] = []
    for first in range(1, _STARTS + 1, _TOGETHER):
        early = [number * _STEP for number in range(first, first + _TOGETHER)]
        starts = {before: scenario.replace("rules.start", deadline.clock.moved(deadline.seconds - before)) for before in early}
        new = {each.fingerprint(): each for each in starts.values() if each.fingerprint() not in known}
        if new:  # where nothing goes by the clock, all starts are one scenario
            context = StudyContext.of([(each, count) for each in new.values()], seed=seed, executor=executor)
            values = values_at(context, list(new.values()), [deadline.query], range(count), progress=progress)[0]
            known |= dict(zip(new, values, strict=True))
        for before, start in starts.items():
            times = known[start.fingerprint()]
            estimate = deadline._replace(seconds=before).probability(times, Premises.of(start))
            found.append(Start(str(start.rules.start), estimate))
            if estimate.low >= SURE:
                return LatestStart(deadline, found[-1], tuple(found))
    return LatestStart(deadline, None, tuple(found))


def check_reach(count: int, premises: Premises) -> None:
    """Refuse replicates of which not even all together show enough.

    Raises
    ------
    UsageError
        With the number that is needed.
    """
    if proportion(count, count, exact=premises.exact).low < SURE:
        enough = next(n for n in range(count, 1000) if proportion(n, n).low >= SURE)
        why = f"{count} replicates cannot show that a deadline is kept with a probability of {percent(SURE)}"
        raise UsageError(f"{why}: simulate at least {enough}")
