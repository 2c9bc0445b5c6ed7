"""Robots whose links change all the time: what is kept of a replicate without its robots does not grow with the number of changes."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation import replicate
from rolloutsim.simulation.engines.compiled import engine as machine
from rolloutsim.simulation.engines.compiled.state import FLOWS, STEPS, USES, WIDTHS
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.model.job import Job
from rolloutsim.simulation.records import counting_log
from rolloutsim.simulation.records.counting_log import CountingLog
from rolloutsim.simulation.records.log import job_record
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.records.traffic import count_transfers
from rolloutsim.simulation.replicate import Replicator
from tests.simulation.plain_engine import plain_room, run_plainly

FLAPPING = """
fleet:
  - cohort: flapping
    robots: 20
    link: {{rate: {{uniform: {{low: 8 kbit/s, high: 16 kbit/s}}}}}}
    connectivity: {{renewal: {{up: {{exponential: {{mean: 1 s}}}}, down: {{exponential: {{mean: 1 s}}}}}}}}
application: {{bundle: 1 GB}}
deployment: {{deploymentConfig: {{concurrentDeploymentPercentage: 100, robotDeploymentTimeoutInSeconds: {timeout}}}}}
rules: {{{rules}}}
"""


#: Behind a line that is always full; one robot downloads all the time.
SITE = """
fleet:
  - cohort: flapping
    robots: 20
    site: hall
    link: {{rate: {{uniform: {{low: 8 kbit/s, high: 16 kbit/s}}}}}}
    connectivity: {{renewal: {{up: {{exponential: {{mean: 1 s}}}}, down: {{exponential: {{mean: 1 s}}}}}}}}
  - {{cohort: steady, robots: 1, site: hall, link: {{rate: 1 kbit/s}}}}
  - {{cohort: free, robots: 1, link: {{rate: 10 kbit/s}}}}
network: {{{network}}}
application: {{bundle: 1 GB}}
deployment: {{deploymentConfig: {{concurrentDeploymentPercentage: 100, robotDeploymentTimeoutInSeconds: {timeout}}}}}
rules: {{{rules}}}
"""

#: Robots of no site share nothing, or the origin.
NETWORKS = {"site": "sites: {hall: {downlink: 50 kbit/s}}", "origin": "origin: 55 kbit/s, sites: {hall: {downlink: 50 kbit/s}}"}


def flapping(timeout: int, rules: str = "") -> Scenario:
    return parse(FLAPPING.format(timeout=timeout, rules=rules))


def behind_a_line(network: str, timeout: int, rules: str = "") -> Scenario:
    return parse(SITE.format(network=NETWORKS[network], timeout=timeout, rules=rules))


def both(scenario: Scenario, engine: str = "compiled") -> tuple[Tables, Tables, Replicator]:
    """Return the tables of a replicate with all rows, those without, and what made them."""
    found = []
    for flows in (True, False):
        replicator = Replicator(scenario, 3, steps=flows, flows=flows, engine=engine)
        recorder = Recorder(scenario, keep="all" if flows else "jobs", engine=engine)
        recorder.add(0, *replicator.run(0))
        found.append(recorder.tables())
    return *found, replicator


def capacity(replicator: Replicator, which: int = FLOWS) -> int:
    """Return for how many rows there is state."""
    assert replicator._machine is not None
    return int(replicator._machine._sizes[which]) // WIDTHS[which]


def check_same(full: Tables, reduced: Tables) -> None:
    for name in ("jobs", "cohorts", "failure_codes"):
        pd.testing.assert_frame_equal(getattr(reduced, name), getattr(full, name), check_exact=True)


def test_rows_do_not_grow_with_the_time_observed() -> None:
    rooms, rows = [], []
    for timeout in (2_000, 20_000):
        scenario = flapping(timeout, "late_convergence: false")
        full, reduced, replicator = both(scenario)
        check_same(full, reduced)
        left = len(replicator.run(0)[0].flows.rows)
        rooms.append(capacity(replicator))
        rows.append(len(Replicator(scenario, 3, engine="compiled").run(0)[0].flows.rows))
        assert left <= rooms[-1]
    assert rows[1] > 8 * rows[0] > 8 * rooms[0]
    assert rooms[1] == rooms[0]


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
def test_rows_of_shared_links_do_not_grow_with_the_time_observed(network: str) -> None:
    found = []
    for timeout in (2_000, 20_000):
        scenario = behind_a_line(network, timeout, "late_convergence: false")
        full, reduced, replicator = both(scenario)
        check_same(full, reduced)
        assert full.jobs.saturated_s[0] > 0.4 * timeout
        columns, _ = Replicator(scenario, 3, engine="compiled").run(0)
        rows = [len(columns.flows.rows), len(columns.uses.rows)]
        found.append((rows, [capacity(replicator, which) for which in (FLOWS, USES, STEPS)]))
    (few, rooms), (many, rooms_of_many) = found
    assert rooms_of_many == rooms
    assert rooms[1] == 0
    assert all(later > 8 * sooner for sooner, later in zip(few, many, strict=True))
    assert many[0] > 4 * rooms[0]
    assert many[1] > 4 * rooms[2]


#: What calls the job off, with times in seconds as shares of that of the robots' timers.
RULES = ("cancel_at: {0.6}", "on_breach: abort, failure_limit: 1 robots", "observe: {2.4}")


def timed(engine: str, rules: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Return the time of the robots' timers (s), and rules with times; the SimPy engine is made to count as often in a tenth of it."""
    monkeypatch.setattr(counting_log, "LEAST", 100)
    timeout = 300 if engine == "simpy" else 3_000
    return timeout, re.sub(r"\{(.*)\}", lambda found: f"{float(found[1]) * timeout:g} s", rules)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("network", ["site", "origin"])
@pytest.mark.parametrize("rules", RULES)
def test_shared_links_are_counted_once_when_the_job_is_called_off(
    rules: str, network: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, reduced, _ = both(behind_a_line(network, *timed(engine, rules, monkeypatch)), engine)
    assert full.jobs.peak_downloads[0] > 5
    check_same(full, reduced)


class Watched(CountingLog):
    """A log that notes how many rows it ever held."""

    most = 0

    def flow(self, row: tuple[float, ...]) -> None:
        super().flow(row)
        Watched.most = max(Watched.most, len(self._flows) // WIDTHS[FLOWS], len(self._carried) // WIDTHS[STEPS], len(self._uses))


@pytest.mark.slow
@pytest.mark.parametrize("network", ["none", "site", "origin"])
def test_rows_of_the_simpy_engine_do_not_grow_with_the_time_observed(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting_log, "LEAST", 100)
    monkeypatch.setattr(replicate, "CountingLog", Watched)
    held = []
    for timeout in (100, 500):
        rules = "late_convergence: false"
        scenario = flapping(timeout, rules) if network == "none" else behind_a_line(network, timeout, rules)
        Watched.most = 0
        full, reduced, _ = both(scenario, "simpy")
        check_same(full, reduced)
        held.append(Watched.most)
        assert len(Replicator(scenario, 3).run(0)[0].flows.rows) > 6 * timeout
    assert max(held) < 300


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("rules", RULES)
def test_nothing_is_counted_twice_when_the_job_is_called_off(rules: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had been counted of robots in flight is not counted again when their records are written again."""
    full, reduced, _ = both(flapping(*timed(engine, rules, monkeypatch)), engine)
    assert full.jobs.peak_downloads[0] > 5
    check_same(full, reduced)


def test_room_that_was_too_small_is_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows ahead that do not fit have not been counted, and neither has anything after them: their number means little."""
    monkeypatch.setattr(machine, "LEAST", 1)
    monkeypatch.setattr(machine, "FAR", 0)
    full, reduced, replicator = both(flapping(2_000, "late_convergence: false"))
    check_same(full, reduced)
    assert capacity(replicator) in (320, 640, 1280)


def test_rows_that_did_not_fit_are_not_counted() -> None:
    scenario = flapping(200, "late_convergence: false")
    state = plain_room(scenario, 3, 0, rows=10)
    state.counters.full = 0
    run_plainly(scenario, state)
    assert state.ends[FLOWS] > state.sizes[FLOWS]


def test_changes_that_are_not_final_yet_are_counted_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transfer without bytes so far may yet get a row that begins long ago, so nothing since its beginning is final."""
    monkeypatch.setattr(counting_log, "LEAST", 0)

    def largest(final_until: float) -> tuple[float, int]:
        log = CountingLog([0], Links(("hall",), (100.0,), math.inf, (0,)), steps=False)
        log.connect(Job(), lambda: (final_until, []))
        for t, rate in ((0.0, 10.0), (1.0, 90.0), (2.0, 5.0), (3.0, 0.0)):
            log.use((t, 0.0, rate, 1.0))
        for start in (0.0, 0.5, 1.0, 1.5, 2.0):
            log.flow((0.0, start, 4.0, 1.0))
        columns = log.columns(job_record(Job(), 0), [0])
        assert columns.counted is not None
        traffic, _, steps, end = columns.counted
        flows = columns.flows.rows
        return count_transfers(traffic, flows.ravel().tolist(), len(flows), ([0], [0]), steps.tolist(), end // 2, math.inf)

    assert largest(0.5) == largest(4.0) == (90.0, 5)
