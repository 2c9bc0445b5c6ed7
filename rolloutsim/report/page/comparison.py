"""The chapter of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.report.comparison_sections import comparison_heading, comparison_sections
from rolloutsim.report.page.captions import CAPTIONS
from rolloutsim.report.page.content import Chapter, Figure, Part, table_of
from rolloutsim.report.page.pictures import inline_svg
from rolloutsim.report.page.provenance import provenance_part, replicates_and_seed
from rolloutsim.report.plots import plot_difference
from rolloutsim.report.study_headlines import comparison_headline

if TYPE_CHECKING:
    from rolloutsim.study import Comparison

__all__ = ["comparison_chapter"]


def comparison_chapter(found: Comparison, name: str) -> Chapter:
    """Return the chapter of a comparison."""
    title, caption, _ = CAPTIONS["difference"]
    headline = comparison_headline(found)
    svg = inline_svg(plot_difference(found.frame), f"{name}-difference", title, " ".join(headline))
    parts = (
        Part("Differences", tuple(table_of(section) for section in comparison_sections(found))),
        Part("Pictures", (Figure(title, svg, caption),)),
        provenance_part(found.manifests[0], f"compare other.json {replicates_and_seed(found.manifests[0])}"),
    )
    names = ", ".join(alternative.name for alternative in found.alternatives)
    heading, note = comparison_heading(found)
    return Chapter(f"{names} against {found.reference}", "", f"{heading}. {note}", headline, parts)
