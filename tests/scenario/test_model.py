"""What a scenario means once it is read."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from rolloutsim.distributions import Beta, Constant, Empirical, Exponential, Gamma, Lognormal, Mixture, Normal, Truncated, Uniform
from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.scenario import Always, Chance, Never, ReadyProbability, ReadyRenewal, Renewal, Scenario, build, parse
from rolloutsim.scenario.parts.rules import concurrency_limit, failure_limit
from rolloutsim.scenario.parts.steps import FailuresType
from rolloutsim.scenario.reading.problems import problem_of
from rolloutsim.vocabulary import PHASE_CODES, PHASES

MINIMAL = "fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB}\n"


def with_steps(steps: str, more: str = "") -> Scenario:
    return parse("fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB, steps: {" + steps + "}}\n" + more)


def chance(said: str, phase: str = "extracting", code: str = "ExtractingBundleFailure") -> Chance:
    scenario = with_steps(f"{phase}: {{failures: {{{code}: {said}}}}}")
    return scenario.steps(scenario.fleet[0])[phase].failures[code]


def test_defaults() -> None:
    scenario = parse(MINIMAL)
    (cohort,) = scenario.fleet
    assert (scenario.name, scenario.seed, scenario.replicates, scenario.robots) == ("scenario", None, 400, 10)
    assert (cohort.architecture, cohort.priority, cohort.site, cohort.link_rate) == ("X86_64", 0, None, None)
    assert cohort.connectivity == Always()
    assert scenario.application.bundle == dict.fromkeys(("X86_64", "ARM64", "ARMHF"), 350e6)
    assert (scenario.application.interrupted, scenario.application.bad_release_probability) == ("resume", 0.0)
    deployment, rules = scenario.deployment, scenario.rules
    assert (deployment.concurrent_percentage, deployment.failure_threshold_percentage, deployment.robot_timeout) == (None, None, 18000.0)
    assert not any((deployment.has_condition_file, deployment.condition_etag, deployment.has_pre_launch, deployment.has_post_launch))
    assert (rules.dispatch, rules.rounding, rules.concurrency, rules.failure_limit) == ("window", "floor", None, None)
    assert (rules.comparator, rules.denominator, rules.minimum_completed, rules.evaluate) == ("at_least", "fleet", 1, "each_result")
    assert rules.counts == {"failed", "rejected", "timeout", "no_response"}
    assert (rules.on_breach, rules.offline, rules.timer, rules.condition, rules.order) == ("finish", "hold", "grant", "fail", "listed")
    assert (rules.old_stops, rules.late_convergence, rules.observe, rules.fleet_timeout) == ("receipt", True, 2592000.0, 2592000.0)
    assert (rules.retries, rules.rollback, rules.cancel_at, rules.start) == ((), None, math.inf, None)
    steps = scenario.steps(cohort)
    assert tuple(steps) == PHASES
    assert all(step.duration == Constant(0.0) and not step.failures for step in steps.values())
    assert steps["reaching"].agent_timeout == math.inf
    assert (steps["condition"].ready, steps["condition"].recheck) == (ReadyProbability(1.0), 600.0)
    assert [problem.path for problem in scenario.warnings] == ["application.bundle"]


def test_everything_given() -> None:
    scenario = parse(
        """
fleet:
  - {cohort: a, robots: 5 robots, architecture: ARM64, site: berlin, priority: -1, link: {rate: 2 MB/s}, connectivity: never}
  - cohort: b
    robots: 1
    connectivity: {renewal: {up: {exponential: {mean: 1 h}}, down: {uniform: {low: 1 min, high: 3 min}}, start: down}}
application:
  bundle: {ARM64: 350 MB}
  download: {interrupted: restart}
deployment:
  deploymentConfig:
    concurrentDeploymentPercentage: 20 %
    downloadConditionFile: {bucket: fleet, key: is_docked.sh, etag: abc}
  deploymentApplicationConfigs:
    - {application: arn:x, applicationVersion: "7", launchConfig: {packageName: p, launchFile: l, preLaunchFile: a, postLaunchFile: b}}
rules:
  concurrency: 3 robots
  failure_limit: 2
  counts: [failed]
  timeout_codes: {offline: RobotDeploymentNoResponse}
  retries: {codes: [ExtractingBundleFailure], max: 2, backoff: {exponential: {mean: 2 min}}, slot: queue}
  rollback: {duration: 2 min}
  cancel_at: 6 h
  start: 2026-01-05 21:00
"""
    )
    a, b = scenario.fleet
    assert (a.robots, a.architecture, a.site, a.priority, a.link_rate, a.connectivity) == (
        5,
        "ARM64",
        "berlin",
        -1,
        Constant(16e6),
        Never(),
    )
    assert b.connectivity == Renewal(up=Exponential(3600.0), down=Uniform(60.0, 180.0), start="down")
    assert b.connectivity.availability == 3600 / 3720
    assert (scenario.application.bundle, scenario.application.interrupted) == ({"ARM64": 350e6}, "restart")
    deployment, rules = scenario.deployment, scenario.rules
    assert deployment.concurrent_percentage == 20
    assert deployment.has_condition_file
    assert deployment.condition_etag
    assert deployment.has_pre_launch
    assert deployment.has_post_launch
    assert (rules.concurrency, rules.failure_limit, rules.counts, rules.cancel_at) == (3, 2, {"failed"}, 21600.0)
    assert (rules.timeout_codes.offline, rules.timeout_codes.working) == ("RobotDeploymentNoResponse", "RobotDeploymentAborted")
    (row,) = rules.retries
    assert (row.codes, row.max, row.slot, row.backoff) == (("ExtractingBundleFailure",), 2, "queue", (Exponential(120.0),))
    assert (rules.rollback, rules.start) == (Constant(120.0), "2026-01-05 21:00")


def test_nothing_behind_a_key_is_the_default() -> None:
    assert parse(MINIMAL + "rules:\ndeployment:\nchecks:\nsweep:\nseed:\nnetwork:\n").fingerprint() == parse(MINIMAL).fingerprint()


@pytest.mark.parametrize(
    ("said", "distribution"),
    [
        ("20 s", Constant(20.0)),
        ("{constant: {value: 20 s}}", Constant(20.0)),
        ("{lognormal: {median: 20 s, sigma: 0.5}}", Lognormal(20.0, 0.5)),
        ("{lognormal: {mean: 20 s, sd: 5 s}}", Lognormal.from_moments(20.0, 5.0)),
        ("{gamma: {shape: 2, scale: 5 s}}", Gamma(2.0, 5.0)),
        ("{normal: {mean: 20 s, sd: 5 s}}", Normal(20.0, 5.0)),
        ("{truncated: {of: {exponential: {mean: 1 min}}, high: 2 min}}", Truncated(Exponential(60.0), 0.0, 120.0)),
        (
            "{mixture: [{weight: 3, of: 1 s}, {weight: 25 %, of: {exponential: {mean: 1 min}}}]}",
            Mixture(((3, Constant(1.0)), (0.25, Exponential(60.0)))),
        ),
        ("{empirical: {values: [1 s, 2 min]}}", Empirical((1.0, 120.0))),
        ("{empirical: {values: [1, 2.5], unit: min}}", Empirical((60.0, 150.0))),
    ],
)
def test_distributions(said: str, distribution: Any) -> None:
    scenario = with_steps(f"extracting: {{duration: {said}}}")
    assert scenario.steps(scenario.fleet[0])["extracting"].duration == distribution


def test_empirical_file_is_relative_to_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("\ufeffrobot, t_min\n1,0.5\n2,2\n", encoding="utf-8")
    times = "{empirical: {file: times.csv, column: t_min, unit: min}}"
    steps = f"{{extracting: {{duration: {times}}}}}"
    text = f"fleet: [{{cohort: dock, robots: 1}}]\napplication: {{bundle: 1 MB, steps: {steps}}}\n"
    scenario = parse(text, folder=tmp_path)
    assert scenario.steps(scenario.fleet[0])["extracting"].duration == Empirical((30.0, 120.0))
    moved = build(json.loads(json.dumps(scenario.resolved())))  # the values are in it, the file is not needed
    assert moved.fingerprint() == scenario.fingerprint()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("0.01", Chance(0.01, coin="robot")),
        ("1 %", Chance(0.01, coin="robot")),
        ("{probability: 0.01}", Chance(0.01, coin="robot")),
        ("{probability: 0.01, per: cohort}", Chance(0.01, coin="cohort")),
        ("{uniform: {low: 0, high: 1}}", Chance(Uniform(0.0, 1.0), drawn="job", coin="robot")),
        ("{uniform: {low: 0, high: 1}, per: cohort}", Chance(Uniform(0.0, 1.0), drawn="cohort", coin="robot")),
        ("{probability: {uniform: {low: 0, high: 1}}, per: cohort}", Chance(Uniform(0.0, 1.0), drawn="job", coin="cohort")),
        ("{constant: {value: 0.5}}", Chance(0.5, coin="robot")),
    ],
)
def test_chances(said: str, expected: Chance) -> None:
    assert chance(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("0.01", Chance(0.01, coin="job")),
        ("{probability: 0.01}", Chance(0.01, coin="job")),
        ("{probability: 0.01, per: robot}", Chance(0.01, coin="robot")),
        ("{beta: {a: 1, b: 3}, per: robot}", Chance(Beta(1.0, 3.0), drawn="robot", coin="robot")),
        ("{beta: {a: 1, b: 3}}", Chance(Beta(1.0, 3.0), drawn="job", coin="robot")),
    ],
)
def test_chances_of_the_release(said: str, expected: Chance) -> None:
    assert chance(said, "downloading", "EtagMismatch") == expected


def test_chances_of_preparing_are_the_jobs() -> None:
    assert chance("0.1", "preparing", "LambdaDeleted") == Chance(0.1, coin="job")
    assert chance("{beta: {a: 1, b: 3}}", "preparing", "LambdaDeleted") == Chance(Beta(1.0, 3.0), drawn="job", coin="job")


def test_steps_are_merged_value_by_value() -> None:
    scenario = parse(
        """
fleet:
  - {cohort: a, robots: 1}
  - cohort: b
    robots: 1
    steps: {extracting: {failures: {EnvironmentSetupError: 0.2}}, condition: {recheck: 5 min}}
application:
  bundle: 1 MB
  release: {bad: {probability: 0.5, steps: {extracting: {duration: 9 s, failures: {ExtractingBundleFailure: 0.9}}}}}
  steps:
    extracting: {duration: 1 s, failures: {ExtractingBundleFailure: 0.1, EnvironmentSetupError: 0.1}}
    condition: {ready: {busy: 1 h, idle: 3 h}}
    reaching: {agent_timeout: 1 min}
"""
    )
    a, b = scenario.fleet
    chances = {
        (cohort.name, release): {
            code: chance.probability for code, chance in scenario.steps(cohort, release)["extracting"].failures.items()
        }
        for cohort in (a, b)
        for release in ("good", "bad")
    }
    assert chances == {
        ("a", "good"): {"ExtractingBundleFailure": 0.1, "EnvironmentSetupError": 0.1},
        ("a", "bad"): {"ExtractingBundleFailure": 0.9, "EnvironmentSetupError": 0.1},
        ("b", "good"): {"ExtractingBundleFailure": 0.1, "EnvironmentSetupError": 0.2},
        ("b", "bad"): {"ExtractingBundleFailure": 0.9, "EnvironmentSetupError": 0.2},
    }
    assert [scenario.steps(a, release)["extracting"].duration for release in ("good", "bad")] == [Constant(1.0), Constant(9.0)]
    assert (scenario.steps(a)["condition"].recheck, scenario.steps(b)["condition"].recheck) == (600.0, 300.0)
    ready = scenario.steps(b)["condition"].ready
    assert ready == ReadyRenewal(busy=Constant(3600.0), idle=Constant(10800.0))
    assert ready.share == 0.75
    assert scenario.steps(b, "bad")["reaching"].agent_timeout == 60.0


REQUEST = {
    "deploymentConfig": {"concurrentDeploymentPercentage": 20, "failureThresholdPercentage": 25},
    "clientRequestToken": "0a1b-2",
    "fleet": "arn:aws:robomaker:us-west-2:111111111111:deployment-fleet/MyFleet/1",
    "deploymentApplicationConfigs": [
        {
            "application": "arn:aws:x",
            "applicationVersion": "1",
            "launchConfig": {"packageName": "p", "launchFile": "f.launch", "environmentVariables": {"A": "b"}},
        }
    ],
    "tags": {"Region": "West"},
}


@pytest.mark.parametrize("indent", [None, 4, "\t"])
def test_robomaker_request_is_accepted_as_it_is(indent: int | str | None) -> None:
    pasted = json.dumps(REQUEST, indent=indent).replace("\n", "\n  ")
    written = parse(f"{MINIMAL}deployment: {pasted}\n").deployment.write()
    assert written["deploymentConfig"].pop("robotDeploymentTimeoutInSeconds") == 18000  # written in any case
    assert written == REQUEST


def test_immutable() -> None:
    scenario = parse(MINIMAL)
    with pytest.raises(ValidationError):
        scenario.replicates = 3  # type: ignore[misc]  # the point of the test


def test_pickles() -> None:
    scenario = parse(MINIMAL + "rules: {order: priority}\n")
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy.fingerprint() == scenario.fingerprint()
    assert copy.replace("fleet.dock.robots", 3).robots == 3


def test_errors_pickle() -> None:
    error = ScenarioError([Problem("empty", ("b",), "d", "e", file="a", line=1), Problem("empty", (), "d", severity="note")])
    for copy in (pickle.loads(pickle.dumps(error)), type(error)(*error.args)):
        assert copy.problems == error.problems
        assert str(copy) == str(error)


def test_notes_are_not_reported_among_mistakes_and_warnings_as_such() -> None:
    severities: tuple[Literal["error", "note", "warning"], ...] = ("error", "note", "warning")
    error = ScenarioError(
        Problem("empty", (), severity, "", severity, found="c", file="a", line=1, column=2, path="b") for severity in severities
    )
    assert str(error).splitlines() == ["a:1:2: b: found c; error", "warning: a:1:2: b: found c; warning"]


@pytest.mark.parametrize("n", [1, 2, 3, 10, 99, 100, 101, 1000])
def test_limits_are_whole_numbers(n: int) -> None:
    for pct in range(1, 101):
        assert concurrency_limit(n, pct, "floor") == max(1, n * pct // 100)
        assert concurrency_limit(n, pct, "ceil") == -(-n * pct // 100)
        assert concurrency_limit(n, pct, "half_up") == max(1, (2 * n * pct + 100) // 200)
        at_least, exceeds = failure_limit(n, pct), failure_limit(n, pct, "exceeds")
        assert 100 * at_least >= pct * n > 100 * (at_least - 1)
        assert 100 * exceeds > pct * n >= 100 * (exceeds - 1)


def test_worked_limits() -> None:
    assert concurrency_limit(100, 29) == 29  # in floats 0.29 * 100 is 28.999999999999996
    assert concurrency_limit(200, 10) == 20
    assert [concurrency_limit(10, 25, rounding) for rounding in ("floor", "ceil", "half_up")] == [2, 3, 3]
    assert (failure_limit(10, 20), failure_limit(10, 20, "exceeds")) == (2, 3)


@pytest.mark.parametrize(
    "network", ["network: {origin: 1 Gbit/s}", "network: {sites: {hall: {downlink: 1 Gbit/s}}}", "rules: {order: listed}"]
)
def test_a_bundle_without_any_rate_is_a_warning(network: str) -> None:
    scenario = parse(f"fleet: [{{cohort: dock, robots: 1, site: hall}}]\napplication: {{bundle: 1 MB}}\n{network}\n")
    assert [problem.path for problem in scenario.warnings] == ([] if "network" in network else ["application.bundle"])


def test_the_first_result_is_judged_only_if_the_file_asks_for_it() -> None:
    scenario = parse(f"{MINIMAL}rules: {{denominator: completed, minimum_completed: 1, failure_limit: 1 robots}}")
    assert scenario.rules.minimum_completed == 1
    assert build(scenario.resolved()).rules == scenario.rules


def test_reporting_takes_no_failure_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outcome is known before it is reported: a coin there would replace it."""
    monkeypatch.setitem(PHASE_CODES, "reporting", ("GreengrassDeploymentFailed",))
    with pytest.raises(ValidationError) as caught:
        FailuresType("reporting").parse({"GreengrassDeploymentFailed": 0.1})
    problem = problem_of(caught.value.errors()[0])
    assert (problem.code, problem.location) == ("misplaced-key", ("GreengrassDeploymentFailed",))
    assert "timeout" in problem.why
    assert problem.hint
