"""Dated records laid against a dated start: worked out by hand, in both engines, and what does not fit together."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, build, describe
from tests.expected_errors import expected_error
from tests.simulation.comparison import assert_same_tables
from tests.simulation.worlds import replicates, tables

DAY = [("2026-11-01T00:00", 1), ("2026-11-01T06:00", 0), ("2026-11-01T22:00", 1), ("2026-11-02T06:00", 0), ("2026-11-02T22:00", 1)]
END = ("2026-11-03T00:00", 1)


def night(folder: Path, start: str | None, zone: str = "+01:00", rows: Any = (*DAY, END), **trace: Any) -> Scenario:
    """Return a scenario with a link that was there from 22:00 to 06:00; a download takes 600 s."""
    (folder / "day.csv").write_text("time,online\n" + "".join(f"{time}{zone},{on}\n" for time, on in rows))
    recorded = {"file": "day.csv", "time": "time", "online": "online", "offset": "clock", **trace}
    cohort = {"cohort": "field", "robots": 2, "link": {"rate": "8 Mbit/s"}, "connectivity": {"trace": recorded}}
    timeout = {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 604800}}
    rules = {} if start is None else {"start": start}
    return build({"fleet": [cohort], "application": {"bundle": "600 MB"}, "deployment": timeout, "rules": rules}, "a.yaml", folder)


def finished(scenario: Scenario) -> list[float]:
    found = {float(t) for t in replicates(scenario, 1, seed=1)[0].robots["finished"]}
    assert_same_tables(tables(scenario, 1, seed=1), tables(scenario, 1, seed=1, work=10**9))
    return sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-02T12:00:00+01:00", 10 * 3600 + 600.0),  # online again at 22:00
        ("2026-11-02T11:00:00+00:00", 10 * 3600 + 600.0),  # the same instant
        ("2026-11-01T05:55:00+01:00", 16 * 3600 + 600.0),  # five minutes in the morning, the rest from 22:00 on
        ("2026-11-01T00:00:00+01:00", 600.0),  # the beginning of the record
        ("2026-11-03T12:00:00+01:00", 10 * 3600 + 600.0),  # two days later it repeats
        ("2026-10-28T12:00:00+01:00", 10 * 3600 + 600.0),  # and before it, too
    ],
)
def test_a_dated_record_goes_by_the_clock(start: str, expected: float, tmp_path: Path) -> None:
    assert finished(night(tmp_path, start, period="2 d")) == [expected]


@pytest.mark.parametrize("start", ["2026-11-02 12:00", "2026-11-02T12:00:00+01:00"])
def test_a_record_without_offsets_has_a_time_zone(start: str, tmp_path: Path) -> None:
    assert finished(night(tmp_path, start, "", period="2 d", timezone="Europe/Berlin")) == [36600.0]
    assert finished(night(tmp_path, "2026-11-02 12:00", "", period="2 d", timezone="Asia/Tokyo")) == [36600.0]


def test_a_record_in_milliseconds_since_1970_goes_by_the_clock(tmp_path: Path) -> None:
    rows = [(int(datetime.fromisoformat(f"{time}+01:00").timestamp() * 1000), on) for time, on in (*DAY, END)]
    assert finished(night(tmp_path, "2026-11-02T12:00:00+01:00", "", rows, time_unit="ms", period="2 d")) == [36600.0]


def test_recorded_rates_go_by_the_clock(tmp_path: Path) -> None:
    """8 Mbit/s until 12:30 and nothing from then until 13:00: 150 MB before, 450 after, at 4 Mbit/s."""
    scenario = night(tmp_path, "2026-11-02T12:27:30Z", period="2 d")
    (tmp_path / "rates.csv").write_text("time,rate\n2026-11-02T00:00Z,8\n2026-11-02T12:30Z,0\n2026-11-02T13:00Z,4\n")
    trace = {"file": "rates.csv", "time": "time", "rate": "rate", "unit": "Mbit/s", "offset": "clock", "period": "1 d"}
    scenario = scenario.replace_all({"fleet.field.connectivity": "always", "fleet.field.link": {"trace": trace}})
    assert finished(scenario) == [150 + 1800 + 900.0]


def test_it_is_a_scenario_again_when_it_is_written(tmp_path: Path) -> None:
    scenario = night(tmp_path, "2026-11-02 12:00", "", period="2 d", timezone="Europe/Berlin")
    again = build(scenario.resolved())
    assert again.fleet == scenario.fleet
    assert again.fingerprint() == scenario.fingerprint()
    assert scenario.resolved()["fleet"][0]["connectivity"]["trace"]["patterns"][0]["begins"] == "2026-10-31T23:00:00+00:00"
    assert scenario.replace("rules.start", "2026-11-02 13:00").fingerprint() != scenario.fingerprint()
    aligned = scenario.replace("fleet.field.connectivity.trace.offset", "aligned")
    assert aligned.fingerprint() == aligned.replace("rules.start", "2026-11-02 13:00").fingerprint()


def test_words(tmp_path: Path) -> None:
    words = [line.text for section in describe(night(tmp_path, "2026-11-02T12:00+01:00", period="2 d")) for line in section.lines]
    assert any("again and again by the clock, recorded from 2026-10-31 23:00 UTC on" in text for text in words)
    assert "start: 2026-11-02T12:00+01:00" in words
    local = night(tmp_path, "2026-11-02 12:00", "", period="2 d", timezone="Europe/Berlin")
    assert "start: 2026-11-02 12:00, local time in Europe/Berlin" in [line.text for section in describe(local) for line in section.lines]


@pytest.mark.parametrize(
    ("start", "zone", "more", "expected"),
    [
        (None, "+01:00", {}, "rules.start: found nothing; a trace with offset: clock needs the time at which the job starts"),
        ("2026-11-02 12:00", "+01:00", {}, "the dates of the trace have their offset from UTC, so a local time is not enough"),
        ("2026-11-02 12:00", "", {}, "timezone: found nothing; the dates of day.csv have no offset from UTC; add timezone"),
        ("2026-03-29 02:30", "", {"timezone": "Europe/Berlin"}, "clocks go forward in Europe/Berlin: this time does not exist"),
        ("2026-11-02 12:00", "", {"timezone": "localtime"}, "this is the zone of the machine that computes"),
    ],
)
def test_what_does_not_fit_together(start: str | None, zone: str, more: dict[str, Any], expected: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        night(tmp_path, start, zone, **more)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "more", "expected"),
    [
        ([(0, 1), (60, 0)], {}, "the clock needs dates or times since 1970, and those of day.csv begin at 0 s"),
        ([(10**16, 1), (10**16 + 60, 0)], {"time_unit": "d"}, "the times of day.csv are no dates before the year 9999"),
    ],
)
def test_times_that_are_no_dates(rows: Any, more: dict[str, Any], expected: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        night(tmp_path, "2026-11-02 12:00", "", rows, **more)
    assert expected in str(caught.value)


def test_a_record_that_drifts_against_the_clock_gets_a_warning(tmp_path: Path) -> None:
    (warning,) = night(tmp_path, "2026-11-02T12:00+01:00").warnings
    assert "every 2.333 days, which is no whole number" in warning.why
    assert warning.hint == "write where it ends, e.g. period: 2 d"
    assert night(tmp_path, "2026-11-02T12:00+01:00", period="2 d").warnings == ()


def test_patterns_that_are_spelled_out(tmp_path: Path) -> None:
    pattern = {"period": "1 d", "times": [0, 21600, 79200], "online": [1, 0, 1], "begins": "2026-11-01T00:00+01:00"}
    trace = {"patterns": [pattern], "offset": "clock"}
    scenario = night(tmp_path, "2026-11-02T12:00+01:00", period="2 d")
    assert finished(scenario.replace("fleet.field.connectivity", {"trace": trace})) == [36600.0]
    for begins in ("2026-11-01T00:00", 5, "1066-10-14T09:00+00:00", "soon"):
        wrong = {"trace": {**trace, "patterns": [{**pattern, "begins": begins}]}}
        with expected_error("malformed", "fleet.field.connectivity.trace.patterns[0].begins"):
            scenario.replace("fleet.field.connectivity", wrong)
    undated = {key: value for key, value in pattern.items() if key != "begins"}
    with expected_error("missing-key", "fleet.field.connectivity.trace.patterns[0].begins"):
        scenario.replace("fleet.field.connectivity", {"trace": {**trace, "patterns": [undated]}})
    with expected_error("unknown-key", "fleet.field.connectivity.trace.patterns[0].begins"):
        scenario.replace("fleet.field.connectivity", {"trace": {**trace, "offset": "aligned"}})


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=3), timedelta(days=40, seconds=1)])
def test_it_is_an_aligned_trace_that_begins_at_the_start(late: timedelta, tmp_path: Path) -> None:
    """The law of the clock: what is recorded at an instant holds then, whatever the job's start is."""
    begun = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    rows = [((begun + timedelta(hours=h)).isoformat(), int(h % 5 < 2)) for h in range(72)]
    clock = night(tmp_path, (begun + late).isoformat(), "", rows, period="3 d")
    shift = int(late.total_seconds()) % (72 * 3600)
    cut = {h * 3600 - shift for h in range(72) if h * 3600 > shift} | {h * 3600 - shift + 72 * 3600 for h in range(72) if h * 3600 < shift}
    times = sorted({0, *cut})
    values = [int((t + shift) // 3600 % 72 % 5 < 2) for t in times]
    aligned = {"patterns": [{"period": "72 h", "times": times, "online": values}], "offset": "aligned"}
    assert finished(clock) == finished(clock.replace("fleet.field.connectivity", {"trace": aligned}))
