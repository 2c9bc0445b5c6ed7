"""A fleet of sites: what `sites` and cohorts `at` them are written out as, and that all rules hold for that."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.sites.names import parse_names
from rolloutsim.scenario.sites.shares import apportion

TWELVE = """\
sites:
  defaults: {robots: 200, downlink: 200 Mbit/s}
  names: wh01..wh12
  wh07: {downlink: 20 Mbit/s}
fleet:
  - {cohort: steady, at: all, robots: rest, link: {rate: 50 Mbit/s}}
  - {cohort: flaky, at: all, robots: 15 %, link: {rate: 20 Mbit/s}, connectivity: {availability: 95 %, offline: 10 min}}
  - {cohort: "off", at: all, robots: 5 %, connectivity: never}
application: {bundle: 350 MB}
"""


def twelve() -> Scenario:
    return parse(TWELVE, "twelve.yaml")


def by_hand() -> dict[str, Any]:
    """Return the same fleet as 36 cohorts."""
    sites = [f"wh{number:02}" for number in range(1, 13)]
    spells = {"up": {"exponential": {"mean": "190 min"}}, "down": {"exponential": {"mean": "10 min"}}, "start": "equilibrium"}
    kinds: dict[str, tuple[int, dict[str, Any]]] = {
        "steady": (160, {"link": {"rate": "50 Mbit/s"}}),
        "flaky": (30, {"link": {"rate": "20 Mbit/s"}, "connectivity": {"renewal": spells}}),
        "off": (10, {"connectivity": "never"}),
    }
    fleet = [{"cohort": f"{name}@{site}", "robots": n, "site": site, **more} for site in sites for name, (n, more) in kinds.items()]
    downlinks = {site: {"downlink": "20 Mbit/s" if site == "wh07" else "200 Mbit/s"} for site in sites}
    return {"fleet": fleet, "network": {"sites": downlinks}, "application": {"bundle": "350 MB"}}


def sizes(scenario: Scenario) -> dict[str, int]:
    return {cohort.name: cohort.robots for cohort in scenario.fleet}


def site(robots: int, *cohorts: dict[str, Any], **more: Any) -> Scenario:
    """Return one site with some cohorts, named a, b, …"""
    fleet = [{"cohort": name, "at": "all", **cohort} for name, cohort in zip("abcdef", cohorts, strict=False)]
    return build({"sites": {"s": {"robots": robots}}, "fleet": fleet, "application": {"bundle": "1 MB"}, **more})


def problems(make: Any) -> list[tuple[str, str]]:
    with pytest.raises(ScenarioError) as caught:
        make()
    return [(problem.code, problem.path) for problem in caught.value.problems if problem.severity == "error"]


# --- written out


def test_a_cohort_per_site_in_the_order_of_sites_and_then_of_cohorts() -> None:
    scenario = twelve()
    assert [cohort.name for cohort in scenario.fleet][:4] == ["steady@wh01", "flaky@wh01", "off@wh01", "steady@wh02"]
    assert [(cohort.class_, cohort.site, cohort.robots) for cohort in scenario.fleet][-2:] == [("flaky", "wh12", 30), ("off", "wh12", 10)]
    assert scenario.robots == 2400


def test_it_is_the_fleet_by_hand() -> None:
    assert twelve().fingerprint() == build(by_hand()).fingerprint()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.sites.wh07.downlink", "5 Mbit/s"),
        ("network.sites.wh03", {"outages": {"up": "1 d", "down": "1 h"}}),
        ("fleet.'flaky@wh07'.robots", 50),
        ("fleet.'flaky@wh07'.link.rate", "3 Mbit/s"),
        ("fleet.*.link.rate", "3 Mbit/s"),
        ("network.sites.*.downlink", "1 Gbit/s"),
        ("rules.order", "shuffled"),
    ],
)
def test_paths_are_those_of_the_fleet_by_hand(path: str, value: Any) -> None:
    assert twelve().replace(path, value).fingerprint() == build(by_hand()).replace(path, value).fingerprint()


def test_a_site_overrides_key_by_key() -> None:
    text = TWELVE.replace("wh07: {downlink: 20 Mbit/s}", "wh07: {robots: 100}\n  wh08: {outages: {up: 1 d, down: 1 h}, downlink: }")
    scenario = parse(text)
    assert scenario.network is not None
    seven, eight = scenario.network.sites["wh07"], scenario.network.sites["wh08"]
    assert (seven.downlink, seven.outages) == (200e6, None)
    assert eight.downlink == 200e6  # nothing behind a key is no value
    assert eight.outages is not None
    assert [sizes(scenario)[f"{name}@wh07"] for name in ("steady", "flaky", "off")] == [80, 15, 5]


def test_cohorts_at_some_sites_and_cohorts_of_their_own() -> None:
    scenario = build(
        {
            "sites": {"b": {"robots": 10}, "a": {}},
            "fleet": [
                {"cohort": "canary", "robots": 2, "site": "b"},
                {"cohort": "x", "at": ["b"], "robots": "rest"},
                {"cohort": "y", "at": ["a", "b"], "robots": 3, "class": "slow"},
                {"cohort": "van", "robots": 4},
                {"cohort": "z", "at": "all", "robots": 1},
            ],
            "application": {"bundle": "1 MB"},
        }
    )
    assert sizes(scenario) == {"canary": 2, "x@b": 4, "y@b": 3, "y@a": 3, "van": 4, "z@b": 1, "z@a": 1}
    assert [cohort.class_name for cohort in scenario.fleet] == ["canary", "x", "slow", "slow", "van", "z", "z"]


# --- shares


@pytest.mark.parametrize(
    ("quotas", "counts"),
    [
        (["160.8", "30.15", "10.05"], [161, 30, 10]),
        (["8", "1.5", "0.5"], [8, 2, 0]),  # a tie: the first listed
        (["0.5", "1.5"], [1, 1]),
        (["3.4", "3.3", "3.3"], [4, 3, 3]),
        (["0.9", "0.9", "0.2"], [1, 1, 0]),
        (["0", "7"], [0, 7]),
    ],
)
def test_largest_remainder(quotas: list[str], counts: list[int]) -> None:
    assert apportion([Fraction(quota) for quota in quotas]) == counts


@pytest.mark.parametrize(
    ("robots", "cohorts", "counts"),
    [
        (201, ["rest", "15 %", "5 %"], [161, 30, 10]),  # 160.8, 30.15, 10.05
        (7, ["50 %", "50 %"], [4, 3]),
        (10, ["33.3 %", "33.3 %", "33.4 %"], [3, 3, 4]),
        (10, [4, "rest", "15 %"], [4, 5, 1]),  # 4, 4.5, 1.5: the first listed of a tie is the rest
        (10, ["rest"], [10]),
        (1000, ["0.05 %", "99.95 %"], [1, 999]),  # 0.5 and 999.5
    ],
)
def test_shares_by_hand(robots: int, cohorts: list[Any], counts: list[int]) -> None:
    scenario = site(robots, *({"robots": share} for share in cohorts))
    assert list(sizes(scenario).values()) == counts


def test_a_cohort_without_robots_is_left_out_with_a_note() -> None:
    scenario = site(10, {"robots": "rest"}, {"robots": "15 %"}, {"robots": "5 %"})
    assert sizes(scenario) == {"a@s": 8, "b@s": 2}
    (note,) = [problem for problem in scenario.warnings if problem.severity == "note"]
    assert (note.severity, note.code, note.path, note.found) == ("note", "empty", "fleet.c.robots", "5 %")


def test_robots_that_do_not_add_up() -> None:
    assert problems(lambda: site(10, {"robots": "50 %"}, {"robots": "40 %"})) == [("does-not-fit", "sites.s.robots")]
    assert problems(lambda: site(10, {"robots": "50 %"}, {"robots": 6}, {"robots": "rest"})) == [("does-not-fit", "sites.s.robots")]
    assert problems(lambda: site(10, {"robots": 9})) == [("does-not-fit", "sites.s.robots")]
    assert problems(lambda: site(10, {"robots": "rest"}, {"robots": "rest"})) == [("conflicting-keys", "fleet.b.robots")]


# --- names


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("wh01..wh03", ("wh01", "wh02", "wh03")),
        ("wh9..wh11", ("wh9", "wh10", "wh11")),
        ("a1-eu .. a2-eu", ("a1-eu", "a2-eu")),
        ("7..8", ("7", "8")),
        ("x1y09..x1y10", ("x1y09", "x1y10")),
        (["hub", "wh1..wh2", "a.b"], ("hub", "wh1", "wh2", "a.b")),
    ],
)
def test_names(raw: Any, names: tuple[str, ...]) -> None:
    assert parse_names(raw) == names


@pytest.mark.parametrize("raw", ["wh01", "wh..wx", "wh03..wh01", "wh01..hw03", "wh001..wh12", "wh1..wh99999", "..", "_1.._3", 5, [], {}])
def test_names_that_are_refused(raw: Any) -> None:
    with pytest.raises((ProblemError, ValueError)):
        parse_names(raw)


def test_without_names_the_keys_are_the_sites() -> None:
    scenario = build(
        {
            "sites": {"hub": {"downlink": "1 Gbit/s"}, "defaults": {"robots": 5}, "dock": None},
            "fleet": [{"cohort": "a", "at": "all", "robots": "rest"}],
            "application": {"bundle": "1 MB"},
        }
    )
    assert sizes(scenario) == {"a@hub": 5, "a@dock": 5}


# --- paths


def test_the_defaults_change_every_site_that_does_not_override_them() -> None:
    network = twelve().replace("sites.defaults.downlink", "1 Gbit/s").network
    assert network is not None
    assert {name: entry.downlink for name, entry in network.sites.items() if entry.downlink != 1e9} == {"wh07": 20e6}


def test_changes_of_a_cohort_of_the_file_and_of_a_class() -> None:
    scenario = twelve()
    assert sizes(scenario.replace("fleet.flaky.robots", "20 %"))["steady@wh05"] == 150
    classes = scenario.replace("class.flaky.connectivity", "never")
    assert {cohort.class_ for cohort in classes.fleet if cohort.connectivity.availability == 0} == {"flaky", "off"}
    labelled = build(
        {"fleet": [{"cohort": "a", "robots": 1, "class": "x"}, {"cohort": "x", "robots": 1}], "application": {"bundle": "1 B"}}
    )
    assert [cohort.robots for cohort in labelled.replace("class.x.robots", 3).fleet] == [3, 3]


def test_changes_can_follow_each_other_and_be_made_at_once() -> None:
    values = {
        "fleet.'flaky@wh07'.robots": 50,
        "sites.defaults.downlink": "1 Gbit/s",
        "class.flaky.link.rate": "9 Mbit/s",
        "fleet.*.link.rate": "7 Mbit/s",
        "fleet.'off@wh01'.link.rate": "5 Mbit/s",
    }
    together = twelve().replace_all(values)
    one_by_one = twelve()
    for path in ("fleet.'flaky@wh07'.robots", "fleet.*.link.rate", "sites.defaults.downlink", "class.flaky.link.rate"):
        one_by_one = one_by_one.replace(path, values[path])
    one_by_one = one_by_one.replace("fleet.'off@wh01'.link.rate", "5 Mbit/s")
    assert together.fingerprint() == one_by_one.fingerprint()
    assert together.robots == 2420
    assert together.without_studies().fingerprint() == together.fingerprint()


@pytest.mark.parametrize(
    ("path", "at", "hint"),
    [
        ("fleet.'flaky@wh13'.robots", "fleet.'flaky@wh13'", "did you mean flaky@wh12?"),
        ("class.flakey.robots", "class.flakey", "did you mean flaky?"),
        ("network.sites.wh13.downlink", "network.sites.wh13", "did you mean wh12?"),
        ("sites.wh13.downlink", "sites.wh13", "did you mean wh12?"),
        ("rules.stages.*.soak", "rules.stages.*", "name what is to be changed"),
        ("class.flaky", "class.flaky", "write e.g. class.flaky.connectivity"),
    ],
)
def test_what_matches_nothing_is_an_error(path: str, at: str, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        twelve().replace(path, 1)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("unknown-path", at)
    assert problem.hint.startswith(hint)


def test_patterns_without_sites() -> None:
    plain = build({"fleet": [{"cohort": "a", "robots": 1}], "application": {"bundle": "1 MB"}})
    for path in ("network.sites.*.downlink", "sites.*.downlink", "sites.a.downlink"):
        assert problems(lambda path=path: plain.replace(path, "1 Mbit/s")) == [("unknown-path", ".".join(path.split(".")[:-1]))]


def test_levers_and_uncertainties_of_a_fleet_with_sites() -> None:
    sweep = (
        "sweep: {levers: {fleet.flaky.robots: [10 %, 20 %], sites.defaults.downlink: [1 Gbit/s]}, uncertainties: {class.flaky.link.rate: "
    )
    assert parse(TWELVE + sweep + "{uniform: {low: 1 Mbit/s, high: 2 Mbit/s}}}}").sweep is not None
    assert problems(
        lambda: parse(TWELVE + sweep.replace("fleet.flaky", "fleet.fluky") + "{uniform: {low: 1 Mbit/s, high: 2 Mbit/s}}}}")
    ) == [("unknown-path", "sweep.levers.'fleet.fluky.robots'[0]")]


# --- what is wrong, and where


def places(text: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "f.yaml")
    return [problem for problem in caught.value.problems if problem.severity == "error"]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("downlink: 200 Mbit/s", "downlink: 200", "missing-unit", (2, 37)),
        ("downlink: 20 Mbit/s", "downlink: 20 MB", "wrong-unit", (4, 20)),
        ("wh07:", "wh13:", "unknown-name", (4, 3)),
        ("rate: 20 Mbit/s", "rate: 20", "missing-unit", (7, 57)),
        ("robots: 15 %", "robots: 150 %", "out-of-range", (7, 38)),
        ("robots: 15 %", "robots: 0", "empty", (7, 38)),
        ("at: all, robots: 15 %", "at: wh01, robots: 15 %", "wrong-type", (7, 25)),
        ("at: all, robots: 15 %", "at: [wh01, wh99], robots: 15 %", "unknown-name", (7, 25)),
        ("at: all, robots: 15 %", "at: all, site: wh01, robots: 15 %", "conflicting-keys", (7, 30)),
        ("cohort: flaky", "cohort: steady", "duplicate", (7, 14)),
        ("cohort: flaky", "cohort: a:b", "malformed", (7, 14)),
        ("robots: 15 %, ", "", "missing-key", (7, 5)),
        ("robots: 15 %", "rebots: 15 %", "unknown-key", (7, 30)),
        ("availability: 95 %", "availability: 2", "out-of-range", (7, 98)),
        ("robots: 200, ", "", "incomplete", (6, 39)),
        ("names: wh01..wh12", "names: wh01..wx12", "malformed", (3, 10)),
        ("application:", "network: {sites: {wh01: {}}}\napplication:", "conflicting-keys", (1, 1)),
    ],
)
def test_errors_are_where_the_file_has_them(old: str, new: str, code: str, place: tuple[int, int]) -> None:
    found = places(TWELVE.replace(old, new, 1))
    assert (code, place) in [(problem.code, (problem.line, problem.column)) for problem in found]
    assert len(found) <= 3  # one mistake is not one for each site


def test_at_without_sites() -> None:
    fleet = {"fleet": [{"cohort": "a", "at": "all", "robots": 2}], "application": {"bundle": "1 MB"}}
    assert problems(lambda: build(fleet)) == [("incomplete", "fleet.a.at")]


@pytest.mark.parametrize("sites", [5, [], {}, {"defaults": {"robots": 1}}, {"names": []}, {"all": {}}, {"a": 5}, {"a": {"robots": -1}}])
def test_sites_that_are_none(sites: Any) -> None:
    assert problems(lambda: build({"sites": sites, "fleet": [{"cohort": "a", "robots": 2}], "application": {"bundle": "1 MB"}}))


def test_warnings_of_what_is_written_out_are_in_the_file() -> None:
    scenario = parse(TWELVE.replace("rate: 20 Mbit/s", "rate: 2 kbit/s"), "f.yaml")
    thin, warning = scenario.warnings
    assert (warning.code, warning.line, warning.path) == ("slow-download", 7, "fleet.flaky.link.rate")
    assert (thin.code, thin.path) == ("slow-download", "sites.wh07.downlink")
