"""Which kind of result gets which chapter. A new kind is one file with a function and one line here."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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

__all__ = ["Shown", "page_of"]


class Shown(NamedTuple):
    """What a chapter is about.

    Attributes
    ----------
    result
        Results of a run, a comparison, checks, a study, a plan or a sensitivity.
    scenario
        Of a run, as it was read; None if only the results are known.
    advice
        What other settings of a run do, if they were simulated; from `rolloutsim.study.advise`.
    """

    result: object
    scenario: Scenario | None = None
    advice: Comparison | None = None


_CHAPTERS: tuple[tuple[type, Callable[[Any, str], Chapter]], ...] = (
    (Comparison, comparison_chapter),
    (Checks, checks_chapter),
    (Study, sweep_chapter),
    (PlanResult, plan_chapter),
    (Sensitivity, sensitivity_chapter),
)


def page_of(shown: Sequence[Shown]) -> tuple[Chapter, ...]:
    """Return the chapters of a page, one for each result."""
    chapters = []
    with warnings.catch_warnings():
        # Text of a picture is drawn by the browser, which has other fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        for number, one in enumerate(shown, 1):
            make = next((make for kind, make in _CHAPTERS if isinstance(one.result, kind)), None)
            name = f"c{number}"
            chapters.append(run_chapter(cast(Run, one.result), one.scenario, name, one.advice) if make is None else make(one.result, name))
    return tuple(chapters)
