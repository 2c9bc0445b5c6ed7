"""The bit rate of shared links over time, against their capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.formatting import count, percent, quantity
from rolloutsim.report.plots.palette import BLACK, BLUE
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size, interval_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.analysis.links import LinkUse
    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.analysis.stage_times import JobStages

_MOST = 8  # strips that can still be read
_HEIGHT = 0.7  # of the capacity line in its strip; above it is room for text
_UNITS = (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1.0))


@plot(needs=("jobs", "link_use"), links=True, stages=True)
def plot_link_use(
    tables: ResultTables,
    *,
    capacities: Mapping[str | None, float] | None = None,
    stages: JobStages | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the bit rate of each shared link over time, below a line at its capacity: a strip for each, up to eight.

    With one replicate the rate itself is drawn, with more its median and the bands that hold 50 and 90 % of them. How long a link is
    saturated, that is all of its capacity is used, is printed as a share of the job's time, the mean over replicates.

    Parameters
    ----------
    tables
        Anything with the tables `jobs` and `link_use`; with `timeline` the rate of a single replicate is exact.
    capacities
        In bit/s by site, that of the origin under None; see `rolloutsim.analysis.link_capacities`. `Results.plot` gives them.
    stages
        Of the job, to mark them; `Results.plot` gives them too.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If there are no shared links, or the table `link_use` was not kept.
    """
    from rolloutsim.analysis.links import link_use
    from rolloutsim.report.plots.axes import finish, job_axis, new_axes, time_end
    from rolloutsim.report.plots.marks import mark_stages

    if not capacities:
        raise UsageError(
            "there are no shared links to draw: give network.origin, or downlink of a site in network.sites, a rate and simulate again"
        )
    jobs = tables.jobs
    end, note = time_end(jobs["time_to_complete_s"].to_numpy(dtype=float))
    uses = {site: link_use(tables, site, until_s=1.03 * end) for site in capacities}
    busiest = sorted(uses, key=lambda site: -float(np.nan_to_num(uses[site].saturated).sum()))[:_MOST]
    drawn = [site for site in uses if site in busiest]
    ax = new_axes(9.0, 1.7 + 1.25 * max(len(drawn), 2)) if ax is None else ax

    job_axis(ax, 1.03 * end)
    unit, size = next((unit for unit in _UNITS if unit[1] <= min(capacities.values())), _UNITS[-1])
    ticks: dict[float, str] = {}
    for strip, site in enumerate(drawn):
        floor = len(drawn) - 1.0 - strip
        _strip(ax, uses[site], floor, capacities[site], named=strip == 0)
        _label(ax, site, uses[site], floor, capacities[site])
        for part in (0.0, 1.0) if len(drawn) > 4 else (0.0, 0.5, 1.0):
            ticks[floor + _HEIGHT * part] = _number(part * capacities[site] / size)
    if not len(jobs):
        ax.text(0.5, 0.5, "no replicates", transform=ax.transAxes, ha="center")
    ax.set(ylim=(0, len(drawn)), yticks=list(ticks), yticklabels=list(ticks.values()), ylabel=f"bit rate ({unit})")
    n = len(jobs)
    marks = mark_stages(ax, tables, stages)
    rest = len(uses) - len(drawn)
    more = f"{count(rest)} more link{'s' * (rest != 1)}, saturated for no longer than these." if rest else ""
    finish(
        ax,
        "Use of shared links",
        f"n = {count(n)} replicate{'s' * (n != 1)} of {fleet_size(jobs)} robots; saturated: all of the capacity is used",
        legend=ax.get_legend_handles_labels()[0],
        note="\n".join(line for line in (marks, note and f"Ends of jobs: {note}.", more) if line),
    )
    ax.grid(visible=False, axis="y")
    return ax


def _strip(ax: Axes, use: LinkUse, floor: float, capacity: float, *, named: bool) -> None:
    """Draw one link between this height and one more; the first one names what the legend explains."""
    from rolloutsim.report.plots.axes import band

    def height(rate: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return floor + _HEIGHT * rate / capacity

    n = len(use.saturated)
    if n == 1:
        ax.fill_between(use.t_s, floor, height(use.median), step="post", color=BLUE, alpha=0.3, linewidth=0)
    for low, high, alpha, label, needs in (
        (use.low_90, use.high_90, 0.15, "90 % of replicates", 19),
        (use.low_50, use.high_50, 0.3, "50 % of replicates", 3),
    ):
        if not np.isnan(low).all():
            rates = height(low), height(high)
            band(ax, use.t_s, *rates, alpha, step="post", label=label if named else None)
        elif named and n > 1:
            ax.plot([], [], " ", label=f"{label}: needs {needs}")
    if n:
        label = "median" if n > 1 else "the one replicate"
        ax.step(use.t_s, height(use.median), where="post", color=BLUE, linewidth=1.2, label=label if named else None)
    ax.axhline(floor + _HEIGHT, color=BLACK, linewidth=1.0, linestyle="--", label="capacity" if named else None)
    ax.axhline(floor, color="0.6", linewidth=0.6)


def _label(ax: Axes, site: str | None, use: LinkUse, floor: float, capacity: float) -> None:
    """Write above the capacity line what it is and for how long it is saturated, as far as there is room."""
    name = f"{'origin' if site is None else f'{site} downlink'}: {quantity(capacity, 'bit/s')} capacity"
    room = ax.get_window_extent().width / ax.figure.dpi
    texts = [", ".join([name, *parts]) for parts in _saturation(use)]
    text = next((text for text in texts if 0.059 * len(text) <= room), texts[-1])
    ax.annotate(text, (0, floor + _HEIGHT), xycoords=("axes fraction", "data"), xytext=(4, 3), textcoords="offset points", fontsize="small")


def _saturation(use: LinkUse) -> tuple[tuple[str, ...], ...]:
    """Return texts on how long the link is saturated, the longest first."""
    from rolloutsim.analysis.estimates import share
    from rolloutsim.analysis.replicates import ratio

    n = len(use.saturated)
    if not np.nan_to_num(use.busy).any():
        return (("never used",), ()) if n else ((),)
    if not np.nan_to_num(use.saturated).any():
        return ((f"never saturated in n = {count(n)}",), ("never saturated",), ())
    shares = use.saturated, np.minimum(ratio(use.saturated, use.busy), 1.0)
    # Of one replicate the picture is all there is to know.
    (value, interval), of_use = ((percent(each[0]), "") if n == 1 else interval_text(share(each)._replace(note=""), "%") for each in shares)
    of_job = "of the job's time"
    return (
        (f"saturated {value} {interval}".rstrip() + f" {of_job}", f"{' '.join(of_use).rstrip()} of the time in use"),
        (f"saturated {value} {interval}".rstrip() + f" {of_job}",),
        (f"saturated {value} {of_job}",),
        (),
    )


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
