"""What is kept of replicates without their robots is what the robots hold, and its size does not depend on them."""

from __future__ import annotations

import math
import random
import sys
from itertools import chain
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.compilation import compiled
from rolloutsim.simulation.records.cells import MOST, cell_width
from rolloutsim.simulation.records.data_frames import validate
from rolloutsim.simulation.records.link_usage import Use
from rolloutsim.simulation.records.order import in_order, insert, merge
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.records.reduction import Reduction, _ranks
from rolloutsim.simulation.records.tables import DETAILS, GROUPS, REACH, SCHEMA, Keep
from rolloutsim.simulation.records.tally import Counts, cells_for, exact_sum, reach
from rolloutsim.simulation.records.timeline import in_time
from rolloutsim.simulation.records.traffic import Traffic, count_transfers
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.vocabulary import PHASES
from tests.searches import search
from tests.simulation.comparison import assert_same_tables
from tests.simulation.strategies import raw_scenarios

#: Robots that succeed, fail, are retried, come late and never start; jobs that are breached; links that are shared and that are not.
MIXED = parse("""
fleet:
  - {cohort: dock, robots: 9, site: yard, link: {rate: 80 Mbit/s}}
  - cohort: courier
    robots: 14
    link: {rate: {uniform: {low: 4 Mbit/s, high: 16 Mbit/s}}}
    connectivity: {renewal: {up: {exponential: {mean: 3 min}}, down: {exponential: {mean: 2 min}}}}
  - {cohort: "off", robots: 2, connectivity: never}
application:
  bundle: 60 MB
  steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: 0.2}}}
network: {sites: {yard: {downlink: 20 Mbit/s}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 20, failureThresholdPercentage: 30, robotDeploymentTimeoutInSeconds: 120}}
rules: {retries: {max: 1, codes: [MissingRobotDeploymentResource], slot: queue}}
""")

#: Columns of jobs and cohorts that add up columns of robots.
SUMS = {"bytes_sent": "bytes", "slot_s": "slot_s", "slot_offline_s": "offline_s", "downtime_s": "downtime_s"}


def both(scenario: Scenario, replicates: int) -> tuple[Tables, Tables]:
    """Return the tables of the same replicates, all of them and those without robots."""
    found = []
    kinds: tuple[Keep, ...] = ("all", "jobs")
    for kept in kinds:
        recorder, replicator = Recorder(scenario, keep=kept), Replicator(scenario, 8, steps=kept == "all")
        for number in range(replicates):
            recorder.add(number, *replicator.run(number))
        found.append(recorder.tables())
    return found[0], found[1]


def check_groups(found: Tables) -> None:
    """Count and add up the robots of each cohort, site and class by hand."""
    labels = found.cohorts.drop_duplicates("cohort").set_index("cohort")
    for table, name in {"cohorts": "cohort", **GROUPS}.items():
        rows = getattr(found, table)
        if rows is None:
            assert name not in labels
            continue
        # categories map by their place, so labels are objects here
        of = found.robots.cohort if name == "cohort" else found.robots.cohort.astype(object).map(labels[name].astype(object))
        if name == "site":
            assert of.astype(object).equals(found.robots.site.astype(object))
        assert rows.groupby("replicate")[name].agg(list).map(lambda names, every=list(rows[name].cat.categories): names == every).all()
        check_rows(found, table, of)


def check_rows(found: Tables, table: str, of: pd.Series[Any]) -> None:
    """Check the rows of a table of groups; the group of each robot is given."""
    name = {"cohorts": "cohort", **GROUPS}[table]
    for row in getattr(found, table).rename(columns={name: "group"}).itertuples():
        robots = found.robots[(found.robots.replicate == row.replicate) & (of == row.group)]
        late = (robots.status != "InSync") & robots.converged_s.notna()
        assert row.robots == len(robots)
        assert row.succeeded == (robots.status == "InSync").sum()
        assert row.failed == robots.failure_code.notna().sum()
        assert row.not_started == robots.granted_s.isna().sum()
        assert row.converged_late == late.sum()
        assert row.robots_exposed == robots.granted_s.notna().sum()
        for column, of_robots in SUMS.items():
            by_cohort = [sum(own.tolist()) for _, own in robots.groupby("cohort", observed=True)[of_robots]]  # from left to right
            assert getattr(row, column) == math.fsum(by_cohort), column
        converged = sorted(robots.converged_s.dropna())
        for share in REACH:
            needed = math.ceil(share * len(robots) / 100)
            reached = getattr(row, f"time_to_reach_{share}_s")
            assert reached == converged[needed - 1] if needed <= len(converged) else math.isnan(reached)


def check_jobs(found: Tables) -> None:
    """Add up the robots of each job, and its cohorts."""
    for job in found.jobs.itertuples():
        cohorts = found.cohorts[found.cohorts.replicate == job.replicate]
        for column in SUMS:
            assert getattr(job, column) == math.fsum(cohorts[column]), column
        for column in ("robots", "succeeded", "failed", "not_started", "converged_late", "robots_exposed"):
            assert getattr(job, column) == cohorts[column].sum(), column


def check_slot_time(found: Tables) -> None:
    """Add up the time that each robot spent in each phase up to its verdict; the rest of its slot's time is between attempts."""
    reported = found.robots.set_index(["replicate", "robot"])["reported_s"]
    expected: dict[tuple[int, str], float] = {(k, phase): 0.0 for k in found.jobs.replicate for phase in PHASES}
    for step in found.steps.itertuples():
        verdict = reported[step.replicate, step.robot]
        expected[step.replicate, step.phase] += max(0.0, min(step.ended_s, verdict) - step.started_s)
    assert expected == {(row.replicate, row.phase): row.slot_s for row in found.slot_time.itertuples()}


def check_link_use(found: Tables, recorded: int) -> None:
    """Cells hold the bytes of their cohorts and sites, and the largest of the exact rates."""
    cells, robots = found.link_use, found.robots
    ends = found.jobs.set_index("replicate").time_to_complete_s
    assert (cells.until_s > cells.t_s).all()
    assert (cells.groupby(["replicate", "quantity", "cohort", "site"], observed=True, dropna=False).size() <= MOST + 1).all()
    within = cells[cells.until_s <= ends[cells.replicate].to_numpy()]
    assert ((within.until_s - within.t_s) <= cell_width(ends.max())).all()
    limited = robots[np.isfinite(found.jobs.peak_bit_rate_bit_per_s.max()) & robots.granted_s.notna()]
    for (replicate, cohort), own in limited.groupby(["replicate", "cohort"], observed=True):
        rows = cells[(cells.replicate == replicate) & (cells.cohort == cohort)]
        if len(rows):
            assert rows.bytes.sum() == pytest.approx(own.bytes.sum(), rel=1e-9)
    exact = found.timeline[(found.timeline.replicate == recorded) & ~found.timeline.quantity.isin(["in_flight", "completed", "failed"])]
    for (quantity, cohort, site), line in exact.groupby(["quantity", "cohort", "site"], observed=True, dropna=False):
        rows = cells[(cells.replicate == recorded) & (cells.quantity == quantity)]
        rows = rows[rows.cohort.isna() if pd.isna(cohort) else rows.cohort == cohort]
        rows = rows[rows.site.isna() if pd.isna(site) else rows.site == site]
        t, value = line.t_s.to_numpy(), line.value.to_numpy()
        for cell in rows.itertuples():
            inside = value[(t > cell.t_s) & (t < cell.until_s)]
            before = value[np.searchsorted(t, cell.t_s, side="right") - 1]
            assert cell.peak_bit_per_s == max(before, *inside, 0.0)
    assert set(found.timeline[found.timeline.quantity == "bit_rate"].replicate) <= {recorded}


def check_reduced(everything: Tables, reduced: Tables) -> None:
    """Compare what is kept without robots, to the last bit."""
    for name in SCHEMA:
        if name in DETAILS:
            assert getattr(reduced, name) is None
        else:
            rows = getattr(reduced, name)
            if name in GROUPS and GROUPS[name] not in reduced.cohorts:
                assert rows is None
                continue
            validate(name, rows)
            pd.testing.assert_frame_equal(rows, getattr(everything, name), check_exact=True)


@pytest.mark.slow
def test_what_is_kept_is_what_the_robots_hold() -> None:
    everything, reduced = both(MIXED, 20)
    for column in ("succeeded", "failed", "not_started", "converged_late"):
        assert everything.cohorts[column].any(), column
    check_groups(everything)
    check_jobs(everything)
    check_reduced(everything, reduced)
    check_slot_time(everything)
    check_link_use(everything, recorded=0)
    for job in everything.jobs.itertuples():
        robots = everything.robots[everything.robots.replicate == job.replicate]
        assert job.bytes_useful == 60e6 * robots.converged_s.notna().sum()


@pytest.mark.slow
@search(8)
@given(raw=raw_scenarios())
def test_so_it_is_for_random_scenarios(raw: dict[str, Any]) -> None:
    everything, reduced = both(build(raw), 2)
    check_groups(everything)
    check_jobs(everything)
    check_reduced(everything, reduced)
    check_slot_time(everything)
    check_link_use(everything, recorded=0)


def held(thing: object, seen: set[int]) -> int:
    """Return the bytes of what something holds on to, each thing once; numbers wherever they stand, as equal ones may share an object."""
    if isinstance(thing, int | float):
        return sys.getsizeof(thing)
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    inside = list(thing.values()) if isinstance(thing, dict) else list(getattr(thing, "__dict__", {}).values())
    if isinstance(thing, list | tuple):
        inside += thing
    return sys.getsizeof(thing) + sum(held(one, seen) for one in inside)


@pytest.mark.parametrize(("kept", "grows"), [("jobs", False), ("summary", False), ("all", True)])
def test_what_a_replicate_leaves_behind_does_not_grow_with_the_fleet(kept: Keep, grows: bool) -> None:
    left = []
    for robots in (10, 1_000):
        scenario = MIXED.replace("fleet.courier.robots", robots)
        recorder, replicator = Recorder(scenario, keep=kept), Replicator(scenario, 8)
        recorder.add(0, *replicator.run(0))
        before = held(recorder, set())
        for number in range(1, 5):
            recorder.add(number, *replicator.run(number))
        left.append((held(recorder, set()) - before) / 4)
    assert (left[1] > 5 * left[0]) is grows
    if not grows:
        assert max(left) < 8 * 1.6 * (len(SCHEMA["jobs"]) + 3 * len(SCHEMA["cohorts"]) + 4 * 24 + 3 * len(PHASES))


def test_of_what_could_not_be_reduced_nothing_is_kept() -> None:
    replicator = Replicator(MIXED, 8)
    disturbed, left_alone = Recorder(MIXED), Recorder(MIXED)
    for number in range(3):
        if number == 1:
            found = replicator.run(number)
            with patch.object(Reduction, "row", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
                disturbed.add(number, *found)
        else:
            disturbed.add(number, *replicator.run(number))
            left_alone.add(number, *replicator.run(number))
    assert_same_tables(left_alone.tables(), disturbed.tables())


def reached(times: list[float], robots: int) -> list[float]:
    """Return when the shares of a fleet of one cohort had the release; the last robots never have."""
    n = len(times)
    ranks = [*_ranks(robots), *_ranks(0), *_ranks(robots)]
    numbers = list(range(n))
    counts = Counts(Traffic(), [], [], [math.inf] * 15, [], [], ranks, [0] * cells_for(3), times, numbers, [0.0] * n, [0] * n, [0] * n)
    reach(n, [0] * robots, [False] * robots, counts)
    assert np.isnan(counts.reached[5:10]).all()
    np.testing.assert_equal(counts.reached[10:], counts.reached[:5])
    return list(counts.reached[:5])


def test_time_to_reach_rounds_up_in_integers() -> None:
    ascending = [float(t) for t in range(1, 101)]
    assert reached(ascending[::-1], 100) == [50.0, 90.0, 95.0, 99.0, 100.0]  # 0.95 · 100 is less than 95 in binary
    assert reached(ascending[:3], 3) == [2.0, 3.0, 3.0, 3.0, 3.0]
    assert reached(ascending[:2], 3)[:1] == [2.0]
    for times, robots in ((ascending[:2], 3), (ascending[:0], 3), (ascending[:0], 0)):
        assert np.isnan(reached(times, robots)[1:]).all()


@given(st.lists(st.floats(-1e300, 1e300), max_size=30))
def test_sums_are_rounded_once(numbers: list[float]) -> None:
    assert exact_sum(numbers, 0, 1, len(numbers), [math.nan] * 64) == math.fsum(numbers)


instants = st.lists(st.one_of(st.integers(0, 4).map(float), st.floats(0.0, 1e7)), max_size=60)


@given(instants)
def test_instants_are_in_order_and_equal_ones_keep_theirs(t: list[float]) -> None:
    expected = sorted(range(len(t)), key=t.__getitem__)
    assert in_time(np.array(t)).tolist() == expected
    for sort in (insert, lambda *pairs: merge(*pairs[:2], [0.0] * len(t), [0] * len(t), *pairs[2:])):
        ascending, order = list(t), list(range(len(t)))
        sort(ascending, order, 0, len(t))
        assert (ascending, order) == (sorted(t), expected)


SHAPES = {
    "none": [],
    "one": [3.0],
    "equal": [2.0] * 100,
    "spread": np.random.default_rng(1).exponential(60.0, 5000),
    "whole seconds": np.random.default_rng(2).exponential(60.0, 5000).round(),
    "one far away": [*np.random.default_rng(3).exponential(60.0, 500), 1e9],
    "as near as doubles are": [1.0, 1.0 + 2**-52, 1.0, 1.0 - 2**-53] * 40,
    "denormal": [5e-324, 0.0] * 40,
}


def ordered(t: Any, ascending: Any, order: Any) -> None:
    in_order(t, len(t), ascending, order)


@pytest.mark.parametrize("t", SHAPES.values(), ids=list(SHAPES))
def test_machine_code_puts_instants_in_the_same_order(t: Any) -> None:
    """By another algorithm than plain Python."""
    ascending, order = np.zeros(len(t)), np.zeros(len(t), np.int64)
    compiled(ordered)(np.array(t), ascending, order)
    assert ascending.tolist() == sorted(t)
    assert order.tolist() == sorted(range(len(t)), key=t.__getitem__)


flow = st.tuples(st.integers(0, 6).map(float), st.integers(0, 4).map(float), st.sampled_from([0.1, 0.7, 3.0, math.inf]), st.booleans())


@given(st.lists(flow, max_size=12), st.lists(st.tuples(st.integers(0, 8).map(float), st.sampled_from([0.0, 0.2, 5.0])), max_size=4))
@search(60)
def test_peaks_by_hand(flows: list[tuple[float, float, float, bool]], uses: list[tuple[float, float]]) -> None:
    """At every instant at which something changes, after all that changes then."""
    started, ended, rate, alone = (np.array([f[k] for f in flows]) for k in range(4))
    ended = started + np.where(rate == math.inf, 0.0, ended)
    known = dict(uses)
    use = Use(np.array([0.0, *sorted(known)]), np.array([0.0, *(known[t] for t in sorted(known))]), math.inf)
    rates, numbers = [0.0], [0]
    for t in {*started, *ended, *use.t}:
        flowing = (started <= t) & (ended > t)
        rates.append(rate[flowing & alone.astype(bool)].sum() + use.rate[use.t <= t][-1])
        numbers.append(int(flowing.sum()))
    rows = [float(number) for k in range(len(flows)) for number in (k, started[k], ended[k], rate[k])]
    of_robots = list(range(len(flows))), [-1 if f[3] else 0 for f in flows]
    steps = [number for step in zip(use.t.tolist(), use.rate.tolist(), strict=True) for number in step]
    found = count_transfers(Traffic(), rows, len(flows), of_robots, steps, len(use.t), math.inf)
    assert found == (pytest.approx(max(rates), abs=1e-12), max(numbers))


@given(st.lists(flow, max_size=12), st.lists(st.integers(0, 8).map(float), max_size=4), st.randoms())
@search(60)
def test_counted_in_parts_the_sums_are_the_same_to_the_last_bit(
    flows: list[tuple[float, float, float, bool]], parts: list[float], luck: random.Random
) -> None:
    """Whatever the order of the rows, except for those of one robot, and whichever rows are dropped once they have ended."""
    rows = [
        [float(number // 2), start, start + (0.0 if rate == math.inf else length), rate]
        for number, (start, length, rate, _) in enumerate(flows)
    ]
    of_robots = [0] * len(rows), [-1]
    expected = count_transfers(Traffic(), list(chain(*rows)), len(rows), of_robots, [], 0, math.inf)
    robots = list(range(len(rows)))
    luck.shuffle(robots)
    rows.sort(key=lambda row: robots[int(row[0])])
    traffic = Traffic()
    for until in [*sorted(parts), math.inf]:
        found = count_transfers(traffic, list(chain(*rows)), len(rows), of_robots, [], 0, until)
        rows = [row for row in rows if row[2] >= until]
    assert found == expected
