"""The chapter of a sweep."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from rolloutsim.analysis import Estimate, parse_metric
from rolloutsim.formatting import value_text
from rolloutsim.report.page.captions import CAPTIONS
from rolloutsim.report.page.content import Cell, Chapter, Figure, Listing, Part, Table
from rolloutsim.report.page.pictures import inline_svg
from rolloutsim.report.page.provenance import scenario_of, scenario_part
from rolloutsim.report.plots import plot_response
from rolloutsim.report.plots.panels import MOST_PANELS
from rolloutsim.report.plots.points import levers_of, metrics_of, replicates_text, varied
from rolloutsim.report.sweep_headline import sweep_headline
from rolloutsim.report.texts import interval_text, short_paths
from rolloutsim.scenario import build
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.store.definition import last_command

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.study.study import Study

__all__ = ["POINT_METRICS", "points_table", "sweep_chapter"]

#: What is shown of each point.
POINT_METRICS = ("time_to_complete.p50", "time_to_complete.p95", "succeeded_share", "abort_probability")


def sweep_chapter(study: Study, name: str) -> Chapter:
    """Return the chapter of a sweep."""
    frame = study.frame(*POINT_METRICS)
    scenario = scenario_of({"scenario": study.scenario, "fingerprint": build(study.scenario).fingerprint()})
    headline = sweep_headline(study, frame)
    parts = (
        Part("Points", (points_table(frame),)),
        Part("Pictures", tuple(_figures(frame, name, headline))),
        scenario_part(scenario),
        _provenance_part(study),
    )
    return Chapter(repr(study)[1:-1], scenario.description, replicates_text(frame), headline, tuple(part for part in parts if part.blocks))


def points_table(frame: pd.DataFrame) -> Table:
    """Return a row per point: what is set, and an estimate of each metric of a frame from `Study.frame`."""
    levers, units = levers_of(frame), frame.attrs.get("units", {})
    rows = []
    for _, own in frame.groupby("point", sort=True):
        first = own.iloc[0]
        settings = [value_text(first[path], units.get(path)) for path in levers]
        cells = [Cell(str(first["point"]), str(first["point"])), *map(Cell.number, settings)]
        for row in own.to_dict("records"):
            query = parse_metric(row["metric"])
            estimate = _estimate(row)
            text = " ".join(part for part in interval_text(estimate, query.metric.printed_unit) if part)
            cells.append(Cell(text or str(row.get("note", "")), "" if math.isnan(row["best"]) else repr(float(row["best"]))))
        rows.append(tuple(cells))
    names = short_paths(levers)
    whole = "".join(f" {name} is {path}." for path, name in names.items() if name != path)
    note = f"All points are simulated with the same random numbers.{whole}"
    return Table("All points", ("point", *names.values(), *map(str, metrics_of(frame))), tuple(rows), note)


def _provenance_part(study: Study) -> Part:
    """Return where a sweep comes from."""
    facts = {
        "scenario": str(study.scenario["scenario"]),
        "seed" if len(study.seeds) == 1 else "seeds": ", ".join(map(str, study.seeds)),
        "replicates": f"{study.wanted:,}, of which {study.done:,} are done",
        "model version": str(MODEL_VERSION),
    }
    table = Table("Provenance", ("what", "value"), tuple((Cell(name), Cell(value)) for name, value in facts.items()))
    return Part("Where it comes from", (table, Listing("The command for these numbers", last_command(study.folder))))


def _estimate(row: Mapping[Hashable, object]) -> Estimate:
    low, best, high = (float(str(row[name])) for name in ("low", "best", "high"))
    return Estimate(math.nan, best, math.nan, int(str(row["n"]))) if low == high else Estimate(low, best, high, int(str(row["n"])))


def _figures(frame: pd.DataFrame, name: str, headline: tuple[str, ...]) -> list[Figure]:
    levers = varied(frame)
    if "sample" in frame or not levers or len(frame[levers[1:]].astype(str).drop_duplicates()) > MOST_PANELS:
        return []
    title, caption, _ = CAPTIONS["response"]
    figures = []
    for number, metric in enumerate(metrics_of(frame)):
        svg = inline_svg(plot_response(frame, metric=metric), f"{name}-r{number}", title, " ".join(headline))
        figures.append(Figure(f"{metric} over {levers[0]}", svg, caption))
    return figures
