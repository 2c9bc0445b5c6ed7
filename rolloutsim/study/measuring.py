"""Measuring a scenario: how often, with which seed, and the values of metrics in each replicate without the tables behind them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rolloutsim.analysis import CONFIDENCE, RELEASE, Estimate, Query, Side, estimate, quantile_needs, values
from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.study.arguments import expect_count
from rolloutsim.study.execution.chunk import Chunk, Crash, run_chunk
from rolloutsim.study.execution.executors import DEFAULT_EXECUTOR, ExecutorSpec
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import run_chunks

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis import Premises
    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.tables import Keep

__all__ = ["STUDY_SEED", "Sample", "all_crashed", "choose_replicates", "choose_seed", "chunks", "refuse_quantiles"]


def choose_replicates(scenario: Scenario, replicates: int | None) -> int:
    """Return how many replicates are asked for: by default the scenario's.

    Raises
    ------
    UsageError
        If it is no whole number, less than one or too large.
    """
    count = scenario.replicates if replicates is None else replicates
    expect_count("replicates", count)
    return int(count)


#: The seed of studies that decide, where neither the scenario nor an argument names one: the same question has the same answer.
STUDY_SEED = 1


def choose_seed(scenario: Scenario, seed: int | None, *, default: int | None = None) -> int:
    """Return the seed that is asked for: by default the scenario's, else `default`, or one is drawn.

    Raises
    ------
    UsageError
        If it is no seed.
    """
    seed = next(s for s in (seed, scenario.seed, default, secrets.randbits(32)) if s is not None)
    expect_count("seed", seed, least=0, most=2**64 - 1)
    return int(seed)


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
    """Return what is to be raised if there is no replicate that did not crash."""
    crashed = f"all {len(crashes)} replicates crashed, the first with {crashes[0].type}: {crashes[0].message}"
    if crashes[0].type == MemoryError.__name__:
        return SimulationError(crashed)
    return SimulationError(
        f"{crashed}; this is a fault of the program, not of the scenario: please report it with the scenario and seed {seed}"
    )


def chunks(
    scenario: Scenario,
    seed: int,
    replicates: range,
    *,
    keep: Keep = "jobs",
    record: Collection[int] = (0,),
    engine: str = "auto",
    where: ExecutorSpec = DEFAULT_EXECUTOR,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Chunk]:
    """Simulate replicates and yield them in chunks, in order.

    So an interruption leaves the first ones. Which later ones are done depends on how long they took: to keep them would favour quick
    rollouts.

    Parameters
    ----------
    keep, record, engine
        As for `run_chunk`.
    where
        As for `run_chunks`.
    progress
        Called with the number of each replicate that is done.
    """
    run = partial(run_chunk, keep=keep, record=record, engine=engine, work=scenario.robots * len(replicates))
    waiting: dict[int, Chunk] = {}
    first = replicates.start
    for done in run_chunks([Request(scenario, seed, replicates)], where=where, run=run):
        for request, chunk in done.chunks:
            waiting[request.replicates.start] = chunk
            if progress is not None:
                for replicate in request.replicates:
                    progress(replicate)
        while first in waiting:
            chunk = waiting.pop(first)
            yield chunk
            first += max(1, chunk.size)


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
    >>> query = parse_metric("time_to_complete.p50")
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> sample = Sample([query], Premises.of(scenario))
    >>> sample.simulate(scenario, 1, range(10))
    >>> sample.estimate(query).n
    10
    """

    def __init__(self, queries: Iterable[Query], premises: Premises) -> None:
        self.premises = premises
        self.done: list[int] = []
        self.crashes: list[Crash] = []
        self._parts: dict[Query, list[pd.Series[float]]] = {query: [] for query in (*queries, RELEASE)}

    def simulate(
        self,
        scenario: Scenario,
        seed: int,
        replicates: range,
        *,
        engine: str = "auto",
        where: ExecutorSpec = DEFAULT_EXECUTOR,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Simulate replicates and take them in.

        Parameters
        ----------
        engine, where, progress
            As for `chunks`.

        Raises
        ------
        SimulationError
            If every replicate so far has crashed.
        """
        for chunk in chunks(scenario, seed, replicates, engine=engine, where=where, progress=progress):
            self.take(chunk.tables)
            self.crashes += chunk.crashes
        if not self.done:
            raise all_crashed(self.crashes, seed)

    def take(self, tables: ResultTables) -> None:
        """Take in replicates that were simulated."""
        self.done += tables.jobs["replicate"].tolist()
        for query, parts in self._parts.items():
            parts.append(values(query, tables))

    def values(self, query: Query) -> pd.Series[float]:
        """Return the value of each replicate that the query's conditions choose, by replicate."""
        import pandas as pd

        return pd.concat(self._parts[query])

    def side(self, query: Query) -> Side:
        """Return what a contrast with another sample needs."""
        return Side(self.values(query), self.values(RELEASE), self.premises)

    def estimate(self, query: Query, *, confidence: float = CONFIDENCE) -> Estimate:
        """Estimate what a query asks for."""
        found, bad = self.values(query), self.values(RELEASE)
        counts = {"of": len(bad), "of_bad": int(bad.sum())}
        return estimate(query, found, bad.reindex(found.index), **counts, premises=self.premises, confidence=confidence)
