"""Shared links in the whole model: against times and bytes worked out by hand, and against conservation laws."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rolloutsim import simulate
from rolloutsim.analysis import link_use
from rolloutsim.scenario import Scenario, build, load
from tests.simulation.test_golden import ROOT
from tests.simulation.worlds import completion_times, tables

Raw = dict[str, Any]
ALWAYS: Raw = {"cohort": "always", "robots": 1, "site": "depot"}
FOREVER = "1000000 s"


def renewal(up: str, down: str, start: str) -> Raw:
    return {"renewal": {"up": up, "down": down, "start": start}}


def depot(
    *cohorts: Raw, bundle: str = "10 MB", network: Raw | None = None, rules: Raw | None = None, folder: Path | None = None, **more: Any
) -> Scenario:
    """Return robots behind one line of 1 MB/s, with nothing but downloads that take time."""
    return build(
        {
            "fleet": list(cohorts),
            "application": {"bundle": bundle, **more.pop("application", {})},
            "network": network or {"sites": {"depot": {"downlink": "8 Mbit/s"}}},
            "deployment": {"deploymentConfig": more},
            "rules": rules or {},
        },
        folder=folder,
    )


# By hand


@pytest.mark.parametrize(("n", "c"), [(1, 1), (10, 1), (10, 5), (10, 10), (10, 4)])
def test_a_full_line_takes_as_long_as_all_bytes_whatever_the_concurrency(n: int, c: int) -> None:
    """N robots, one line: N S / C = 10 s each, and C robots that share it end together."""
    found = tables(depot({**ALWAYS, "robots": n}, rules={"concurrency": f"{c} robots"}), 1, seed=1)
    assert found.jobs.time_to_complete_s[0] == pytest.approx(10.0 * n, rel=1e-12)
    rounds = [min(n, c * (1 + robot // c)) * 10.0 for robot in range(n)]
    assert found.robots.finished_s.to_numpy() == pytest.approx(np.array(rounds), rel=1e-12)
    job = found.jobs.iloc[0]
    assert (job.utilisation_peak, job.peak_downloads) == (1.0, c)
    assert (job.utilisation_mean, job.saturated_s) == pytest.approx((1.0, 10.0 * n), rel=1e-9)
    assert job.peak_bit_rate_bit_per_s == pytest.approx(8e6, rel=1e-12)


def test_a_line_that_is_not_full_is_not_noticed() -> None:
    found = tables(depot({**ALWAYS, "robots": 4, "link": {"rate": "1 Mbit/s"}}), 1, seed=1)
    assert found.robots.finished_s.tolist() == [80.0] * 4
    job = found.jobs.iloc[0]
    assert (job.utilisation_peak, job.utilisation_mean, job.saturated_s, job.peak_downloads) == (0.5, 0.5, 0.0, 4)


def test_origin_and_sites() -> None:
    """Origin 3 MB/s: one robot alone at a site of 1 MB/s, two on the road share what it leaves."""
    network = {"origin": "24 Mbit/s", "sites": {"depot": {"downlink": "8 Mbit/s"}}}
    found = tables(depot(ALWAYS, {"cohort": "road", "robots": 2}, network=network, bundle="30 MB"), 1, seed=1)
    assert found.robots.finished_s.tolist() == [30.0] * 3
    line = found.timeline
    assert line[line.quantity == "site_bit_rate"].groupby(line.site.astype(object).fillna("road")).value.max().to_dict() == {
        "depot": 8e6,
        "road": 16e6,
    }
    assert line[line.quantity == "origin_bit_rate"][["t_s", "value"]].to_numpy().tolist() == [[0.0, 24e6], [30.0, 0.0]]


def test_a_rate_that_changes_leaves_the_line_to_others(tmp_path: Path) -> None:
    """1 MB/s for two downloads of 10 MB, one of them at 250 kB/s for 10 s. Then each gets half; from 15 s on the slow one is alone."""
    (tmp_path / "rates.csv").write_text("t,rate\n0,2\n10,16\n1000,16\n")
    trace = {"file": "rates.csv", "time": "t", "rate": "rate", "unit": "Mbit/s", "offset": "aligned"}
    slow = {"cohort": "slow", "robots": 1, "site": "depot", "link": {"trace": trace}}
    found = tables(depot(slow, ALWAYS, folder=tmp_path), 1, seed=1)
    assert found.robots.finished_s.tolist() == [20.0, 15.0]
    line = found.timeline[found.timeline.quantity == "site_bit_rate"]
    assert line[["t_s", "value"]].to_numpy().tolist() == [[0.0, 8e6], [20.0, 0.0]]


@pytest.mark.parametrize("seed", range(5))
def test_an_outage_of_a_site_stops_its_robots_and_leaves_the_origin_to_others(seed: int) -> None:
    """Three downloads of 100 MB through an origin of 3 MB/s; the site of two of them is down every other second, its robots together.

    While it is up all three flow at 1 MB/s, otherwise the one on the road has all of the origin.
    """
    network = {"origin": "24 Mbit/s", "sites": {"depot": {"outages": {"up": "1 s", "down": "1 s"}}}}
    found = tables(depot({**ALWAYS, "robots": 2}, {"cohort": "road", "robots": 1}, network=network, bundle="100 MB"), 1, seed=seed)
    first, second, road = found.robots.finished_s
    assert first == second
    assert road == pytest.approx(50.0, abs=1.0)
    line = found.timeline[found.timeline.quantity == "site_bit_rate"]
    at_site = line[line.site == "depot"].set_index("t_s").value
    # Until the road has its bytes, 1 MB/s each while the site is up; then 1.5 MB/s each.
    assert float((at_site.to_numpy()[:-1] * np.diff(at_site.index)).sum()) == pytest.approx(8 * 200e6, rel=1e-9)
    assert set(at_site) == {0.0, 16e6, 24e6}
    on_the_road = line[line.site.isna()]
    assert set(on_the_road.value) == {0.0, 8e6, 24e6}
    assert found.jobs.bytes_sent[0] == pytest.approx(300e6, rel=1e-12)


@pytest.mark.parametrize(("interrupted", "end", "sent"), [("resume", 20.0, 10e6), ("restart", 25.0, 15e6)])
def test_an_interruption_leaves_the_line_to_others(interrupted: str, end: float, sent: float) -> None:
    """Both get 5 MB in 10 s; one is offline until 15 s, when the other is done; then it has the line to itself.

    Begun again, its download ends at 25 s, together with its time online: finishing then is finishing.
    """
    flaky = {"cohort": "flaky", "robots": 1, "site": "depot", "connectivity": renewal("10 s", "5 s", "up")}
    found = tables(depot(flaky, ALWAYS, application={"download": {"interrupted": interrupted}}), 1, seed=1)
    assert found.robots.finished_s.tolist() == [end, 15.0]
    assert found.robots.bytes.tolist() == [sent, 10e6]


def test_a_deadline_in_the_middle_of_a_download() -> None:
    """Two robots share 1 MB/s until both are stopped after 60 s; the third starts then, and has the line to itself."""
    found = tables(
        depot({**ALWAYS, "robots": 3}, bundle="50 MB", rules={"concurrency": "2 robots"}, robotDeploymentTimeoutInSeconds=60), 1, seed=1
    )
    assert found.robots.bytes.tolist() == [30e6, 30e6, 50e6]
    assert found.robots.finished_s.tolist() == [60.0, 60.0, 110.0]
    assert found.robots.failure_code.tolist()[:2] == ["RobotDeploymentAborted"] * 2
    assert found.robots.status.tolist() == ["Failed", "Failed", "InSync"]


def test_a_canceled_job_leaves_the_line() -> None:
    found = tables(depot({**ALWAYS, "robots": 2}, rules={"cancel_at": "10 s"}), 1, seed=1)
    assert found.robots.bytes.tolist() == [5e6, 5e6]
    assert found.robots.ended_by.tolist() == ["cancel"] * 2
    line = found.timeline[found.timeline.quantity == "site_bit_rate"]
    assert line[["t_s", "value"]].to_numpy().tolist() == [[0.0, 8e6], [10.0, 0.0]]


def test_late_robots_share_the_line() -> None:
    """The first is offline until 100 s, its timer ends at 60 s. The second has the line from then on, and half of it from 100 s on: it is
    done at 120 s, at its deadline. The first has 10 MB by then, and 40 MB to go.
    """
    sleeper = {"cohort": "sleeper", "robots": 1, "site": "depot", "connectivity": renewal(FOREVER, "100 s", "down")}
    scenario = depot(sleeper, ALWAYS, bundle="50 MB", rules={"concurrency": "1 robots"}, robotDeploymentTimeoutInSeconds=60)
    found = tables(scenario, 1, seed=1)
    assert found.robots.converged_s.tolist() == [160.0, 120.0]
    assert found.robots.status.tolist() == ["NoResponse", "InSync"]
    job = found.jobs.iloc[0]
    assert (job.time_to_complete_s, job.peak_downloads) == (120.0, 2)
    # The line is full from 60 s to 160 s, but for the mean only until the job is over.
    assert (job.saturated_s, job.utilisation_mean) == (100.0, 0.5)


@pytest.mark.parametrize(("fleet", "phase"), [(("waits", "fails"), "launching"), (("fails", "waits"), "extracting")])
def test_a_download_that_ends_has_its_place_among_what_happens_then(fleet: tuple[str, str], phase: str) -> None:
    """At 10 s one robot has its bytes and fails, and the other, which shares nothing, has extracted: before, if it is listed first."""
    cohorts = {
        "fails": {**ALWAYS, "cohort": "fails", "steps": {"extracting": {"failures": {"ExtractingBundleFailure": 1}}}},
        "waits": {"cohort": "waits", "robots": 1, "steps": {"extracting": {"duration": "10 s"}, "launching": {"duration": "100 s"}}},
    }
    rules = {"on_breach": "abort", "failure_limit": "1 robots"}
    found = tables(depot(*(cohorts[name] for name in fleet), rules=rules), 1, seed=1)
    assert found.jobs.time_to_complete_s[0] == 10.0
    assert found.robots.set_index("cohort").phase["waits"] == phase


def test_a_deadline_in_a_download_comes_before_a_check_at_that_instant() -> None:
    """At 60 s a robot is stopped in its download, which aborts the job; another is to be asked again then, and is not."""
    ready = {"condition": {"ready": 1}}
    ends = {"cohort": "ends", "robots": 1, "steps": {**ready, "launching": {"duration": "10 s"}}}
    asked = {"cohort": "asked", "robots": 1, "link": {"rate": "1 kB/s"}, "steps": {"condition": {"ready": 0.5, "recheck": "50 s"}}}
    rules = {"on_breach": "abort", "failure_limit": "1 robots", "concurrency": "2 robots", "condition": "defer"}
    config = {"robotDeploymentTimeoutInSeconds": 60, "downloadConditionFile": {"bucket": "fleet", "key": "ready.sh"}}
    slow = {**ALWAYS, "steps": ready}
    found = tables(depot(slow, ends, asked, bundle="100 MB", rules=rules, **config), 40, seed=1)
    assert set(found.jobs.time_to_complete_s) == {60.0}
    # Those that were ready at once download; none of the others has been asked a second time.
    steps = found.steps[(found.steps.robot == 2) & (found.steps.phase == "downloading")]
    assert 5 < len(steps) < 35
    assert set(steps.started_s) == {10.0}


# Laws


def test_a_line_wider_than_all_robots_together_changes_nothing() -> None:
    scenario = load(ROOT / "scenarios" / "thin-timeouts.yaml")
    wide = build({**scenario.resolved(), "network": {"origin": "1000 Gbit/s"}})
    alone, together = (tables(s, 3, seed=5) for s in (scenario, wide))
    for column in ("granted_s", "finished_s", "converged_s", "bytes"):
        np.testing.assert_allclose(alone.robots[column], together.robots[column], rtol=1e-12)
    assert alone.robots.status.tolist() == together.robots.status.tolist()
    assert alone.jobs.utilisation_peak.isna().all()


def test_bytes_are_conserved_on_every_link() -> None:
    """With interruptions, deadlines and late robots: what flowed over a site, over the origin and to a cohort is what its robots got."""
    scenario = load(ROOT / "scenarios" / "thin-uplink.yaml").replace("deployment.deploymentConfig.concurrentDeploymentPercentage", 60)
    found = tables(scenario, 3, seed=5)
    assert found.jobs.failed.sum() > 0
    for replicate, robots in found.robots.groupby("replicate"):
        line = found.timeline[found.timeline.replicate == replicate]

        def integral(of: Any) -> float:
            return float((of.value.to_numpy()[:-1] * np.diff(of.t_s)).sum() / 8)

        sent = robots.groupby("cohort", observed=True).bytes.sum()
        sites = line[line.quantity == "site_bit_rate"]
        origin = line[line.quantity == "origin_bit_rate"]
        assert integral(sites[sites.site == "depot"]) == pytest.approx(sent["floor"], rel=1e-9)
        assert integral(sites[sites.site.isna()]) == pytest.approx(sent["road"], rel=1e-9)
        assert integral(origin) == pytest.approx(sent.sum(), rel=1e-9)
        for cohort in ("floor", "road"):
            assert integral(line[(line.quantity == "bit_rate") & (line.cohort == cohort)]) == pytest.approx(sent[cohort], rel=1e-9)
        assert sites[sites.site == "depot"].value.max() <= 100e6 * (1 + 1e-12)
        assert origin.value.max() <= 200e6 * (1 + 1e-12)


def test_saturation_of_one_line_is_the_same_in_jobs_and_over_time() -> None:
    scenario = load(ROOT / "scenarios" / "thin-uplink.yaml").replace("network.origin", None)
    results = simulate(scenario, replicates=5, seed=5)
    assert results.jobs.converged_late.sum() == 0
    use = link_use(results.tables, "depot")
    assert use.saturated * results.jobs.time_to_complete_s.to_numpy() == pytest.approx(results.jobs.saturated_s.to_numpy(), rel=1e-9)
    assert (use.saturated > 0.3).all()


def test_more_capacity_is_never_later_when_all_start_together() -> None:
    scenario = depot({**ALWAYS, "robots": 20, "link": {"rate": {"lognormal": {"median": "1 Mbit/s", "sigma": 1}}}})
    ends = [completion_times(scenario.replace("network.sites.depot.downlink", f"{c} Mbit/s"), 20, seed=3) for c in (2, 4, 8, 16, 100)]
    assert (np.diff(ends, axis=0) <= 1e-9).all()
    assert (ends[0] >= ends[-1]).all()
    assert (ends[0] > ends[-1]).sum() > 10


def test_doubling_the_concurrency_beyond_the_knee_does_not_help() -> None:
    scenario = load(ROOT / "scenarios" / "thin-uplink.yaml").replace("deployment.deploymentConfig.robotDeploymentTimeoutInSeconds", 604800)
    times = []
    for percent in (2, 4, 20, 40):
        raised = scenario.replace("deployment.deploymentConfig.concurrentDeploymentPercentage", percent)
        times.append(completion_times(raised, 5, seed=7).mean())
    assert times[1] < 0.6 * times[0]
    assert times[3] > 0.9 * times[2]
    assert not math.isnan(sum(times))
