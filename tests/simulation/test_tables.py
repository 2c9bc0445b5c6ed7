"""The schema of the tables: what it refuses, and what every real table keeps to."""

from __future__ import annotations

import numpy as np
import pytest

from rolloutsim import Results, simulate
from rolloutsim.scenario import parse
from rolloutsim.simulation.records.data_frames import conform, validate
from rolloutsim.simulation.records.tables import SCHEMA, markdown, row_bytes
from rolloutsim.vocabulary import CODES, ROBOT_STATUSES

SMALL = """
fleet:
  - {cohort: dock, class: fixed, robots: 7, site: berlin, link: {rate: 8 Mbit/s}}
  - {cohort: off, robots: 2, connectivity: never}
application: {bundle: 10 MB, steps: {extracting: {duration: 5 s, failures: {ExtractingBundleFailure: 0.3}}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 30, robotDeploymentTimeoutInSeconds: 60}}
"""


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(parse(SMALL), replicates=4, seed=3, record=range(4))


@pytest.mark.parametrize("name", SCHEMA)
def test_real_tables_keep_to_the_schema(results: Results, name: str) -> None:
    table = getattr(results, name)
    validate(name, table)
    assert len(table) > 0
    optional = [column.name for column in SCHEMA[name] if column.optional and column.name in table]
    assert row_bytes(name) == sum(1 if dtype == "category" else dtype.itemsize for dtype in table.drop(columns=optional).dtypes)


def test_categories_hold_values_that_did_not_occur(results: Results) -> None:
    assert tuple(results.robots.failure_code.cat.categories) == CODES
    assert tuple(results.robots.status.cat.categories) == ROBOT_STATUSES
    assert set(results.failure_codes.query("level == 'robot'").code) == set(CODES)
    assert len(results.failure_codes) == 4 * (24 + 2 * 24)


def test_validate_names_everything_that_is_wrong(results: Results) -> None:
    wrong = results.jobs.drop(columns="status").assign(extra=1, robots=results.jobs.robots.astype(float))
    with pytest.raises(ValueError, match=r"table jobs: status is missing; extra is not in the schema; robots is float64, not int64"):
        validate("jobs", wrong)
    lacking = results.robots.assign(status=results.robots.status.cat.remove_unused_categories())
    with pytest.raises(ValueError, match="status lacks the categories of the schema"):
        validate("robots", lacking)


def test_conform_refuses_missing_and_unknown_columns() -> None:
    columns = {"replicate": [0], "t_s": [0.0], "quantity": np.array([0]), "value": [1.0], "colour": [1]}
    with pytest.raises(ValueError, match="cohort is missing; site is missing; colour is not in the schema"):
        conform("timeline", columns)


def test_documentation_names_every_column() -> None:
    text = markdown()
    for name, columns in SCHEMA.items():
        assert f"## `{name}`" in text
        for column in columns:
            assert f"| `{column.name}` | {column.dtype} | {column.unit} |" in text


def test_timeline_follows_the_robots(results: Results) -> None:
    """Recounted by hand at every instant of the timeline, a hair after it."""
    for replicate in range(4):
        robots = results.robots[results.robots.replicate == replicate]
        timeline = results.timeline[results.timeline.replicate == replicate]
        for cohort in ("dock", "off"):
            own = robots[robots.cohort == cohort]
            of = timeline[timeline.cohort == cohort]
            for quantity in ("in_flight", "completed", "failed"):
                for t, value in of[of.quantity == quantity][["t_s", "value"]].itertuples(index=False):
                    counted = {
                        "in_flight": ((own.granted_s <= t) & (own.reported_s > t)).sum(),
                        "completed": (own.reported_s <= t).sum(),
                        "failed": ((own.reported_s <= t) & own.failure_code.notna()).sum(),
                    }
                    assert value == counted[quantity], (replicate, cohort, quantity, t)


def test_bit_rate_integrates_to_the_bytes(results: Results) -> None:
    rates = results.timeline[(results.timeline.quantity == "bit_rate") & (results.timeline.cohort == "dock")]
    for replicate, rate in rates.groupby("replicate"):
        integral = (rate.value.to_numpy()[:-1] * np.diff(rate.t_s)).sum() / 8
        sent = results.jobs.set_index("replicate").bytes_sent[replicate]
        assert integral == pytest.approx(sent, rel=1e-12)
        assert rate.value.max() == results.jobs.set_index("replicate").peak_bit_rate_bit_per_s[replicate] == 2 * 8e6
