"""The unit of work of every study: some replicates of one scenario, with the same outcomes wherever they are simulated."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from typing import TYPE_CHECKING

from rolloutsim.simulation.records.outcomes import Crash
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator, with_policy

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.model.policy import DispatchPolicy
    from rolloutsim.simulation.records.outcomes import Outcomes
    from rolloutsim.simulation.records.tables import Keep

#: What to do after a MemoryError.
OUT_OF_MEMORY = "there is not enough memory: choose executor 1, or ask for fewer robots or tables"


class Interrupted(KeyboardInterrupt):
    """Ctrl-C within a chunk; `outcomes` holds the replicates that were done."""

    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__(outcomes)
        self.outcomes = outcomes


def run_chunk(
    scenario: Scenario,
    seed: int,
    replicates: range,
    *,
    keep: Keep = "jobs",
    record: Collection[int] = (0,),
    engine: str = "simpy",
    work: int = 0,
    dispatch: DispatchPolicy | None = None,
) -> Outcomes:
    """Simulate some replicates of a scenario.

    Parameters
    ----------
    scenario, seed, replicates
        Which.
    keep, record
        As for `rolloutsim.simulation.records.recorder.Recorder`.
    engine
        ``simpy`` or ``compiled``.
    work
        Robot-deployments of the study of which this is a part: much work is worth compiled draws.
    dispatch
        A policy of your own, in place of rules.

    Raises
    ------
    Interrupted
        On Ctrl-C.

    Examples
    --------
    >>> import rolloutsim
    >>> outcomes = run_chunk(rolloutsim.load("scenarios/robomaker-100.yaml"), 1, range(5, 8))
    >>> outcomes.replicates.tolist()
    [5, 6, 7]
    """
    work = max(work, scenario.robots * len(replicates))
    replicator = Replicator(
        scenario, seed, work=work, steps=keep != "jobs", flows=keep == "all", engine=engine, simpy_engine=with_policy(dispatch, scenario)
    )
    recorder = Recorder(scenario, keep=keep, record=record, engine=engine)
    crashes: list[Crash] = []

    def outcomes() -> Outcomes:
        return recorder.outcomes()._replace(crashes=tuple(crashes))

    try:
        for replicate in replicates:
            try:
                recorder.add(replicate, *replicator.run(replicate))
            except Exception as error:  # whatever it is, the other replicates go on
                message = f"{str(error) or 'no details'}; {OUT_OF_MEMORY}" if isinstance(error, MemoryError) else str(error)
                crashes.append(Crash(replicate, type(error).__name__, message, traceback.format_exc()))
    except KeyboardInterrupt:
        raise Interrupted(outcomes()) from None
    return outcomes()
