"""Failure codes: how often each of them ended a deployment, over the fleet, by cohort and for jobs, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rolloutsim.analysis.estimates import Estimate, proportion, share
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.replicates import Replicates, ResultTables, category_numbers, ratio
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["CodeCounts", "CodeShare", "code_counts", "code_shares", "job_code_shares", "share_of_replicates", "shares_by_cohort"]


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
    """

    cohorts: tuple[str, ...]
    robots: NDArray[np.float64]
    sizes: NDArray[np.float64]
    fleet: NDArray[np.float64]
    jobs: NDArray[np.bool_]

    def shares(self, cohort: str | None = None) -> NDArray[np.float64]:
        """Return, by replicate and code, the share of the robots that ended with it; NaN where there are no robots."""
        if cohort is None:
            counts, sizes = self.robots.sum(axis=1), self.fleet
        else:
            i = self.cohorts.index(cohort)
            counts, sizes = self.robots[:, i], self.sizes[:, i]
        return ratio(counts, sizes[:, None])


class CodeShare(NamedTuple):
    """How often a code occurs.

    Attributes
    ----------
    code
        Its name.
    cohort
        Of which robots; None is the fleet.
    share
        Share of robots within a replicate, averaged over replicates; for jobs the probability.
    replicates_with
        Replicates in which it occurred.
    """

    code: str
    cohort: str | None
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
    return CodeCounts(cohorts, counts, robots, view.column("robots"), jobs)


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
    tables: ResultTables, *, cohort: str | None = None, counts: CodeCounts | None = None, premises: Premises = UNKNOWN
) -> list[CodeShare]:
    """Return all 24 codes with the share of robots that ended with them, the most frequent first.

    Parameters
    ----------
    tables
        The result tables.
    cohort
        Only of its robots.
    counts
        From `code_counts`, to count only once.
    premises
        Of the scenario.
    """
    shares = (counts or code_counts(tables)).shares(cohort)
    found = [
        CodeShare(code, cohort, share_of_replicates(own, tables, premises), int(np.count_nonzero(np.nan_to_num(own))))
        for code, own in zip(CODES, shares.T, strict=True)
    ]
    return sorted(found, key=lambda one: -np.nan_to_num(one.share.best))


def share_of_replicates(shares: NDArray[np.float64], tables: ResultTables, premises: Premises) -> Estimate:
    """Estimate the mean of a share, given for each replicate in the order of `jobs`."""
    return share(shares, strata=premises.strata(tables.jobs["release"].to_numpy() == "bad"), exact=premises.exact)


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
