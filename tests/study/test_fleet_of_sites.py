"""A fleet of sites gives what the same cohorts by hand give: the same tables and the same summary, byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import rolloutsim
from rolloutsim.cli import cli
from rolloutsim.scenario import Scenario, build, parse

SITES = """\
sites:
  defaults: {robots: 20, downlink: 100 Mbit/s}
  names: wh01..wh12
  wh07: {downlink: 10 Mbit/s}
  wh03: {robots: 7}
fleet:
  - {cohort: steady, at: all, robots: rest, link: {rate: 50 Mbit/s}}
  - {cohort: flaky, at: all, robots: 15 %, link: {rate: 20 Mbit/s}, connectivity: {availability: 95 %, offline: 10 min}}
  - {cohort: "off", at: all, robots: 10 %, connectivity: never}
application:
  bundle: 350 MB
  steps:
    extracting: {failures: {ExtractingBundleFailure: {probability: 3 %, per: cohort}}}
    launching: {failures: {MissingRobotDeploymentResource: {probability: 5 %, per: robot}}}
rules: {order: shuffled, concurrency: 30, failure_limit: 60}
"""


def by_hand() -> Scenario:
    """Return the same fleet as 36 cohorts: 17 + 3 + 2 of 20 robots, and 5.25 + 1.05 + 0.7 of 7."""
    spells = {"up": {"exponential": {"mean": "190 min"}}, "down": {"exponential": {"mean": "10 min"}}}
    fleet: list[dict[str, Any]] = []
    for site in (f"wh{number:02}" for number in range(1, 13)):
        steady, flaky, off = (5, 1, 1) if site == "wh03" else (15, 3, 2)
        fleet += [
            {"class": "steady", "robots": steady, "link": {"rate": "50 Mbit/s"}},
            {"class": "flaky", "robots": flaky, "link": {"rate": "20 Mbit/s"}, "connectivity": {"renewal": spells}},
            {"class": "off", "robots": off, "connectivity": "never"},
        ]
        for cohort in fleet[-3:]:
            cohort |= {"cohort": f"{cohort['class']}@{site}", "site": site}
    sites = {f"wh{number:02}": {"downlink": "10 Mbit/s" if number == 7 else "100 Mbit/s"} for number in range(1, 13)}
    rest = {key: value for key, value in parse(SITES).raw.items() if key not in ("sites", "fleet")}
    return build({"fleet": fleet, "network": {"sites": sites}, **rest})


def saved(scenario: Scenario, folder: Path) -> dict[str, bytes]:
    """Return the files of a saved result by name, without its manifest, which holds times."""
    results = rolloutsim.simulate(scenario, replicates=4, seed=7, engine="simpy")
    results.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def test_the_same_cohorts_by_hand_give_the_same_bytes(tmp_path: Path) -> None:
    sites, hand = parse(SITES), by_hand()
    assert [cohort.robots for cohort in sites.fleet] == [cohort.robots for cohort in hand.fleet]
    assert sites.fingerprint() == hand.fingerprint()
    one, other = saved(sites, tmp_path / "sites"), saved(hand, tmp_path / "hand")
    assert {"jobs.parquet", "robots.parquet", "cohorts.parquet", "summary.json"} <= one.keys()
    assert one == other


def test_show_prints_the_cohorts_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "sites.yaml"
    file.write_text(SITES)
    shown = CliRunner().invoke(cli, ["show", str(file), "--expand", "--set", "fleet.'flaky@wh02'.robots=9"])
    assert shown.exit_code == 0
    (tmp_path / "hand.yaml").write_text(shown.stdout)
    again = rolloutsim.load(tmp_path / "hand.yaml")
    assert again.fingerprint() == by_hand().replace("fleet.'flaky@wh02'.robots", 9).fingerprint()


@pytest.mark.parametrize("arguments", [["--expand", "--json"], ["--details", "--json"], ["--details", "--expand"]])
def test_show_has_one_format(tmp_path: Path, arguments: list[str]) -> None:
    file = tmp_path / "sites.yaml"
    file.write_text(SITES)
    assert CliRunner().invoke(cli, ["show", str(file), *arguments]).exit_code == 2
