"""Changing one thing, the resolved form, and the fingerprint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rolloutsim.distributions import Constant, Lognormal
from rolloutsim.errors import ScenarioError, UsageError
from rolloutsim.scenario import Never, Scenario, build, load, parse, parse_assignment

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
EXAMPLE = ROOT / "scenarios" / "warehouse-night.yaml"


@pytest.fixture(scope="module")
def example() -> Scenario:
    return load(EXAMPLE)


def test_replace(example: Scenario) -> None:
    assert example.replace("fleet.dock.robots", 20).robots == 420
    assert example.replace("fleet.courier.connectivity", "never").fleet[1].connectivity == Never()
    assert example.replace("fleet[1].robots", 1).fleet[1].robots == 1
    assert example.replace("rules.dispatch", "batch").rules.dispatch == "batch"
    assert example.replace("deployment.deploymentConfig.concurrentDeploymentPercentage", "20 %").deployment.concurrent_percentage == 20
    assert example.replace("fleet.workshop.link.rate", "1 Mbit/s").fleet[2].link_rate == Constant(1e6)
    rate = example.replace("fleet.dock.link.rate.lognormal.median", "20 Mbit/s").fleet[0].link_rate
    assert rate == Lognormal(20e6, 0.5)
    assert example.replace("application.bundle", {"ARM64": "1 MB"}).application.bundle == {"ARM64": 1e6}
    assert example.robots == 1000


def test_replacing_twice(example: Scenario) -> None:
    once = example.replace("fleet.dock.robots", 20)
    assert once.replace("fleet.courier.robots", 10).robots == 50
    assert once.replace("fleet.dock.robots", 600).fingerprint() == example.fingerprint()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("fleet.dock.robots", 0, "fleet.dock.robots: found 0; a cohort has at least one robot; write 1 or more, or remove the cohort"),
        ("fleet.dok.robots", 5, "fleet.dok: found dok; there is no such cohort; did you mean dock?; there are: dock, courier, workshop"),
        ("rules.dispach", "batch", "rules.dispach: found dispach; no such key here; did you mean dispatch?"),
        (
            "rules..dispatch",
            "batch",
            "rules.: 'rules..dispatch' is not a path; write names with single dots between them, e.g. fleet.dock.robots",
        ),
        (
            "application.bundle.ARM64.x",
            1,
            "application.bundle.ARM64.x: found x; application.bundle.ARM64 is 350 MB and has no parts; "
            "replace application.bundle.ARM64 as a whole",
        ),
        ("application.bundle", 350, "application.bundle: found 350; a size needs its unit; write 350 kB, 350 MB or 350 GB"),
        (
            "rules.denominator",
            "batch",
            'rules.denominator: found "batch"; this needs dispatch: batch; add rules.dispatch: batch, or take another value',
        ),
        (
            "deployment.deploymentApplicationConfigs.3",
            {},
            "deployment.deploymentApplicationConfigs.3: found 3; there is no such entry; there are: 0",
        ),
        ("fleet", [], "fleet: found []; the fleet is empty; add a cohort: - {cohort: dock, robots: 10}"),
    ],
)
def test_refused_replacements(example: Scenario, path: str, value: Any, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        example.replace(path, value)
    (problem,) = (problem for problem in caught.value.problems if problem.severity == "error")
    assert str(problem) == f"{EXAMPLE}: {message}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=5", ("a.b", 5)),
        ("a=20 %", ("a", "20 %")),
        ("a={exponential: {mean: 20 s}}", ("a", {"exponential": {"mean": "20 s"}})),
        ("a=b=c", ("a", "b=c")),
        (" a = ", ("a", None)),
        ("a=NO", ("a", "NO")),
    ],
)
def test_assignments(text: str, expected: tuple[str, Any]) -> None:
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["", "a", "=5", "a=[", "a=\tb: ]"])
def test_refused_assignments(text: str) -> None:
    with pytest.raises(UsageError):
        parse_assignment(text)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_resolved_form_is_the_same_scenario(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    resolved = scenario.resolved()
    (tmp_path / "a.json").write_text(json.dumps(resolved, allow_nan=False))
    with (tmp_path / "a.yaml").open("w") as file:
        YAML().dump(resolved, file)
    for name in ("a.json", "a.yaml"):
        again = load(tmp_path / name)
        assert again.resolved() == resolved
        assert again.fingerprint() == scenario.fingerprint()
        warned = [problem.path for problem in again.warnings if problem.severity == "warning"]
        assert warned == (["network.sites.wh07.downlink"] if path.stem == "twelve-warehouses" else [])


def test_resolved_form_of_everything() -> None:
    scenario = parse(
        """
seed: 0
fleet:
  - {cohort: a, robots: 1, priority: 2, link: {rate: {pareto: {shape: 2, scale: 1 Mbit/s}}}}
  - cohort: b
    robots: 1
    connectivity:
      renewal:
        up: {weibull: {shape: 0.7, scale: 2 min}}
        down: {shifted: {of: {triangular: {low: 1 s, mode: 2 s, high: 3 s}}, by: 0.1 s}}
application:
  bundle: {ARM64: 0.1 MB, X86_64: 1 GiB}
  release: {bad: {probability: 1/3, steps: {validating: {duration: {normal: {mean: 0.1 s, sd: 0.3 s}}}}}}
  steps:
    reaching: {duration: {lognormal: {mean: 5 s, sd: 0.7 s}}, agent_timeout: 0.1 h}
    extracting:
      duration: {mixture: [{weight: 1, of: 1 s}, {weight: 2, of: {truncated: {of: {gamma: {shape: 2, scale: 3 s}}, low: 1 s}}}]}
      failures:
        ExtractingBundleFailure: {beta: {mean: 0.1, concentration: 7}, per: cohort}
        EnvironmentSetupError: {probability: {uniform: {low: 0, high: 0.1}}, per: job}
    condition: {ready: {busy: 1 min, idle: {empirical: {values: [0.1 s, 2 s]}}}}
rules:
  order: priority
  retries: {codes: [ExtractingBundleFailure], max: 3}
  rollback: {duration: {exponential: {mean: 7 s}}}
  cancel_at: 0 s
  counts: []
checks: [time_to_complete.p95 <= 9 h]
sweep: {levers: {application.bundle: [1 MB, 2 MB]}, uncertainties: {fleet.a.link.rate: {uniform: {low: 1 Mbit/s, high: 2 Mbit/s}}}}
""".replace("1/3", repr(1 / 3))
    )
    again = build(json.loads(json.dumps(scenario.resolved(), allow_nan=False)))
    assert again.resolved() == scenario.resolved()
    assert again.fingerprint() == scenario.fingerprint()
    assert again.fleet == scenario.fleet
    assert again.application.release == scenario.application.release
    assert again.rules == scenario.rules
    assert again.sweep == scenario.sweep


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scenario", "other"),
        ("description", "other"),
        ("seed", 5),
        ("replicates", 7),
        ("checks", ["abort_probability <= 0.1"]),
        ("sweep", {"levers": {"fleet.dock.robots": [1, 2]}}),
        ("deployment.tags", {"a": "b"}),
        ("deployment.fleet", "arn:other"),
        ("deployment.deploymentApplicationConfigs.0.application", "arn:other"),
        ("deployment.deploymentConfig.downloadConditionFile.key", "other.sh"),
        ("rules.start", "2026-01-05 21:00"),
        ("rules.dispatch", "window"),
        ("rules.fleet_timeout", "720 h"),
    ],
)
def test_what_moves_no_number_leaves_the_fingerprint(example: Scenario, path: str, value: Any) -> None:
    assert example.replace(path, value).fingerprint() == example.fingerprint()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fleet.dock.robots", 601),
        ("fleet.dock.cohort", "dick"),
        ("fleet.dock.link.rate.lognormal.sigma", 0.51),
        ("fleet.courier.steps", {}),
        ("application.download.interrupted", "restart"),
        ("application.steps.condition.ready", 0.94),
        ("application.release.bad.probability", 0.06),
        ("deployment.deploymentConfig.concurrentDeploymentPercentage", 11),
        ("deployment.deploymentConfig.robotDeploymentTimeoutInSeconds", 18001),
        ("deployment.deploymentConfig.downloadConditionFile.etag", "x"),
        ("deployment.deploymentApplicationConfigs", None),
        ("rules.dispatch", "batch"),
        ("rules.counts", ["failed"]),
        ("rules.observe", "29 d"),
    ],
)
def test_what_moves_numbers_changes_the_fingerprint(example: Scenario, path: str, value: Any) -> None:
    if value is None:
        raw = {key: said for key, said in example.resolved()["deployment"].items() if key != path.split(".")[1]}
        assert example.replace("deployment", raw).fingerprint() != example.fingerprint()
    else:
        assert example.replace(path, value).fingerprint() != example.fingerprint()


def test_only_what_was_loaded_can_be_changed() -> None:
    made = Scenario.model_validate({"fleet": [{"cohort": "dock", "robots": 10}], "application": {"bundle": "1 MB"}})
    with pytest.raises(UsageError, match=r"rolloutsim\.scenario\.build"):
        made.replace("fleet.dock.robots", 5)
