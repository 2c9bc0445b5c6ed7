"""Robots that have succeeded and may fail later: their entries in the event queue, and what follows for the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.engines.compiled.event_queue import key_of, push
from rolloutsim.simulation.model.job import count_latent, is_breached, is_open
from rolloutsim.simulation.model.robot import PASSED
from rolloutsim.simulation.model.rules import failure_kind
from rolloutsim.simulation.records.log import ROBOT_FIELDS

if TYPE_CHECKING:
    from rolloutsim.simulation.engines.compiled.state import EngineState

__all__ = ["ENDED_BY", "GRANTED", "VERDICT", "decided", "follow_success", "note_verdict", "regress"]

VERDICT, ENDED_BY, GRANTED = (ROBOT_FIELDS.index(name) for name in ("verdict", "ended_by", "granted"))


@kernel
def decided(state: EngineState, index: int, field: int) -> float:
    """Return what is recorded of a robot that looked ahead."""
    return float(state.robots[field * state.rules.robots + index])


@kernel
def note_verdict(state: EngineState, index: int) -> None:
    """Note in which stage and batch a robot has its verdict, if that may matter later."""
    if state.rules.follows:
        state.stage_of[index] = state.job.stages
        state.batch_of[index] = state.job.batches


@inlined
def follow_success(state: EngineState, index: int, t: float, key: int, place: int) -> None:
    """Give a robot that is recorded, and at `t` was at a place within the instant, an entry for its failure after success, if it counts."""
    if state.rules.follows and state.regressions[index] >= 0.0 and is_open(state.job):
        known, own = state.regressions[index], key_of(PASSED, index)
        state.place[index] = place
        push(state, known, max(key, own) if known == t else own)


@kernel
def regress(state: EngineState, index: int) -> bool:
    """The failure of a robot that has succeeded is known: return whether that stops the job."""
    if not is_open(state.job):
        return False
    kind = failure_kind(int(decided(state, index, VERDICT)), int(decided(state, index, ENDED_BY)))
    count_latent(state.job, kind, state.stage_of[index], state.batch_of[index])
    return is_breached(state.rules, state.stops, state.job, state.counters.now)
