"""The summary shows what the tables hold, and strict JSON can hold it, whatever the tables are."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from rolloutsim.analysis.estimates import proportion, quantile
from rolloutsim.analysis.expressions import evaluate
from rolloutsim.analysis.slots import OTHER, slot_shares
from rolloutsim.analysis.summary import summarize
from rolloutsim.simulation.records.data_frames import validate
from rolloutsim.vocabulary import CODES

from .synthetic import SyntheticTables, empty_tables, synthetic_tables

TABLES = synthetic_tables(100, 50)


def test_the_synthetic_tables_are_valid_and_consistent() -> None:
    for tables in (TABLES, empty_tables(), synthetic_tables(2, 1)):
        for name, table in tables._asdict().items():
            if table is not None:
                validate(name, table)
    jobs = TABLES.jobs
    assert (jobs["succeeded"] + jobs["failed"] + jobs["not_started"] == jobs["robots"]).all()
    np.testing.assert_allclose(jobs["bytes_sent"], jobs["bytes_useful"] + jobs["bytes_wasted"])
    assert (jobs["bytes_wasted"] >= 0).all()
    assert {"Succeeded", "Failed", "Canceled"} == set(jobs["status"])
    assert {"good", "bad"} == set(jobs["release"])
    assert jobs["converged_late"].sum() > 0
    assert all(a is b or a.equals(b) for a, b in zip(TABLES, synthetic_tables(100, 50), strict=True))


@pytest.mark.parametrize(
    "tables",
    [
        TABLES,
        empty_tables(),
        synthetic_tables(1, 1),
        synthetic_tables(5, 8, cancel_probability=1.0),
        synthetic_tables(8, 8, preparing_failure=1.0),
        TABLES._replace(steps=None, timeline=None),
        TABLES._replace(steps=None, robots=None),
        TABLES._replace(steps=None, robots=None, timeline=None, link_use=None, slot_time=None),
    ],
    ids=["ordinary", "empty", "tiny", "canceled", "never started", "no steps", "no robots", "only jobs"],
)
def test_any_tables_have_a_summary_that_strict_json_can_hold(tables: SyntheticTables) -> None:
    summary = summarize(tables, scenario_name="synthetic")
    text = json.dumps(summary.to_json(), allow_nan=False)
    again = json.loads(text)
    assert again["scenario"] == "synthetic"
    assert again["replicates"] == len(tables.jobs)
    assert set(again) == set(summary._fields) - {"sites", "classes"}  # which this fleet does not have
    assert set(again["time_to_complete"]) == {"all", "succeeded"}
    assert set(again["time_to_complete"]["all"]["p50"]) == {"low", "best", "high", "n", "method", "note", "unit"}


def test_the_numbers_are_those_of_the_metrics() -> None:
    summary = summarize(TABLES)
    assert (summary.replicates, summary.robots) == (100, 50)
    for q in ("p50", "p90", "p95", "p99"):
        assert summary.time_to_complete["all"][q] == evaluate(f"time_to_complete.{q}", TABLES)
        assert summary.time_to_complete["succeeded"][q] == evaluate(f"time_to_complete[succeeded].{q}", TABLES)
    assert summary.time_to_complete["all"]["p99"].note == "not estimable, needs 368"
    for x in (90, 95, 99):
        for base, suffix in (("fleet", ""), ("reachable", "_reachable")):
            reach = summary.time_to_reach[base][str(x)]
            missing = int(TABLES.jobs[f"time_to_reach_{x}{suffix}_s"].isna().sum())
            assert reach.not_reached.note == f"{missing} of 100"
            assert reach.p50 == evaluate(f"time_to_reach_{x}{suffix}.p50", TABLES)
            assert reach.p95 == evaluate(f"time_to_reach_{x}{suffix}.p95", TABLES)
    assert set(summary.abort_probability) == {"all", "good", "bad"}
    assert summary.abort_probability["bad"] == evaluate("abort_probability[bad]", TABLES)
    assert sum(one.best for one in summary.job_statuses.values()) == pytest.approx(1.0)
    outcomes = summary.robot_outcomes
    assert sum(outcomes[name].best for name in ("succeeded", "failed", "not_started")) == pytest.approx(1.0)
    assert summary.bytes["sent"].best == pytest.approx(summary.bytes["useful"].best + summary.bytes["wasted"].best)


def test_releases_are_distinguished_only_if_both_occur() -> None:
    assert set(summarize(synthetic_tables(6, 6, bad_probability=0.0)).abort_probability) == {"all"}


def test_codes_that_did_not_occur_are_bounded_together() -> None:
    summary = summarize(TABLES)
    assert summary.other_codes is not None
    occurred = [line.code for line in summary.failure_codes]
    assert set(occurred) == {str(code) for code in TABLES.robots["failure_code"].dropna()}
    assert "FailureThresholdBreached" in summary.job_codes
    assert sorted({*occurred, *summary.job_codes, *summary.other_codes.codes}) == sorted(CODES)
    assert not set(summary.other_codes.codes) & {*occurred, *summary.job_codes}
    absent = len(summary.other_codes.codes)
    assert summary.other_codes.text == f"the other {absent} codes: 0 of 100 replicates, < 3.62 % each"
    assert sum(line.share.best for line in summary.failure_codes) == pytest.approx(summary.robot_outcomes["failed"].best)
    for line in summary.failure_codes:
        assert list(line.by_cohort) == ["dock", "courier", "workshop"]
    nothing = summarize(empty_tables()).other_codes
    assert nothing is not None
    assert nothing.text == "all 24 codes: 0 of 0 replicates"


def test_slot_time_is_accounted_for_completely() -> None:
    shares = slot_shares(TABLES)
    assert OTHER not in shares
    total = sum(shares.values())
    held = TABLES.jobs["slot_s"].to_numpy() > 0
    assert not held.all()
    np.testing.assert_allclose(total[held], 1.0)
    assert np.isnan(total[~held]).all()
    summary = summarize(TABLES)
    assert list(summary.slot_time) == list(shares)
    assert summary.slot_offline == evaluate("offline_share", TABLES)


def test_time_between_attempts_is_the_rest() -> None:
    without_reaching = TABLES._replace(slot_time=TABLES.slot_time[(TABLES.slot_time["phase"] != "reaching").to_numpy()])
    gap = slot_shares(without_reaching)
    np.testing.assert_allclose(gap[OTHER], slot_shares(TABLES)["reaching"])


def test_replicates_without_slot_times_are_left_out() -> None:
    part = TABLES._replace(slot_time=TABLES.slot_time[(TABLES.slot_time["replicate"] < 10).to_numpy()])
    summary = summarize(part)
    assert {estimate.n for estimate in summary.slot_time.values()} == {int((TABLES.jobs["slot_s"].iloc[:10] > 0).sum())}


def test_never_reached_is_infinite_in_the_summary() -> None:
    summary = summarize(TABLES)
    assert summary.time_to_reach["fleet"]["99"].p50 == quantile([math.inf] * 100, 0.5, unit="s")
    assert summary.to_json()["time_to_reach"]["fleet"]["99"]["p50"]["best"] == "inf"


def staged(tables: SyntheticTables) -> SyntheticTables:
    """Return the tables as if a bad release came no further than the first of three stages."""
    bad = (tables.jobs["release"] == "bad").to_numpy()
    return tables._replace(jobs=tables.jobs.assign(stages_reached=np.where(bad, 1, 3), robots_exposed=np.where(bad, 5, 50)))


def test_stages_show_how_far_jobs_come_with_either_release() -> None:
    tables = staged(TABLES)
    stages = summarize(tables, stages=3).stages
    assert stages is not None
    good = int((TABLES.jobs["release"] == "good").sum())
    assert 0 < good < 100
    for number in ("2", "3"):
        assert stages.reached["all"][number] == proportion(good, 100)
        assert stages.reached["good"][number] == proportion(good, good)
        assert stages.reached["bad"][number] == proportion(0, 100 - good)
    assert set(stages.reached["all"]) == {"2", "3"}
    assert {name: estimate.best for name, estimate in stages.exposed.items()} == pytest.approx(
        {"all": 0.5 * good + 0.05 * (100 - good), "good": 50.0, "bad": 5.0}
    )
    assert stages.exposed["bad"] == evaluate("robots_exposed[bad].mean", tables)
    json.dumps(summarize(tables, stages=3).to_json(), allow_nan=False)


def test_a_job_without_stages_has_none_in_its_summary() -> None:
    assert summarize(TABLES).stages is None
    assert summarize(TABLES).to_json()["stages"] is None


@pytest.mark.parametrize("tables", [empty_tables(), synthetic_tables(1, 1)], ids=["empty", "tiny"])
def test_stages_of_any_tables(tables: SyntheticTables) -> None:
    stages = summarize(tables, stages=2).stages
    assert stages is not None
    assert stages.reached["all"]["2"].n == len(tables.jobs)


def test_links_are_summarised_where_their_capacity_is_limited() -> None:
    tables = synthetic_tables(4, 10)
    assert summarize(tables).links is None
    used = np.array([0.2, 0.4, 0.6, 0.4])
    jobs = tables.jobs.assign(utilisation_mean=used, utilisation_peak=1.0, saturated_s=600 * used, peak_downloads=[3, 5, 4, 4])
    links = summarize(tables._replace(jobs=jobs)).links
    assert links is not None
    assert [estimate.best for estimate in links] == pytest.approx([0.4, 1.0, 240.0, 4.0])
    assert links.utilisation_mean.low < 0.4 < links.utilisation_mean.high
    assert links.saturated.unit == "s"
