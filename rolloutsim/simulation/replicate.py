"""Replicates of a scenario: each a run of the model with its own random numbers, all of them in tidy tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from rolloutsim.distributions.table import TableBuilder, ppf
from rolloutsim.randomness import replicate_key, uniform
from rolloutsim.simulation.engines.simpy.engine import SimpyEngine
from rolloutsim.simulation.engines.simpy.policy_engine import Membership, PolicyEngine
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.machine_code import is_cached
from rolloutsim.simulation.model.causes import DURATION
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.draws import draw_release
from rolloutsim.simulation.model.initial_state import Fleet, draw_fleet
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.make_tables import plan_of
from rolloutsim.simulation.model.stages import Staging
from rolloutsim.simulation.records.counting_log import CountingLog
from rolloutsim.simulation.records.log import Columns, Log
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    import numpy as np

    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.engines.compiled.engine import Machine
    from rolloutsim.simulation.model.policy import DispatchPolicy

    Array = np.ndarray[Any, Any]

__all__ = ["MODEL_VERSION", "Replicator", "with_policy"]

#: Rises whenever the same scenario and seed give other numbers; results of different versions do not mix.
MODEL_VERSION = 3

#: Robot-deployments from which on compiled draws are worth loading the machine code, and worth making it, once per machine: plain
#: Python takes about 0.1 ms each, loading about 1 s, compiling about 10 s.
_WORTH_LOADING, _WORTH_COMPILING = 20_000, 100_000


def with_policy(policy: DispatchPolicy | None, scenario: Scenario) -> Callable[..., SimpyEngine]:
    """Return what makes the SimPy model, in which a policy of your own may decide which robots start."""
    if policy is None:
        return SimpyEngine
    cohorts = [Membership(cohort.name, cohort.site, cohort.class_name) for cohort in scenario.fleet]
    return partial(PolicyEngine, policy=policy, cohorts=cohorts)


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
        Whether to keep a record of each phase of each robot, and of when it held a slot.
    flows
        Whether to keep a record of each transfer. The compiled engine counts those that share no link as the replicate runs, so that its
        memory does not grow with them.
    engine
        ``simpy`` or ``compiled``: the same numbers by the SimPy model or by machine code.
    simpy_engine
        Makes the SimPy model: its class, or a subclass of it.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        *,
        work: int = 0,
        steps: bool = True,
        flows: bool = True,
        engine: str = "simpy",
        simpy_engine: Callable[..., SimpyEngine] = SimpyEngine,
    ) -> None:
        self.scenario, self.seed, self.engine, self._simpy_engine = scenario, seed, engine, simpy_engine
        self._steps, self._flows = steps, flows
        cached = work >= _WORTH_LOADING and is_cached(draw_fleet)
        compiled = engine == "compiled" or work >= _WORTH_COMPILING or cached
        self._arrays = plan_of(scenario, arrays=True) if compiled else None
        self._rules = make_rules(scenario)
        self._links = make_links(scenario)
        self._machine: Machine | None = None
        if engine == "compiled":
            from rolloutsim.simulation.engines.compiled.engine import Machine

            assert self._arrays is not None
            self._machine = Machine(self._arrays, self._rules, self._links, steps=steps, flows=flows)
        else:
            self._plan = plan_of(scenario)
        self._staging = Staging(scenario, self._arrays or self._plan)

    def prepared_at(self, replicate: int) -> float:
        """Return when the job of a replicate is prepared, or fails at that (s)."""
        plan = self._arrays or self._plan
        release: Literal["good", "bad"] = "bad" if draw_release(plan, self.seed, replicate) else "good"
        # Its row alone is encoded: to lay the whole scenario out once more takes longer than a replicate.
        builder = TableBuilder()
        row = self.scenario.steps(self.scenario.fleet[0], release)["preparing"].duration.encode(builder)
        u = uniform(replicate_key(self.seed, replicate, plan.job_word), DURATION, 0)
        return snap(ppf(builder.build_lists(), row, u), plan.job_deadline)

    def run(
        self, replicate: int, *, cancel_after: float = math.inf, preparing_code: str | None = None
    ) -> tuple[Columns, Sequence[bool] | Array]:
        """Run one replicate.

        Parameters
        ----------
        cancel_after
            Cancel the job just after this instant (s), at the next representable one: whatever happens up to the instant is the same as
            without, to the last bit. Amounts that still grow then (bytes, the mean rate of a transfer) are what they are at that instant.
        preparing_code
            The failure code with which preparing ends, before its own are drawn; None = as drawn.

        Returns
        -------
        columns, reachable
            Its records, and for each robot of the fleet whether it is online at some instant before ``rules.observe``.
        """
        line = self._staging.line(self.seed, replicate)
        rules = self._rules._replace(
            cancel_at=min(self._rules.cancel_at, math.nextafter(cancel_after, math.inf)),
            preparing_code=-1 if preparing_code is None else CODES.index(preparing_code),
        )
        if self._machine is not None:
            return self._machine.run(line, rules, self.seed, replicate)
        fleet = Fleet(self._plan, self._arrays, self.seed, replicate)
        links = self._links if self._links.sites else None
        log = Log(steps=self._steps) if self._flows else CountingLog(self._plan.cohort, self._links, steps=self._steps)
        job = self._simpy_engine(self._plan, rules, line.stages(), fleet, log, links).run()
        return log.columns(job, fleet.releases), fleet.reachable()
