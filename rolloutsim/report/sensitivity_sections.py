"""A sensitivity in words: for each metric, what moves it, by how much, and what cannot be distinguished from noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.analysis import Estimate
from rolloutsim.formatting import Scale, common_scale, count, percent
from rolloutsim.report.rows import Row, Section
from rolloutsim.report.texts import interval_text, short_paths
from rolloutsim.study.designs import direction, most_trajectories

if TYPE_CHECKING:
    from rolloutsim.analysis import Query
    from rolloutsim.study import Effects, Sensitivity
    from rolloutsim.study.designs import Index

#: Words for the symbols of indices.
_NAMES = {"mu_star": "average effect", "sigma": "unevenness", "ST": "share with interactions", "S1": "share alone"}
_SIZES = {"morris": ("Morris", "trajectories"), "sobol": ("Sobol", "samples")}

_NOTES = {
    "morris": "Average effect (mu* of Morris): by how much the metric changes over the range of the input, on average, up or down; "
    "unevenness (sigma): how differently it does so, because the effect is bent or depends on other inputs.",
    "sobol": "Share with interactions (ST of Sobol): of the metric's variance, what the input makes, alone or together with others; "
    "share alone (S1): what it makes alone.",
}


def sensitivity_heading(found: Sensitivity) -> tuple[str, str]:
    """Return the two lines above everything."""
    method, what = _SIZES[found.method]
    inputs = len(found.effects[0].inputs)
    points, replicates = len(found.responses) // len(found.effects), found.manifest["replicates"]
    every = method == "Morris" and found.size == most_trajectories(inputs)  # perhaps fewer than one has asked for
    size = f"all {count(found.size)} {what} that there are:\n" if every else f"{count(found.size)} {what}: "
    return (
        f"{found.manifest['name']}: what moves it, of {inputs} uncertaint{'y' if inputs == 1 else 'ies'}",
        f"{method}, {size}{count(points)} points of the same {count(replicates)} replicates; intervals of 95 %",
    )


def sensitivity_sections(found: Sensitivity) -> tuple[Section, ...]:
    """Return a section a metric."""
    return tuple(_section(effects, found.method, found.manifest["replicates"]) for effects in found.effects)


def _section(effects: Effects, method: str, replicates: int) -> Section:
    query = effects.query
    unit = common_scale(query.metric.printed_unit, (effects.low, effects.high))
    low, high = (
        " ".join(interval_text(Estimate(math.nan, value, math.nan, 0), query.metric.printed_unit, scale=unit)).strip()
        for value in (effects.low, effects.high)
    )
    if effects.low == effects.high:
        note = f"It is {low} at every point: nothing moves it."
    else:
        note = f"Over the points it goes from {low} to {high}; {_noise(effects, replicates)} " + _NOTES[method]
    names = short_paths(effects.inputs)
    moved = common_scale(query.metric.printed_unit, (index.estimate.best for indices in effects.inputs.values() for index in indices))
    rows = [row for path, indices in effects.inputs.items() for row in _rows(names[path], indices, query, moved)]
    return Section(f"{query}: {_NAMES[next(iter(effects.inputs.values()))[0].name]}", tuple(rows), note)


def _noise(effects: Effects, replicates: int) -> str:
    """Return sentences on how much of the variation is noise, and what ``~`` means."""
    if effects.floor_needs:
        return (
            f"how much of that is noise cannot be estimated from {count(replicates)} replicates, because too few of them have the metric "
            f"at some points: it takes about {count(effects.floor_needs)} (--replicates). ~: not distinguished from noise."
        )
    share = "less than 0.01 %" if effects.noise < 1e-4 else percent(effects.noise)
    return f"{share} of its variance is noise of the replicates. ~: within the noise floor, or not distinguished from it."


def _rows(name: str, indices: list[Index], query: Query, unit: Scale) -> list[Row]:
    first, *others = (index for index in indices if index.name != "mu")
    value, interval = _written(first, first.estimate, query, unit)
    rows = [Row(name, "", value if first.decided or not value else f"~ {value}", interval, direction(indices))]
    if not math.isnan(first.floor):
        rows.append(Row("", "noise floor", *_written(first, Estimate(math.nan, first.floor, math.nan, 0), query, unit), ""))
    return rows + [Row("", _NAMES[index.name], *_written(index, index.estimate, query, unit), "") for index in others]


def _written(index: Index, estimate: Estimate, query: Query, unit: Scale) -> tuple[str, str]:
    if estimate.low == estimate.high:  # an interval of no width would claim to be certain
        value, _ = _written(index, estimate._replace(low=math.nan, high=math.nan), query, unit)
        return value, estimate.note
    if index.name not in ("ST", "S1"):
        return interval_text(estimate, query.metric.printed_unit, scale=unit, difference=True)
    return interval_text(estimate, "%") if estimate.best else ("0 %", "")
