"""Shares of failure codes: within replicates, by cohort, and those that never occur."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rolloutsim.analysis import codes
from rolloutsim.analysis.codes import code_counts, code_shares, job_code_shares, shares_by_cohort
from rolloutsim.analysis.estimates import Estimate, proportion, share
from rolloutsim.analysis.groups import Group
from rolloutsim.analysis.premises import UNKNOWN
from rolloutsim.errors import UsageError
from rolloutsim.vocabulary import CODES

from .synthetic import COHORTS, empty_tables, synthetic_tables

TABLES = synthetic_tables(60, 40, seed=9)


def test_counts_are_those_of_the_robots() -> None:
    counts = code_counts(TABLES)
    for (replicate, cohort), rows in TABLES.robots.groupby(["replicate", "cohort"], observed=False):
        place = replicate, counts.cohorts.index(cohort)
        assert counts.sizes[place] == len(rows)
        assert counts.robots[place].tolist() == [(rows["failure_code"] == code).sum() for code in CODES]
    assert counts.cohorts == tuple(name for name, _ in COHORTS)
    assert counts.robots.sum() == TABLES.robots["failure_code"].notna().sum()
    assert counts.jobs.sum() == TABLES.jobs["failure_code"].notna().sum()
    assert (counts.sizes.sum(axis=1) == counts.fleet).all()


@pytest.mark.parametrize("cohort", [None, "courier", "workshop"])
def test_a_share_is_computed_within_each_replicate(cohort: str | None) -> None:
    robots = TABLES.robots if cohort is None else TABLES.robots[TABLES.robots["cohort"] == cohort]
    group = None if cohort is None else Group("cohort", cohort)
    found = code_shares(TABLES, group=group)
    assert sorted(line.code for line in found) == sorted(CODES)
    assert [line.share.best for line in found] == sorted((line.share.best for line in found), reverse=True)
    for line in found:
        within = (robots["failure_code"] == line.code).groupby(robots["replicate"]).mean().to_numpy(dtype=float)
        assert line.share == share(within)
        assert line.replicates_with == int((within > 0).sum())
        assert line.group == group


@pytest.mark.parametrize("code", CODES)
def test_shares_by_cohort_are_those_of_each_cohort(code: str) -> None:
    counts = code_counts(TABLES)
    found = shares_by_cohort(counts, code, TABLES, UNKNOWN)
    assert found == {name: share(counts.shares(Group("cohort", name))[:, CODES.index(code)]) for name in counts.cohorts}


def test_cohorts_with_the_same_shares_are_estimated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand cohorts of one robot, most have no failure at all."""
    shapes = []

    def counted(values: Any, *args: Any) -> Estimate:
        shapes.append(len(values))
        return share(values)

    monkeypatch.setattr(codes, "share_of_replicates", counted)
    counts = code_counts(TABLES)
    names = tuple(f"c{k}" for k in range(200))
    robots = np.zeros((len(counts.fleet), 200, len(CODES)))
    robots[::2, :3, 0] = 1.0
    many = counts._replace(cohorts=names, robots=robots, sizes=np.ones((len(counts.fleet), 200)))
    found = shares_by_cohort(many, CODES[0], TABLES, UNKNOWN)
    assert [found[name].best for name in names] == [0.5] * 3 + [0.0] * 197
    assert shapes == [len(counts.fleet)] * 2


def test_codes_of_jobs_are_proportions() -> None:
    found = {line.code: line for line in job_code_shares(TABLES)}
    assert sorted(found) == sorted(CODES)
    aborted = int((TABLES.jobs["failure_code"] == "FailureThresholdBreached").sum())
    assert aborted > 0
    assert found["FailureThresholdBreached"].share == proportion(aborted, 60)
    assert found["LambdaDeleted"].share == proportion(0, 60)


def test_edges() -> None:
    assert all(not line.share.estimable for line in code_shares(empty_tables()))
    for missing in ("cohorts", "failure_codes"):
        with pytest.raises(UsageError, match=f"table {missing}"):
            code_counts(TABLES._replace(**{missing: None}))
