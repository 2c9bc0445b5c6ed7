"""The fleet by state: how many robots wait, are in flight, and have ended well or badly, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.analysis.premises import UNKNOWN
from rolloutsim.formatting import count, trim
from rolloutsim.report.plots.palette import BLUE, GREY, ORANGE, PURPLE, SKY, VERMILION, YELLOW
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from rolloutsim.analysis.premises import Premises
    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.analysis.stage_times import JobStages

#: White that shows the page below it, which may be dark.
_CLEAR = "#ffffff00"

#: Colour and hatch of each state: neighbours differ in lightness or hatch, so that they are distinct in grey as well.
_LOOKS = {
    "InSync": (BLUE, ""),
    "converged late": (BLUE, "////"),
    "regressed": (VERMILION, "xxxx"),
    "downloading": (ORANGE, ""),
    "other in flight": (YELLOW, ""),
    "waiting to be reached": (SKY, "xxxx"),
    "waiting for a retry": (PURPLE, "...."),
    "not started": (_CLEAR, ""),
    "NoResponse": (GREY, ""),
    "Failed": (VERMILION, r"\\\\"),
}


@plot(needs=("jobs", "robots"), stages=True, premises=True)
def plot_robots_by_state(
    tables: ResultTables,
    *,
    replicate: int | None = None,
    stages: JobStages | None = None,
    premises: Premises = UNKNOWN,
    ax: Axes | None = None,
) -> Axes:
    """Draw the number of robots in each state over time as areas, one upon the other: the mean over replicates, or one of them.

    From below: what went well grows, from above: what went wrong. The areas always add up to the fleet. Robots of jobs that have ended keep
    their state. Those up to the robots that converged late run the release.

    Parameters
    ----------
    tables
        Anything with the tables `jobs` and `robots`; with `steps` downloads, and robots that wait to be reached, are shown for themselves.
    replicate
        Number of the only replicate to show; the mean over all by default.
    stages
        Of the job, to mark them; `Results.plot` gives them.
    premises
        Of the scenario: both releases have their probabilities in the mean, as in the summary; `Results.plot` gives them.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the tables hold no robots, or no such replicate.
    """
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter

    from rolloutsim.analysis.states import STATES, robots_by_state
    from rolloutsim.report.plots.axes import finish, job_axis, new_axes, time_end
    from rolloutsim.report.plots.marks import mark_stages

    jobs = tables.jobs
    ends = (jobs if replicate is None else jobs[jobs["replicate"] == replicate])["time_to_complete_s"].to_numpy(dtype=float)
    end, note = time_end(ends)
    states = robots_by_state(tables, premises=premises, replicate=replicate, until_s=1.03 * end)
    ax = new_axes(8.5, 5.0) if ax is None else ax
    handles: list[Artist] = []
    floor = np.zeros(len(states.t_s))
    for name, robots in zip(STATES, states.robots, strict=True):
        if robots.any():
            colour, hatch = _LOOKS[name]
            look: dict[str, Any] = {"facecolor": colour, "hatch": hatch}
            ax.fill_between(states.t_s, floor, floor + robots, step="post", edgecolor="white", linewidth=0, label=name, **look)
            at_end = f" {trim(f'{robots[-1]:,.1f}')}" if robots[-1] else ""
            handles.append(Patch(edgecolor="0.5" if colour == _CLEAR else "white", label=f"{name}{at_end}", **look))
            floor = floor + robots
    fleet = float(floor.max(initial=0.0))
    if not handles:
        ax.text(0.5, 0.5, "no robots" if states.n else "no replicates", transform=ax.transAxes, ha="center")
    job_axis(ax, 1.03 * end)
    ax.set(ylim=(0, fleet or 1.0), ylabel="robots" if states.n <= 1 else "robots, mean over replicates")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda robots, _: trim(f"{robots:,.1f}")))
    marks = mark_stages(ax, tables, stages, replicate=replicate)
    n = len(jobs)
    shown = f"n = {count(n)} replicate{'s' * (n != 1)} of" if replicate is None else f"replicate {replicate}, 1 of n = {count(n)}:"
    finish(
        ax,
        "Robots by state",
        f"{shown} {fleet_size(jobs)} robots; legend: number at the right edge",
        legend=handles,
        note=" ".join(line for line in (marks, note and f"Ends of jobs: {note}.") if line),
    )
    ax.set_axisbelow(False)
    ax.grid(color="0.3", alpha=0.25)
    return ax
