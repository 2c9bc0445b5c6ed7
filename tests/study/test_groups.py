"""Sites and classes in the folder of a study: as in a run, also where only some points have sites that are bad."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import rolloutsim
from rolloutsim import Study, UsageError, simulate, sweep
from rolloutsim.scenario import parse
from rolloutsim.study.combining import combine
from rolloutsim.study.sweep import plan_sweep, run_sweep

BASE = """
scenario: yards
fleet:
  - {cohort: a1, class: a, robots: 4, site: north}
  - {cohort: b1, class: b, robots: 3, site: north}
  - {cohort: a2, class: a, robots: 2, site: south}
application:
  bundle: 1 MB
  steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: {probability: 0.2, per: robot}}}}
  release: {bad: {probability: 0.5, steps: {launching: {failures: {MissingRobotDeploymentResource: {probability: 0.9, per: robot}}}}}}
"""
SCENARIO = parse(BASE)
LEVERS = {"application.release.bad.sites": [None, 1]}
FINALS = ("jobs", "cohorts", "sites", "classes", "failure_codes", "crashes", "points")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.parquet").read_bytes() for name in FINALS}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "whole"
    sweep(SCENARIO, levers=LEVERS, replicates=6, seed=2, out=folder, executor=1)
    return folder


def test_the_tables_of_a_point_are_those_of_a_run(whole: Path) -> None:
    study = Study(whole)
    for point, sites in enumerate(LEVERS["application.release.bad.sites"]):
        alone = simulate(SCENARIO.replace("application.release.bad.sites", sites), replicates=6, seed=2, keep="jobs").tables
        for name, table in study.tables(point)._asdict().items():
            expected = getattr(alone, name)
            assert (table is None) is (expected is None)
            if expected is not None:
                pd.testing.assert_frame_equal(table, expected, check_exact=True)
        assert ("sites_bad" in alone.jobs) is ("release" in alone.sites) is (sites == 1)
    assert len(study.sites) == 2 * 6 * 2
    assert study.classes.groupby("class")["robots"].first().to_dict() == {"a": 6, "b": 3}


def test_shards_that_are_combined_give_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        plan = plan_sweep(SCENARIO, levers=LEVERS, replicates=6, seed=2, shard=(number, 2))
        list(run_sweep(plan, tmp_path / str(number), executor=1, notify=print))
    combine([tmp_path / "1", tmp_path / "2"], tmp_path / "both")
    assert contents(tmp_path / "both") == contents(whole)


def test_points_that_are_added_may_be_the_first_with_bad_sites(whole: Path, tmp_path: Path) -> None:
    for sites in ([None], [None, 1]):
        sweep(SCENARIO, levers={"application.release.bad.sites": sites}, replicates=6, seed=2, out=tmp_path, executor=1)
    assert {name: pq.read_table(tmp_path / f"{name}.parquet") for name in FINALS[:-1]} == {
        name: pq.read_table(whole / f"{name}.parquet") for name in FINALS[:-1]
    }


def test_a_fleet_without_groups_has_no_such_tables(tmp_path: Path) -> None:
    scenario = parse("{fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB}}")
    sweep(scenario, levers={"rules.concurrency": ["1 robot"]}, replicates=2, seed=1, out=tmp_path, executor=1)
    assert not {"sites.parquet", "classes.parquet"} & {path.name for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="the fleet has no classes: no cohort has a class"):
        _ = Study(tmp_path).classes
    with pytest.raises(UsageError, match="the fleet has no sites: no cohort has a site"):
        _ = rolloutsim.simulate(scenario, replicates=1, seed=1).sites
