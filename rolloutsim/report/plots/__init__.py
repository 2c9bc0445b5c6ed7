"""Plots, each in a file of its own: of results, `plot_x(tables, *, ax=None) -> Axes`, and of studies, `plot_x(frame, *, ax=None) -> Axes`.

They read the tables as they are, draw on the axes that they are given and return them. matplotlib is imported when the first is drawn.
"""

from __future__ import annotations

from rolloutsim.report.plots.completion_by_site import plot_completion_by_site as plot_completion_by_site
from rolloutsim.report.plots.completion_curve import plot_completion_curve as plot_completion_curve
from rolloutsim.report.plots.difference import plot_difference as plot_difference
from rolloutsim.report.plots.failure_codes import plot_failure_codes as plot_failure_codes
from rolloutsim.report.plots.failure_codes_by_site import plot_failure_codes_by_site as plot_failure_codes_by_site
from rolloutsim.report.plots.frontier import plot_frontier as plot_frontier
from rolloutsim.report.plots.gantt import plot_gantt as plot_gantt
from rolloutsim.report.plots.heat_map import plot_heat_map as plot_heat_map
from rolloutsim.report.plots.link_use import plot_link_use as plot_link_use
from rolloutsim.report.plots.plotter import Plotter as Plotter
from rolloutsim.report.plots.registry import PLOTS as PLOTS
from rolloutsim.report.plots.registry import STUDY_PLOTS as STUDY_PLOTS
from rolloutsim.report.plots.registry import Plot as Plot
from rolloutsim.report.plots.registry import plot as plot
from rolloutsim.report.plots.registry import study_plot as study_plot
from rolloutsim.report.plots.response import plot_response as plot_response
from rolloutsim.report.plots.robots_by_state import plot_robots_by_state as plot_robots_by_state
from rolloutsim.report.plots.time_to_complete import plot_time_to_complete as plot_time_to_complete
from rolloutsim.report.plots.tornado import plot_tornado as plot_tornado
