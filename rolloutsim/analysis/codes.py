"""Failure codes: how often each of them ended a deployment, over the fleet, by cohort and for jobs, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rolloutsim.analysis.estimates import Estimate, proportion, share
from rolloutsim.analysis.groups import Group, no_such_group
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.replicates import Replicates, ResultTables, category_numbers, ratio
from rolloutsim.errors import UsageError
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rolloutsim.analysis.means import Strata

__all__ = [
    "CodeCounts",
    "CodeShare",
    "code_counts",
    "code_shares",
    "job_code_shares",
    "share_of_replicates",
    "shares_by_cohort",
    "stopping_shares",
    "weights_of_replicates",
]


class CodeCounts(NamedTuple):
    """Counts of codes as arrays.

    Attributes
    ----------
    cohorts
        Names, in the order of the fleet.
    robots
        Robots that ended with a code, by replicate, cohort and code (in the order of `vocabulary.CODES`).
    sizes
        Robots by replicate and cohort.
    fleet
        Robots by replicate.
    jobs
        Whether the job ended with a code, by replicate and code.
    labels
        By kind of group (``site``, ``class``) that the fleet has: the names of the groups, and by replicate and cohort the number of its
        group, -1 without one.
    """

    cohorts: tuple[str, ...]
    robots: NDArray[np.float64]
    sizes: NDArray[np.float64]
    fleet: NDArray[np.float64]
    jobs: NDArray[np.bool_]
    labels: dict[str, tuple[tuple[str, ...], NDArray[np.int64]]]

    def shares(self, group: Group | None = None) -> NDArray[np.float64]:
        """Return, by replicate and code, the share of the robots that ended with it; NaN where there are no robots.

        Raises
        ------
        UsageError
            If the fleet has no such group.
        """
        if group is None:
            return ratio(self.robots.sum(axis=1), self.fleet[:, None])
        names, numbers = self.labels.get(group.kind, ((), np.empty((0, 0))))
        if group.kind == "cohort":
            names, numbers = self.cohorts, np.broadcast_to(np.arange(len(self.cohorts)), self.sizes.shape)
        if group.name not in names:
            raise UsageError(no_such_group(group, {group.kind: names}))
        own = (numbers == names.index(group.name)).astype(float)
        return ratio(np.einsum("rgc,rg->rc", self.robots, own), (self.sizes * own).sum(axis=1)[:, None])


class CodeShare(NamedTuple):
    """How often a code occurs.

    Attributes
    ----------
    code
        Its name.
    group
        Of which robots; None is the fleet.
    share
        Share of robots within a replicate, averaged over replicates; for jobs the probability.
    replicates_with
        Replicates in which it occurred.
    """

    code: str
    group: Group | None
    share: Estimate
    replicates_with: int


def code_counts(tables: ResultTables) -> CodeCounts:
    """Count codes by replicate and cohort.

    Raises
    ------
    UsageError
        If the tables `failure_codes` or `cohorts` are not there.
    """
    view = Replicates(tables)
    jobs = category_numbers(tables.jobs["failure_code"])[:, None] == np.arange(len(CODES))
    table, sizes = view.table("failure_codes"), view.table("cohorts")
    # Rows with count 0 add nothing, and they are nearly all rows where there are many cohorts.
    table = table[((table["level"] == "robot") & (table["count"] != 0)).to_numpy()]
    cohorts = tuple(str(name) for name in table["cohort"].cat.categories)
    shape = len(view), len(cohorts)
    counts = _cube(view, table, category_numbers(table["code"]), table["count"], (*shape, len(CODES)))
    robots = _cube(view, sizes, np.zeros(len(sizes), np.int64), sizes["robots"], (*shape, 1))[:, :, 0]
    labels = {kind: (tuple(sizes[kind].cat.categories), _labels(view, sizes, kind, shape)) for kind in ("site", "class") if kind in sizes}
    return CodeCounts(cohorts, counts, robots, view.column("robots"), jobs, labels)


def _labels(view: Replicates, cohorts: pd.DataFrame, kind: str, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the number of the group of each replicate and cohort, -1 without one."""
    found = np.full(shape, -1)
    replicate, cohort = view.positions(cohorts), category_numbers(cohorts["cohort"])
    there = replicate >= 0
    found[replicate[there], cohort[there]] = category_numbers(cohorts[kind])[there]
    return found


def _cube(
    view: Replicates, table: pd.DataFrame, code: NDArray[np.int64], weights: pd.Series[int], shape: tuple[int, int, int]
) -> NDArray[np.float64]:
    """Add weights up by replicate, cohort and code."""
    replicate, cohort = view.positions(table), category_numbers(table["cohort"])
    there = (replicate >= 0) & (cohort >= 0) & (code >= 0)
    flat = (replicate[there] * shape[1] + cohort[there]) * shape[2] + code[there]
    return (
        np.bincount(flat, weights.to_numpy(dtype=float)[there], minlength=shape[0] * shape[1] * shape[2])
        .reshape(shape)
        .astype(float, copy=False)
    )


def code_shares(
    tables: ResultTables, *, group: Group | None = None, counts: CodeCounts | None = None, premises: Premises = UNKNOWN
) -> list[CodeShare]:
    """Return all 24 codes with the share of robots that ended with them, the most frequent first.

    Parameters
    ----------
    tables
        The result tables.
    group
        Only of its robots.
    counts
        From `code_counts`, to count only once.
    premises
        Of the scenario.
    """
    shares = (counts or code_counts(tables)).shares(group)
    found = [
        CodeShare(code, group, share_of_replicates(own, tables, premises), int(np.count_nonzero(np.nan_to_num(own))))
        for code, own in zip(CODES, shares.T, strict=True)
    ]
    return sorted(found, key=lambda one: -np.nan_to_num(one.share.best))


def stopping_shares(counts: CodeCounts, tables: ResultTables, premises: Premises) -> dict[str, Estimate]:
    """Return for each code its share of the failures of robots in jobs that were stopped by the threshold or a gate, the largest first."""
    stopped = counts.jobs[:, CODES.index("FailureThresholdBreached")]
    failures = counts.robots.sum(axis=1)
    shares = np.where(stopped[:, None], ratio(failures, failures.sum(axis=1)[:, None]), np.nan)
    found = {code: own for code, own in zip(CODES, shares.T, strict=True) if np.nansum(own) > 0}
    largest = sorted(found, key=lambda code: -np.nansum(found[code]))
    return {code: share_of_replicates(found[code], tables, premises) for code in largest}


def share_of_replicates(shares: NDArray[np.float64], tables: ResultTables, premises: Premises) -> Estimate:
    """Estimate the mean of a share, given for each replicate in the order of `jobs`."""
    return share(shares, strata=_strata(tables, premises), exact=premises.exact)


def weights_of_replicates(tables: ResultTables, premises: Premises) -> NDArray[np.float64]:
    """Return what each replicate counts for in `share_of_replicates`, of shares that every replicate has; the sum is 1."""
    strata = _strata(tables, premises)
    each: NDArray[np.float64] = np.ones(len(tables.jobs)) if strata is None else strata.each()
    each /= each.sum()
    return each


def _strata(tables: ResultTables, premises: Premises) -> Strata | None:
    return premises.strata(tables.jobs["release"].to_numpy() == "bad")


def shares_by_cohort(counts: CodeCounts, code: str, tables: ResultTables, premises: Premises) -> dict[str, Estimate]:
    """Estimate the share of each cohort's robots that ended with a code; cohorts with the same shares share their estimate."""
    shares = np.ascontiguousarray(ratio(counts.robots[:, :, CODES.index(code)], counts.sizes).T)
    found: dict[bytes, Estimate] = {}
    for own in shares:
        if own.tobytes() not in found:
            found[own.tobytes()] = share_of_replicates(own, tables, premises)
    return {cohort: found[own.tobytes()] for cohort, own in zip(counts.cohorts, shares, strict=True)}


def job_code_shares(tables: ResultTables, *, counts: CodeCounts | None = None, premises: Premises = UNKNOWN) -> list[CodeShare]:
    """Return all 24 codes with the probability that the job ends with them, the most frequent first."""
    hits = (counts or code_counts(tables)).jobs
    times = [int(hits[:, i].sum()) for i in range(len(CODES))]
    found = [CodeShare(code, None, proportion(k, len(hits), exact=premises.exact), k) for code, k in zip(CODES, times, strict=True)]
    return sorted(found, key=lambda one: -one.replicates_with)
