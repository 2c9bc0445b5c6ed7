"""Dispatch policies: how many robots start together, what they wait for, and whether an offline robot gets a slot.

Both engines ask these functions whenever a slot is free. A batch is what they let start together; a window is a batch of one that waits
for no other. Rules and job are a `rolloutsim.simulation.model.rules.JobRules` and a `rolloutsim.simulation.model.job.Job`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.kernel import kernel

if TYPE_CHECKING:
    from rolloutsim.simulation.model.job import Job
    from rolloutsim.simulation.model.rules import JobRules

__all__ = [
    "DISPATCH",
    "OFFLINE",
    "batch_limit",
    "note_offline_start",
    "offline_limit",
    "prefers_online",
    "starts_offline",
    "waits_for_batch",
]

#: The values of `dispatch` and `offline` in a scenario's rules; `JobRules` holds their positions.
DISPATCH, OFFLINE = ("window", "batch"), ("hold", "skip", "wait")
WINDOW, BATCH = range(len(DISPATCH))
HOLD, SKIP, WAIT = range(len(OFFLINE))


@kernel
def batch_limit(rules: JobRules, job: Job) -> int:
    """Return how many robots may start together now, from 1 to `rules.concurrency`; ``job.batches`` have begun before."""
    if rules.dispatch == BATCH:
        return rules.concurrency
    return 1


@kernel
def waits_for_batch(rules: JobRules) -> bool:
    """Return whether the next robots are chosen when all of the last batch have ended."""
    return rules.in_batches


@kernel
def prefers_online(rules: JobRules) -> bool:
    """Return whether robots that are online overtake those that are not."""
    return rules.offline != HOLD


@kernel
def offline_limit(rules: JobRules, job: Job) -> int:
    """Return how many of the first robots in line get a slot offline, where none is online or that does not matter.

    Under `SKIP` they get all slots, or those of a batch, if no robot is in flight: the job would stand still. Under `WAIT` it does.
    """
    if rules.offline == HOLD:
        return batch_limit(rules, job)
    if rules.offline == SKIP and job.in_flight == 0:
        return batch_limit(rules, job) if waits_for_batch(rules) else rules.concurrency
    return 0


@kernel
def starts_offline(rules: JobRules, job: Job, now: float) -> bool:
    """Return whether the first robot in line with room in its groups gets a slot offline, if none that has room is online.

    Under `SKIP` that is for all starts of an instant at which no robot was in flight.
    """
    return rules.offline == HOLD or (rules.offline == SKIP and (job.in_flight == 0 or job.idle_at == now))


@kernel
def note_offline_start(job: Job, now: float) -> None:
    """Remember an instant at which no robot is in flight, so that some may start offline."""
    if job.in_flight == 0:
        job.idle_at = now
