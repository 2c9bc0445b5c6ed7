"""Replicates of a scenario: each a run of the model with its own luck, all of them in tidy tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import UsageError
from rolloutsim.randomness import uniform
from rolloutsim.simulation.causes import ORDER
from rolloutsim.simulation.compiled import is_cached
from rolloutsim.simulation.fates import Fates, draw_fates, draw_fleet, reachable
from rolloutsim.simulation.log import Columns, Log
from rolloutsim.simulation.model import Rollout
from rolloutsim.simulation.plan import make_plan
from rolloutsim.simulation.rules import make_rules
from rolloutsim.simulation.stages import Staging

if TYPE_CHECKING:
    import numpy as np

    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.machine import Machine

    Array = np.ndarray[Any, Any]

__all__ = ["ENGINES", "MODEL_VERSION", "TABLES", "Replicator", "check_engine"]

#: Rises whenever the same scenario and seed give other numbers; results of different versions do not mix.
MODEL_VERSION = 1

ENGINES = ("auto", "simpy", "compiled")
TABLES = ("jobs", "robots", "steps", "timeline")

#: Robot-deployments from which on compiled draws are worth loading the machine code, and worth making it, once a machine: plain
#: Python takes about 0.1 ms each, loading about 1 s, compiling about 10 s.
_WORTH_LOADING, _WORTH_COMPILING = 20_000, 100_000


def check_engine(engine: str) -> None:
    """Raise UsageError for an engine that does not exist."""
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}: it is one of {', '.join(ENGINES)}")


class Replicator:
    """Runs replicates of one scenario; what they share is prepared once.

    Parameters
    ----------
    scenario
        What to simulate.
    seed
        From 0 to 2**64 - 1.
    work
        Robot-deployments to come, by which it is decided whether draws are compiled. The numbers are the same either way.
    steps
        Whether to keep a record of each phase of each robot.
    engine
        ``simpy`` or ``compiled``: the same numbers by the SimPy model or by machine code.
    """

    def __init__(self, scenario: Scenario, seed: int, *, work: int = 0, steps: bool = True, engine: str = "simpy") -> None:
        self.scenario, self.seed = scenario, seed
        self._steps = steps
        self._plan = make_plan(scenario)
        worth = engine == "compiled" or work >= _WORTH_COMPILING or (work >= _WORTH_LOADING and is_cached(draw_fleet))
        self._arrays = make_plan(scenario, arrays=True) if worth else None
        self._rules = make_rules(scenario)
        self._staging = Staging(scenario)
        self._machine: Machine | None = None
        self._lines: tuple[Array, Array] | None = None
        if engine == "compiled":
            from rolloutsim.simulation.machine import Machine

            self._machine = Machine(make_plan(scenario, arrays=True), self._rules, steps=steps)

    def run(self, replicate: int) -> tuple[Columns, Sequence[bool] | Array]:
        """Run one replicate.

        Returns
        -------
        columns, reachable
            Its records, and for each robot of the fleet whether it is online at some instant before ``rules.observe``.
        """
        if self._machine is not None:
            return self._machine.run(*self._line(replicate), self.seed, replicate)
        release, job_key, fates = draw_fates(self._plan, self._arrays, self.seed, replicate)
        log = Log(steps=self._steps)
        stages = self._staging.split(self._order(fates), self._plan.cohort)
        rollout = Rollout(self._plan, self._rules, stages, (release, job_key, fates), log)
        job = rollout.run()
        return log.columns(job), reachable(fates)

    def run_all(
        self, replicates: Iterable[int], progress: Callable[[int], None] | None = None
    ) -> Iterable[tuple[int, Columns, Sequence[bool] | Array]]:
        """Run replicates one after the other; `progress` is called with the number of each that is done."""
        for replicate in replicates:
            columns, reachable = self.run(replicate)
            yield replicate, columns, reachable
            if progress is not None:
                progress(replicate)

    def _line(self, replicate: int) -> tuple[Array, Array]:
        """Return the robots in order of deployment, stage by stage, and where the stages begin and the last one ends."""
        import numpy as np

        if self._lines is not None:
            return self._lines
        shuffled = self.scenario.rules.order == "shuffled"
        fates = draw_fates(self._plan, self._arrays, self.seed, replicate)[2] if shuffled else None
        stages = [np.fromiter(stage, np.int64) for stage in self._staging.split(self._order(fates), self._plan.cohort)]
        lines = np.concatenate(stages), np.cumsum([0, *map(len, stages)])
        if not shuffled:
            self._lines = lines
        return lines

    def _order(self, fates: Fates | None) -> Iterable[int]:
        """Return the robots in order of deployment."""
        rule, robots = self.scenario.rules.order, range(self._rules.robots)
        if rule == "shuffled":
            assert fates is not None
            return sorted(robots, key=lambda index: uniform(int(fates.words[index][0]), ORDER, 0))
        if rule == "priority":
            priority = [cohort.priority for cohort in self.scenario.fleet]
            return sorted(robots, key=lambda index: priority[self._plan.cohort[index]])
        return robots
