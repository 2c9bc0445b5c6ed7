"""Metrics of sites and classes: those of their robots, and conditions that look at the site."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from rolloutsim import Results, UsageError, simulate
from rolloutsim.analysis import Group, Premises, code_counts, evaluate, group_names, parse_metric, values
from rolloutsim.analysis.groups import GroupKind
from rolloutsim.analysis.metrics import METRICS
from rolloutsim.scenario import parse
from rolloutsim.vocabulary import CODES

from .test_metrics import of_robots

CODE = "MissingRobotDeploymentResource"
SCENARIO = parse("""
fleet:
  - {cohort: a1, class: not flaky, robots: 5, site: wh.01 north}
  - {cohort: b1, class: flaky, robots: 4, site: wh.01 north, link: {rate: 8 Mbit/s}}
  - {cohort: a2, class: not flaky, robots: 6, site: south}
  - {cohort: b2, class: flaky, robots: 3, site: east, link: {rate: 8 Mbit/s}}
application:
  bundle: 20 MB
  steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: {probability: 0.2, per: robot}}}}
  release: {bad: {probability: 0.5, sites: 1, steps: {launching: {failures: {MissingRobotDeploymentResource: 1.0}}}}}
rules: {concurrency: 6 robots}
seed: 3
replicates: 40
""")
SITES = ("wh.01 north", "south", "east")
GROUPS = [*(Group("site", name) for name in SITES), Group("class", "not flaky"), Group("class", "flaky")]


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(SCENARIO)


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_every_metric_of_a_group_is_that_of_its_robots(results: Results, group: Group) -> None:
    classes = results.cohorts.drop_duplicates("cohort").set_index("cohort")["class"]
    robots = results.robots.assign(**{"class": results.robots["cohort"].map(classes)})
    expected = [of_robots(rows) for _, rows in robots[robots[group.kind] == group.name].groupby("replicate")]
    for metric in expected[0]:
        found = values(f"{metric}[{group}]", results.tables)
        np.testing.assert_allclose(found, [row[metric] for row in expected], rtol=1e-12, err_msg=metric)
    every = set(get_args(GroupKind))
    assert {name for name, metric in METRICS.items() if set(metric.groups) == every and not metric.codes} == set(expected[0])


def test_codes_of_a_group_are_those_of_its_robots(results: Results) -> None:
    robots = results.robots
    for name in SITES:
        own = robots[robots["site"] == name]
        expected = (own["failure_code"] == CODE).groupby(own["replicate"]).mean()
        np.testing.assert_allclose(values(f"failure_share[{CODE}][site='{name}']", results.tables), expected)
    shares = code_counts(results.tables).shares(Group("class", "flaky"))[:, CODES.index(CODE)]
    own = robots[robots["cohort"].isin(["b1", "b2"])]
    np.testing.assert_allclose(shares, (own["failure_code"] == CODE).groupby(own["replicate"]).mean())


def test_a_release_is_good_or_bad_at_the_site(results: Results) -> None:
    bad = {name: set(values(f"failed[site={name}][bad]", results.tables).index) for name in SITES}
    assert sum(map(len, bad.values())) == (results.jobs["release"] == "bad").sum() > 10
    assert not set.intersection(*bad.values())
    for name, replicates in bad.items():
        assert set(values(f"failed[site={name}][good]", results.tables).index) == set(results.jobs["replicate"]) - replicates
        assert evaluate(f"failed_share[site={name}][bad]", results.tables).best == 1.0


def test_of_a_class_and_of_a_cohort_the_release_is_that_of_the_job(results: Results) -> None:
    drawn = set(results.jobs["replicate"][results.jobs["release"] == "bad"])
    assert set(values("failed[class=flaky][bad]", results.tables).index) == drawn
    assert set(values("failed[a1][bad]", results.tables).index) == drawn
    assert evaluate("sites_bad[bad]", results.tables).best == 1.0


def test_estimates_have_the_bounds_of_their_group(results: Results) -> None:
    premises = Premises.of(SCENARIO)
    assert premises.groups == {"site": {"east": 3, "south": 6, "wh.01 north": 9}, "class": {"not flaky": 11, "flaky": 7}}
    assert Premises.from_json(premises.to_json()) == premises
    assert METRICS["failed"].bounds(premises, Group("site", "wh.01 north")) == (0.0, 9.0)
    assert results.estimate("time_to_reach_100[site=south].p90").unit == "s"
    quoted, plain = (results.estimate(f"time_to_reach_95[site={name}][good].p50") for name in ("'wh.01 north'", "wh.01 north"))
    assert quoted == plain


def test_expressions_with_groups() -> None:
    names = group_names(SCENARIO)
    query = parse_metric("failed[site='wh.01 north'][bad].p90", groups=names)
    assert (query.group, str(query)) == (Group("site", "wh.01 north"), "failed[site='wh.01 north'][bad].p90")
    assert parse_metric(str(query), groups=names) == query
    assert str(parse_metric(f"failure_share[{CODE}][class=flaky]")) == f"failure_share[{CODE}][class=flaky].mean"


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("failed[site=42]", "the fleet has no site 42; it has east, south, wh.01 north"),
        ("failed[class=flacky]", "the fleet has no class flacky; did you mean flaky?"),
        (f"failure_share[{CODE}][site=sout]", "the fleet has no site sout; did you mean south?"),
    ],
)
def test_groups_that_a_fleet_does_not_have(metric: str, said: str, results: Results) -> None:
    for ask in (lambda: evaluate(metric, results.tables), lambda: results.estimate(metric)):
        with pytest.raises(UsageError) as raised:
            ask()
        assert said in str(raised.value)


def test_a_fleet_without_groups() -> None:
    plain = simulate(parse("{fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB}, seed: 1, replicates: 1}"))
    for metric in ("failed[site=south]", f"failure_share[{CODE}][site=south]"):
        with pytest.raises(UsageError, match="the fleet has no site south; it has no sites"):
            evaluate(metric, plain.tables)
    with pytest.raises(UsageError, match=r"sites_bad is not known: the scenario has no release\.bad\.sites"):
        evaluate("sites_bad", plain.tables)


def test_peaks_are_known_by_site_only() -> None:
    linked = simulate(SCENARIO.replace("network", {"sites": {"south": {"downlink": "8 Mbit/s"}}}), replicates=2)
    assert linked.estimate("peak_bit_rate[site=south]").best == 8e6
    assert linked.estimate("peak_bit_rate[site=east]").note == "defined in 0 of 2"
    with pytest.raises(UsageError, match="peak_bit_rate is not known by class, only by site"):
        linked.estimate("peak_bit_rate[class=flaky]")
