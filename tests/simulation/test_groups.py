"""Tables of sites and classes: hand-worked numbers, sums that are those of the job, and two engines that agree."""

from __future__ import annotations

import math
from typing import Any

import pytest

import rolloutsim
from rolloutsim import Results
from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.records.tables import REACH
from rolloutsim.study.verify import verify
from tests.simulation.test_bad_sites import FAILURE, SITES, SIZE, made

#: One slot: robots deploy one after the other, 10 s each. Sites and classes cut the fleet in two different ways.
FLEET = [
    {"cohort": "a1", "class": "a", "robots": 2, "site": "north"},
    {"cohort": "b1", "class": "b", "robots": 1, "site": "north"},
    {"cohort": "a2", "class": "a", "robots": 1, "site": "south"},
    {"cohort": "b2", "class": "b", "robots": 2},
]
STEPS = {"launching": {"duration": "10 s"}}


def serial(**changes: Any) -> Scenario:
    return build(
        {
            "fleet": [cohort | changes.get(str(cohort["cohort"]), {}) for cohort in FLEET],
            "application": {"bundle": "0 B", "steps": STEPS},
            "rules": {"concurrency": "1 robot"},
        }
    )


def row(results: Results, table: str, name: str) -> dict[str, Any]:
    rows = getattr(results, table)
    return dict(rows[rows.iloc[:, 1] == name].iloc[0])


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_by_hand(engine: Any) -> None:
    """Robots 0 to 5 turn InSync at 10, 20, …, 60 s; b1 is the third, a2 the fourth."""
    results = rolloutsim.simulate(serial(), replicates=1, seed=1, engine=engine)
    start = results.jobs["time_to_complete_s"].item() - 60.0
    expected = {
        ("sites", "north"): (3, {50: 20.0, 90: 30.0, 100: 30.0}),
        ("sites", "south"): (1, {50: 40.0, 90: 40.0, 100: 40.0}),
        ("classes", "a"): (3, {50: 20.0, 90: 40.0, 100: 40.0}),
        ("classes", "b"): (3, {50: 50.0, 90: 60.0, 100: 60.0}),
    }
    for (table, name), (robots, times) in expected.items():
        found = row(results, table, name)
        assert (found["robots"], found["succeeded"], found["failed"]) == (robots, robots, 0)
        assert {share: found[f"time_to_reach_{share}_s"] - start for share in times} == times
        assert found["slot_s"] == 10.0 * robots
    assert len(results.sites) == len(results.classes) == 2


def test_what_is_never_reached() -> None:
    found = row(rolloutsim.simulate(serial(a2={"connectivity": "never"}), replicates=1, seed=1), "classes", "a")
    assert [math.isnan(found[f"time_to_reach_{share}_s"]) for share in REACH] == [False, True, True, True, True]


def test_a_cohort_without_a_class_is_one_by_itself_and_a_fleet_without_sites_has_none() -> None:
    fleet = [{"cohort": "x", "class": "named", "robots": 1}, {"cohort": "y", "robots": 2}]
    results = rolloutsim.simulate(build({"fleet": fleet, "application": {"bundle": "0 B"}}), replicates=1, seed=1)
    assert results.classes["class"].tolist() == ["named", "y"]
    assert results.tables.sites is None
    assert results.cohorts.columns[:4].tolist() == ["replicate", "cohort", "class", "robots"]


SHARED = parse("""
fleet:
  - {cohort: a, robots: 2, site: thin, link: {rate: 8 Mbit/s}}
  - {cohort: b, robots: 2, site: wide, link: {rate: 8 Mbit/s}}
  - {cohort: c, robots: 1, site: apart, link: {rate: 8 Mbit/s}}
application: {bundle: 10 MB}
network: {sites: {thin: {downlink: 4 Mbit/s}, wide: {downlink: 32 Mbit/s}}}
rules: {concurrency: 5 robots}
""")


def test_peaks_of_sites_by_hand() -> None:
    """Two robots share 4 Mbit/s for 40 s; two have 8 Mbit/s each of 32 for 10 s; one shares nothing."""
    results = rolloutsim.simulate(SHARED, replicates=1, seed=1)
    end, sites = results.jobs["time_to_complete_s"].item(), results.sites.set_index("site")
    assert sites["peak_bit_rate_bit_per_s"].to_dict() == pytest.approx({"apart": math.nan, "thin": 4e6, "wide": 16e6}, nan_ok=True)
    assert sites["utilisation_peak"].to_dict() == pytest.approx({"apart": math.nan, "thin": 1.0, "wide": 0.5}, nan_ok=True)
    means = {"apart": math.nan, "thin": 40 / end, "wide": 5 / end}
    assert sites["utilisation_mean"].to_dict() == pytest.approx(means, nan_ok=True)


def test_the_compiled_engine_agrees_to_the_bit() -> None:
    scenario = made(3, probability=0.7, concurrency="7 robots").replace("network", {"origin": "1 Gbit/s"})
    assert list(verify(scenario.replace("application.bundle", "5 MB"), 4, range(3))) == [None] * 3


def test_sums_over_sites_are_those_of_the_job() -> None:
    results = rolloutsim.simulate(made(2, probability=0.5), replicates=40, seed=3, keep="jobs")
    for name in ("robots", "succeeded", "failed", "not_started", "robots_exposed"):
        assert results.sites.groupby("replicate")[name].sum().tolist() == results.jobs[name].tolist()
    bad = (results.sites["release"] == "bad").groupby(results.sites["replicate"]).sum()
    assert bad.tolist() == results.jobs["sites_bad"].tolist()
    assert set(bad) == {0, 2}


@pytest.mark.parametrize("engine", ["compiled"])
def test_failures_are_binomial_at_the_bad_site(engine: Any) -> None:
    """4 standard errors of the mean and of the share without failures, of 600 bad sites."""
    results = rolloutsim.simulate(made(), replicates=600, seed=5, keep="jobs", engine=engine)
    bad = results.sites["release"] == "bad"
    assert results.sites["failed"][~bad].sum() == 0
    failed = results.sites["failed"][bad].to_numpy()
    assert len(failed) == len(results.jobs)
    assert abs(failed.mean() - SIZE * FAILURE) <= 4 * math.sqrt(SIZE * FAILURE * (1 - FAILURE) / len(failed))
    none = (1 - FAILURE) ** SIZE
    assert abs((failed == 0).mean() - none) <= 4 * math.sqrt(none * (1 - none) / len(failed))
    at = results.sites["site"][bad].value_counts()
    assert len(at) == SITES
    assert abs(at - len(failed) / SITES).max() <= 4 * math.sqrt(len(failed) / SITES)
