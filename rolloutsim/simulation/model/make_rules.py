"""How a scenario becomes `rolloutsim.simulation.model.rules.JobRules`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rolloutsim.scenario.parts.rules import concurrency_limit
from rolloutsim.scenario.stage_sizes import stage_sizes
from rolloutsim.simulation.model.dispatch import DISPATCH, OFFLINE
from rolloutsim.simulation.model.rules import Gate, JobRules

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.scenario.parts.stages import Stage

__all__ = ["make_rules"]


def make_rules(scenario: Scenario) -> JobRules:
    """Return a scenario's rules of the job."""
    rules, deployment = scenario.rules, scenario.deployment
    percentage = deployment.concurrent_percentage
    concurrency = scenario.robots if percentage is None else concurrency_limit(scenario.robots, percentage, rules.rounding)
    threshold = deployment.failure_threshold_percentage if rules.failure_limit is None else rules.failure_limit
    gates = tuple(map(_gate, rules.stages)) + (Gate(),) * (len(stage_sizes(scenario)) - len(rules.stages)) or (Gate(),)
    return JobRules(
        robots=scenario.robots,
        concurrency=min(scenario.robots, concurrency if rules.concurrency is None else rules.concurrency),
        dispatch=DISPATCH.index(rules.dispatch),
        in_batches=rules.in_batches,
        batch_end=rules.evaluate == "batch_end",
        threshold=-1 if threshold is None else threshold,
        absolute=rules.failure_limit is not None,
        exceeds=rules.comparator == "exceeds",
        denominator=("fleet", "completed", "batch").index(rules.denominator),
        minimum_completed=rules.minimum_completed,
        counts_failed="failed" in rules.counts,
        counts_timeout="timeout" in rules.counts,
        counts_no_response="no_response" in rules.counts,
        aborts=rules.on_breach == "abort",
        offline=OFFLINE.index(rules.offline),
        fleet_timeout=rules.fleet_timeout,
        cancel_at=rules.cancel_at,
        deadline=min(rules.cancel_at, rules.fleet_timeout),
        preparing_code=-1,
        stages=len(gates),
        gates=gates,
    )


def _gate(stage: Stage) -> Gate:
    limit = -1 if stage.max_failures is None else stage.max_failures
    if stage.max_failure_share is None:
        return Gate(stage.soak, limit)
    # The decimal number of the file, exactly; a billion below the line times all robots there can be fits into 64 bits.
    share = Fraction(repr(stage.max_failure_share)).limit_denominator(10**9)
    return Gate(stage.soak, limit, share.numerator, share.denominator)
