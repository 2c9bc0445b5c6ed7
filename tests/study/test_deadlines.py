"""Deadlines, by scenarios of constants: 40 robots, 4 at a time, of which each takes as long as its download."""

from __future__ import annotations

import pytest

import rolloutsim
from rolloutsim import UsageError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.study.deadlines import Deadline, latest_start

START = "2026-01-05 21:00"


def fleet(bundle: str = "350 MB", start: str | None = START) -> Scenario:
    """Ten robots one after the other, each with 1 s per MB."""
    rules = f"rules: {{concurrency: 1{f', start: {start!r}' if start else ''}}}"
    return parse(f"fleet: [{{cohort: dock, robots: 10, link: {{rate: 8 Mbit/s}}}}]\napplication: {{bundle: {bundle}}}\n{rules}")


@pytest.mark.parametrize(("by", "kept"), [("21:58", 0.0), ("21:59", 1.0), ("58 min", 0.0), ("3500 s", 1.0), ("20:59", 1.0)])
def test_a_deadline_of_constants_is_kept_or_not(by: str, kept: float) -> None:
    # Ten downloads of 350 s take 3500 s, until 21:58:20.
    found = rolloutsim.simulate(fleet(), replicates=3, seed=1).probability_by(by)
    assert (found.low, found.best, found.high) == (kept, kept, kept)


def test_the_interval_is_that_of_a_proportion() -> None:
    found = Deadline.parse("1 h", fleet()).probability([3599.0, 3600.0, 3601.0, float("inf"), float("nan")], rolloutsim.analysis.UNKNOWN)
    assert (found.best, found.n, found.note) == (0.5, 4, "2 of 4")
    assert (found.low, found.high) == (pytest.approx(0.0676, abs=1e-4), pytest.approx(0.9324, abs=1e-4))


def test_the_deadline_is_the_first_such_instant_after_the_start() -> None:
    assert Deadline.parse("06:00", fleet()).seconds == 9 * 3600
    assert Deadline.parse("21:00", fleet()).seconds == 24 * 3600
    assert Deadline.parse("06:00", fleet(start="2026-01-05 05:30+02:00")).seconds == 1800


def test_the_clock_of_a_schedule_has_the_day_of_its_zone() -> None:
    schedule = "{timezone: Europe/Berlin, online: ['00:00-24:00 Mon-Sun']}"
    text = f"fleet: [{{cohort: dock, robots: 1, connectivity: {{schedule: {schedule}}}}}]\napplication: {{bundle: 1 MB}}"
    clock = LocalClock.of(parse(text + '\nrules: {start: "2026-03-28 21:00"}'))
    assert clock is not None
    assert clock.after("06:00") == 8 * 3600  # the night in which the clock goes forward
    assert clock.at(8 * 3600) == "Sun 06:00"


def test_a_week_later_the_date_is_shown() -> None:
    clock = LocalClock.of(fleet())
    assert clock is not None
    assert (clock.at(60.0), clock.at(7 * 86400.0), clock.at(float("inf"))) == ("Mon 21:01", "2026-01-12 21:00", "")


@pytest.mark.parametrize(
    ("bundle", "latest", "count"),
    [
        ("350 MB", "2026-01-06 05:00+00:00", 4),  # 3500 s: an hour before is enough, 45 min are not
        ("360 MB", "2026-01-06 05:00+00:00", 4),  # 3600 s: on the dot
        ("361 MB", "2026-01-06 04:45+00:00", 5),
        ("8.64 GB", "2026-01-05 06:00+00:00", 96),  # all of the 24 h
    ],
)
def test_the_latest_start(bundle: str, latest: str, count: int) -> None:
    found = latest_start(fleet(bundle), "06:00", replicates=1, executor=1)
    assert found.latest is not None
    assert (found.latest.start, len(found.starts)) == (latest, count)
    assert [start.probability.best for start in found.starts] == [0.0] * (count - 1) + [1.0]


def test_no_start_is_early_enough() -> None:
    found = latest_start(fleet("8.65 GB"), "06:00", replicates=1, executor=1)
    assert found.latest is None
    assert len(found.starts) == 96


def test_starts_by_a_schedule_are_simulated_each() -> None:
    # Robots are online from 02:00 on: whenever the job starts before, it ends at 02:58:20.
    schedule = "{timezone: UTC, online: ['02:00-24:00 Mon-Sun']}"
    text = f"fleet: [{{cohort: dock, robots: 10, link: {{rate: 8 Mbit/s}}, connectivity: {{schedule: {schedule}}}}}]"
    scenario = parse(f'{text}\napplication: {{bundle: 350 MB}}\nrules: {{concurrency: 1, start: "{START}"}}')
    found = latest_start(scenario, "03:00", replicates=1, executor=1)
    assert found.latest is not None
    assert found.latest.start == "2026-01-06 02:00+00:00"


@pytest.mark.parametrize(
    ("by", "metric", "message"),
    [
        ("soon", "time_to_complete", "neither a time of day nor a duration"),
        ("24:00", "time_to_complete", "neither a time of day nor a duration"),
        ("06:00", "succeeded_share", "a deadline needs a time"),
        ("06:00", "time_to_complete.p95", "write time_to_complete"),
        ("06:00", "time_to_complet", "did you mean time_to_complete"),
    ],
)
def test_what_is_no_deadline(by: str, metric: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Deadline.parse(by, fleet(), metric)


def test_a_time_of_day_needs_a_start() -> None:
    with pytest.raises(UsageError, match=r"set rules\.start"):
        Deadline.parse("06:00", fleet(start=None))
    with pytest.raises(UsageError, match="does not move with the start"):
        latest_start(fleet(), "8 h")


def test_too_few_replicates_are_refused() -> None:
    noisy = fleet().replace("fleet.dock.link.rate", {"lognormal": {"median": "8 Mbit/s", "sigma": 0.2}})
    with pytest.raises(UsageError, match="at least 72"):
        latest_start(noisy, "06:00", replicates=71)


def test_estimates_by_name() -> None:
    results = rolloutsim.simulate(fleet(), replicates=3, seed=1)
    assert results.estimate("time_to_complete.mean").best == 3500.0
    assert results.estimate("succeeded_share[dock]").best == 1.0
    with pytest.raises(UsageError, match="did you mean time_to_complete"):
        results.estimate("time_to_complet.p90")
    with pytest.raises(UsageError, match="did you mean dock"):
        results.estimate("failed[dok]")
