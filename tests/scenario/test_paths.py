"""Several values are changed at once, in any order; a path that matches nothing is an error that shows where the key belongs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, build, parse
from tests.expected_errors import expected_error

ZONES = """\
fleet:
  - {cohort: a, robots: 5, connectivity: {schedule: {online: ["22:00-06:00"], timezone: Europe/Berlin}}}
  - {cohort: b, robots: 5, site: berlin, connectivity: {schedule: {online: ["20:00-04:00"], timezone: Europe/Berlin}}}
network: {sites: {berlin: {downlink: 100 Mbit/s}}}
application: {bundle: 60 MB}
rules: {start: "2026-01-05 21:00"}
"""


@pytest.fixture
def zones() -> Scenario:
    return parse(ZONES, "zones.yaml")


@pytest.mark.parametrize(
    "values",
    [
        {"rules.denominator": "batch", "rules.dispatch": "batch", "deployment.deploymentConfig.failureThresholdPercentage": 50},
        {"fleet.a.connectivity.schedule.timezone": "America/New_York", "fleet.b.connectivity.schedule.timezone": "America/New_York"},
        {"fleet.a.cohort": "z", "fleet.a.robots": 3, "rules.stages": [{"cohorts": ["z"]}]},
        {"fleet.a.site": "rome", "network.sites.rome.downlink": "1 Gbit/s"},
        {"network.sites": {}, "network.sites.berlin.downlink": "2 Gbit/s"},
        {"fleet.a": {"cohort": "a", "robots": 1}, "fleet.a.link.rate": "1 Mbit/s"},
    ],
)
def test_the_order_does_not_matter(zones: Scenario, values: dict[str, Any]) -> None:
    changed = [zones.replace_all(dict(order)) for order in permutations(values.items())]
    assert len({scenario.fingerprint() for scenario in changed}) == 1
    assert changed[0].fingerprint() != zones.fingerprint()


def test_what_a_path_names_is_there_before(zones: Scenario) -> None:
    with expected_error("unknown-path", "fleet.z"):
        zones.replace_all({"fleet.a.cohort": "z", "fleet.z.robots": 3})


def test_all_that_is_wrong_with_several_values(zones: Scenario) -> None:
    with pytest.raises(ScenarioError) as caught:
        zones.replace_all({"fleet.c.robots": 1, "network.sites.rome.downlink": "1 Gbit/s", "rules.dispatch": "x", "fleet.a.robots": 0})
    assert [problem.path for problem in caught.value.problems] == ["fleet.c", "network.sites.rome", "fleet.a.robots", "rules.dispatch"]


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("network.sites.berln.downlink", "1 Gbit/s", "did you mean berlin?; sites: berlin"),
        ("network.sites.berln", {"downlink": "1 Gbit/s"}, "did you mean berlin?; sites: berlin"),
        ("network.sites.rome.outages", None, "sites: berlin"),
    ],
)
def test_a_site_that_no_cohort_has(zones: Scenario, path: str, value: Any, hint: str) -> None:
    ways: list[Callable[[], object]] = [
        lambda: zones.replace(path, value),
        lambda: parse(ZONES + f"sweep: {{levers: {{{path}: [{{downlink: 1 Gbit/s}}, null]}}}}", "zones.yaml"),
    ]
    for way in ways:
        with pytest.raises(ScenarioError, match="there is no such site") as caught:
            way()
        assert [problem.hint for problem in caught.value.problems if problem.severity == "error"] == [hint]


def test_a_site_where_none_is() -> None:
    alone = parse("fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB}\n")
    with pytest.raises(ScenarioError, match="there is no such site; no cohort has a site: set one first"):
        alone.replace("network.sites.rome.downlink", "1 Gbit/s")


def test_levers_that_are_valid_together_only(tmp_path: Path) -> None:
    levers = "{rules.denominator: [batch], rules.dispatch: [batch]}"
    threshold = "deployment: {deploymentConfig: {failureThresholdPercentage: 50}}\n"
    assert parse(ZONES + threshold + f"sweep: {{levers: {levers}}}").sweep is not None
    with pytest.raises(ScenarioError, match="this needs dispatch: batch"):
        parse(ZONES + threshold + "sweep: {levers: {rules.denominator: [batch], rules.order: [shuffled]}}")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("dispatch", "rules.dispatch"),
        ("dispach", "rules.dispatch"),
        ("concurrentDeploymentPercentage", "deployment.deploymentConfig.concurrentDeploymentPercentage"),
        ("deployment.concurrentDeploymentPercentage", "deployment.deploymentConfig.concurrentDeploymentPercentage"),
        ("application.launching", "application.steps.launching"),
        ("application.bad", "application.release.bad"),
        ("fleet.a.rate", "fleet.a.link.rate"),
        ("fleet.b.renewal", "fleet.b.connectivity.renewal"),
        ("fleet.b.downlink", "network.sites.berlin.downlink"),
        ("network.downlink", "network.sites.berlin.downlink"),
        ("network.sites.berlin.up", "network.sites.berlin.outages.up"),
        ("network.sites.berlin.origin", "network.origin"),
        ("robots", "fleet.a.robots, fleet.b.robots or rules.stages[0].robots"),
        (
            "renewal",
            "fleet.a.connectivity.renewal, fleet.b.connectivity.renewal, network.origin_connectivity.renewal"
            " or application.release.bad.connectivity.renewal",
        ),
        ("b", "fleet.b"),
        ("berlin", "network.sites.berlin"),
        ("rules.seed", "seed at the top of the file"),
        ("rules.soak", "rules.stages[0].soak"),
        ("preLaunchFile", "deployment.deploymentApplicationConfigs[0].launchConfig.preLaunchFile"),
    ],
)
def test_a_key_that_belongs_elsewhere(zones: Scenario, path: str, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        zones.replace(path, 20)
    assert [problem.hint.partition("?")[0] for problem in caught.value.problems if problem.why == "no such key here"] == [
        f"did you mean {hint}"
    ]


@pytest.mark.parametrize("path", ["foo", "rules.bar", "application.steps.failures"])
def test_a_key_that_may_belong_anywhere(zones: Scenario, path: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        zones.replace(path, 20)
    assert not any(problem.hint.startswith("did you mean") for problem in caught.value.problems)


@pytest.mark.parametrize("key", ["x", "fleet", "network"])
def test_where_keys_belong_in_scenarios_that_are_none(key: str) -> None:
    with pytest.raises(ScenarioError):
        build({"application": {"bundle": "1 MB"}, key: 5, "robots": 3, "downlink": 3, "rate": 1})


def test_a_site_among_many_is_compared_with_its_neighbours_in_the_alphabet() -> None:
    sites = ", ".join(f"site-{number:04}: {{downlink: 1 Mbit/s}}" for number in range(200))
    fleet = "[{cohort: a, robots: 1, site: site-0150x}, {cohort: b, robots: 1, site: warehouse}]"
    warnings = parse(f"fleet: {fleet}\napplication: {{bundle: 1 MB}}\nnetwork: {{sites: {{{sites}}}}}\n").warnings
    hints = {problem.path: problem.hint for problem in warnings}
    assert (hints["fleet.a.site"], hints["fleet.b.site"]) == ("did you mean site-0150?", "add it to network.sites")
