"""Robots on shared links: when their bytes flow over one, and what they have got when they leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.fairshare.sharing import flowing, is_flowing, join, leave, left, rate, used
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.robot import DOWNLOADING

if TYPE_CHECKING:
    from rolloutsim.simulation.fairshare.layout import Sharing
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["begin_transfer", "carries", "end_transfer", "group_of", "is_alone", "is_complete", "is_receiving", "received", "use_row"]


@inlined
def group_of(plan: ModelTables, r: Robot) -> int:
    """Return the group of robots with which a robot shares a link, -1 if it shares none."""
    return plan.group[r.profile // 2]


@kernel
def is_alone(plan: ModelTables, r: Robot) -> bool:
    """Return whether what happens to a robot until its verdict depends on no other robot."""
    return bool(plan.looks_ahead and group_of(plan, r) < 0)


@kernel
def carries(plan: ModelTables, r: Robot) -> bool:
    """Return whether bytes are about to flow to a robot over a shared link."""
    return bool(
        group_of(plan, r) >= 0 and r.phase == DOWNLOADING and r.up and r.left > 0.0 and r.work <= 0.0 and r.code < 0 and not r.sharing
    )


@kernel
def begin_transfer(plan: ModelTables, links: Sharing, r: Robot, t: float) -> None:
    """Let a robot's bytes flow."""
    join(links, t, r.index, group_of(plan, r), r.rate, r.left)
    r.sharing = True


@kernel
def is_complete(links: Sharing, r: Robot, t: float) -> bool:
    """Return whether all bytes of a robot are there at its deadline `t`, but for rounding."""
    if not is_flowing(links, r.index):
        return False
    speed = rate(links, r.index)
    return bool(speed > 0.0 and snap(t + left(links, t, r.index) / speed, t) == t)


@kernel
def end_transfer(links: Sharing, r: Robot, t: float) -> bool:
    """Note what has come to a robot; False if that is everything, so that it has left its link before."""
    if not is_flowing(links, r.index):
        r.got = r.left
        return False
    r.got = r.left - leave(links, t, r.index)
    return True


@kernel
def is_receiving(r: Robot) -> bool:
    """Return whether bytes flow to a robot that downloads, over a link of any kind."""
    return bool(r.up and r.left > 0.0 and r.work <= 0.0 and r.code < 0 and r.rate > 0.0)


@kernel
def received(links: Sharing, r: Robot, t: float) -> float:
    """Return what has come to a robot that receives bytes since the last thing that happened to it."""
    if not r.sharing:
        return float(min(r.left, (t - r.t) * r.rate))
    return float(r.left - left(links, t, r.index) if is_flowing(links, r.index) else r.left)


@kernel
def use_row(links: Sharing, t: float, group: int) -> tuple[float, int, float, int]:
    """Return what is recorded of a group: how much it takes of its link from now on."""
    return t, group, used(links, group), flowing(links, group)
