"""Estimates of a study, read in pages, are those of its points alone, whatever the pages and wherever the rows are."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from rolloutsim.analysis import evaluate
from rolloutsim.errors import UsageError
from rolloutsim.scenario import parse
from rolloutsim.study.combining import combine
from rolloutsim.study.store import paged_tables as pages
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep, sweep

SCENARIO = parse("""
scenario: small
replicates: 30
fleet: [{cohort: dock, robots: 12}, {cohort: yard, robots: 8}]
application:
  bundle: 100 MB
  release: {bad: {probability: 0.3, steps: {launching: {failures: {MissingRobotDeploymentResource: 0.3}}}}}
  steps:
    extracting: {failures: {EnvironmentSetupError: 0.02}}
    launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: 0.05}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 25, failureThresholdPercentage: 10}}
""")
LEVERS = {"fleet.yard.robots": [9, 2], "deployment.deploymentConfig.failureThresholdPercentage": [10, 30]}
METRICS = (
    "time_to_complete.p50",
    "time_to_complete.p90",
    "time_to_complete[failed].mean",
    "time_to_complete[canceled].mean",
    "bytes_sent[dock].p50",
    "overshoot",
    "abort_probability",
    "abort_probability[bad]",
    "job_failure_probability[FailureThresholdBreached]",
    "failed_share[yard]",
    "failure_share[MissingRobotDeploymentResource]",
    "failure_share[EnvironmentSetupError][yard]",
)


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("complete")
    sweep(SCENARIO, levers=LEVERS, seed=5, out=folder, executor=1)
    return folder


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of which two points are done, and of a third only a part."""
    folder: Path = tmp_path_factory.mktemp("interrupted")
    done = 0
    with patch("rolloutsim.study.execution.work.perf_counter", count().__next__):  # every task takes a second, so all are small
        for _, task in run_sweep(plan_sweep(SCENARIO, levers=LEVERS, seed=5), folder, executor=1):
            done += sum(batch.size for _, batch in task)
            if done > 60:
                break
    return folder


@pytest.fixture(scope="module")
def reordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was ended when it had begun to have its points in another order."""
    folder: Path = tmp_path_factory.mktemp("reordered")
    sweep(SCENARIO, levers=LEVERS, seed=5, out=folder, executor=1)
    plan_sweep(SCENARIO, levers={path: values[::-1] for path, values in LEVERS.items()}, seed=5, out=folder).definition.write(folder)
    return folder


@pytest.fixture(scope="module")
def combined(complete: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two seeds."""
    folder: Path = tmp_path_factory.mktemp("combined")
    sweep(SCENARIO, levers=LEVERS, seed=6, out=folder / "other", executor=1)
    combine([complete, folder / "other"], folder / "both")
    return folder / "both"


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 1 << 14])
@pytest.mark.parametrize("kind", ["complete", "interrupted", "reordered", "combined"])
def test_estimates_are_those_of_each_point(kind: str, size: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(request.getfixturevalue(kind))
    monkeypatch.setattr(pages, "_SIZE", size)
    frame = study.frame(*METRICS)
    assert len(frame) == 4 * len(METRICS)
    rows = frame.to_dict("records")
    for point in range(4):
        tables = study.tables(point)
        assert tables.jobs["replicate"].is_unique
        of_point = rows[point * len(METRICS) : (point + 1) * len(METRICS)]
        if not len(tables.jobs):
            assert [row["n"] for row in of_point] == [0] * len(METRICS)
            continue
        (premises,) = study._premises([study.points["fingerprint"][point]])
        for metric, row in zip(METRICS, of_point, strict=True):
            alone = evaluate(metric, tables, premises)
            assert row["point"] == point
            kept = [field for field in alone._fields if field in row]
            pd.testing.assert_series_equal(pd.Series(alone._asdict())[kept], pd.Series(row)[kept])
    assert study.done == len(study.jobs) == {"complete": 120, "reordered": 120, "combined": 240}.get(kind, study.done)
    assert f"{study.done} replicates" in repr(study)


@pytest.mark.slow
def test_tidy_tables_are_the_same_wherever_the_rows_are(complete: Path, interrupted: Path) -> None:
    whole, part = Study(complete), Study(interrupted)
    assert 60 < part.done < 120
    for name in ("jobs", "cohorts", "failure_codes"):
        one, other = getattr(whole, name), getattr(part, name)
        common = one.merge(part.jobs[["point", "replicate"]], on=["point", "replicate"])
        pd.testing.assert_frame_equal(common, other, check_exact=True)


@pytest.mark.parametrize("kind", ["complete", "interrupted"])
def test_of_a_point_without_replicates_nothing_is_known(kind: str, request: pytest.FixtureRequest) -> None:
    study = Study(request.getfixturevalue(kind))
    for points in (study.points, study._definition.points):
        points.loc[3, "fingerprint"] = "unknown"
    (row,) = study.frame("time_to_complete.p50").query("point == 3").to_dict("records")
    assert row["n"] == 0
    assert np.isnan(row["best"])
    assert len(study.tables(3).jobs) == 0


def test_a_study_that_has_only_begun(tmp_path: Path) -> None:
    plan_sweep(SCENARIO, levers=LEVERS, seed=5).definition.write(tmp_path)
    study = Study(tmp_path)
    assert study.frame("time_to_complete.p50", "abort_probability")["n"].tolist() == [0] * 8
    assert len(study.jobs) == study.done == 0


def test_all_metrics_that_do_not_exist_are_reported(complete: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)time_to_nowhere.*bytes_lost"):
        Study(complete).frame("time_to_nowhere", "bytes_sent", "bytes_lost")


@pytest.mark.parametrize("metric", ["time_to_nowhere", "bytes_sent[roof]"])
def test_a_metric_that_does_not_exist(complete: Path, metric: Any) -> None:
    with pytest.raises(UsageError, match=r"there is no|has no cohort"):
        Study(complete).frame(metric)
