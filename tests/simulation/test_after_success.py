"""Failures after success on worked examples: what gates, stop rows and thresholds count, and what robots and jobs show of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import rolloutsim
from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.records.outcomes import Tables
from tests.simulation.plain_engine import plain_tables
from tests.simulation.worlds import tables

Raw = dict[str, Any]

LAUNCH = 10.0


@pytest.fixture(params=["simpy", "plain"])
def engine(request: Any) -> str:
    """The SimPy engine, or the loop of the compiled one in plain Python."""
    return str(request.param)


def fleet(*delays: str | None, rules: Raw | None = None, config: Raw | None = None, **cohort: Any) -> Scenario:
    """Return a fleet of one robot per delay, each of which is launched in 10 s; None: it does not fail."""
    later: list[Raw] = [{"probability": 0, "delay": "0 s"} if delay is None else {"probability": 1, "delay": delay} for delay in delays]
    return build(
        {
            "fleet": [{"cohort": f"c{number}", "robots": 1, "after_success": one, **cohort} for number, one in enumerate(later)],
            "application": {"bundle": "0 B", "steps": {"launching": {"duration": f"{LAUNCH} s"}}},
            "deployment": {"deploymentConfig": config or {}},
            "rules": rules or {},
        }
    )


def simulated(scenario: Scenario, engine: str) -> Tables:
    return tables(scenario, 1, 1) if engine == "simpy" else plain_tables(scenario, 1, 0)


def job_of(scenario: Scenario, engine: str) -> Any:
    """Return the row of `jobs` of one replicate."""
    return simulated(scenario, engine).jobs.iloc[0]


# Which counts, and when


@pytest.mark.parametrize(
    ("delay", "soak", "shuts"),
    [("60 s", "60 s", True), ("60.001 s", "60 s", False), ("0 s", "0 s", True), ("1 s", "0 s", False), ("0.3 s", "0.3 s", True)],
)
def test_a_gate_judges_after_all_that_happens_at_its_instant(delay: str, soak: str, shuts: bool, engine: str) -> None:
    stages = [{"cohorts": ["c0"], "soak": soak, "max_failures": 0}]
    job = job_of(fleet(delay, None, rules={"stages": stages}), engine)
    assert (job.status, job.robots_exposed) == (("Failed", 1) if shuts else ("Succeeded", 2))
    assert (job.regressed, job.succeeded) == (1, job.robots_exposed)
    if shuts:
        assert job.breached_s == job.time_to_complete_s == LAUNCH + float(soak.split()[0])


def test_a_gate_comes_before_a_cancellation_of_the_same_instant(engine: str) -> None:
    rules = {"stages": [{"cohorts": ["c0"], "soak": "60 s", "max_failures": 0}], "cancel_at": "70 s"}
    job = job_of(fleet("60 s", None, rules=rules), engine)
    assert (job.failure_code, job.time_to_complete_s) == ("FailureThresholdBreached", 70)


def test_a_gate_counts_them_whatever_the_threshold_counts(engine: str) -> None:
    stages = [{"robots": 1, "soak": "60 s", "max_failure_share": "0 %"}]
    assert job_of(fleet("5 s", None, rules={"stages": stages, "counts": ["failed"]}), engine).status == "Failed"


@pytest.mark.parametrize(
    ("rules", "ended"),
    [
        ({"failure_limit": "1 robots"}, 0),
        ({"failure_limit": "1 robots", "counts": ["failed", "latent"]}, 15),
        ({"failure_limit": "2 robots", "counts": ["latent"]}, 25),
        ({"stop": [{"at_least": "1 robots"}]}, 0),
        ({"stop": [{"at_least": "1 robots"}, {"kinds": ["latent"], "at_least": "2 robots"}]}, 25),
        ({"stop": [{"kinds": ["latent"], "exceeds": "2 robots"}]}, 0),
        ({"limits": [{"max": "1 robots", "counts": ["failed"]}, {"max": "1 robots"}]}, 0),
    ],
)
def test_rows_and_thresholds_count_them_if_they_name_them(rules: Raw, ended: float, engine: str) -> None:
    """Robots are deployed one after the other; the first fails 5 s and the second 5 s after its success."""
    one_by_one = {} if "limits" in rules else {"concurrency": "1 robots"}
    found = simulated(fleet("5 s", "5 s", None, None, None, rules={**one_by_one, **rules}), engine)
    job = found.jobs.iloc[0]
    assert job.regressed == 2
    if not ended:
        assert (job.status, job.succeeded) == ("Succeeded", 5)
        return
    assert (job.failure_code, job.breached_s) == ("FailureThresholdBreached", ended)
    in_flight_then = 1
    assert job.succeeded == ended // LAUNCH + in_flight_then


def test_a_stage_counts_its_own(engine: str) -> None:
    """Robots of the first stage fail while the second one is under way."""
    stages = [{"cohorts": ["c0", "c1"]}, {"cohorts": ["c2", "c3"]}]

    def job(of: str) -> Any:
        rows = [{"kinds": ["latent"], "at_least": "2 robots", "of": of}]
        return job_of(fleet("12 s", "12 s", "3 s", None, rules={"stages": stages, "stop": rows, "concurrency": "1 robots"}), engine)

    assert (job("fleet").breached_s, job("stage").status) == (32, "Succeeded")


def test_a_batch_counts_its_own_when_it_has_ended(engine: str) -> None:
    batches = {"dispatch": "batch", "concurrency": "2 robots", "evaluate": "batch_end"}

    def job(of: str, *delays: str | None) -> Any:
        rows = [{"kinds": ["latent"], "at_least": "2 robots", "of": of}]
        return job_of(fleet(*delays, rules={**batches, "stop": rows}), engine)

    assert job("fleet", "5 s", "5 s", None, None, None, None).breached_s == 20  # known at 15 s, while the second batch is under way
    assert job("batch", "5 s", "5 s", None, None, None, None).status == "Succeeded"


def test_a_row_checks_them_at_once_between_batches(engine: str) -> None:
    rules = {"dispatch": "batch", "concurrency": "2 robots", "evaluate": "batch_end", "stages": [{"robots": 2, "soak": "60 s"}]}
    job = job_of(fleet("5 s", "7 s", None, rules={**rules, "stop": [{"kinds": ["latent"], "at_least": "2 robots"}]}), engine)
    assert (job.breached_s, job.time_to_complete_s, job.stopped_by) == (17, 17, "stop 1")


def test_the_overshoot_ends_with_the_job(engine: str) -> None:
    """After the breach at 1 s a robot is known to have failed at 4 s, the job ends at 10 s, and another one is known at 11 s."""
    scenario = fleet("0 s", "3 s", "10 s", None, rules={"stop": [{"kinds": ["latent"], "at_least": "1 robots"}]})
    for number, duration in enumerate(("1 s", "1 s", "1 s")):
        scenario = scenario.replace(f"fleet.c{number}.steps", {"launching": {"duration": duration}})
    job = job_of(scenario, engine)
    assert (job.breached_s, job.time_to_complete_s, job.overshoot, job.regressed) == (1, 10, 1, 3)


# Late robots


def late(rules: Raw) -> Scenario:
    """Return a robot that is out of time at 60 s, installs at 100 s and fails 20 s after that, and one that succeeds."""
    away = {"renewal": {"up": "1000 s", "down": "100 s", "start": "down"}}
    raw = {
        "fleet": [
            {"cohort": "away", "robots": 1, "connectivity": away},
            {"cohort": "here", "robots": 1},
            {"cohort": "others", "robots": 1},
        ],
        "application": {"bundle": "0 B", "after_success": {"probability": 0, "delay": "20 s"}},
        "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 60}},
        "rules": rules,
    }
    raw["fleet"][0]["after_success"] = {"probability": 1}  # type: ignore[index]
    return build(raw)


@pytest.mark.parametrize(("most", "status"), [(0, "Failed"), (1, "Succeeded")])
def test_a_late_robot_that_regresses_has_failed_once(most: int, status: str, engine: str) -> None:
    found = simulated(late({"stages": [{"cohorts": ["away", "here"], "soak": "100 s", "max_failures": most}]}), engine)
    assert (found.jobs.iloc[0].status, found.jobs.iloc[0].regressed) == (status, 1)
    away = found.robots.iloc[0]
    assert (away.status, away.reported_s, away.converged_s, away.regressed_s) == ("NoResponse", 60, 100, 120)


def test_a_row_of_latent_failures_counts_a_late_robot(engine: str) -> None:
    stop = [{"kinds": ["latent"], "at_least": "1 robots"}]
    job = job_of(late({"stages": [{"cohorts": ["away", "here"], "soak": "100 s"}], "stop": stop}), engine)
    assert (job.breached_s, job.failed, job.converged_late, job.overshoot) == (120, 1, 1, 0)


def test_a_late_robot_that_is_withdrawn_does_not_regress(engine: str) -> None:
    job = job_of(late({"stages": [{"cohorts": ["away", "here"], "soak": "100 s"}], "cancel_at": "80 s"}), engine)
    assert (job.status, job.converged_late, job.regressed) == ("Canceled", 0, 0)


# What robots and jobs show


def test_they_are_followed_until_the_observation_ends(engine: str) -> None:
    found = simulated(fleet("100 s", "90 s", "91 s", rules={"observe": "101 s"}), engine)
    assert found.robots.regressed_s.fillna(-1).tolist() == [-1, 100, 101]
    assert found.robots.status.tolist() == ["InSync"] * 3
    assert (found.jobs.regressed.item(), found.cohorts.regressed.tolist(), found.jobs.left_down.item()) == (2, [0, 1, 1], 2)


def test_they_are_followed_as_long_as_the_job_lasts(engine: str) -> None:
    rules = {"observe": "50 s", "stages": [{"cohorts": ["c0"], "soak": "100 s", "max_failures": 0}]}
    found = simulated(fleet("90 s", None, rules=rules), engine)
    assert (found.jobs.status.item(), found.robots.regressed_s[0], found.robots.downtime_s[0]) == ("Failed", 100, 10)
    assert simulated(fleet("111 s", None, rules=rules), engine).jobs.regressed.item() == 0


def test_they_are_down_until_a_rollback_or_the_end_of_the_observation(engine: str) -> None:
    """The running application stops at the launch, so that the deployment itself is 10 s of downtime."""
    rules = {"observe": "100 s", "old_stops": "launch"}
    lost = simulated(fleet("20 s", None, rules=rules), engine)
    assert (lost.robots.downtime_s.tolist(), lost.jobs.left_down.item()) == ([10 + 70, 10], 1)
    back = simulated(fleet("20 s", None, rules={**rules, "rollback": {"duration": "7 s"}}), engine)
    assert (back.robots.downtime_s.tolist(), back.jobs.left_down.item()) == ([10 + 7, 10], 0)
    assert back.jobs.downtime_s.item() == back.cohorts.downtime_s.sum() == 27


def test_nothing_else_of_a_scenario_changes() -> None:
    """A job whose rules do not count these failures has the same draws and the same numbers in all other columns."""
    scenario = rolloutsim.load("scenarios/bad-release.yaml")
    later = scenario.replace("application.after_success", {"probability": 0.1, "delay": {"lognormal": {"median": "6 h", "sigma": 1}}})
    one, other = (rolloutsim.simulate(each, replicates=3, engine="simpy", keep="all").tables for each in (scenario, later))
    for name, table in one._asdict().items():
        if table is not None:
            dropped = [column for column in ("regressed", "regressed_s", "left_down", "downtime_s") if column in table]
            pd.testing.assert_frame_equal(table.drop(columns=dropped), getattr(other, name).drop(columns=dropped), check_exact=True)
    assert (one.jobs.regressed == 0).all()
    assert (other.jobs.regressed > 0).all()


@pytest.mark.parametrize(("per", "groups"), [("job", 1), ("class", 2), ("cohort", 3), ("site", 2)])
def test_a_coin_may_be_shared(per: str, groups: int) -> None:
    cohorts = [("a", "x", "oslo"), ("b", "x", "rome"), ("c", "y", "rome")]
    raw = {
        "fleet": [{"cohort": name, "class": of, "site": site, "robots": 4} for name, of, site in cohorts],
        "application": {"bundle": "0 B", "after_success": {"probability": {"probability": 0.5, "per": per}, "delay": "1 s"}},
    }
    robots = rolloutsim.simulate(build(raw), replicates=40, seed=2, engine="simpy", keep="all").robots
    key = {"job": lambda c: 0, "class": lambda c: "xxy"["abc".index(c)], "cohort": lambda c: c, "site": lambda c: "orr"["abc".index(c)]}[
        per
    ]
    shares = (
        robots.assign(group=[key(c) for c in robots.cohort]).groupby(["replicate", "group"]).regressed_s.agg(lambda t: t.notna().mean())
    )
    assert shares.index.get_level_values("group").nunique() == groups
    assert set(shares) == {0.0, 1.0}


def test_a_cohort_and_a_bad_release_override_what_they_name() -> None:
    scenario = build(
        {
            "fleet": [{"cohort": "a", "robots": 1}, {"cohort": "b", "robots": 1, "after_success": {"delay": "7 s"}}],
            "application": {
                "bundle": "0 B",
                "after_success": {"probability": 0, "delay": "5 s"},
                "release": {"bad": {"probability": 1, "after_success": {"probability": 1}}},
            },
        }
    )
    found = simulated(scenario, "simpy")
    assert found.robots.regressed_s.tolist() == [5, 7]
    assert found.jobs.release.item() == "bad"


def test_a_probability_that_changes_is_that_of_the_instant_of_the_success() -> None:
    """Robots succeed at 10, 20 and 30 s."""
    raw = {
        "fleet": [{"cohort": "dock", "robots": 3}],
        "application": {
            "bundle": "0 B",
            "steps": {"launching": {"duration": "10 s"}},
            "after_success": {"probability": {"at": {"0 s": 0, "20 s": 1, "30 s": 0}}, "delay": "1 s"},
        },
        "rules": {"concurrency": "1 robots"},
    }
    assert simulated(build(raw), "simpy").robots.regressed_s.fillna(-1).tolist() == [-1, 21, -1]


class Careful:
    """A policy that starts one robot after the other until one has failed after its success."""

    name, version = "careful", "1"

    def reset(self, view: Any) -> None:
        pass

    def start(self, view: Any) -> list[int]:
        return [] if view.in_flight else [view.waiting[0].number]

    def ask_again(self, view: Any) -> float:
        return float("inf")

    def is_too_much(self, view: Any) -> bool:
        return bool(view.failures["latent"])


def test_a_policy_of_ones_own_sees_them() -> None:
    jobs = rolloutsim.simulate(fleet("15 s", None, None, None), dispatch=Careful(), replicates=1, seed=1).jobs
    assert (jobs.breached_s.item(), jobs.robots_exposed.item(), jobs.status.item()) == (25, 3, "Failed")
