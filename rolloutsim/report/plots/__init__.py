"""Plots of results, each `plot_x(tables, *, ax=None) -> Axes`, in a file of its own.

They read the tables as they are, draw on the axes that they are given and return them. matplotlib is imported when the first is drawn.
"""

from __future__ import annotations

from rolloutsim.report.plots.completion_curve import plot_completion_curve
from rolloutsim.report.plots.failure_codes import plot_failure_codes
from rolloutsim.report.plots.gantt import plot_gantt
from rolloutsim.report.plots.link_use import plot_link_use
from rolloutsim.report.plots.plotter import Plotter, save_plots
from rolloutsim.report.plots.registry import PLOTS, Plot, plot
from rolloutsim.report.plots.robots_by_state import plot_robots_by_state
from rolloutsim.report.plots.time_to_complete import plot_time_to_complete

__all__ = [
    "PLOTS",
    "Plot",
    "Plotter",
    "plot",
    "plot_completion_curve",
    "plot_failure_codes",
    "plot_gantt",
    "plot_link_use",
    "plot_robots_by_state",
    "plot_time_to_complete",
    "save_plots",
]
