"""Each kind of result in a notebook: its headline, and the tables that the terminal and the report have too.

A new kind of result has one function here, and a method ``_repr_html_`` that calls `rolloutsim.notebook.html_of`.
"""

from __future__ import annotations

from functools import singledispatch

from rolloutsim.analysis import Summary
from rolloutsim.report.comparison_sections import comparison_heading, comparison_sections
from rolloutsim.report.html import piece, results_html, sections_html, table_html
from rolloutsim.report.page.checks import checks_table
from rolloutsim.report.page.sweep import POINT_METRICS, points_table
from rolloutsim.report.plan_sections import plan_heading, plan_sections
from rolloutsim.report.plots.points import replicates_text
from rolloutsim.report.question_sections import latest_start_section
from rolloutsim.report.sensitivity_sections import sensitivity_heading, sensitivity_sections
from rolloutsim.report.study_headlines import checks_headline, comparison_headline, plan_headline, sensitivity_headline
from rolloutsim.report.sweep_headline import sweep_headline
from rolloutsim.report.verdicts import check_heading, crash_text
from rolloutsim.study import Checks, Comparison, PlanResult, Sensitivity
from rolloutsim.study.deadlines import LatestStart
from rolloutsim.study.study import Study

__all__ = ["result_html"]

#: Alternatives, metrics and parts of a plan that are open from the start; a click opens the others.
_OPEN = 3


@singledispatch
def result_html(result: object) -> str:
    """Return a result as a piece of HTML.

    Raises
    ------
    TypeError
        If it is none of the kinds below.
    """
    raise TypeError(f"{type(result).__name__} has no face in a notebook")


@result_html.register
def _summary(summary: Summary) -> str:
    return results_html(summary)


@result_html.register
def _checks(checks: Checks) -> str:
    note = " ".join([checks.note, crash_text(checks) if checks.crashes else ""]).strip()
    return piece(check_heading(checks), [checks_headline(checks)], table_html(checks_table(checks.results)), note)


@result_html.register
def _comparison(comparison: Comparison) -> str:
    title, note = comparison_heading(comparison)
    return piece(title, comparison_headline(comparison), sections_html(comparison_sections(comparison), _OPEN), note)


@result_html.register
def _plan(plan: PlanResult) -> str:
    title, note = plan_heading(plan)
    return piece(title, plan_headline(plan), sections_html(plan_sections(plan), _OPEN), note)


@result_html.register
def _sensitivity(found: Sensitivity) -> str:
    title, note = sensitivity_heading(found)
    return piece(title, sensitivity_headline(found), sections_html(sensitivity_sections(found), _OPEN), note)


@result_html.register
def _study(study: Study) -> str:
    frame = study.frame(*POINT_METRICS)
    return piece(repr(study)[1:-1], sweep_headline(study, frame), table_html(points_table(frame)), replicates_text(frame))


@result_html.register
def _latest_start(found: LatestStart) -> str:
    section = latest_start_section(found)
    return piece(section.title, [], sections_html([section], 1))
