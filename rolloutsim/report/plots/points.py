"""What the plots of studies read: a tidy frame with one row per point and metric.

The columns `metric`, `low`, `best`, `high` and `n` hold an estimate; a few more (`note`, `state`, …) may explain it; every other
column is a lever, named by its path, whose drawn values have the units of ``attrs["units"]``.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis import Query, parse_metric
from rolloutsim.errors import UsageError
from rolloutsim.formatting import common_scale, scale_of, value_text
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import dimension_of, parse_quantity

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import XAxis, YAxis

    from rolloutsim.analysis.replicates import FloatArray

_TOLD = ("metric", "low", "best", "high", "n", "note", "method", "unit", "text", "state", "round", "point", "sample", "fingerprint")

#: From this ratio of the largest to the smallest value on, a lever is drawn on a logarithmic axis.
_LOGARITHMIC = 10


class Lever(NamedTuple):
    """The values of a lever, and where they are drawn.

    Attributes
    ----------
    places
        Of the rows of the frame.
    ticks
        The label at each place.
    numeric
        Whether distances mean something; otherwise the values are side by side in the order in which they come.
    logarithmic
        Whether they span so much that they are drawn that way.
    unit
        Of the labels, which are in one unit; empty for anything but quantities.
    """

    places: FloatArray
    ticks: dict[float, str]
    numeric: bool
    logarithmic: bool
    unit: str = ""

    def named(self, name: str) -> str:
        """Return a label of the axis, or of a value: the name and the unit."""
        return f"{name} ({self.unit})" if self.unit else name

    def value(self, at: float) -> str:
        """Return the value at a place, with its unit."""
        return f"{self.ticks[at]} {self.unit}".rstrip()

    def show(self, axes: Axes, label: str) -> None:
        """Make the horizontal axis one of this lever."""
        if self.logarithmic:
            axes.set_xscale("log")
            axes.minorticks_off()
        longest = max(map(len, self.ticks.values()), default=0)
        crowded = longest * len(self.ticks) > 12 * axes.get_window_extent().width / axes.figure.dpi
        turned: dict[str, Any] = {"rotation": 25, "ha": "right"} if crowded else {"rotation": 0, "ha": "center"}
        axes.set_xticks(list(self.ticks), list(self.ticks.values()), fontsize="small", **turned)
        places = list(self.ticks)
        if self.logarithmic:
            low, high = places[0] / 1.2, places[-1] * 1.2
        else:
            margin = 0.1 * (places[-1] - places[0]) if self.numeric and len(places) > 1 else 0.5
            low, high = places[0] - margin, places[-1] + margin
        axes.set(xlim=(low, high), xlabel=self.named(label))


def levers_of(frame: pd.DataFrame) -> list[str]:
    """Return the columns that are levers."""
    return [str(column) for column in frame.columns if column not in _TOLD]


def varied(frame: pd.DataFrame) -> list[str]:
    """Return the levers that have more than one value; all, if none has."""
    names = levers_of(frame)
    return [name for name in names if frame[name].map(str).nunique() > 1] or names


def metrics_of(frame: pd.DataFrame) -> list[str]:
    """Return the metrics of a frame."""
    return list(dict.fromkeys(frame["metric"]))


def of_metric(frame: pd.DataFrame, metric: str | None = None) -> tuple[Query, pd.DataFrame]:
    """Return a metric and its rows; the only one if none is named.

    Raises
    ------
    UsageError
        If there is no such metric, or there are several to choose from.
    """
    known = metrics_of(frame)
    if metric is None:
        if len(known) != 1:
            raise UsageError(f"metric= is needed: the frame has {', '.join(known) or 'no rows'}")
        metric = known[0]
    query = parse_metric(metric)
    rows = frame[[str(parse_metric(name)) == str(query) for name in frame["metric"]]]
    if rows.empty:
        raise UsageError(f"the frame has no metric {metric}; it has {', '.join(known) or 'no rows'}")
    return query, rows.reset_index(drop=True)


def lever(frame: pd.DataFrame, name: str) -> Lever:
    """Return where the values of a lever are drawn: numbers and quantities at their size, anything else side by side.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"network.origin": ["1 Gbit/s", "500 Mbit/s"], "rules.dispatch": ["window", "batch"]})
    >>> origin = lever(frame, "network.origin")
    >>> origin.ticks, origin.unit
    ({500000000.0: '0.5', 1000000000.0: '1'}, 'Gbit/s')
    >>> lever(frame, "rules.dispatch").places.tolist()
    [0.0, 1.0]
    """
    values, unit = list(frame[name]), frame.attrs.get("units", {}).get(name)
    sizes = _sizes(values)
    numeric = sizes is not None
    unit = _unit(values) if unit is None else unit
    if sizes is not None and unit:
        scale = common_scale(unit, sizes)
        names = {size: f"{size / scale.size:,.4g}" for size in sorted(sizes)}
        return Lever(np.array(sizes), names, numeric, _is_wide(sizes), scale.symbol)
    if sizes is None:
        words = list(dict.fromkeys(map(str, values)))
        sizes = [float(words.index(str(value))) for value in values]
    ticks = dict(sorted(zip(sizes, (value_text(value, unit) for value in values), strict=True)))
    return Lever(np.array(sizes), ticks, numeric, numeric and _is_wide(sizes))


def _is_wide(sizes: Sequence[float]) -> bool:
    return min(sizes) > 0 and max(sizes) >= _LOGARITHMIC * min(sizes)


def _unit(values: Sequence[Hashable]) -> str | None:
    """Return the SI unit of quantities as a file has them; None for anything else."""
    found = [dimension_of(value.split()[-1]) if isinstance(value, str) and value.split() else None for value in values]
    units = {None if dimension is None else dimension.unit for dimension in found}
    return units.pop() if len(units) == 1 and units <= {"B", "bit/s", "s"} else None


def _sizes(values: Sequence[Hashable]) -> list[float] | None:
    if all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in values):
        return [float(value) for value in values]  # type: ignore[arg-type]  # numbers, as was just seen
    units = [value.split()[-1] if isinstance(value, str) and value.split() else "" for value in values]
    dimension = dimension_of(units[0]) if units else None
    if dimension is None:
        return None
    try:
        return [parse_quantity(value, dimension) for value in values]
    except ProblemError:
        return None


def value_axis(axis: XAxis | YAxis, query: Query, largest: float, label: str | None = None, *, difference: bool = False) -> None:
    """Make an axis one of a metric, in the unit that suits its values.

    Parameters
    ----------
    largest
        The largest value that is drawn; NaN if none is: then the axis has no numbers.
    label
        Default: the metric's name.
    difference
        Whether values are differences; those of shares are in percentage points.
    """
    from matplotlib.ticker import FuncFormatter

    from rolloutsim.report.plots.axes import instant_axis, percent_axis, time_axis

    label = str(query).removesuffix(".probability") if label is None else label
    unit = scale_of(query.metric.printed_unit, largest)
    if math.isnan(largest):
        axis.set_ticks([])
        axis.set_label_text(label)
    elif query.metric.is_instant and not difference:
        instant_axis(axis, label)
    elif query.metric.unit == "s":
        time_axis(axis, label)
    elif unit.symbol == "%":
        percent_axis(axis, label, "pp" if difference else "%")
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit.size:,.6g}"))
        axis.set_label_text(f"{label} ({unit.symbol or 'number'})")


def letters(axes: Axes) -> int:
    """Return how many letters of a label stand side by side below axes."""
    return max(20, int(axes.get_window_extent().width / axes.figure.dpi / 0.08))


def reach(rows: pd.DataFrame, columns: Sequence[str] = ("low", "best", "high")) -> tuple[float, float]:
    """Return the smallest and the largest finite number in these columns; 0 and 1 if there is none."""
    known = rows[list(columns)].to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def largest_of(rows: pd.DataFrame) -> float:
    """Return the largest finite number of estimates; NaN if there is none."""
    known = rows[["low", "best", "high"]].to_numpy(dtype=float)
    return float(max(known[np.isfinite(known)], default=math.nan))


def replicates_text(rows: pd.DataFrame) -> str:
    """Return how many replicates are behind each point; metrics with conditions count fewer of them."""
    counts = rows["n"].to_numpy(dtype=float)
    low, high = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
    return f"n = {low:,} replicate{'s' * (high != 1)} per point" if low == high else f"n = {low:,} to {high:,} replicates per point"


def missing_text(rows: pd.DataFrame) -> str:
    """Return a note on how many points are not finite numbers, and why, as far as the frame knows; empty if all are."""
    best = rows["best"].to_numpy(dtype=float)
    never, unknown = int(np.isinf(best).sum()), int(np.isnan(best).sum())
    notes = dict.fromkeys(rows.loc[np.isnan(best), "note"]) if "note" in rows else {}
    because = f" ({'; '.join(str(note) for note in notes if note)})" if any(notes) else ""
    parts = [f"▲ never: {never} of {len(rows)}" if never else "", f"× not estimable: {unknown} of {len(rows)}{because}" if unknown else ""]
    return ", ".join(part for part in parts if part)
