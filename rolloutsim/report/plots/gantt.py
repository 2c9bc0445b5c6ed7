"""One replicate as a Gantt chart of the slots: which robot held which slot for how long, and how it ended."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.formatting import count, duration
from rolloutsim.report.plots.palette import GREY, ORANGE, PURPLE, SKY, VERMILION
from rolloutsim.report.plots.registry import plot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.analysis.stage_times import JobStages

#: How a robot's deployment can end, in the words of the rule `counts`, with the colour of each.
OUTCOMES = {"succeeded": SKY, "failed": VERMILION, "timeout": ORANGE, "no response": GREY, "aborted": PURPLE}

#: What stopped the job, as the mark at that instant names it; a row of the rules by its own name.
_STOPPED = {"gate": "gate shut", "threshold": "threshold breached"}

#: More bars than this in a slot leave no room for a line between two of them.
_BARS_PER_SLOT = 60


def outcome(robots: pd.DataFrame) -> NDArray[np.object_]:
    """Return for each row of the table `robots` one of `OUTCOMES`, or an empty string if it never got a slot."""
    ended_by = robots["ended_by"].astype(object)
    return np.select(
        [
            (robots["status"] == "InSync").to_numpy(),
            robots["granted_s"].isna().to_numpy(),
            ended_by.isin(["breach", "cancel", "fleet_timeout"]).to_numpy(),
            ((ended_by == "robot_timer") & (robots["failure_code"] == "RobotDeploymentNoResponse")).to_numpy(),
            (ended_by == "robot_timer").to_numpy(),
        ],
        ["succeeded", "", "aborted", "no response", "timeout"],
        default="failed",
    ).astype(object)


def assign_slots(granted: NDArray[np.float64], freed: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each robot the lowest slot that is free when it is granted one; a slot freed at that instant is free.

    Parameters
    ----------
    granted, freed
        Start and end in s of each robot's hold.

    Returns
    -------
    slots
        Numbers from 0. No two robots hold one slot at once, and no more slots are used than are held at the busiest instant.

    Examples
    --------
    >>> import numpy as np
    >>> assign_slots(np.array([0.0, 0.0, 4.0, 5.0]), np.array([5.0, 4.0, 9.0, 6.0])).tolist()
    [1, 0, 0, 1]
    """
    slots = np.zeros(len(granted), dtype=np.int64)
    free: list[int] = []
    held: list[tuple[float, int]] = []
    for robot in np.lexsort((freed, granted)).tolist():
        while held and held[0][0] <= granted[robot]:
            heapq.heappush(free, heapq.heappop(held)[1])
        slot = heapq.heappop(free) if free else len(held)
        slots[robot] = slot
        heapq.heappush(held, (float(freed[robot]), slot))
    return slots


@plot(needs=("jobs", "robots"), one=True, stages=True)
def plot_gantt(tables: ResultTables, *, replicate: int | None = None, stages: JobStages | None = None, ax: Axes | None = None) -> Axes:
    """Draw one replicate as a Gantt chart of the slots.

    A bar reaches from the grant of a slot to the verdict that frees it, in the colour of the outcome. The tables know when a slot was held,
    not which: each robot is shown in the lowest that was free. With retries only the last hold of a robot is known and drawn.

    Parameters
    ----------
    tables
        Anything with the tables `jobs` and `robots`.
    replicate
        Number of the replicate to show; the first of the tables by default.
    stages
        Of the job, to mark them; `Results.plot` gives them.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the tables hold no such replicate, or no robots.
    """
    from matplotlib.ticker import MaxNLocator

    from rolloutsim.analysis.replicates import Replicates, first_replicate
    from rolloutsim.analysis.stage_times import what_stopped
    from rolloutsim.report.plots.axes import finish, job_axis, new_axes
    from rolloutsim.report.plots.marks import mark_stages

    robots = Replicates(tables).table("robots")
    replicate = first_replicate(tables) if replicate is None else replicate
    jobs, robots = tables.jobs[tables.jobs["replicate"] == replicate], robots[robots["replicate"] == replicate]
    if jobs.empty:
        known = tables.jobs["replicate"]
        have = f"they hold {known.min()} to {known.max()}" if len(known) else "they are empty"
        raise UsageError(f"the tables hold no replicate {replicate}; {have}")
    job = jobs.iloc[0]
    end = float(job["time_to_complete_s"])
    outcomes = outcome(robots)
    started = outcomes != ""
    granted = robots["granted_s"].to_numpy(dtype=float)[started]
    freed = robots["reported_s"].fillna(end).to_numpy(dtype=float)[started]
    kinds = outcomes[started]
    slots = assign_slots(granted, freed)
    n_slots = int(slots.max()) + 1 if len(slots) else 0

    ax = new_axes(9.0, 5.4) if ax is None else ax
    _bars(ax, granted, freed, slots, kinds)
    job_axis(ax, 1.04 * end)
    ax.set(ylim=(max(n_slots, 1) + 0.5, 0.5), ylabel="slot")
    if n_slots <= 20:
        ax.set_yticks(range(1, n_slots + 1))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    _marks(ax, job, end, what_stopped(job, robots, stages))
    marks = mark_stages(ax, tables, stages, replicate=replicate)
    early = int((robots["slot_s"].to_numpy(dtype=float)[started] > (freed - granted) * (1 + 1e-9) + 1e-6).sum())
    finish(
        ax,
        "Slots over time",
        f"replicate {replicate}, 1 of n = {count(len(tables.jobs))}: {count(len(robots))} robots, at most {count(n_slots)} slots in use",
        legend=_legend(kinds, len(outcomes) - len(kinds)),
        note=" ".join(
            line
            for line in (marks, f"Only the last hold of a robot is drawn; {count(early)} robots had held a slot before." if early else "")
            if line
        ),
    )
    ax.grid(visible=False, axis="y")
    return ax


def _bars(ax: Axes, granted: NDArray[np.float64], freed: NDArray[np.float64], slots: NDArray[np.int64], kinds: NDArray[np.object_]) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    gap = 0.08 if len(slots) and slots.max() < 150 else 0.0
    low, high = slots + 0.5 + gap, slots + 1.5 - gap
    corners = np.stack(
        [np.stack([granted, low], 1), np.stack([freed, low], 1), np.stack([freed, high], 1), np.stack([granted, high], 1)],
        axis=1,
    )
    for kind, colour in OUTCOMES.items():
        which = kinds == kind
        if which.any():
            # The thin edge keeps even an instant failure visible, and what went wrong lies above what went well.
            bars = PolyCollection(
                list(corners[which]), facecolors=colour, edgecolors=colour, linewidths=0.2 if kind == "succeeded" else 0.8, label=kind
            )
            bars.set_zorder(2 if kind == "succeeded" else 3)
            ax.add_collection(bars)
    if len(slots) and len(slots) <= _BARS_PER_SLOT * (slots.max() + 1) and slots.max() < 400:
        ax.add_collection(LineCollection(list(corners[:, [0, 3]]), colors="white", linewidths=0.5, zorder=2.5))


def _marks(ax: Axes, job: pd.Series[Any], end: float, stopped_by: str) -> None:
    from rolloutsim.report.plots.marks import mark_instant

    if stopped_by:
        breach = float(job["breached_s"])
        mark_instant(ax, breach, f"{_STOPPED.get(stopped_by, f'{stopped_by} breached')}, {duration(breach)}")
    mark_instant(ax, end, f"job {str(job['status']).lower()}, {duration(end)}", before=False, line="-")


def _legend(kinds: NDArray[np.object_], waiting: int) -> list[Artist]:
    from matplotlib.patches import Patch

    handles: list[Artist] = [
        Patch(color=colour, label=f"{kind} {count((kinds == kind).sum())}") for kind, colour in OUTCOMES.items() if (kinds == kind).any()
    ]
    if waiting:
        handles.append(Patch(facecolor="none", edgecolor="0.5", label=f"not started {count(waiting)}"))
    return handles
