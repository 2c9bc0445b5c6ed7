"""Configurations of other systems: which rules follow from each, what is ignored and what is refused, and where problems are."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.scenario import Scenario, build, describe, json_schema, load, parse, to_yaml
from rolloutsim.scenario.systems.keys import flat
from rolloutsim.scenario.systems.registry import SYSTEMS
from tests.gate import ROOT

Raw = dict[str, Any]
EXAMPLES = sorted((ROOT / "scenarios" / "systems").glob("*.yaml"))


def scenario(system: str, robots: int = 100, fleet: list[Raw] | None = None, rules: Raw | None = None, **native: Any) -> Scenario:
    cohorts = fleet or [{"cohort": "robots", "robots": robots, "link": {"rate": "8 Mbit/s"}}]
    raw = {"fleet": cohorts, "application": {"bundle": "1 MB"}, "deployment": {"system": system, **native}}
    return build({**raw, **({"rules": rules} if rules else {})})


def rules(system: str, robots: int = 100, **native: Any) -> Raw:
    found: Raw = scenario(system, robots, **native).as_rules["rules"]
    return found


def refused(system: str, **native: Any) -> list[tuple[str, str]]:
    with pytest.raises(ScenarioError) as caught:
        scenario(system, **native)
    return [(problem.code, problem.path) for problem in caught.value.problems if problem.severity == "error"]


def notes(made: Scenario) -> list[Problem]:
    return [problem for problem in made.warnings if problem.severity == "note"]


def sites(*sizes: int) -> list[Raw]:
    """Return cohorts at sites r1, r2, …"""
    return [{"cohort": f"c{n}", "robots": size, "site": f"r{n}", "link": {"rate": "8 Mbit/s"}} for n, size in enumerate(sizes, 1)]


def criterion(kind: str, share: float, least: int) -> Raw:
    return {"failureType": kind, "action": "CANCEL", "thresholdPercentage": share, "minNumberOfExecutedThings": least}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_bundled_scenarios_have_one_fleet(path: Any) -> None:
    own, first = ({k: v for k, v in load(p).raw.items() if k in ("seed", "fleet", "application")} for p in (path, EXAMPLES[0]))
    assert own == first
    assert load(path).system == load(path).name == path.stem


def test_there_is_a_bundled_scenario_of_every_system() -> None:
    assert {path.stem for path in EXAMPLES} == set(SYSTEMS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_plain_rules_are_the_same_scenario(path: Any) -> None:
    preset = load(path)
    plain = parse(to_yaml(preset.as_rules))
    assert plain.resolved() == preset.resolved()
    assert plain.fingerprint() == preset.fingerprint()
    assert (plain.system, plain.preset) == ("robomaker", None)


def test_robomaker_can_be_named() -> None:
    config = {"deploymentConfig": {"concurrentDeploymentPercentage": 20}}
    assert scenario("robomaker", **config).deployment.concurrent_percentage == 20
    assert scenario("robomaker", **config).system == "robomaker"


def test_iot_jobs() -> None:
    exponential = {"baseRatePerMinute": 50, "incrementFactor": 1.5, "rateIncreaseCriteria": {"numberOfSucceededThings": 10}}
    found = rules(
        "iot-jobs",
        jobExecutionsRolloutConfig={"exponentialRate": exponential, "maximumPerMinute": 200},
        abortConfig={"criteriaList": [criterion("FAILED", 20, 50), criterion("ALL", 12.5, 10)]},
        timeoutConfig={"inProgressTimeoutInMinutes": 90},
        jobExecutionsRetryConfig={
            "criteriaList": [{"failureType": "FAILED", "numberOfRetries": 8}, {"failureType": "TIMED_OUT", "numberOfRetries": 7}]
        },
    )
    grow = {"factor": 1.5, "each": 10, "by": "succeeded", "to": "200 robots"}
    assert found["limits"] == [{"max": "50 robots", "every": "1 min", "spread": "even", "grow": grow}]
    assert found["stop"] == [
        {"kinds": ["failed"], "at_least": "20 %", "of": "completed", "minimum": 50},
        {"at_least": "12.5 %", "of": "completed", "minimum": 10},
    ]
    assert (found["robot_timeout"], found["reach_timeout"], found["timer"]) == ("90 min", "none", "reached")
    assert found["retries"] == [{"kinds": ["failed"], "max": 8, "slot": "queue"}, {"kinds": ["timeout"], "max": 7, "slot": "queue"}]
    assert found["max_retries"] == 10, "ten over all rows"
    assert found["late_convergence"] is False


def test_iot_jobs_by_default_starts_a_thousand_per_minute() -> None:
    assert rules("iot-jobs")["limits"] == [{"max": "1000 robots", "every": "1 min", "spread": "even"}]


def test_the_start_of_iot_jobs_is_noted_and_its_forced_end_cancels() -> None:
    times = {"startTime": "2026-01-05 21:00", "endTime": "2026-01-06 01:30", "endBehavior": "FORCE_CANCEL"}
    made = scenario("iot-jobs", schedulingConfig=times)
    assert made.rules.cancel_at == 4.5 * 3600
    assert made.rules.start is None
    assert [(note.path, note.found) for note in notes(made)] == [("deployment.schedulingConfig.startTime", "startTime")]
    at = "deployment.schedulingConfig"
    assert refused("iot-jobs", schedulingConfig={**times, "endBehavior": "CANCEL"}) == [("not-modelled", f"{at}.endBehavior")]
    assert refused("iot-jobs", schedulingConfig={"endTime": times["endTime"], "endBehavior": "FORCE_CANCEL"}) == [
        ("incomplete", f"{at}.endTime")
    ]
    assert refused("iot-jobs", schedulingConfig={**times, "endTime": "2026-01-05 21:29"}) == [("out-of-range", f"{at}.endTime")]


@pytest.mark.parametrize(
    ("cron", "minutes", "window"),
    [
        ("cron(0 22 ? * MON-FRI *)", 480, "22:00-06:00 Mon-Fri"),
        ("cron(30 1 ? * 1,SAT *)", 90, "01:30-03:00 Sun,Sat"),
        ("cron(0 0 * * ? *)", 60, "00:00-01:00 Sun-Sat"),
    ],
)
def test_maintenance_windows_are_windows_for_starts(cron: str, minutes: int, window: str) -> None:
    windows = [{"startTime": cron, "durationInMinutes": minutes}]
    made = scenario("iot-jobs", rules={"start": "2026-01-05T20:00Z"}, schedulingConfig={"maintenanceWindows": windows})
    assert made.as_rules["rules"]["admit"] == {"windows": [window], "timezone": "UTC"}
    assert made.rules.admit is not None


def test_greengrass_has_the_rules_of_iot_jobs() -> None:
    job = {
        "jobExecutionsRolloutConfig": {"maximumPerMinute": 20},
        "abortConfig": {"criteriaList": [criterion("REJECTED", 5, 9)]},
        "timeoutConfig": {"inProgressTimeoutInMinutes": 5},
    }
    own, of_iot = rules("greengrass-v2", iotJobConfiguration=job), rules("iot-jobs", **job)
    assert {name: value for name, value in own.items() if name != "rollback"} == {k: v for k, v in of_iot.items() if k != "rollback"}
    assert own["rollback"] == {"duration": "0 s"}
    assert rules("greengrass-v2", deploymentPolicies={"failureHandlingPolicy": "DO_NOTHING"})["rollback"] == "none"


def test_ssm() -> None:
    slowly = {"max": "1 robots", "plus": 2, "for_each": "reached"}
    found = rules("ssm", MaxConcurrency="10%", MaxErrors="3", TimeoutSeconds=60, Parameters={"executionTimeout": ["600"]})
    assert found["limits"] == [{"max": "10 %"}, slowly]
    assert found["stop"] == [{"kinds": ["failed", "timeout"], "exceeds": "3 robots"}]
    assert (found["reach_timeout"], found["robot_timeout"], found["timer"]) == ("60 s", "600 s", "reached")
    by_default = rules("ssm")
    assert (by_default["limits"][0], by_default["stop"][0]["exceeds"]) == ({"max": "50 robots"}, "0 robots")
    assert set(refused("ssm", MaxConcurrency=10, MaxErrors="101%", TimeoutSeconds=29)) == {
        ("wrong-type", "deployment.MaxConcurrency"),
        ("out-of-range", "deployment.MaxErrors"),
        ("out-of-range", "deployment.TimeoutSeconds"),
    }


def test_stacksets_makes_regions_stages() -> None:
    preferences = {"RegionOrder": ["r2", "r1"], "MaxConcurrentCount": 10, "FailureToleranceCount": 3}
    found = scenario("stacksets", fleet=sites(20, 20), OperationPreferences=preferences).as_rules["rules"]
    assert found["stages"] == [{"sites": ["r2"]}, {"sites": ["r1"]}]
    assert found["limits"] == [{"max": "10 robots", "per": "stage"}, {"max": "4 robots", "counts": ["in_flight", "failed"], "per": "stage"}]
    assert found["stop"] == [{"exceeds": "3 robots", "of": "stage"}]
    soft = {**preferences, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}
    assert len(scenario("stacksets", fleet=sites(20, 20), OperationPreferences=soft).as_rules["rules"]["limits"]) == 1


def test_a_strict_percentage_needs_regions_that_tolerate_alike() -> None:
    preferences = {"RegionOrder": ["r1", "r2"], "MaxConcurrentPercentage": 50, "FailureTolerancePercentage": 10}
    strict = scenario("stacksets", fleet=sites(20, 29), OperationPreferences=preferences).as_rules["rules"]["limits"][1]
    assert strict["max"] == "3 robots", "10 % of 20 and of 29 are 2, rounded down"
    with pytest.raises(ScenarioError) as caught:
        scenario("stacksets", fleet=sites(20, 30), OperationPreferences=preferences)
    assert [(p.code, p.path) for p in caught.value.problems] == [
        ("not-modelled", "deployment.OperationPreferences.FailureTolerancePercentage")
    ]


def test_regions_are_all_sites_of_the_fleet() -> None:
    at = "deployment.Regions"
    for regions, code, path in ((["r1", "r9"], "unknown-name", f"{at}[1]"), (["r1"], "does-not-fit", at)):
        with pytest.raises(ScenarioError) as caught:
            scenario("stacksets", fleet=sites(5, 5), Regions=regions)
        assert [(p.code, p.path) for p in caught.value.problems if p.severity == "error"] == [(code, path)]


@pytest.mark.parametrize(
    ("robots", "native", "most"),
    [
        (10, {"minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 80}}, 2),
        (10, {"minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 95}}, 0),
        (9, {"minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 40}}, 5),
        (10, {"minimumHealthyHosts": {"type": "HOST_COUNT", "value": 9}}, 1),
        (10, {}, 1),
        (11, {"deploymentConfigName": "CodeDeployDefault.HalfAtATime"}, 5),
        (10, {"deploymentConfigName": "CodeDeployDefault.AllAtOnce"}, 10),
    ],
)
def test_codedeploy_keeps_a_minimum_healthy(robots: int, native: Raw, most: int) -> None:
    found = rules("codedeploy", robots, **native)
    assert found["limits"] == [{"max": f"{most} robots", "counts": ["in_flight", "failed"]}]
    assert found.get("stop") == ([{"at_least": "100 %"}] if most == robots else None)


def test_zones_are_stages_that_are_monitored() -> None:
    zones = {"monitorDurationInSeconds": 60, "firstZoneMonitorDurationInSeconds": 600}
    found = scenario("codedeploy", fleet=sites(4, 5), zonalConfig=zones).as_rules["rules"]
    assert found["stages"] == [{"sites": ["r1"], "soak": "600 s"}, {"sites": ["r2"], "soak": "60 s"}]


@pytest.mark.parametrize(
    ("serial", "hosts", "sizes"),
    [
        ("30%", 20, [6, 6, 6, 2]),
        ("29%", 100, [28, 28, 28, 16]),
        ("57%", 100, [56, 44]),
        ("58%", 100, [57, 43]),
        ("1%", 20, [1] * 20),
        ([1, 5, "30%"], 30, [1, 5, 9, 9, 6]),
        (0, 30, [30]),
        ("4", 10, [4, 4, 2]),
    ],
)
def test_batches_of_ansible_by_its_own_arithmetic(serial: Any, hosts: int, sizes: list[int]) -> None:
    assert [stage["robots"] for stage in rules("ansible", hosts, serial=serial).get("stages", [])] == sizes[:-1]


def test_ansible() -> None:
    all_failed = {"kinds": ["failed", "timeout", "no_response"], "at_least": "100 %", "of": "stage"}
    found = rules("ansible")
    assert (found["limits"], found["stop"]) == ([{"max": "5 robots"}], [all_failed])
    assert (found["reach_timeout"], found["robot_timeout"], found["timer"]) == ("10 s", "none", "reached")
    some = {"kinds": ["failed"], "exceeds": "30 %", "of": "stage", "then": "abort"}
    assert rules("ansible", max_fail_percentage=30)["stop"] == [some, all_failed]
    assert rules("ansible", any_errors_fatal=True)["stop"] == [{**some, "exceeds": "0 %"}, all_failed]
    assert rules("ansible", any_errors_fatal=False)["stop"] == [all_failed]
    assert rules("ansible", order="shuffle")["order"] == "shuffled"


@pytest.mark.parametrize("native", [{"serial": "{{ batch }}"}, {"max_fail_percentage": "{{ p }}"}, {"serial": [1, "{{ 2 }}"]}])
def test_expressions_are_refused(native: Raw) -> None:
    assert refused("ansible", **native) == [("not-modelled", f"deployment.{next(iter(native))}")]


def test_edgehog_sends_a_request_again() -> None:
    push = {"maxFailurePercentage": 10, "maxInProgressUpdates": 7, "otaRequestRetries": 3, "otaRequestTimeoutSeconds": 60}
    found = rules("edgehog", rolloutMechanism={"push": push})
    assert (found["reach_timeout"], found["robot_timeout"], found["offline"]) == ("240 s", "none", "wait")
    assert (found["limits"], found["stop"]) == ([{"max": "7 robots"}], [{"exceeds": "10 %"}])
    upgrade = {"maxFailurePercentage": 7, "maxInProgressOperations": 7}
    today = rules("edgehog", campaignMechanism={"firmwareUpgrade": upgrade})
    assert today["reach_timeout"] == "1200 s"
    assert today["stop"] == [{"exceeds": "6 robots"}], "7 / 100 * 100 > 7 in floating point"


def test_rules_of_the_file_go_over_those_of_the_system() -> None:
    made = scenario("ansible", serial=50, rules={"reach_timeout": "1 min", "observe": "2 d"})
    assert made.rules.reach_timeout == 60
    assert len(made.rules.stages) == 1, "the others stay"
    assert [(note.code, note.path) for note in notes(made)] == [("no-effect", "rules.reach_timeout")]


def test_ignored_keys_are_one_note_per_reason() -> None:
    found = notes(scenario("ansible", hosts="all", name="x", tasks=[], serial=50))
    assert {note.found for note in found} == {"hosts, name", "tasks"}


def test_refused_and_unknown_keys_have_their_places() -> None:
    text = "fleet: [{cohort: a, robots: 9}]\napplication: {bundle: 1 MB}\ndeployment:\n  system: ansible\n  run_once: true\n  serials: 3\n"
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    found = [(p.code, p.line, p.column, p.hint) for p in caught.value.problems if p.severity == "error"]
    assert found[0][:3] == ("not-modelled", 5, 3)
    assert found[1][:3] == ("unknown-key", 6, 3)
    assert found[1][3].startswith("did you mean serial?")


def test_problems_of_derived_rules_point_at_native_keys() -> None:
    found = [p for p in scenario("ssm", 20).warnings if p.code == "no-effect"]
    assert [p.path for p in found] == ["deployment.MaxConcurrency"], "50 at once of 20 robots"


def test_an_unknown_system_is_refused_with_the_next_best() -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario("codedeploi")
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == ("unknown-name", "deployment.system")
    assert problem.hint.startswith("did you mean codedeploy?")


def test_native_keys_are_levers() -> None:
    base = scenario("ansible", serial=10)
    assert len(base.replace("deployment.serial", 50).rules.stages) == 1
    swept = parse(to_yaml({**base.raw, "sweep": {"levers": {"deployment.serial": [10, 20], "rules.offline": ["hold", "skip"]}}}))
    assert swept.sweep is not None
    with pytest.raises(ScenarioError) as caught:
        parse(to_yaml({**base.raw, "sweep": {"levers": {"deployment.serials": [10]}}}))
    assert [p.code for p in caught.value.problems if p.severity == "error"] == ["unknown-key"]


def test_optional_phases_run_where_steps_name_them() -> None:
    raw = {**scenario("ansible").raw, "application": {"bundle": "1 MB", "steps": {"pre_launch": {"duration": "9 s"}}}}
    assert build(raw).deployment.runs("pre_launch")
    assert not build(raw).deployment.runs("post_launch")
    assert not build(raw).deployment.runs("condition")


def test_percentages_are_of_robots_at_sites_written_out() -> None:
    raw = {
        "sites": {"names": "a1..a4", "defaults": {"robots": 25}},
        "fleet": [{"cohort": "van", "at": "all", "robots": "rest"}],
        "application": {"bundle": "1 MB"},
        "deployment": {"system": "ansible", "serial": "29%"},
    }
    made = build(raw)
    assert [stage.robots for stage in made.rules.stages] == [28, 28, 28]
    assert made.expanded["deployment"] == raw["deployment"]
    assert "sites" in made.as_rules, "sites stay as they are written"
    late = made.replace("fleet.van@a1.robots", 125)
    assert [stage.robots for stage in late.rules.stages] == [57, 57, 57]
    assert late.as_rules["fleet"][0]["robots"] == 125


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_show_has_the_source_of_every_rule(path: Any) -> None:
    made = load(path)
    section = describe(made)[0]
    assert section.title == "System"
    assert made.preset is not None
    for one in made.preset.derived:
        assert any(line.text.startswith(f"{one.name}: ") and one.because in line.text for line in section.lines)


def test_the_json_schema_takes_configurations() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for path in EXAMPLES:
        raw = json.loads(json.dumps(load(path).raw))
        assert validator.is_valid(raw), path.stem
        assert not validator.is_valid({**raw, "deployment": {**raw["deployment"], "nonsense": 1}}), path.stem


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda system: system.name)
def test_every_key_is_explained(system: Any) -> None:
    paths = [path for path, _ in flat(system.keys)]
    assert len(set(paths)) == len(paths)
    for path, key in flat(system.keys):
        assert key.what, path
        assert (key.parse is not None) >= (key.use == "mapped"), path
    assert system.sources
    assert system.assumptions
    assert system.jobs.keys() == {"succeeded", "incomplete", "stopped", "canceled", "timed_out", "failed"}
