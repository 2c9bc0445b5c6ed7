"""Kinds of frames that studies make: a plot that was given another one than its own would draw nonsense."""

from __future__ import annotations

from typing import Any, NamedTuple

from rolloutsim.errors import UsageError


class FrameKind(NamedTuple):
    """A kind of frame.

    Attributes
    ----------
    what
        How it is called, and where it comes from.
    columns
        By which it is known, beside those of an estimate.
    plots
        That draw it.
    """

    what: str
    columns: tuple[str, ...]
    plots: str


SENSITIVITY = FrameKind("the indices of a sensitivity (Sensitivity.frame)", ("input", "index"), "plot_tornado draws")
COMPARISON = FrameKind("the differences of a comparison (Comparison.frame)", ("alternative",), "plot_difference draws")
ESTIMATES = FrameKind("estimates at points (Study.frame, PlanResult.frame)", (), "plot_response, plot_heat_map and plot_frontier draw")

_ESTIMATE = ("metric", "low", "best", "high", "n")


def check_kind(frame: Any, kind: FrameKind, plot: str) -> None:
    """Make sure that a plot is given a frame of its own kind.

    Raises
    ------
    UsageError
        If it is of another kind, or none at all.
    """
    columns = set(getattr(frame, "columns", ()))
    if not columns.issuperset(_ESTIMATE):
        raise UsageError(f"{plot} draws {kind.what}, a frame with the columns {', '.join((*_ESTIMATE, *kind.columns))}")
    found = next(one for one in (SENSITIVITY, COMPARISON, ESTIMATES) if columns.issuperset(one.columns))
    if found is not kind:
        raise UsageError(f"{plot} draws {kind.what}; this frame is of {found.what}, which {found.plots}")
