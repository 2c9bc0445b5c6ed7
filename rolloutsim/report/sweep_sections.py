"""A sweep as one table: a row per point, levers and metrics as columns, each in one unit; the best point, and the knee of each lever."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.analysis import Estimate, Query, parse_metrics
from rolloutsim.formatting import common_scale, percent, value_text
from rolloutsim.report.plots.points import lever, replicates_text
from rolloutsim.report.texts import interval_text, letter, short_paths
from rolloutsim.scenario.reading.quantities import words
from rolloutsim.study.stopped_jobs import STOPPED, many_stopped, shortened, stopped_note

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.study.study import Study

#: A larger value of a lever helps if it improves the metric by at least this share.
_HELPS = 0.05


class _Column(NamedTuple):
    title: str
    cells: list[str]


def sweep_lines(study: Study, metrics: Sequence[str], frame: pd.DataFrame, sentences: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a sweep.

    Parameters
    ----------
    metrics
        Expressions; the first decides which point is the best.
    frame
        Their estimates, from `Study.frame`.
    sentences
        The headline.
    """
    queries, first = parse_metrics(metrics), first_metric(study, frame)
    paths = [str(column) for column in study.points.columns if column not in ("point", "fingerprint")]
    columns = [_lever(first, path) for path in paths] + [_metric(frame, query) for query in queries]
    stopped = _stopped(study)
    best = best_point(study, queries[0], first)
    yield repr(study)[1:-1]
    yield from ("", *sentences, "") if sentences else ()
    yield "Intervals are of 95 %. All points are simulated with the same random numbers."
    yield replicates_text(frame)
    yield ""
    letters = [letter(number).lower() for number in range(len(columns))]
    yield from (f"{letter}  {column.title}" for letter, column in zip(letters, columns, strict=True))
    yield ""
    yield from _table([_Column("point", [str(point) for point in first["point"]]), *_named(columns, letters)], best)
    yield from dict.fromkeys(f"– {note}" for note in frame.loc[frame["low"].isna(), "note"] if note)
    if best is not None:
        yield f"* {goal(queries[0])} {queries[0]}"
        yield from _knees(queries[0], first, paths, best, stopped)
    many = [number for number, share in enumerate(stopped) if many_stopped(share)]
    if many:
        points = f"of point{'s' if len(many) > 1 else ''} {words([str(first['point'].iloc[number]) for number in many], 'and')}"
        if note := stopped_note(queries, min(stopped[many]), points):
            yield note if len(set(stopped[many])) == 1 else f"At least {note}"


def _named(columns: Sequence[_Column], letters: Sequence[str]) -> list[_Column]:
    return [column._replace(title=letter) for column, letter in zip(columns, letters, strict=True)]


def _table(columns: Sequence[_Column], best: int | None) -> Iterator[str]:
    widths = [max(map(len, (column.title, *column.cells))) for column in columns]

    def line(mark: str, cells: Sequence[str]) -> str:
        return f"{mark} " + "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()

    yield line(" ", [column.title for column in columns])
    for row in range(len(columns[0].cells)):
        yield line("*" if row == best else " ", [column.cells[row] for column in columns])


def _lever(rows: pd.DataFrame, path: str) -> _Column:
    """Return the values of a lever in one unit."""
    values, unit = list(rows[path]), rows.attrs["units"].get(path)
    if path.endswith("InSeconds"):
        unit = "s"
    if unit is None:
        unit = next((known for known in ("B", "bit/s", "s") if all(_is_of(known, value) for value in values)), None)
        sizes = list(lever(rows, path).places) if unit else []
    else:
        sizes = [float(value) for value in values]
    if unit is None:
        return _Column(f"{path} (%)" if path.endswith("Percentage") else path, [value_text(value) for value in values])
    scale = common_scale(unit, sizes)
    return _Column(f"{path} ({scale.symbol or 'number'})", [f"{size / scale.size:,.4g}" for size in sizes])


def _is_of(unit: str, value: Any) -> bool:
    from rolloutsim.scenario.reading.quantities import dimension_of

    dimension = dimension_of(value.split()[-1]) if isinstance(value, str) and value.split() else None
    return dimension is not None and dimension.unit == unit


def _metric(frame: pd.DataFrame, query: Query) -> _Column:
    """Return the estimates of a metric in one unit."""
    rows = frame[frame["metric"] == str(query)]
    scale = common_scale(query.metric.printed_unit, rows["best"])
    cells = []
    for row in rows.to_dict("records"):
        low, high = (math.nan, math.nan) if row["low"] == row["high"] else (row["low"], row["high"])
        value, limits = interval_text(Estimate(low, row["best"], high, row["n"]), query.metric.printed_unit, scale=scale)
        cells.append(f"{value.removesuffix(f' {scale.symbol}')} {limits}".strip() or "–")
    unit = f" ({scale.symbol or 'number'})" if rows["best"].map(math.isfinite).any() else ""
    return _Column(f"{query}{unit}", cells)


def goal(query: Query) -> str:
    """Return which values of a metric are the best."""
    return "highest" if query.better == "higher" else "lowest"


def first_metric(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the first metric of a frame from `Study.frame`."""
    rows: pd.DataFrame = frame[frame["metric"] == frame["metric"].iloc[0]].reset_index(drop=True)
    rows.attrs["units"] = study.units
    return rows


def _stopped(study: Study) -> FloatArray:
    """Return the share of the jobs of each point that are stopped."""
    found: FloatArray = study.frame(str(STOPPED))["best"].to_numpy(dtype=float)
    return found


def best_point(study: Study, query: Query, rows: pd.DataFrame) -> int | None:
    """Return which row has the best value of a metric; None if no value is better than another, and for samples, which are no choice.

    A point at which many more jobs are stopped than elsewhere is not the best because they are complete early.
    """
    if "sample" in study.points:
        return None
    stopped, values = _stopped(study), rows["best"].to_numpy(dtype=float)
    known = [number for number, value in enumerate(values) if math.isfinite(value)]
    if query.better == "neither" or not known or len({value for value in values.tolist() if not math.isnan(value)}) < 2:
        return None
    known = [number for number in known if _counts(query, stopped, number)] or known
    return (max if query.better == "higher" else min)(known, key=lambda number: values[number])


def _counts(query: Query, stopped: FloatArray, number: int) -> bool:
    return not (shortened(query) and many_stopped(stopped[number], min(stopped)))


def _knees(query: Query, rows: pd.DataFrame, paths: Sequence[str], best: int, stopped: FloatArray) -> Iterator[str]:
    """Yield from which value of each lever on no larger value helps, the other levers as at the best point."""
    short = short_paths(paths)
    for path in paths:
        others = [other for other in paths if other != path]
        same = [
            all(str(row[other]) == str(rows[other].iloc[best]) for other in others) and _counts(query, stopped, number)
            for number, row in enumerate(rows.to_dict("records"))
        ]
        line = rows[same].reset_index(drop=True)
        line.attrs["units"] = rows.attrs["units"]
        values = lever(line, path)
        if not values.numeric:
            continue
        found = knee(list(zip(values.places.tolist(), line["best"].tolist(), strict=True)), query.better)
        if found is not None and found > min(values.places):  # otherwise no value helps
            column = _lever(rows, path)
            cell = column.cells[list(lever(rows, path).places).index(found)]
            unit = column.title.removeprefix(path).strip(" ()")
            yield f"knee of {short[path]}: {f'{cell} {unit}'.strip()} (more improves {query} by < {percent(_HELPS)})"


def knee(points: Sequence[tuple[float, float]], better: str) -> float | None:
    """Return the smallest value from which no larger value helps; None if there is none, or no larger value is at least its double.

    A value helps if it improves the response by at least 5 %.

    Parameters
    ----------
    points
        Values of the lever, each with the response.
    better
        ``lower`` or ``higher``.

    Examples
    --------
    >>> knee([(5, 400.0), (10, 200.0), (20, 150.0), (40, 149.0)], "lower")
    20
    >>> knee([(5, 400.0), (10, 200.0)], "lower") is None
    True
    >>> knee([(2, 0.96), (5, 0.95), (10, 0.96), (20, 0.04)], "lower") is None  # the largest helps
    True
    """
    ordered = sorted(points)
    if not all(math.isfinite(response) for _, response in ordered):
        return None
    for place, response in ordered:
        larger = [at for at, _ in ordered if at >= 2 * place > 0]
        gains = [there - response if better == "higher" else response - there for at, there in ordered if at > place]
        if larger and all(gain < _HELPS * abs(response) or gain <= 0 for gain in gains):
            return place
    return None
