"""Faces of a result: pictures, a summary for the terminal, and one for a notebook.

`plots` draws the tables; `sections` puts a summary into words and numbers once, which `terminal` and `html` lay out.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolloutsim.report.html import results_html
    from rolloutsim.report.plots import (
        PLOTS,
        STUDY_PLOTS,
        Plotter,
        plot_completion_curve,
        plot_difference,
        plot_failure_codes,
        plot_frontier,
        plot_gantt,
        plot_heat_map,
        plot_link_use,
        plot_response,
        plot_robots_by_state,
        plot_time_to_complete,
        plot_tornado,
        save_plots,
    )
    from rolloutsim.report.sections import Row, Section, summary_sections
    from rolloutsim.report.studies import save_plan, save_sensitivity
    from rolloutsim.report.terminal import print_summary

__all__ = [
    "PLOTS",
    "STUDY_PLOTS",
    "Plotter",
    "Row",
    "Section",
    "plot_completion_curve",
    "plot_difference",
    "plot_failure_codes",
    "plot_frontier",
    "plot_gantt",
    "plot_heat_map",
    "plot_link_use",
    "plot_response",
    "plot_robots_by_state",
    "plot_time_to_complete",
    "plot_tornado",
    "print_summary",
    "results_html",
    "save_plan",
    "save_plots",
    "save_sensitivity",
    "summary_sections",
]

_HOMES = {
    "results_html": "html",
    "print_summary": "terminal",
    "save_plan": "studies",
    "save_sensitivity": "studies",
    "Row": "sections",
    "Section": "sections",
    "summary_sections": "sections",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that commands which report nothing start at once.
    if name not in __all__:
        raise AttributeError(f"module 'rolloutsim.report' has no attribute {name!r}")
    return getattr(import_module(f"rolloutsim.report.{_HOMES.get(name, 'plots')}"), name)


def __dir__() -> list[str]:
    return __all__
