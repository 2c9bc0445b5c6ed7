"""Measuring a scenario: the values of metrics in each replicate, without the tables behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rolloutsim.analysis import CONFIDENCE, RELEASE, Estimate, Query, Side, estimate, quantile_needs, values
from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.study.execution.tasks import Request

if TYPE_CHECKING:
    from rolloutsim.analysis import Premises
    from rolloutsim.analysis.replicates import FloatArray, ResultTables
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Crash
    from rolloutsim.study.context import StudyContext


def refuse_quantiles(asked: Iterable[tuple[str, Query]], most: int, *, exact: bool, confidence: float = CONFIDENCE) -> None:
    """Refuse quantiles that so many replicates cannot estimate, before any is simulated.

    Parameters
    ----------
    asked
        Expressions as they were written, with their queries.
    most
        Replicates at most.
    exact
        Whether nothing is drawn, so that one replicate is enough.
    confidence
        Of the interval.

    Raises
    ------
    UsageError
        With each that needs more, and the number that it needs.
    """
    needs = {text: quantile_needs(query.q, confidence=confidence) for text, query in asked if query.q is not None and not exact}
    wrong = [
        f"{text}: an interval of this quantile needs {number:,} replicates, and at most {most:,} are simulated; allow {number:,}, or ask "
        "for a quantile nearer to the median"
        for text, number in needs.items()
        if number > most
    ]
    if wrong:
        raise UsageError("\n".join(wrong))


def all_crashed(crashes: Sequence[Crash], seed: int) -> SimulationError:
    """Return the error to raise if every replicate crashed."""
    crashed = f"all {len(crashes)} replicates crashed, the first with {crashes[0].type}: {crashes[0].message}"
    if crashes[0].type == MemoryError.__name__:
        return SimulationError(crashed)
    return SimulationError(
        f"{crashed}; this is a fault of the program, not of the scenario: please report it with the scenario and seed {seed}"
    )


class Sample:
    """The values of some queries in replicates of a scenario; it can grow.

    Parameters
    ----------
    queries
        What to keep of each replicate.
    premises
        Of the scenario.

    Attributes
    ----------
    done
        The replicates that are in it.
    crashes
        Those that could not be simulated.

    Examples
    --------
    >>> import rolloutsim
    >>> from rolloutsim.analysis import Premises, parse_metric
    >>> from rolloutsim.study.context import StudyContext
    >>> query = parse_metric("time_to_complete.p50")
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> sample = Sample([query], Premises.of(scenario))
    >>> sample.simulate(StudyContext(seed=1, engine="simpy"), scenario, range(10))
    >>> sample.estimate(query).n
    10
    """

    def __init__(self, queries: Iterable[Query], premises: Premises) -> None:
        self.premises = premises
        self.done: list[int] = []
        self.crashes: list[Crash] = []
        self._parts: dict[Query, list[pd.Series[float]]] = {query: [] for query in (*queries, RELEASE)}

    def simulate(
        self, context: StudyContext, scenario: Scenario, replicates: range, *, progress: Callable[[int], None] | None = None
    ) -> None:
        """Simulate replicates and add them.

        Parameters
        ----------
        progress
            Called with the number of each replicate that is done.

        Raises
        ------
        SimulationError
            If every replicate so far has crashed.
        """
        for outcomes in context.in_order(scenario, replicates, progress=progress):
            self.take(outcomes.tables())
            self.crashes += outcomes.crashes
        if not self.done:
            raise all_crashed(self.crashes, context.seed)

    def take(self, tables: ResultTables) -> None:
        """Add replicates that were simulated."""
        self.done += tables.jobs["replicate"].tolist()
        for query, parts in self._parts.items():
            parts.append(values(query, tables))

    def values(self, query: Query) -> pd.Series[float]:
        """Return the value of each replicate that the query's conditions choose, by replicate."""
        return pd.concat(self._parts[query])

    def side(self, query: Query) -> Side:
        """Return what a contrast with another sample needs."""
        return Side(self.values(query), self.values(RELEASE), self.premises)

    def estimate(self, query: Query, *, confidence: float = CONFIDENCE) -> Estimate:
        """Estimate what a query asks for."""
        found, bad = self.values(query), self.values(RELEASE)
        counts = {"of": len(bad), "of_bad": int(bad.sum())}
        return estimate(query, found, bad.reindex(found.index), **counts, premises=self.premises, confidence=confidence)


def values_at(
    context: StudyContext,
    scenarios: Sequence[Scenario],
    queries: Sequence[Query],
    replicates: range,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Simulate the same replicates of several scenarios (common random numbers).

    Parameters
    ----------
    progress
        Called with the number of scenarios that are done, and of all; without it a notebook shows a bar.

    Returns
    -------
    values
        By query, scenario and replicate; NaN in replicates that a condition leaves out, or where the metric is not defined.

    Raises
    ------
    SimulationError
        If a replicate crashed: without it, differences between scenarios would be taken over other random numbers.
    """
    found = np.full((len(queries), len(scenarios), len(replicates)), np.nan)
    left = dict.fromkeys(range(len(scenarios)), len(replicates))
    requests = [Request(number, scenario, context.seed, replicates) for number, scenario in enumerate(scenarios)]
    for done in context.run(requests, bar=progress is None):
        for request, outcomes in done:
            if outcomes.crashes:
                first = outcomes.crashes[0]
                raise SimulationError(
                    f"replicate {first.replicate} of seed {context.seed} crashed with {first.type}: {first.message}; this is a fault of "
                    "the program, not of the scenario: please report it with the scenario and the seed"
                )
            part = slice(request.replicates.start - replicates.start, request.replicates.stop - replicates.start)
            tables = outcomes.tables()
            for query, own in zip(queries, found, strict=True):
                own[request.key, part] = values(query, tables).reindex(request.replicates)
            left[request.key] -= len(request.replicates)
        if progress is not None:
            progress(sum(not rest for rest in left.values()), len(scenarios))
    return found
