"""What all replicates of a study share: the seed, the engine and where they run. Every study is prepared here, and simulates through it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.simulation.engine_choice import choose_engine, estimate_work, prepare
from rolloutsim.study.arguments import expect_count
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.execution.notebook_bar import notebook_bar
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import Done, run_chunks

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.model.policy import DispatchPolicy
    from rolloutsim.simulation.records.outcomes import Outcomes
    from rolloutsim.simulation.records.tables import Keep

#: The seed of studies that decide, where neither the scenario nor an argument names one: the same question has the same answer.
STUDY_SEED = 1


def choose_replicates(scenario: Scenario, replicates: int | None) -> int:
    """Return a number of replicates: by default the scenario's.

    Raises
    ------
    UsageError
        If it is not a whole number, less than one or too large.
    """
    count = scenario.replicates if replicates is None else replicates
    expect_count("replicates", count)
    return int(count)


def choose_seed(scenario: Scenario, seed: int | None, *, default: int | None = None) -> int:
    """Return a seed: by default the scenario's, else `default`, or one is drawn.

    Raises
    ------
    UsageError
        If it is no seed.
    """
    seed = next(s for s in (seed, scenario.seed, default, secrets.randbits(32)) if s is not None)
    expect_count("seed", seed, least=0, most=2**64 - 1)
    return int(seed)


class StudyContext(NamedTuple):
    """What all replicates of a study share.

    Attributes
    ----------
    seed
        Of all draws.
    engine
        ``simpy`` or ``compiled``, for all of the study.
    executor
        Where replicates run.
    why
        Why this engine, in words.
    dispatch
        A policy of your own, in place of rules.
    """

    seed: int
    engine: str
    executor: ExecutorLike = None
    why: str = ""
    dispatch: DispatchPolicy | None = None

    @classmethod
    def of(cls, work: Iterable[tuple[Scenario, int]], *, seed: int, executor: ExecutorLike = None, engine: str = "auto") -> StudyContext:
        """Choose the engine by the work of the whole study.

        Parameters
        ----------
        work
            All scenarios of the study, each with the largest number of its replicates.

        Raises
        ------
        UsageError
            If there is no such engine.
        """
        choice = choose_engine(engine, sum(estimate_work(scenario, replicates) for scenario, replicates in work))
        return cls(seed, choice.engine, executor, choice.why)

    def run(self, requests: Sequence[Request], *, keep: Keep = "jobs", record: Collection[int] = (0,), bar: bool = True) -> Iterator[Done]:
        """Simulate requests and yield them in pieces as they are finished, in any order; see `run_chunks`.

        Parameters
        ----------
        keep, record
            As for `run_chunk`.
        bar
            Whether a notebook shows a progress bar.
        """
        import_module("scipy.special")  # the estimates need it in the end: that it cannot be loaded shows before the work
        if self.engine == "compiled":
            prepare()  # here and once, not in every worker
        work = sum(request.size for request in requests)
        run = partial(run_chunk, keep=keep, record=record, engine=self.engine, work=work, dispatch=self.dispatch)
        chunks = run_chunks(requests, executor=self.executor, run=run)
        if not bar:
            yield from chunks
            return
        with notebook_bar(sum(len(request.replicates) for request in requests)) as advance:
            for done in chunks:
                advance(sum(len(request.replicates) for request, _ in done))
                yield done

    def in_order(
        self,
        scenario: Scenario,
        replicates: range,
        *,
        keep: Keep = "jobs",
        record: Collection[int] = (0,),
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Outcomes]:
        """Simulate replicates of one scenario and yield them in pieces, in order.

        So an interruption leaves the first ones. Which later ones are done depends on how long they took: to keep them would favour quick
        rollouts.

        Parameters
        ----------
        keep, record
            As for `run_chunk`.
        progress
            Called with the number of each replicate that is done; without it a notebook shows a bar.
        """
        waiting: dict[int, Outcomes] = {}
        first = replicates.start
        for done in self.run([Request(0, scenario, self.seed, replicates)], keep=keep, record=record, bar=progress is None):
            for request, outcomes in done:
                waiting[request.replicates.start] = outcomes
                if progress is not None:
                    for replicate in request.replicates:
                        progress(replicate)
            while first in waiting:
                outcomes = waiting.pop(first)
                yield outcomes
                first += max(1, outcomes.size)
