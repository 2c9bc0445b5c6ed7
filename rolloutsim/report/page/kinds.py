"""Which kind of result gets which chapter. A new kind is one file with a function and one line here."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from rolloutsim.report.page.checks import checks_chapter
from rolloutsim.report.page.comparison import comparison_chapter
from rolloutsim.report.page.plan import plan_chapter
from rolloutsim.report.page.run import Run, run_chapter
from rolloutsim.report.page.sensitivity import sensitivity_chapter
from rolloutsim.report.page.sweep import sweep_chapter
from rolloutsim.study import Checks, Comparison, PlanResult, Sensitivity
from rolloutsim.study.study import Study

if TYPE_CHECKING:
    from rolloutsim.report.page.content import Chapter
    from rolloutsim.scenario import Scenario

__all__ = ["page_of"]


_CHAPTERS: tuple[tuple[type, Callable[[Any, str], Chapter]], ...] = (
    (Comparison, comparison_chapter),
    (Checks, checks_chapter),
    (Study, sweep_chapter),
    (PlanResult, plan_chapter),
    (Sensitivity, sensitivity_chapter),
)


def page_of(shown: Sequence[tuple[object, Scenario | None]]) -> tuple[Chapter, ...]:
    """Return the chapters of a page.

    Parameters
    ----------
    shown
        Results of a run, a comparison, checks, a study, a plan or a sensitivity, each with its scenario as it was read, if it was.
    """
    chapters = []
    with warnings.catch_warnings():
        # Text of a picture is drawn by the browser, which has other fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        for number, (result, scenario) in enumerate(shown, 1):
            make = next((make for kind, make in _CHAPTERS if isinstance(result, kind)), None)
            name = f"c{number}"
            chapters.append(run_chapter(cast(Run, result), scenario, name) if make is None else make(result, name))
    return tuple(chapters)
