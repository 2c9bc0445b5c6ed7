"""Marks on the axis of a job's time: where stages begin, while they soak, and what their gates did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.formatting import duration
from rolloutsim.report.plots.palette import BLACK, GREEN, GREY, VERMILION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.analysis.stage_times import JobStages, StageTime

#: Stages at most whose marks have room beside each other.
_MOST = 8

#: What a gate does: the sign in the note, the marker and its colour.
_GATES = {"open": ("▼", "v", GREEN), "shut": ("✕", "X", VERMILION)}

_UPRIGHT: dict[str, Any] = {
    "rotation": 90,
    "va": "top",
    "fontsize": "small",
    "textcoords": "offset points",
    "xycoords": ("data", "axes fraction"),
}
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.0}


def mark_instant(ax: Axes, t_s: float, text: str, *, before: bool = True, colour: str = BLACK, line: str = "--") -> None:
    """Draw a line at an instant, with an upright text before or after it."""
    ax.axvline(t_s, color=colour, linestyle=line, linewidth=1.2, zorder=4)
    ax.annotate(text, (t_s, 0.99), xytext=(-3 if before else 3, 0), ha="right" if before else "left", bbox=_BOX, zorder=5, **_UPRIGHT)


def mark_stages(ax: Axes, tables: ResultTables, stages: JobStages | None, *, replicate: int | None = None) -> str:
    """Mark stages, soaks and gates; of many replicates at their median times.

    Returns
    -------
    note
        How to read the marks; empty without stages.
    """
    from rolloutsim.analysis.replicates import is_kept
    from rolloutsim.analysis.stage_times import stage_times

    if stages is None or not stages.sizes or not is_kept(tables, "robots"):
        return ""
    found = stage_times(tables, stages, replicate=replicate)[:_MOST]
    end = ax.get_xlim()[1]
    _draw(ax, found, end)
    parts = ["lines: stages begin"] if any(time.number > 1 and time.began_s <= end for time in found) else []
    if any(time.deployed_s <= end for time in found if np.isfinite(time.soaked_s)):
        parts.append("grey: soaks")
    for gate, (sign, _, _) in _GATES.items():
        met = [duration(_met(time)) for time in found if time.gate == gate and _met(time) <= end]
        if met:
            parts.append(f"{sign} gate {gate} at {' and '.join(met)}")
    if parts and replicate is None and len(tables.jobs) > 1:
        parts.append("medians of the replicates that come so far")
    return f"Stages: {', '.join(parts)}." if parts else ""


def _met(time: StageTime) -> float:
    """Return when a stage meets its gate."""
    return time.soaked_s if np.isfinite(time.soaked_s) else time.deployed_s


def _draw(ax: Axes, times: Sequence[StageTime], end: float) -> None:
    for time in times:
        if time.number > 1 and time.began_s <= end:
            mark_instant(ax, time.began_s, f"stage {time.number}", before=False, line=":", colour="0.3")
        if np.isfinite(time.soaked_s) and time.deployed_s <= end:
            ax.axvspan(time.deployed_s, min(time.soaked_s, end), color=GREY, alpha=0.18, linewidth=0, zorder=1.5)
        if time.gate and _met(time) <= end:
            _, marker, colour = _GATES[time.gate]
            ax.plot([_met(time)], [1.0], marker, color=colour, markersize=7, clip_on=False, zorder=6, transform=ax.get_xaxis_transform())
