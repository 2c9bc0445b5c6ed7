"""What must hold in every replicate of every scenario, on random scenarios over the whole schema."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from rolloutsim.scenario import build
from rolloutsim.simulation.model.make_tables import make_plan
from rolloutsim.simulation.records.log import Columns
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.replicate import Replicator
from tests.searches import search
from tests.simulation.conservation import TOLERANCE, check
from tests.simulation.strategies import raw_scenarios
from tests.simulation.transformations import calm, independent, scaled, unclocked
from tests.simulation.worlds import drawn, replicates, tables

Raw = dict[str, Any]

few = search(5)
some = search(10)
many = search(30)


@some
@given(raw_scenarios())
def test_nothing_is_lost(raw: Raw) -> None:
    check(raw)


@pytest.mark.slow
@many
@given(raw_scenarios())
def test_nothing_is_lost_in_many_scenarios(raw: Raw) -> None:
    check(raw)


def check_scaling(raw: Raw) -> None:
    plain = unclocked(raw)
    once: Any = tables(build(plain), 1, seed=2)
    twice: Any = tables(build(scaled(plain, 2)), 1, seed=2)
    for name in set(Tables._fields) - {"link_use"}:  # the cells of its grid are whole seconds
        if (table := getattr(once, name)) is None:  # of sites, or of classes, that there are not
            assert getattr(twice, name) is None
            continue
        table = table.copy()
        columns = [c for c in table if (c.endswith("_s") and "_bit_" not in c) or c.startswith("bytes")]
        table[columns] *= 2
        pd.testing.assert_frame_equal(table, getattr(twice, name), check_exact=True)


@few
@given(raw_scenarios())
def test_twice_the_durations_take_exactly_twice_the_time(raw: Raw) -> None:
    check_scaling(raw)


@pytest.mark.slow
@many
@given(raw_scenarios())
def test_twice_the_durations_take_exactly_twice_the_time_in_many_scenarios(raw: Raw) -> None:
    check_scaling(raw)


def check_slots_help(raw: Raw) -> None:
    scenario = build(calm(raw))
    finished = []
    for slots in (1, 2, 3, 5, 8, 18):
        robots = replicates(scenario.replace("rules.concurrency", f"{slots} robots"), 1, seed=3)[0].robots
        assert len(robots["finished"]) in (0, scenario.robots)
        finished.append(robots["finished"])
    for before, after in pairwise(finished):
        assert (after <= before).all()


@few
@given(raw_scenarios())
def test_more_slots_never_delay_a_robot(raw: Raw) -> None:
    check_slots_help(raw)


@pytest.mark.slow
@many
@given(raw_scenarios())
def test_more_slots_never_delay_a_robot_in_many_scenarios(raw: Raw) -> None:
    check_slots_help(raw)


def fates_by_name(raw: Raw) -> Any:
    """Return what became of each robot, by cohort and number in it, of three replicates."""
    scenario = build(independent(raw))
    robots: Any = tables(scenario, 3, seed=4).robots
    robots["number"] = robots.groupby(["replicate", "cohort"], observed=True).cumcount()
    robots["cohort"], robots["site"] = robots["cohort"].astype(str), robots["site"].astype(str)
    return robots.drop(columns="robot").set_index(["replicate", "cohort", "number"]).sort_index()


@pytest.mark.slow
@few
@given(raw_scenarios())
def test_the_order_of_cohorts_changes_nobodys_luck(raw: Raw) -> None:
    pd.testing.assert_frame_equal(fates_by_name(raw), fates_by_name({**raw, "fleet": raw["fleet"][::-1]}), check_exact=True)


def larger(cohort: Raw, more: int) -> Raw:
    """Return a cohort with more robots, which have a trace each where the others have one each."""
    out = {**cohort, "robots": cohort["robots"] + more}
    for key in ("link", "connectivity"):
        trace = cohort[key].get("trace", {}) if isinstance(cohort.get(key), dict) else {}
        if trace.get("match") == "robot":
            out[key] = {"trace": {**trace, "patterns": trace["patterns"] + more * trace["patterns"][:1]}}
    return out


@few
@given(raw_scenarios())
def test_a_larger_cohort_changes_no_other_draws(raw: Raw) -> None:
    first, *others = raw["fleet"]
    before, after = fates_by_name(raw), fates_by_name({**raw, "fleet": [larger(first, 5), *others]})
    assert len(after) == len(before) + 3 * 5
    pd.testing.assert_frame_equal(before, after.loc[before.index], check_exact=True)


def same_bits(a: Columns, b: Columns) -> None:
    np.testing.assert_equal(a.job._asdict(), b.job._asdict())
    for name in ("robots", "steps", "holds", "flows"):
        np.testing.assert_equal(dict(getattr(a, name)), dict(getattr(b, name)))


@few
@given(raw_scenarios())
def test_a_replicate_does_not_depend_on_those_before_it(raw: Raw) -> None:
    scenario = build(raw)
    many = replicates(scenario, 4, seed=5, steps=True)
    for number in (3, 0):
        same_bits(Replicator(scenario, 5).run(number)[0], many[number])


@few
@given(raw_scenarios())
def test_compiled_draws_are_plain_draws(raw: Raw) -> None:
    scenario = build(raw)
    for plain, compiled in zip(replicates(scenario, 2, 6, steps=True), replicates(scenario, 2, 6, steps=True, work=10**9), strict=True):
        same_bits(plain, compiled)


def test_the_seed_is_honoured() -> None:
    fleet = [{"cohort": "robots", "robots": 20}]
    steps = {"launching": {"duration": {"exponential": {"mean": "10 s"}}}}
    scenario = build({"fleet": fleet, "application": {"bundle": "0 B", "steps": steps}})
    seeds = (0, 1, 2, 2**63, 2**64 - 1)
    times = {seed: tuple(c.job.ended_s for c in replicates(scenario, 2, seed)) for seed in seeds}
    assert len({t for pair in times.values() for t in pair}) == 2 * len(seeds)
    assert times == {seed: tuple(c.job.ended_s for c in replicates(scenario, 2, seed, work=10**9)) for seed in seeds}


# Common random numbers

POLICIES: list[Raw] = [
    {"dispatch": "batch", "concurrency": "3 robots"},
    {"dispatch": "window", "concurrency": "3 robots", "order": "shuffled"},
    {"dispatch": "window", "offline": "skip", "timer": "reached"},
]


#: What chance decides of a robot before the first event.
DRAWN = (
    "key",
    "up",
    "until",
    "own_until",
    "site_until",
    "pattern",
    "shift",
    "idle",
    "idle_until",
    "rate",
    "durations",
    "fail_phase",
    "fail_code",
)


@few
@given(raw_scenarios())
def test_two_policies_meet_the_same_robots(raw: Raw) -> None:
    """Whatever chance decides before the first event is the same to the last bit under any rules and any request."""
    scenario = build(raw)
    robots = drawn(scenario, 2, 7, *DRAWN)
    for policy in POLICIES:
        rules = {
            **policy,
            "start": raw["rules"]["start"],
            "observe": f"{scenario.rules.observe} s",
            "fleet_timeout": f"{scenario.rules.fleet_timeout} s",
        }  # how far calendars are laid out depends on how long the job may take and is observed
        other = build({**raw, "rules": rules, "deployment": raw["deployment"]})
        assert [row.word for row in make_plan(other).cohorts] == [row.word for row in make_plan(build(raw)).cohorts]
        for mine, others in zip(robots, drawn(other, 2, 7, *DRAWN), strict=True):
            np.testing.assert_array_equal(mine, others)


@few
@given(raw_scenarios())
def test_a_robot_needs_the_same_time_under_any_policy(raw: Raw) -> None:
    """Where nothing depends on the instant at which a robot starts, its attempts and their durations are the same under all policies."""
    scenario = build(calm(raw))
    spent = []
    for policy in ({}, *POLICIES[:2]):
        rules = {**calm(raw)["rules"], **policy}
        robots = replicates(build({**calm(raw), "rules": rules}), 1, seed=8)[0].robots
        assert len(robots["index"]) in (0, scenario.robots)
        spent.append(robots)
    for robots in spent[1:]:
        np.testing.assert_allclose(robots["slot"], spent[0]["slot"], rtol=TOLERANCE, atol=1e-9)
        np.testing.assert_allclose(robots["downtime"], spent[0]["downtime"], rtol=TOLERANCE, atol=1e-9)
        for column in ("verdict", "attempt", "bytes"):
            np.testing.assert_array_equal(robots[column], spent[0][column])


def test_pairing_two_policies_removes_most_of_the_noise() -> None:
    """Window against batch: the variance of the difference is at most a third of what independent runs would have (70 replicates)."""
    fleet = [{"cohort": "robots", "robots": 40}]
    steps = {"launching": {"duration": {"lognormal": {"median": "10 s", "sigma": 1.0}}}}
    scenario = build({"fleet": fleet, "application": {"bundle": "0 B", "steps": steps}, "rules": {"concurrency": "5 robots"}})
    window, batch = (
        np.array([c.job.ended_s for c in replicates(scenario.replace("rules.dispatch", dispatch), 70, seed=9)])
        for dispatch in ("window", "batch")
    )
    assert (window <= batch).all()
    assert np.var(batch - window) < (np.var(batch) + np.var(window)) / 3
