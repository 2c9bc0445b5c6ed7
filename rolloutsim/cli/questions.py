"""What ``rolloutsim run`` may be asked instead of a summary: metrics, a deadline, and the latest start that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.analysis import Estimate, Premises, Query, group_names, parse_metrics
from rolloutsim.cli.progress import progress_bar
from rolloutsim.cli.scenarios import for_option
from rolloutsim.errors import UsageError
from rolloutsim.report.question_sections import deadline_section, latest_start_section, metrics_section, name_of
from rolloutsim.scenario import Scenario
from rolloutsim.scenario.local_time import LocalClock, is_clock_time
from rolloutsim.study.deadlines import METRIC, Deadline, LatestStart, check_reach, latest_start
from rolloutsim.study.measuring import refuse_quantiles
from rolloutsim.study.stopped_jobs import STOPPED, stopped_note

if TYPE_CHECKING:
    from rolloutsim.report.rows import Section
    from rolloutsim.results import Results
    from rolloutsim.study import ExecutorLike


class Answers(NamedTuple):
    """Answers to `Questions`."""

    clock: LocalClock | None
    metrics: dict[Query, Estimate]
    deadline: Deadline | None
    probability: Estimate | None
    latest: LatestStart | None
    note: str = ""

    @property
    def asked(self) -> bool:
        """Whether anything was asked."""
        return bool(self.metrics) or self.deadline is not None

    def sections(self) -> list[Section]:
        """Return them for the terminal."""
        found = [metrics_section(self.metrics)._replace(note=self.note)] if self.metrics else []
        if self.deadline is not None and self.probability is not None:
            found.append(deadline_section(self.deadline, self.probability)._replace(note=self.note))
        return found if self.latest is None else [*found, latest_start_section(self.latest)]

    def to_json(self) -> dict[str, Any]:
        """Return them for JSON, beside the summary."""
        found: dict[str, Any] = {}
        if self.metrics:
            found["metrics"] = {str(query): estimate.to_json() for query, estimate in self.metrics.items()}
        if self.asked:
            found["note"] = self.note
        if self.deadline is not None and self.probability is not None:
            by = {"by": self.deadline.text, "metric": name_of(self.deadline), "seconds": self.deadline.seconds}
            found["deadline"] = by | {"probability": self.probability.to_json()}
        if self.latest is not None:
            starts = [{"start": each.start, "probability": each.probability.to_json()} for each in self.latest.starts]
            found["latest_start"] = {"latest": self.latest.latest and self.latest.latest.start, "starts": starts}
        return found


class Questions(NamedTuple):
    """What is asked.

    Attributes
    ----------
    scenario
        Of what.
    metrics
        As they were written, with their queries; without a deadline.
    deadline
        What is to be kept, if anything.
    latest
        Whether the latest start is asked for.
    """

    scenario: Scenario
    metrics: tuple[tuple[str, Query], ...]
    deadline: Deadline | None
    latest: bool

    @classmethod
    def parse(cls, scenario: Scenario, metrics: Sequence[str], by: str | None, *, latest: bool) -> Questions:
        """Return what the options ask.

        Raises
        ------
        UsageError
            If an option is invalid, or they do not go together.
        """
        if by is None:
            if latest:
                raise UsageError("--latest-start needs a time to be kept: add e.g. --by 06:00")
            queries = for_option("--metric", parse_metrics)(metrics, groups=group_names(scenario))
            return cls(scenario, tuple(zip(metrics, queries, strict=True)), None, latest)
        if len(metrics) > 1:
            raise UsageError("--by is about one time: leave one --metric")
        if latest and not is_clock_time(by):
            raise UsageError(f"--by {by}: --latest-start needs a time of day, e.g. 06:00: a duration moves with the start")
        return cls(scenario, (), for_option("--by", Deadline.parse)(by, scenario, *(metrics or (METRIC,))), latest)

    def check_reach(self, replicates: int | None) -> None:
        """Refuse, before anything is simulated, what so many replicates cannot answer; their number is None if a precision decides it.

        Raises
        ------
        UsageError
            If they are too few.
        """
        if replicates is not None:
            premises = Premises.of(self.scenario)
            for_option("--metric", refuse_quantiles)(self.metrics, replicates, exact=premises.exact)
            if self.latest:
                for_option("--latest-start", check_reach)(replicates, premises)

    def latest_start(self, *, replicates: int, seed: int, executor: ExecutorLike) -> LatestStart | None:
        """Simulate other starts, if that is asked."""
        if not self.latest or self.deadline is None:
            return None
        with progress_bar("starts") as progress:
            by, metric = self.deadline.text, name_of(self.deadline)
            return latest_start(self.scenario, by, metric=metric, replicates=replicates, seed=seed, executor=executor, progress=progress)

    def answers(self, results: Results, latest: LatestStart | None) -> Answers:
        """Return what results answer."""
        metrics = {query: results.estimate(str(query)) for _, query in self.metrics}
        deadline = self.deadline
        probability = None if deadline is None else results.probability_by(deadline.text, name_of(deadline))
        asked = [*metrics, *([] if deadline is None else [deadline.query])]
        note = stopped_note(asked, results.estimate(str(STOPPED)).best, "here")
        return Answers(LocalClock.of(self.scenario), metrics, deadline, probability, latest, note)
