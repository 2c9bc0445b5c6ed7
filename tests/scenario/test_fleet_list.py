"""A fleet that is a list of robots in a CSV file: its cohorts, its classes, and what is wrong with a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rolloutsim
from rolloutsim.distributions import Constant
from rolloutsim.errors import ScenarioError
from rolloutsim.results import Results
from rolloutsim.scenario import Scenario, build, describe, load
from tests.gate import ROOT

ROBOTS = """\
robot,site,class,architecture,priority,link_rate,owner
wr-1,wh02,steady,X86_64,0,16,x
wr-2,wh01,flaky,,,8,x
wr-3,wh02,steady,ARM64,0,4,y
wr-4,wh02, steady ,X86_64,0,2,y
wr-5,,flaky,,3,,y
wr-6,wh01,flaky,,,,y
"""

FLEET = """\
fleet:
  file: robots.csv
  unit: Mbit/s
  classes:
    steady: {link: {rate: 50 Mbit/s}}
    flaky: {link: {rate: 20 Mbit/s}, connectivity: {availability: 95 %, offline: 10 min}, priority: 3}
sites: {names: [wh01, wh02], defaults: {downlink: 200 Mbit/s}}
application: {bundle: {X86_64: 1 MB, ARM64: 1 MB}}
rules: {order: priority}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "robots.csv").write_text(ROBOTS)
    (tmp_path / "fleet.yaml").write_text(FLEET)
    return tmp_path


def made(folder: Path, robots: str = ROBOTS, fleet: str = FLEET) -> Scenario:
    (folder / "robots.csv").write_text(robots)
    (folder / "fleet.yaml").write_text(fleet)
    return load(folder / "fleet.yaml")


def test_rows_that_agree_are_one_cohort_in_the_order_of_first_appearance(folder: Path) -> None:
    cohorts = {cohort.name: cohort for cohort in made(folder).fleet}
    assert {name: cohort.names for name, cohort in cohorts.items()} == {
        "steady@wh02": ("wr-1", "wr-4"),
        "flaky@wh01": ("wr-2", "wr-6"),
        "steady@wh02/ARM64": ("wr-3",),
        "flaky": ("wr-5",),
    }
    assert [(cohort.class_, cohort.site, cohort.architecture, cohort.priority) for cohort in cohorts.values()] == [
        ("steady", "wh02", "X86_64", 0),
        ("flaky", "wh01", "X86_64", 3),
        ("steady", "wh02", "ARM64", 0),
        ("flaky", None, "X86_64", 3),
    ]


def test_listed_rates_are_in_the_place_of_those_of_the_class(folder: Path) -> None:
    cohorts = {cohort.name: cohort for cohort in made(folder).fleet}
    steady, flaky, alone = cohorts["steady@wh02"], cohorts["flaky@wh01"], cohorts["flaky"]
    assert (steady.listed_rates, steady.link_rate) == ((16e6, 2e6), None)
    assert (flaky.listed_rates, flaky.link_rate) == ((8e6, 0.0), Constant(20e6))
    assert (alone.listed_rates, alone.link_rate) == ((), Constant(20e6))


def test_the_same_cohorts_by_hand(folder: Path) -> None:
    fast = {"names": ["a", "b"], "robots": 2, "site": "wh02", "link": {"rates": {"values": [16, 2], "unit": "Mbit/s"}}}
    spells = {"renewal": {"up": {"exponential": {"mean": "190 min"}}, "down": {"exponential": {"mean": "10 min"}}}}
    slow = {"link": {"rate": "20 Mbit/s"}, "connectivity": spells, "priority": 3}
    mixed = {**slow, "link": {"rate": "20 Mbit/s", "rates": {"values": [8, 0], "unit": "Mbit/s"}}}
    fleet = [
        {"cohort": "steady@wh02", **fast},
        {"cohort": "flaky@wh01", "robots": 2, "site": "wh01", **mixed},
        {"cohort": "steady@wh02/ARM64", **fast, "robots": 1, "names": [], "architecture": "ARM64", "link": {"rate": "1 Mbit/s"}},
        {"cohort": "flaky", "robots": 1, **slow},
    ]
    fleet[2]["link"] = {"rates": {"values": [4], "unit": "Mbit/s"}}
    sites = {"wh01": {"downlink": "200 Mbit/s"}, "wh02": {"downlink": "200 Mbit/s"}}
    bundle = {"bundle": {"X86_64": "1 MB", "ARM64": "1 MB"}}
    hand = build({"fleet": fleet, "network": {"sites": sites}, "application": bundle, "rules": {"order": "priority"}})
    assert made(folder).fingerprint() == hand.fingerprint()


def test_the_table_of_robots_has_their_names(folder: Path) -> None:
    results = rolloutsim.simulate(made(folder), replicates=2, seed=1, out=folder / "out")
    expected = ["wr-1", "wr-4", "wr-2", "wr-6", "wr-3", "wr-5"] * 2
    assert list(results.robots["name"]) == expected
    assert list(Results.load(folder / "out").robots["name"]) == expected
    plain = rolloutsim.simulate(build({"fleet": [{"cohort": "a", "robots": 1}], "application": {"bundle": "1 MB"}}), replicates=1, seed=1)
    assert "name" not in plain.robots


def test_a_robot_that_is_appended_changes_no_luck(folder: Path) -> None:
    before = rolloutsim.simulate(made(folder), replicates=5, seed=1).robots
    after = rolloutsim.simulate(made(folder, ROBOTS + "wr-7,wh01,flaky,,,8,y\n"), replicates=5, seed=1).robots
    old = after[after["name"] != "wr-7"]
    for name, rows in before.groupby("name", observed=True):
        assert list(rows["reached_s"]) == list(old[old["name"] == name]["reached_s"])
    assert any("append" in line.text for section in describe(made(folder)) for line in section.lines)


def test_other_columns_are_ignored_with_one_note(folder: Path) -> None:
    notes = [problem for problem in made(folder).warnings if problem.severity == "note"]
    assert [(note.path, note.found) for note in notes] == [("fleet.file", "1 column")]


def test_columns_by_other_names(folder: Path) -> None:
    robots = ROBOTS.replace("robot,site,class", "serial,hall,kind")
    scenario = made(folder, robots, FLEET.replace("unit:", "columns: {robot: serial, site: hall, class: kind}\n  unit:"))
    assert scenario.fingerprint() == made(folder).fingerprint()
    assert scenario.fleet[0].names == ("wr-1", "wr-4")


def test_paths(folder: Path) -> None:
    scenario = made(folder)
    assert scenario.replace("class.flaky.connectivity", "never").fleet[1].connectivity.availability == 0
    assert scenario.replace("fleet.classes.flaky.link.rate", "9 Mbit/s").fleet[3].link_rate == Constant(9e6)
    assert scenario.replace("fleet.'steady@wh02'.priority", 5).fleet[0].priority == 5
    assert scenario.replace("sites.defaults.downlink", "1 Gbit/s").fingerprint() != scenario.fingerprint()


def test_what_is_resolved_needs_no_file(folder: Path) -> None:
    scenario = made(folder)
    again = build(scenario.resolved())
    assert again.fingerprint() == scenario.fingerprint()
    assert [cohort.names for cohort in again.fleet] == [cohort.names for cohort in scenario.fleet]


def test_few_columns_are_enough(folder: Path) -> None:
    fleet = "fleet: {file: robots.csv}\napplication: {bundle: 1 MB}\n"
    assert [(cohort.name, cohort.robots) for cohort in made(folder, "site\na\nb\na\n", fleet).fleet] == [("robots@a", 2), ("robots@b", 1)]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("wr-4", "wr-1", "wrong-cell", "line 5"),
        ("wr-3,wh02", "wr-3,wh:2", "wrong-cell", "line 4"),
        (",flaky,,3,", ",flakey,,3,", "wrong-cell", "line 6"),
        (",3,", ",three,", "wrong-cell", "line 6"),
        ("ARM64", "ARM", "wrong-cell", "line 4"),
        (",8,", ",fast,", "wrong-cell", "line 3"),
        (",8,", ",0,", "wrong-cell", "line 3"),
        (",8,", ",8 MB,", "wrong-cell", "line 3"),
        ("wr-4,", ",", "wrong-cell", "line 5"),
        ("wr-4,wh02", "wr-4", "wrong-cell", "line 5"),
    ],
)
def test_what_is_wrong_in_the_file(folder: Path, old: str, new: str, code: str, line: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        made(folder, ROBOTS.replace(old, new))
    problem = caught.value.problems[0]
    assert (problem.code, problem.path, problem.line) == (code, "fleet.file", 2)
    assert line in problem.why


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("file: robots.csv", "file: robot.csv", "unreadable-file", "fleet.file"),
        ("file: robots.csv", "file: 5", "wrong-type", "fleet.file"),
        ("  unit: Mbit/s\n", "", "wrong-cell", "fleet.file"),
        ("unit: Mbit/s", "unit: MB", "unknown-name", "fleet.unit"),
        ("unit:", "units:", "unknown-key", "fleet.units"),
        ("unit:", "columns: {robot: serial}\n  unit:", "missing-column", "fleet.file.robot"),
        ("rate: 20 Mbit/s", "rate: 20", "missing-unit", "fleet.classes.flaky.link.rate"),
        ("priority: 3", "robots: 3", "unknown-key", "fleet.classes.flaky.robots"),
        ("steady:", "steady@:", "wrong-cell", "fleet.file"),
        ("steady:", "'a:b':", "malformed", "fleet.classes.'a:b'"),
        ("defaults: {downlink", "defaults: {robots: 3, downlink", "does-not-fit", "sites.defaults.robots"),
    ],
)
def test_what_is_wrong_in_the_scenario(folder: Path, old: str, new: str, code: str, path: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        made(folder, fleet=FLEET.replace(old, new))
    assert (code, path) in [(problem.code, problem.path) for problem in caught.value.problems]


def test_a_file_without_robots_or_known_columns(folder: Path) -> None:
    for robots in ("robot,site\n", "a,b\n1,2\n", ""):
        with pytest.raises(ScenarioError) as caught:
            made(folder, robots)
        assert [problem.path for problem in caught.value.problems if problem.severity == "error"] == ["fleet.file"]


def test_warnings_of_a_class_are_where_the_scenario_has_it(folder: Path) -> None:
    warnings = made(folder, fleet=FLEET.replace("rate: 20 Mbit/s", "rate: 20 bit/s")).warnings
    slow = [problem for problem in warnings if problem.code == "slow-download"]
    assert [(problem.path, problem.line) for problem in slow] == [("fleet.classes.flaky.link.rate", 6)]


@pytest.mark.parametrize(
    ("robots", "said"),
    [
        (
            "robot,site,class\na,wh03,steady\n",
            "line 2 of robots.csv, column site: wh03 cannot be used: sites has no such site; did you mean wh0",
        ),
        ("robot,class\na,steady\n", "robots.csv has no column site, which sites needs; add it, or name it: columns: {site: …}"),
        ("robot,hall\na,wh01\n", "no column site, which sites needs and no column class, which fleet.classes needs"),
    ],
)
def test_a_list_has_the_sites_and_classes_that_the_file_describes(folder: Path, robots: str, said: str) -> None:
    (folder / "robots.csv").write_text(robots)
    (folder / "fleet.yaml").write_text(FLEET.replace("defaults: {", "defaults: {robots: 200, "))
    with pytest.raises(ScenarioError, match=re.escape(said)) as caught:
        load(folder / "fleet.yaml")
    assert [problem.severity for problem in caught.value.problems].count("error") == 1, "what follows from it is not reported"


TWELVE_WAREHOUSES = """\
seed: 29
replicates: 100
sites: {defaults: {downlink: 200 Mbit/s}, names: wh01..wh12, wh07: {downlink: 20 Mbit/s}}
fleet:
  file: robots.csv
  classes:
    steady: {link: {rate: {lognormal: {median: 20 Mbit/s, sigma: 0.4}}}}
    flaky: {link: {rate: {lognormal: {median: 8 Mbit/s, sigma: 0.6}}}, connectivity: {availability: 80 %, offline: 10 min}}
    switched-off: {connectivity: never}
application:
  bundle: 300 MB
  steps:
    extracting: {duration: {lognormal: {median: 40 s, sigma: 0.4}}, failures: {ExtractingBundleFailure: 0.002}}
    pre_launch: {duration: 5 s, failures: {PreLaunchFileFailure: {probability: 0.01, per: class}}}
  release: {bad: {probability: 0.1, sites: 1, steps: {pre_launch: {failures: {PreLaunchFileFailure: {probability: 0.6, per: robot}}}}}}
deployment:
  deploymentApplicationConfigs:
    - {application: "arn:pick", applicationVersion: "7", launchConfig: {packageName: p, launchFile: l, preLaunchFile: test.sh}}
  deploymentConfig: {concurrentDeploymentPercentage: 10, failureThresholdPercentage: 20, robotDeploymentTimeoutInSeconds: 3600}
rules: {start: 2026-11-02 22:00}
"""


def test_twelve_warehouses_are_twenty_lines_with_a_list(tmp_path: Path) -> None:
    assert len(TWELVE_WAREHOUSES.splitlines()) == 20
    sizes = {"steady": 160, "flaky": 30, "switched-off": 10}
    robots = [f"r,wh{site:02d},{name}\n" for site in range(1, 13) for name, size in sizes.items() for _ in range(size)]
    robots = [row.replace("r,", f"r{number},", 1) for number, row in enumerate(robots)]
    (tmp_path / "robots.csv").write_text("robot,site,class\n" + "".join(robots))
    (tmp_path / "fleet.yaml").write_text(TWELVE_WAREHOUSES)
    assert load(tmp_path / "fleet.yaml").fingerprint() == load(ROOT / "scenarios" / "twelve-warehouses.yaml").fingerprint()
