"""The chapter of a plan."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from rolloutsim.report.page.captions import CAPTIONS
from rolloutsim.report.page.content import Chapter, Figure, Part, table_of
from rolloutsim.report.page.pictures import inline_svg
from rolloutsim.report.page.provenance import provenance_part, scenario_of, scenario_part
from rolloutsim.report.plan_sections import plan_heading, plan_sections
from rolloutsim.report.plots import plot_frontier, plot_response
from rolloutsim.report.study_headlines import plan_headline

if TYPE_CHECKING:
    from rolloutsim.study import PlanResult

__all__ = ["plan_chapter"]


def plan_chapter(found: PlanResult, name: str) -> Chapter:
    """Return the chapter of a plan."""
    frame, scenario, headline = found.frame, scenario_of(found.manifest), plan_headline(found)
    plot = "frontier" if frame["metric"].nunique() > 1 else "response"
    title, caption, _ = CAPTIONS[plot]
    axes = plot_frontier(frame) if plot == "frontier" else plot_response(frame)
    goal = ["--maximize" if found.maximize else "--minimize", str(found.objective)]
    limits = [part for check in found.checks for part in ("--subject-to", check.text)]
    parts = (
        Part("Settings", tuple(table_of(section) for section in plan_sections(found))),
        Part("Pictures", (Figure(title, inline_svg(axes, f"{name}-{plot}", title, " ".join(headline)), caption),)),
        scenario_part(scenario),
        provenance_part(found.manifest, shlex.join(["plan", *goal, *limits, *_settings(found)])),
    )
    heading, note = plan_heading(found)
    return Chapter(heading, scenario.description, note, headline, parts)


def _settings(found: PlanResult) -> list[str]:
    """Return the options of the levers, the replicates and the seed."""
    options = []
    for path in found.options[0].setting:
        values = dict.fromkeys(_written(option.setting[path]) for option in found.options)
        options += ["--over", f"{path}={','.join(values)}"]
    rounds = ["--replicates", str(found.rounds[0]), "--max-replicates", str(found.manifest["replicates"])]
    return [*options, *rounds, "--seed", str(found.manifest["seed"])]


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
