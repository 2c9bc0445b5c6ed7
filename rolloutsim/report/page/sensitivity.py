"""The chapter of a sensitivity."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rolloutsim.report.page.captions import CAPTIONS
from rolloutsim.report.page.content import Chapter, Figure, Part, table_of
from rolloutsim.report.page.pictures import inline_svg
from rolloutsim.report.page.provenance import provenance_part, replicates_and_seed, scenario_of, scenario_part
from rolloutsim.report.plots import plot_tornado
from rolloutsim.report.sensitivity_sections import sensitivity_heading, sensitivity_sections
from rolloutsim.report.study_headlines import sensitivity_headline

if TYPE_CHECKING:
    from rolloutsim.study import Sensitivity

__all__ = ["sensitivity_chapter"]


def sensitivity_chapter(found: Sensitivity, name: str) -> Chapter:
    """Return the chapter of a sensitivity."""
    scenario, headline, frame = scenario_of(found.manifest), sensitivity_headline(found), found.frame
    title, caption, _ = CAPTIONS["tornado"]
    figures = tuple(
        Figure(
            f"{title}: {effects.query}",
            inline_svg(plot_tornado(frame, metric=str(effects.query)), f"{name}-tornado{number}", title, headline[number]),
            caption,
        )
        for number, effects in enumerate(found.effects)
    )
    metrics = [part for effects in found.effects for part in ("--metric", str(effects.query))]
    size = f"--{'trajectories' if found.method == 'morris' else 'samples'} {found.size}"
    command = f"sensitivity {shlex.join(metrics)} --method {found.method} {size} {replicates_and_seed(found.manifest)}"
    parts = (
        Part("What moves it", tuple(table_of(section) for section in sensitivity_sections(found))),
        Part("Pictures", figures),
        scenario_part(scenario),
        provenance_part(found.manifest, command),
    )
    heading, note = sensitivity_heading(found)
    return Chapter(heading, scenario.description, note, headline, parts)
