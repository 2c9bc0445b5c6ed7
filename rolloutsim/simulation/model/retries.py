"""Whether a robot tries again, and after which pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.distributions.table import ppf
from rolloutsim.kernel import kernel
from rolloutsim.randomness import uniform
from rolloutsim.simulation.model.causes import BACKOFF

if TYPE_CHECKING:
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["retry", "retry_row"]

#: Bits that count the retries by a row: 1,000 at most.
RETRY_BITS = 10


@kernel
def retry_row(plan: ModelTables, r: Robot, row: int) -> int:
    """Return the row by which a robot tries again, -1 if it has done so as often as it may."""
    if row < 0 or r.retries >= plan.most_retries or retries_by(r, row) >= plan.retries[row].most:
        return -1
    return row


@kernel
def retries_by(r: Robot, row: int) -> int:
    """Return how often a robot has tried again by a row."""
    return (r.row_retries >> (RETRY_BITS * row)) & ((1 << RETRY_BITS) - 1)


@kernel
def retry(plan: ModelTables, r: Robot, row: int) -> float:
    """Count a retry by a row; return the pause before it."""
    r.retries += 1
    r.row_retries += 1 << (RETRY_BITS * row)
    rule, number = plan.retries[row], retries_by(r, row)
    pause = rule.pause
    if rule.tries > 0:
        number %= rule.tries
    if number > 0:
        pause = plan.backoffs[rule.first_backoff + min(number, rule.backoffs) - 1]
    return ppf(plan.table, pause, uniform(r.key, BACKOFF, r.attempt))
