"""Faces of a result: pictures, a summary for the terminal, and one for a notebook.

`plots` draws the tables; `sections` puts a summary into words and numbers once, which `terminal` and `html` lay out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.report.headline import run_headline as run_headline
    from rolloutsim.report.html import results_html as results_html
    from rolloutsim.report.plots import PLOTS as PLOTS
    from rolloutsim.report.plots import STUDY_PLOTS as STUDY_PLOTS
    from rolloutsim.report.plots import Plotter as Plotter
    from rolloutsim.report.rows import Row as Row
    from rolloutsim.report.rows import Section as Section
    from rolloutsim.report.sections import summary_sections as summary_sections
    from rolloutsim.report.studies import save_plan as save_plan
    from rolloutsim.report.studies import save_sensitivity as save_sensitivity
    from rolloutsim.report.terminal import print_summary as print_summary
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "headline": ["run_headline"],
            "html": ["results_html"],
            "plots": ["PLOTS", "Plotter", "STUDY_PLOTS"],
            "rows": ["Row", "Section"],
            "sections": ["summary_sections"],
            "studies": ["save_plan", "save_sensitivity"],
            "terminal": ["print_summary"],
        },
    )
