"""A sweep in words: a section per point, with its setting, and a row per metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rolloutsim.analysis import Estimate, parse_metrics
from rolloutsim.formatting import common_scale, value_text
from rolloutsim.report.sections import Section, estimate_row

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.study.study import Study


def sweep_heading(study: Study) -> tuple[str, str]:
    """Return the two lines above everything."""
    return repr(study)[1:-1], "Intervals are of 95 %. All points are simulated with the same random numbers."


def sweep_sections(study: Study, metrics: Sequence[str], frame: pd.DataFrame) -> tuple[Section, ...]:
    """Return a section per point.

    Parameters
    ----------
    metrics
        Expressions.
    frame
        Their estimates, from `Study.frame`. Each metric has one unit at all points.
    """
    queries = {str(query): query for query in parse_metrics(metrics)}
    units = {name: common_scale(query.metric.printed_unit, frame.loc[frame["metric"] == name, "best"]) for name, query in queries.items()}
    paths = [column for column in study.points.columns if column not in ("point", "fingerprint")]
    found = []
    for point, own in frame.groupby("point", sort=True):
        setting = ", ".join(f"{path} = {value_text(own[path].iloc[0], study.units.get(path))}" for path in paths)
        rows = []
        for row in own.to_dict("records"):
            estimate = Estimate(row["low"], row["best"], row["high"], row["n"], "", row["note"], row["unit"])
            rows.append(estimate_row(queries[row["metric"]], estimate, row["metric"], unit=units[row["metric"]]))
        found.append(Section(f"{point}  {setting or 'as it is'}", tuple(rows)))
    return tuple(found)
