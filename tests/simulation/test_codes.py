"""Every failure code of RoboMaker is reached, and by the mechanism of its row in `model.md`."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import rolloutsim
from rolloutsim.results import Results
from rolloutsim.scenario import build
from rolloutsim.vocabulary import CODES, PHASE_CODES, PHASES

ROBOTS = 6
DURATION = {
    "preparing": 1,
    "validating": 2,
    "reaching": 4,
    "condition": 8,
    "downloading": 0,
    "extracting": 16,
    "pre_launch": 32,
    "launching": 64,
}
DURATION |= {"post_launch": 128, "reporting": 256}
BYTES = 1000.0


def scenario(steps: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """Return a scenario in which every phase runs, each with a length of its own."""
    data: dict[str, Any] = {
        "fleet": [{"cohort": "a", "robots": ROBOTS, "link": {"rate": "8 kbit/s"}}],
        "application": {"bundle": "1 kB", "steps": {phase: {"duration": f"{seconds} s"} for phase, seconds in DURATION.items()}},
        "deployment": {
            "deploymentConfig": {"downloadConditionFile": {"bucket": "fleet", "key": "ready.sh", "etag": "1"}},
            "deploymentApplicationConfigs": [
                {
                    "application": "arn:aws:x",
                    "applicationVersion": "1",
                    "launchConfig": {"packageName": "p", "launchFile": "l", "preLaunchFile": "a.sh", "postLaunchFile": "b.sh"},
                }
            ],
        },
        "rules": {},
    }
    for phase, step in (steps or {}).items():
        data["application"]["steps"][phase] |= step
    for name, part in parts.items():
        data[name] = part if isinstance(part, list) else data[name] | part
    return data


def run(data: dict[str, Any], replicates: int = 1, seed: int = 1) -> Results:
    results = rolloutsim.simulate(build(data), replicates=replicates, seed=seed)
    assert not results.crashes
    return results


def codes_of(results: Results) -> list[str]:
    return [code for code in results.robots.failure_code if isinstance(code, str)]


def time_until(phase: str) -> float:
    """Return when a robot that is never delayed enters a phase; the bundle takes a second."""
    before = PHASES[: PHASES.index(phase)]
    return sum(DURATION[p] for p in before) + (1.0 if "downloading" in before else 0.0)


BY_COIN = [(phase, code) for phase in PHASES[1:] for code in PHASE_CODES[phase]]


@pytest.mark.parametrize(("phase", "code"), BY_COIN)
def test_a_coin_of_probability_one_ends_every_robot_in_its_phase_after_its_duration(phase: str, code: str) -> None:
    results = run(scenario({phase: {"failures": {code: 1}}}))
    robots = results.robots
    assert codes_of(results) == [code] * ROBOTS
    assert (robots.status == "Failed").all()
    assert (robots.ended_by == "own").all()
    finished = time_until(phase) + DURATION[phase]
    assert (robots.finished_s == finished).all()
    unreported = phase in ("validating", "reaching")  # the cloud knows
    assert (robots.reported_s == finished + (0 if unreported else DURATION["reporting"])).all()
    assert robots.reached_s.isna().all() == unreported
    assert (robots.bytes == (BYTES if PHASES.index(phase) > PHASES.index("downloading") else 0.0)).all()
    assert (results.steps[results.steps.failure_code.notna()].phase == phase).all()


@pytest.mark.parametrize(("phase", "code"), BY_COIN)
def test_a_coin_of_probability_zero_never_hits(phase: str, code: str) -> None:
    results = run(scenario({phase: {"failures": {code: 0}}}), replicates=5)
    assert (results.robots.status == "InSync").all()


@pytest.mark.parametrize("code", PHASE_CODES["preparing"])
def test_a_coin_of_preparing_fails_the_job_before_any_robot_starts(code: str) -> None:
    results = run(scenario({"preparing": {"failures": {code: 1}}}))
    job = results.jobs.iloc[0]
    assert (job.status, job.failure_code, job.time_to_complete_s) == ("Failed", code, 1.0)
    assert (results.robots.status == "PendingNewDeployment").all()
    assert codes_of(results) == []


def test_the_architecture_decides_without_dice() -> None:
    fleet = [{"cohort": "none", "robots": 2, "architecture": "none"}, {"cohort": "arm", "robots": 2, "architecture": "ARM64"}]
    results = run(scenario(fleet=fleet, application={**scenario()["application"], "bundle": {"X86_64": "1 kB"}}))
    assert codes_of(results) == ["MissingRobotArchitecture"] * 2 + ["MissingRobotApplicationArchitecture"] * 2
    assert (results.robots.finished_s == time_until("reaching")).all()


def test_the_etag_of_the_condition_file_matters_only_if_it_is_named() -> None:
    data = scenario({"condition": {"failures": {"EtagMismatch": 1}}})
    del data["deployment"]["deploymentConfig"]["downloadConditionFile"]["etag"]
    assert codes_of(run(data)) == []


@pytest.mark.parametrize(
    ("phase", "file"), [("condition", "downloadConditionFile"), ("pre_launch", "preLaunchFile"), ("post_launch", "postLaunchFile")]
)
def test_a_phase_without_its_file_neither_runs_nor_fails(phase: str, file: str) -> None:
    data = scenario({phase: {"failures": {PHASE_CODES[phase][-1]: 1}}})
    data["deployment"]["deploymentConfig"].pop(file, None)
    data["deployment"]["deploymentApplicationConfigs"][0]["launchConfig"].pop(file, None)
    results = run(data)
    assert codes_of(results) == []
    assert phase not in set(results.steps.phase)


def test_a_handshake_longer_than_agent_timeout_is_a_connection_timeout() -> None:
    results = run(scenario({"reaching": {"agent_timeout": "3 s"}}))
    assert codes_of(results) == ["RobotAgentConnectionTimeout"] * ROBOTS
    assert (results.robots.finished_s == time_until("reaching") + 3).all()
    assert (results.robots.ended_by == "own").all()
    assert codes_of(run(scenario({"reaching": {"agent_timeout": "4 s"}}))) == []


def test_a_robot_that_is_not_ready_fails_or_is_deferred_until_its_timer_ends() -> None:
    not_ready = {"condition": {"ready": 0, "recheck": "1000 s"}}
    failed = run(scenario(not_ready))
    assert codes_of(failed) == ["DownloadConditionFailed"] * ROBOTS
    assert (failed.robots.ended_by == "own").all()
    deferred = run(scenario(not_ready, rules={"condition": "defer"}))
    assert codes_of(deferred) == ["DownloadConditionFailed"] * ROBOTS
    assert (deferred.robots.ended_by == "robot_timer").all()
    assert (deferred.robots.finished_s == DURATION["preparing"] + 18000).all()
    assert (deferred.robots.downtime_s == 0).all()


def test_a_timer_ends_before_a_deferred_robot_checks_again_at_that_instant() -> None:
    checked = sum(DURATION[phase] for phase in ("validating", "reaching", "condition"))
    deferred = run(scenario({"condition": {"ready": 0, "recheck": f"{18000 - checked} s"}}, rules={"condition": "defer"}))
    assert codes_of(deferred) == ["DownloadConditionFailed"] * ROBOTS
    assert (deferred.robots.finished_s == DURATION["preparing"] + 18000).all()


UP_30 = {"renewal": {"up": "30 s", "down": "100000 s", "start": "up"}}
TIMEOUT = 60


@pytest.mark.parametrize(
    ("connectivity", "busy", "status", "code"),
    [
        ("never", {}, "NoResponse", "RobotDeploymentNoResponse"),
        ("always", {"reaching": {"duration": "100 s"}}, "Failed", "RobotDeploymentNoResponse"),
        (UP_30, {"extracting": {"duration": "1000 s"}}, "NoResponse", "RobotAgentConnectionTimeout"),
        ("always", {"extracting": {"duration": "1000 s"}}, "Failed", "RobotDeploymentAborted"),
        (
            UP_30,
            {"pre_launch": {"duration": "0 s"}, "launching": {"duration": "0 s"}, "post_launch": {"duration": "0 s"}},
            "NoResponse",
            "RobotAgentConnectionTimeout",
        ),
        (
            "always",
            {"launching": {"duration": "0 s"}, "post_launch": {"duration": "0 s"}, "pre_launch": {"duration": "0 s"}},
            "Failed",
            "RobotAgentConnectionTimeout",
        ),
    ],
    ids=["never reached", "handshake too slow", "offline", "working", "unreported offline", "unreported online"],
)
def test_the_timer_gives_the_code_of_what_the_robot_was_doing(connectivity: Any, busy: dict[str, Any], status: str, code: str) -> None:
    data = scenario(busy, rules={"late_convergence": False})
    data["fleet"][0]["connectivity"] = connectivity
    data["deployment"]["deploymentConfig"]["robotDeploymentTimeoutInSeconds"] = TIMEOUT
    robots = run(data).robots
    assert set(robots.status) == {status}
    assert set(robots.failure_code) == {code}
    assert set(robots.ended_by) == {"robot_timer"}
    assert (robots.reported_s == DURATION["preparing"] + TIMEOUT).all()


@pytest.mark.parametrize(
    ("key", "connectivity", "reaching"), [("not_reached", "never", 1), ("offline", UP_30, 1), ("working", "always", 1)]
)
def test_the_codes_of_the_timer_can_be_mapped(key: str, connectivity: Any, reaching: int) -> None:
    data = scenario({"extracting": {"duration": "1000 s"}}, rules={"timeout_codes": {key: "InternalServerError"}})
    data["fleet"][0]["connectivity"] = connectivity
    data["deployment"]["deploymentConfig"]["robotDeploymentTimeoutInSeconds"] = TIMEOUT
    assert codes_of(run(data)) == ["InternalServerError"] * ROBOTS


@pytest.mark.parametrize(
    ("rules", "status", "code", "ended_by"),
    [
        ({"cancel_at": "20 s"}, "Canceled", None, "cancel"),
        ({"fleet_timeout": "20 s"}, "Failed", "FleetDeploymentTimeout", "fleet_timeout"),
    ],
)
def test_the_job_aborts_robots_in_flight(rules: dict[str, Any], status: str, code: str | None, ended_by: str) -> None:
    results = run(scenario(rules=rules | {"concurrency": "2 robots"}))
    job = results.jobs.iloc[0]
    assert job.status == status
    assert (job.failure_code if isinstance(job.failure_code, str) else None) == code
    assert job.time_to_complete_s == 20
    assert codes_of(results) == ["RobotDeploymentAborted"] * 2
    assert set(results.robots.ended_by.dropna()) == {ended_by}
    assert list(results.robots.status) == ["Failed"] * 2 + ["PendingNewDeployment"] * (ROBOTS - 2)


def test_a_breach_fails_the_job_and_with_abort_the_robots_in_flight() -> None:
    fleet = [{"cohort": "broken", "robots": 1, "architecture": "none"}, {"cohort": "fine", "robots": 5}]
    results = run(scenario(fleet=fleet, rules={"failure_limit": "1 robots", "on_breach": "abort", "concurrency": "3 robots"}))
    # the instant failure of robot 0 would be judged before the next grant; here it takes 2 s, and two robots are in flight
    assert list(results.jobs.failure_code) == ["FailureThresholdBreached"]
    assert codes_of(results) == ["MissingRobotArchitecture", "RobotDeploymentAborted", "RobotDeploymentAborted"]
    assert list(results.robots.ended_by.dropna()) == ["own", "breach", "breach"]


def test_all_24_codes_have_a_test_here() -> None:
    by_coin = {code for codes in PHASE_CODES.values() for code in codes}
    by_mechanism = {
        "MissingRobotArchitecture",
        "MissingRobotApplicationArchitecture",
        "RobotAgentConnectionTimeout",
        "RobotDeploymentNoResponse",
    }
    by_mechanism |= {"RobotDeploymentAborted", "FailureThresholdBreached", "FleetDeploymentTimeout"}
    assert by_coin | by_mechanism == set(CODES)
    assert len(CODES) == 24


def test_each_code_has_a_coin_of_its_own() -> None:
    """Whoever fails by one code at 0.3 fails by it too, or by an earlier coin, when another code's probability changes."""
    first, second = "ExtractingBundleFailure", "EnvironmentSetupError"
    base = scenario({"extracting": {"failures": {second: 0.3}}})
    alone = run(base, replicates=20).robots.failure_code == second
    changed = copy.deepcopy(base)
    changed["application"]["steps"]["extracting"]["failures"][first] = 0.5
    changed["application"]["steps"]["pre_launch"]["failures"] = {"PreLaunchFileFailure": 0.5}
    both = run(changed, replicates=20).robots.failure_code
    assert 0 < alone.sum() < len(alone)
    hit_first = both == first
    assert set(both[alone & ~hit_first]) == {second}
    assert not (both[~alone] == second).any()


def test_raising_a_probability_keeps_those_that_failed() -> None:
    less, more = (
        run(scenario({"pre_launch": {"failures": {"PreLaunchFileFailure": p}}}), replicates=20).robots.failure_code.notna()
        for p in (0.2, 0.6)
    )
    assert 0 < less.sum() < more.sum()
    assert more[less].all()


@pytest.mark.parametrize("code", ["ResourceNotFound", "EtagMismatch", "MissingRobotDeploymentResource"])
def test_codes_of_the_release_hit_the_whole_job_by_default(code: str) -> None:
    phase = "launching" if code.startswith("Missing") else "downloading"
    hits = run(scenario({phase: {"failures": {code: 0.5}}}), replicates=30).robots.groupby("replicate").failure_code.count()
    assert set(hits) == {0, ROBOTS}
    own = {phase: {"failures": {code: {"probability": 0.5, "per": "robot"}}}}
    assert len(set(run(scenario(own), replicates=30).robots.groupby("replicate").failure_code.count())) > 2
