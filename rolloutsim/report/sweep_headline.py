"""The headline of a sweep: its best point, how far the others are from it, and what else it does there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.analysis import Estimate, Query, parse_metrics
from rolloutsim.formatting import count, value_text
from rolloutsim.report.plots.points import metrics_of, varied
from rolloutsim.report.spoken import listed, spoken
from rolloutsim.report.sweep_sections import best_point, first_metric, goal
from rolloutsim.report.texts import short_paths

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.study.study import Study

__all__ = ["sweep_headline"]

#: Metrics in a sentence.
_NAMED = 3


def sweep_headline(study: Study, frame: pd.DataFrame) -> tuple[str, ...]:
    """Return sentences on a sweep.

    Parameters
    ----------
    frame
        The estimates, from `Study.frame`; the first metric decides which point is the best.
    """
    queries, first = parse_metrics(metrics_of(frame)), first_metric(study, frame)
    place = best_point(study, queries[0], first)
    if place is None:
        return tuple(sentence for query in queries[:_NAMED] if (sentence := _range(query, frame)))
    row = first.iloc[place]
    setting = listed([f"{name} = {value_text(row[path], study.units.get(path))}" for path, name in short_paths(varied(first)).items()])
    points = f"Point {row['point']} of {count(len(first))} ({setting})"
    found = [f"{points} has the {goal(queries[0])} {_name(queries[0])}: {_spoken(queries[0], row)}{_as_good(first, place)}."]
    found += _others(queries[0], first, place)
    there = frame[frame["point"] == row["point"]].set_index("metric")
    more = [f"{_name(query)} is {_spoken(query, there.loc[str(query)])}" for query in queries[1:_NAMED]]
    known = [text for query, text in zip(queries[1:_NAMED], more, strict=True) if not math.isnan(there.loc[str(query)]["best"])]
    return (*found, *([f"At point {row['point']}, {listed(known)}."] if known else []))


def _name(query: Query) -> str:
    return str(query).removesuffix(".probability").removesuffix(".mean")


def _estimate(row: pd.Series) -> Estimate:
    low, best, high = (float(row[name]) for name in ("low", "best", "high"))
    same = low == high  # an interval of no width would claim to be certain
    return Estimate(math.nan if same else low, best, math.nan if same else high, int(row["n"]))


def _spoken(query: Query, row: pd.Series) -> str:
    return spoken(_estimate(row), query.metric.printed_unit).removesuffix(" (no interval)")


def _as_good(first: pd.DataFrame, place: int) -> str:
    """Return how many points have the value of the best one, and how many are not distinguished from it."""
    best, others = first.iloc[place], first.drop(index=place)
    same = others["best"] == best["best"]
    near = int(((others["low"] <= best["high"]) & (others["high"] >= best["low"]) & ~same).sum())
    equal = int(same.sum())
    text = f"; {count(equal)} more {'have' if equal > 1 else 'has'} the same value" if equal else ""
    return text + (f"; whether {count(near)} more {'are' if near > 1 else 'is'} as good is undecided" if near else "")


def _others(query: Query, first: pd.DataFrame, place: int) -> list[str]:
    """Return a sentence on the points that are not the best."""
    others = first.drop(index=place)
    known = others[others["best"].map(math.isfinite)].sort_values("best")
    never = int(others["best"].map(math.isinf).sum())
    parts = []
    if len(known):
        ends = dict.fromkeys(_spoken(query, row) for row in (known.iloc[0], known.iloc[-1]))
        parts.append(f"it goes from {' to '.join(ends)}" if len(ends) > 1 else f"it is {next(iter(ends))}")
    if never:
        parts.append(f"at {count(never)} of them it is never" if len(known) else "it is never")
    text = "; ".join(parts)
    return [f"At the other {'point' if len(others) == 1 else f'{count(len(others))} points'} {text}."] if text else []


def _range(query: Query, frame: pd.DataFrame) -> str:
    """Return a sentence on a metric of points none of which is the best, such as samples of what is uncertain."""
    rows = frame[frame["metric"] == str(query)]
    known = rows[rows["best"].map(math.isfinite)].sort_values("best")
    where = f"the {count(len(rows))} points" if len(rows) > 1 else "the only point"
    if not len(known):
        return f"{_name(query)} is never at {where}." if rows["best"].map(math.isinf).all() else ""
    low, high = _spoken(query, known.iloc[0]), _spoken(query, known.iloc[-1])
    if known["best"].nunique() == 1:
        return f"{_name(query)} is {low} at {where if len(known) == len(rows) else f'{count(len(known))} of {where}'}."
    return f"Over {where}, {_name(query)} goes from {low} to {high}."
