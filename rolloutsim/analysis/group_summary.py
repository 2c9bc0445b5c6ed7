"""Sites and classes in a summary: each beside the others of its kind, and which of them differ.

Two groups are unlike if their intervals do not overlap and their estimates are at least `LEAST` apart: in the share of robots that failed,
or in the time until most robots are InSync. A group differs if it is unlike more than half of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import numpy as np

from rolloutsim.analysis.codes import share_of_replicates
from rolloutsim.analysis.estimates import Estimate, mean, quantile
from rolloutsim.analysis.groups import GROUP_TABLES, Group, GroupKind
from rolloutsim.analysis.replicates import Replicates, category_numbers, ratio
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rolloutsim.analysis.codes import CodeCounts
    from rolloutsim.analysis.premises import Premises
    from rolloutsim.analysis.replicates import FloatArray, ResultTables

__all__ = ["GroupLine", "GroupSummary", "codes_by_group", "summarize_groups"]

#: Differences of shares, and of times relative to the later one, below which groups are alike.
LEAST = 0.05
#: The same for the share of robots that ended with one code.
LEAST_OF_CODE = 0.01

#: Shares of robots, in percent: the summary has the time until the largest that most groups reach.
_PERCENT = (90, 50)


class GroupLine(NamedTuple):
    """A site or a class.

    Attributes
    ----------
    name, robots
        Which, and how many robots it has (of the largest fleet, should they differ).
    failed
        Share of its robots that failed.
    time_to_reach
        P50 of the time until `GroupSummary.percent` of its robots are InSync, in s.
    peak_bit_rate, utilisation_mean
        Of the site's link: mean of the largest bit rate (bit/s), and mean used share; None of a class.
    differs_in
        In which of the first two it differs most from the others, empty if in none.
    difference
        By how much from half of the others, at least: of shares the difference, of times the difference relative to the later one.
    """

    name: str
    robots: int
    failed: Estimate
    time_to_reach: Estimate
    peak_bit_rate: Estimate | None
    utilisation_mean: Estimate | None
    differs_in: Literal["", "failed", "time_to_reach"]
    difference: float


class GroupSummary(NamedTuple):
    """All sites, or all classes.

    Attributes
    ----------
    kind
        ``site`` or ``class``.
    percent
        Share of the robots that `GroupLine.time_to_reach` is about.
    lines
        One per group, in the order of the table.
    """

    kind: GroupKind
    percent: int
    lines: tuple[GroupLine, ...]

    @property
    def differing(self) -> list[GroupLine]:
        """The groups that differ, the most different first."""
        return sorted((line for line in self.lines if line.differs_in), key=lambda line: -line.difference)


def summarize_groups(kind: GroupKind, tables: ResultTables, premises: Premises) -> GroupSummary | None:
    """Summarise the groups of a kind; None if the fleet has none."""
    view, table = Replicates(tables), getattr(tables, GROUP_TABLES[kind], None)
    if table is None:
        return None
    names, place = list(table[kind].cat.categories), (category_numbers(table[kind]), view.positions(table))

    def rows(name: str) -> FloatArray:
        found = np.full((len(names), len(view)), np.nan)
        there = place[1] >= 0
        found[place[0][there], place[1][there]] = table[name].to_numpy(dtype=float)[there]
        return found

    robots, failed = rows("robots"), rows("failed")
    percent = _percent(rows)
    times = _never(rows(f"time_to_reach_{percent}_s"))
    shares = [share_of_replicates(own, tables, premises) for own in ratio(failed, robots)]
    reached = [quantile(own, 0.5, unit="s", exact=premises.exact) for own in times]
    differing = _differing(_differences(shares), _differences(reached, relative=True))
    links = [rows("peak_bit_rate_bit_per_s"), rows("utilisation_mean")] if kind == "site" else None
    lines = []
    for group, name in enumerate(names):
        peak, used = (None, None) if links is None else (_mean(each[group], premises) for each in links)
        size = int(np.nan_to_num(robots[group]).max(initial=0))
        peak = peak._replace(unit="bit/s") if peak else None
        lines.append(GroupLine(name, size, shares[group], reached[group], peak, used, *differing[group]))
    return GroupSummary(kind, percent, tuple(lines))


def _percent(rows: Callable[[str], FloatArray]) -> int:
    """Return the largest share that at least half of the groups reach in half of the replicates."""
    for percent in _PERCENT[:-1]:
        times = _never(rows(f"time_to_reach_{percent}_s"))
        if times.size and 2 * np.isfinite(np.median(times, axis=1)).sum() >= len(times):
            return percent
    return _PERCENT[-1]


def _never(times: FloatArray) -> FloatArray:
    return np.where(np.isnan(times), np.inf, times)


def _mean(values: FloatArray, premises: Premises) -> Estimate | None:
    known = values[~np.isnan(values)]
    return mean(known, exact=premises.exact) if len(known) else None


def _differences(estimates: list[Estimate], *, relative: bool = False, least: float = LEAST) -> FloatArray:
    """Return by how much each group differs from half of the others, at least; 0 if it is not unlike more than half of them.

    >>> _differences([Estimate(0.04, 0.05, 0.06, 9), Estimate(0.05, 0.06, 0.07, 9), Estimate(0.8, 0.9, 1.0, 9)]).round(2).tolist()
    [0.0, 0.0, 0.84]
    """
    low, best, high = (np.array([getattr(one, name) for one in estimates]) for name in ("low", "best", "high"))
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(best[:, None] - best)
        if relative:
            later = np.maximum(best[:, None], best)
            apart = np.where(np.isinf(later), (best[:, None] != best).astype(float), apart / later)
    unlike = ((low[:, None] > high) | (high[:, None] < low)) & (apart >= least)
    differences = np.sort(np.where(unlike, apart, 0.0), axis=1)[:, 1:]  # without the group itself
    return differences[:, (len(estimates) - 2) // 2] if len(estimates) > 1 else np.zeros(len(estimates))


def _differing(failed: FloatArray, slower: FloatArray) -> list[tuple[Literal["", "failed", "time_to_reach"], float]]:
    """Return in what each group differs most, and by how much."""
    # A share that is never reached differs by all there is; if robots failed, that is why.
    return [
        ("failed", one) if one and (one >= other or other == 1.0) else ("time_to_reach", other) if other else ("", 0.0)
        for one, other in zip(failed.tolist(), slower.tolist(), strict=True)
    ]


def codes_by_group(
    counts: CodeCounts, code: str, tables: ResultTables, premises: Premises
) -> tuple[dict[str, dict[str, Estimate]], tuple[Group, ...]]:
    """Estimate the share of the robots of each site and class that ended with a code.

    Returns
    -------
    shares, differing
        By kind and name; and the groups that differ from others of their kind, the most different first.
    """
    shares: dict[str, dict[str, Estimate]] = {}
    found: list[tuple[float, Group]] = []
    cache: dict[bytes, Estimate] = {}

    def estimated(values: FloatArray) -> Estimate:
        key = values.tobytes()
        if key not in cache:
            cache[key] = share_of_replicates(values, tables, premises)
        return cache[key]

    hits = counts.robots[:, :, CODES.index(code)]
    for kind, (names, numbers) in counts.labels.items():
        shares[kind] = {}
        for group, name in enumerate(names):
            own = numbers == group
            shares[kind][name] = estimated(ratio((hits * own).sum(axis=1), (counts.sizes * own).sum(axis=1)))
        differences = _differences(list(shares[kind].values()), least=LEAST_OF_CODE).tolist()
        found += [
            (difference, Group(cast("GroupKind", kind), name)) for difference, name in zip(differences, names, strict=True) if difference
        ]
    return shares, tuple(group for _, group in sorted(found, key=lambda one: -one[0]))
