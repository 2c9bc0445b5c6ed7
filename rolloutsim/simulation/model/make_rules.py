"""How a scenario becomes `rolloutsim.simulation.model.rules.JobRules`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from rolloutsim.scenario.calendar import start_of
from rolloutsim.scenario.parts.limits import ROUNDED, robots_of
from rolloutsim.scenario.parts.rules import concurrency_limit
from rolloutsim.scenario.parts.stops import Amount, Stop
from rolloutsim.scenario.stage_sizes import stage_sizes
from rolloutsim.simulation.model.dispatch import DISPATCH, OFFLINE
from rolloutsim.simulation.model.make_groups import make_groups
from rolloutsim.simulation.model.robot import CANCEL, PASSED
from rolloutsim.simulation.model.rules import LATENT_KIND, Gate, JobRules, LimitRow, StopRow, is_limited
from rolloutsim.vocabulary import FAILURE_KINDS

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.scenario.parts.limits import Limit
    from rolloutsim.scenario.parts.stages import Stage

__all__ = ["make_rules"]


def make_rules(scenario: Scenario) -> JobRules:
    """Return a scenario's rules of the job."""
    rules, deployment = scenario.rules, scenario.deployment
    percentage = deployment.concurrent_percentage
    concurrency = scenario.robots if percentage is None else concurrency_limit(scenario.robots, percentage, rules.rounding)
    stops = rules.stop or _shorthand(scenario)
    opening = _opening(scenario)
    limits = tuple(_limit_row(scenario, row) for row in rules.limits)
    groups = make_groups(scenario)
    gates = tuple(map(_gate, rules.stages)) + (Gate(),) * (len(stage_sizes(scenario)) - len(rules.stages)) or (Gate(),)
    stop_rows = tuple(map(_stop_row, stops))
    counted = any(map(is_limited, gates)) or any(row.kinds & LATENT_KIND for row in stop_rows)
    follows = scenario.fails_after_success and counted
    return JobRules(
        robots=scenario.robots,
        concurrency=min(scenario.robots, concurrency if rules.concurrency is None else rules.concurrency, *_slots(limits)),
        dispatch=DISPATCH.index(rules.dispatch),
        in_batches=rules.in_batches,
        batch_end=rules.evaluate == "batch_end",
        recounts=any(row.minimum > 1 or (row.threshold == 0 and not row.exceeds) for row in stop_rows),
        counts=_bits(rules.counts) | LATENT_KIND,
        regresses=scenario.fails_after_success,
        follows=follows,
        gate_order=CANCEL if follows else PASSED,
        aborts=rules.on_breach == "abort",
        offline=OFFLINE.index(rules.offline),
        fleet_timeout=rules.fleet_timeout,
        cancel_at=rules.cancel_at,
        deadline=min(rules.cancel_at, rules.fleet_timeout),
        preparing_code=-1,
        stages=len(gates),
        gates=gates,
        stop_rows=len(stops),
        stops=stop_rows,
        limit_rows=len(limits),
        limits=limits,
        grouped=any(row.grouped for row in limits),
        watches=any(row.offline for row in limits),
        lanes=groups.lanes,
        lane_of=groups.lane_of,
        cell_of=groups.cell_of,
        cells=len(groups.rows),
        groups=groups.rows,
        counts_reached=any(row.by_reached for row in limits),
        windows=len(opening) // 2,
        opening=opening,
        delays=bool(limits or opening),
        kept_grants=max([1, *(int(max(row.most, row.to)) for row in limits if row.every and not row.is_even)]),
    )


def _opening(scenario: Scenario) -> tuple[float, ...]:
    """Return when windows open and close in which robots may start, by turns, for as long as the job can take."""
    admit = scenario.rules.admit
    if admit is None:
        return ()
    windows = admit.schedule.intervals(start_of(scenario), 0.0, scenario.rules.fleet_timeout)
    return tuple(t for window in windows for t in window) or (math.inf, math.inf)  # no window is not the same as no limit


def _slots(limits: tuple[LimitRow, ...]) -> Iterator[int]:
    """Yield the numbers of robots in flight that limits allow; one where they allow none, because a job with no slot cannot stall."""
    for row in limits:
        if row.in_flight and not row.is_share and not row.grouped:
            yield max(1, row.most)


def _limit_row(scenario: Scenario, row: Limit) -> LimitRow:
    of_some = row.max.is_share and (row.per is not None or row.is_grouped)
    grow = row.grow
    return LimitRow(
        most=row.max.value if of_some else robots_of(row.max, scenario.robots, scenario.rules.rounding),
        is_share=of_some,
        rounding=ROUNDED[scenario.rules.rounding],
        in_flight=row.is_count and "in_flight" in row.counts,
        failed=row.is_count and "failed" in row.counts,
        offline=row.is_count and "offline" in row.counts,
        grouped=row.is_grouped,
        per_stage=row.per == "stage",
        every=row.every or 0.0,
        is_even=row.spread == "even",
        factor=grow.factor if grow else 1.0,
        each=grow.each if grow else 0,
        to=float(grow.to) if grow else 0.0,
        by_granted=grow is not None and grow.by in ("granted", "either"),
        by_succeeded=(grow is not None and grow.by in ("succeeded", "either")) or row.for_each == "succeeded",
        plus=row.plus or 0,
        by_reached=row.for_each == "reached",
    )


def _shorthand(scenario: Scenario) -> tuple[Stop, ...]:
    """Return the row that the threshold and the rules about it stand for."""
    rules, percentage = scenario.rules, scenario.deployment.failure_threshold_percentage
    if rules.failure_limit is not None:
        amount = Amount(rules.failure_limit, is_share=False)
    elif percentage is not None:
        amount = Amount(100 * percentage, is_share=True)
    else:
        return ()
    minimum = rules.minimum_completed if rules.denominator == "completed" else None
    row = Stop.model_validate({"of": rules.denominator, "minimum": minimum, "then": "abort" if rules.on_breach == "abort" else "stop"})
    # Rules may count nothing and gates may stop such a job, but a row counts something, so what it counts is not validated here.
    return (row.model_copy(update={rules.comparator: amount, "kinds": rules.counts}),)


def _bits(kinds: frozenset[str]) -> int:
    return sum(1 << FAILURE_KINDS.index(kind) for kind in kinds)


def _stop_row(row: Stop) -> StopRow:
    return StopRow(
        kinds=_bits(row.kinds),
        threshold=row.threshold.value,
        absolute=not row.threshold.is_share,
        exceeds=row.exceeds is not None,
        of=("fleet", "completed", "stage", "batch").index(row.of),
        minimum=row.minimum or 0,
        aborts=row.then == "abort",
    )


def _gate(stage: Stage) -> Gate:
    limit = -1 if stage.max_failures is None else stage.max_failures
    if stage.max_failure_share is None:
        return Gate(stage.soak, limit)
    # The decimal number of the file, exactly; a billion below the line times all robots there can be fits into 64 bits.
    share = Fraction(repr(stage.max_failure_share)).limit_denominator(10**9)
    return Gate(stage.soak, limit, share.numerator, share.denominator)
