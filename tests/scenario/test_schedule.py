"""Windows of the local clock as instants: days, weeks, overlaps, and both changes of the clock."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rolloutsim.scenario import Schedule, build, parse
from rolloutsim.scenario.parts.schedule import first_instant
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.zones import parse_timezone, zone_of
from rolloutsim.scenario.words.links import connectivity_line
from tests.expected_errors import expected_error

HOUR = 3600.0
DAY = 24 * HOUR


def schedule(*online: str, timezone: str = "Europe/Berlin") -> Schedule:
    return Schedule.model_validate({"online": list(online), "timezone": timezone})


def hours(of: Schedule, start: str, until: float) -> list[tuple[float, float]]:
    """Return when it is open, in hours after a local start, as far as that is within [0, until)."""
    begin = first_instant(datetime.fromisoformat(start), ZoneInfo(of.timezone))
    found = of.intervals(begin, 0.0, until * HOUR)
    return [(opens / HOUR, closes / HOUR) for opens, closes in found if closes > 0 and opens < until * HOUR]


def test_a_window_belongs_to_the_day_on_which_it_opens() -> None:
    # 2026-01-05 is a Monday
    nights = schedule("22:00-06:00 Mon-Fri")
    assert hours(nights, "2026-01-05 21:00", 7 * 24) == [(1 + 24 * day, 9 + 24 * day) for day in range(5)]
    assert hours(nights, "2026-01-05 03:00", 24) == [(19, 27)]  # the night of Sunday to Monday is none
    assert hours(nights, "2026-01-10 03:00", 24) == [(-5, 3)]  # that of Friday to Saturday is
    assert hours(schedule("00:00-24:00 Sat-Sun"), "2026-01-05 00:00", 7 * 24) == [(120, 168)]


def test_overlapping_and_touching_windows_are_one() -> None:
    assert hours(schedule("08:00-12:00", "11:00-13:00", "13:00-14:00"), "2026-01-05 00:00", 24) == [(8, 14)]
    always = hours(schedule("00:00-24:00"), "2026-01-05 00:00", 24)
    assert len(always) == 1
    assert always[0][0] < 0
    assert always[0][1] > 24


def test_days() -> None:
    assert schedule("01:00-02:00 Fri-Mon,Wed").windows[0].days == (0, 2, 4, 5, 6)
    assert str(schedule("1:00-2:00 Wed,Fri-Mon").windows[0]) == "01:00-02:00 Mon,Wed,Fri-Sun"
    assert str(schedule("22:00-24:00").windows[0]) == "22:00-24:00 Mon-Sun"
    assert str(schedule("22:00-00:00").windows[0]) == "22:00-24:00 Mon-Sun"


@pytest.mark.parametrize(
    ("online", "share"),
    [
        (["22:00-06:00 Mon-Fri", "00:00-24:00 Sat-Sun"], (4 * 8 + 2 + 48) / 168),
        (["22:00-06:00 Mon-Fri"], 40 / 168),
        (["12:00-11:00"], 23 / 24),
        (["20:00-10:00 Sun", "04:00-06:00 Mon"], 14 / 168),
        (["00:00-24:00"], 1.0),
    ],
)
def test_availability_is_what_the_windows_add_up_to(online: list[str], share: float) -> None:
    of = schedule(*online, timezone="UTC")
    assert of.availability == pytest.approx(share, rel=1e-12)
    week = [max(0.0, min(closes, 168 + 24) - max(opens, 24)) for opens, closes in hours(of, "2026-01-05 00:00", 168 + 48)]
    assert sum(week) / 168 == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize(
    ("zone", "start", "window", "expected"),
    [
        # Berlin goes forward at 02:00 on 2026-03-29 and back at 03:00 on 2026-10-25
        ("Europe/Berlin", "2026-03-28 12:00", "22:00-06:00", (10, 17)),
        ("Europe/Berlin", "2026-03-28 12:00", "02:30-05:00", (14, 16)),  # opens when the clock jumps to 03:00
        ("Europe/Berlin", "2026-03-28 12:00", "01:00-02:30", (13, 14)),
        ("Europe/Berlin", "2026-10-24 12:00", "22:00-06:00", (10, 19)),
        ("Europe/Berlin", "2026-10-24 12:00", "02:30-05:00", (14.5, 18)),  # the first of the two half past two
        ("Europe/Berlin", "2026-10-24 12:00", "01:00-02:30", (13, 14.5)),
        # a zone of half hours that goes forward at 02:00 on 2026-10-04 and back at 03:00 on 2026-04-05
        ("Australia/Adelaide", "2026-10-03 12:00", "22:00-06:00", (10, 17)),
        ("Australia/Adelaide", "2026-04-04 12:00", "22:00-06:00", (10, 19)),
        # and one that changes by half an hour
        ("Australia/Lord_Howe", "2026-10-03 12:00", "22:00-06:00", (10, 17.5)),
        ("Australia/Lord_Howe", "2026-10-03 12:00", "02:15-06:00", (14, 17.5)),
        ("Australia/Lord_Howe", "2026-04-04 12:00", "22:00-06:00", (10, 18.5)),
        ("Asia/Kolkata", "2026-03-28 12:00", "22:00-06:00", (10, 18)),
    ],
)
def test_changes_of_the_clock(zone: str, start: str, window: str, expected: tuple[float, float]) -> None:
    assert hours(schedule(window, timezone=zone), start, 24)[0] == expected


def test_a_window_within_the_hour_that_is_left_out_does_not_open() -> None:
    assert hours(schedule("02:15-02:45"), "2026-03-28 12:00", 24) == []
    assert hours(schedule("02:15-02:45"), "2026-10-24 12:00", 24) == [(14.25, 14.75)]


def fleet(start: str | None = "2026-01-05 21:00", jitter: str = "0 s", **more: object) -> dict[str, object]:
    online = {"online": ["22:00-06:00 Mon-Fri", "00:00-24:00 Sat-Sun"], "timezone": "Europe/Berlin", "jitter": jitter}
    return {
        "fleet": [{"cohort": "a", "robots": 1, "connectivity": {"schedule": online}}],
        "application": {"bundle": "1 MB"},
        "rules": {"start": start},
        **more,
    }


def test_schedules_survive_being_written() -> None:
    for jitter in ("0 s", "30 min"):
        scenario = build(fleet(jitter=jitter))
        again = build(scenario.resolved())
        assert again.fleet == scenario.fleet
        assert again.fingerprint() == scenario.fingerprint()
        schedule = scenario.fleet[0].connectivity
        assert isinstance(schedule, Schedule)
        assert Schedule.model_validate(schedule.write()) == schedule


def test_the_start_moves_numbers_only_with_schedules() -> None:
    assert build(fleet()).fingerprint() != build(fleet("2026-01-05 22:00")).fingerprint()
    plain = "fleet: [{cohort: a, robots: 1}]\napplication: {bundle: 1 MB}\nrules: {start: '2026-01-05 2%s:00'}"
    assert parse(plain % 1).fingerprint() == parse(plain % 2).fingerprint()


def test_a_start_with_an_offset_is_the_same_everywhere() -> None:
    rules = build(fleet("2026-01-05 21:00+01:00")).rules
    assert rules.started_at("Asia/Tokyo") == build(fleet()).rules.started_at("Europe/Berlin")
    with pytest.raises(ValueError, match="no local start"):
        parse("fleet: [{cohort: a, robots: 1}]\napplication: {bundle: 1 MB}").rules.started_at("UTC")


def test_what_is_replaced_is_checked_again() -> None:
    scenario = build(fleet())
    assert scenario.replace("rules.start", "2026-03-30 08:00").rules.start == "2026-03-30 08:00"
    with expected_error("incomplete", "rules.start"):
        scenario.replace("rules.start", None)


def test_words() -> None:
    text = connectivity_line(build(fleet(jitter="30 min")).fleet[0]).text
    assert text == (
        "online 22:00-06:00 Mon-Fri and 00:00-24:00 Sat-Sun (Europe/Berlin), 48.8 % of the week; later by 30 min, drawn for each robot"
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("localtime", "this is the zone of the machine that computes"),
        ("posixrules", "this is another zone on other machines"),
        ("Factory", "a machine whose zone was never set"),
        ("right/Europe/Berlin", "it counts leap seconds, which dates of POSIX time do not; write Europe/Berlin"),
        ("posix/Europe/Berlin", "not every machine has it; write Europe/Berlin"),
        ("posix/Nowhere", "not every machine has it; write e.g. Europe/Berlin or UTC"),
        ("Europe", "no such time zone"),
        ("tzdata.zi", "no such time zone"),
        ("../zoneinfo/UTC", "no such time zone"),
        (5, "a time zone is needed"),
    ],
)
def test_names_that_are_no_zones_or_depend_on_the_machine(name: Any, why: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_timezone(name)
    assert why in str(caught.value.problem)


def test_zones_are_those_of_the_package(tmp_path: Path) -> None:
    """A machine's own zone folder is not asked."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Rome").write_bytes((files("tzdata") / "zoneinfo" / "Asia" / "Tokyo").read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        assert ZoneInfo.no_cache("Europe/Rome").utcoffset(datetime(2026, 1, 1)) == timedelta(hours=9)
        zone_of.cache_clear()
        assert zone_of("Europe/Rome").utcoffset(datetime(2026, 1, 1)) == timedelta(hours=1)
    finally:
        zoneinfo.reset_tzpath(before)
