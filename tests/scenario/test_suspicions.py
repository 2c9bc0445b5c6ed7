"""What is probably not meant gets a warning, and slips get a message with what to write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import build
from rolloutsim.scenario.reading.zones import zone_of


def raw(**cohort: Any) -> dict[str, Any]:
    fleet = [{"cohort": "a", "robots": 5, "link": {"rate": "80 Mbit/s"}, **cohort}]
    return {"fleet": fleet, "application": {"bundle": "60 MB"}, "rules": {"start": "2026-01-05 21:00"}}


def warned(data: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in build(data).warnings if problem.severity == "warning"]


def refused(data: dict[str, Any]) -> str:
    with pytest.raises(ScenarioError) as caught:
        build(data)
    return str(caught.value)


def windows(*online: str, interrupted: str = "resume", bundle: str = "60 MB") -> dict[str, Any]:
    data = raw(connectivity={"schedule": {"online": list(online), "timezone": "UTC"}})
    return {**data, "application": {"bundle": bundle, "download": {"interrupted": interrupted}}}


def launching(duration: Any) -> dict[str, Any]:
    return {**raw(), "application": {"bundle": "60 MB", "steps": {"launching": {"duration": duration}}}}


@pytest.mark.parametrize(("size", "hint"), [("1.000 MB", "write 1 MB if that is meant, or 1000 MB"), ("2.450 kB", "write 2.45 kB if that")])
def test_a_point_that_may_be_meant_for_thousands(size: str, hint: str) -> None:
    (warning,) = warned({**raw(), "application": {"bundle": size}})
    assert hint in warning
    assert "application.bundle" in warning


@pytest.mark.parametrize("size", ["1.5 MB", "0.125 MB", "1.0000 MB", "1000 MB", "1234.567 MB"])
def test_points_that_only_separate_decimals(size: str) -> None:
    assert warned({**raw(), "application": {"bundle": size}}) == []


def test_durations_have_thousandths_and_free_text_has_anything() -> None:
    assert warned(launching("1.125 s")) == []
    assert len(warned(launching("1.200 s"))) == 1
    assert warned({**raw(), "description": "1.000 MB", "scenario": "1.000 MB"}) == []


@pytest.mark.parametrize(
    ("normal", "moved"),
    [
        ({"mean": "10 s", "sd": "10 s"}, "by 28.8 %"),  # the mean of a normal variable given that it is positive: 1 + φ(1)/Φ(1)
        ({"mean": "0 s", "sd": "10 s"}, "from 0 s"),
        ({"mean": "10 s", "sd": "5 s"}, "by 2.76 %"),
    ],
)
def test_a_normal_distribution_whose_mean_moves(normal: dict[str, str], moved: str) -> None:
    (warning,) = warned(launching({"normal": normal}))
    assert f"moves its mean {moved}" in warning


def test_a_normal_distribution_that_is_far_from_zero() -> None:
    assert warned(launching({"normal": {"mean": "10 s", "sd": "3 s"}})) == []
    assert warned(launching({"mixture": [{"weight": 1, "of": {"normal": {"mean": "1 min", "sd": "5 s"}}}]})) == []


def test_a_normal_distribution_of_rates_within_another() -> None:
    rate = {"truncated": {"of": {"normal": {"mean": "8 Mbit/s", "sd": "8 Mbit/s"}}, "high": "100 Mbit/s"}}
    (warning,) = warned(raw(link={"rate": rate}))
    assert "fleet.a.link.rate.truncated.of.normal" in warning


@pytest.mark.parametrize("online", [["00:00-23:59"], ["00:00-11:59", "12:00-24:00"], ["22:00-05:59", "06:00-22:00"]])
def test_windows_that_leave_out_a_minute(online: list[str]) -> None:
    (warning,) = warned(windows(*online))
    assert "a minute between two windows is left out" in warning


@pytest.mark.parametrize("online", [["00:00-24:00"], ["22:00-06:00 Mon-Fri"], ["00:00-12:00", "12:00-24:00"], ["08:00-23:59"]])
def test_windows_that_are_meant_so(online: list[str]) -> None:
    assert warned(windows(*online)) == []


def test_a_download_that_fits_into_no_window() -> None:
    (warning,) = [text for text in warned(windows("22:00-06:00", interrupted="restart", bundle="300 GB")) if "restart" in text]
    assert "the download takes 8.33 h, and the longest window is 8 h" in warning
    assert not any("restart" in text for text in warned(windows("22:00-06:00", interrupted="restart", bundle="280 GB")))
    assert not any("restart" in text for text in warned(windows("22:00-06:00", interrupted="resume", bundle="300 GB")))
    assert not any("restart" in text for text in warned(windows("00:00-24:00", interrupted="restart", bundle="300 GB")))
    assert not any(
        "restart" in text for text in warned({**raw(), "application": {"bundle": "1 GB", "download": {"interrupted": "restart"}}})
    )


@pytest.mark.parametrize(
    ("window", "hint"),
    [("Sun 02:00-04:00", 'write "02:00-04:00 Sun"'), ("Mon-Fri: 22:00-06:00", 'write "22:00-06:00 Mon-Fri"')],
)
def test_the_days_of_a_window_come_last(window: str, hint: str) -> None:
    assert f"the days come last; {hint}" in refused(windows(window))


def test_characters_that_only_look_like_others_are_named() -> None:
    assert "(U+2013 is no hyphen)" in refused(windows("22:00\u201306:00 Mon-Fri"))
    assert r"22:00-06:00\xa0Mon" in refused(windows("22:00-06:00\u00a0Mon"))
    assert "(U+00A0 is no plain space)" in refused(windows("22:00-06:00\u00a0Mon"))
    failures = {"ExtractingBundleFailure": "5\u202f%"}
    data = {**raw(), "application": {"bundle": "60 MB", "steps": {"extracting": {"failures": failures}}}}
    assert r"5\u202f%" in refused(data)
    assert "(U+202F is no plain space)" in refused(data)


def test_a_percentage_in_quotes() -> None:
    data = {**raw(), "deployment": {"deploymentConfig": {"concurrentDeploymentPercentage": "100"}}}
    assert "in quotes this is text, and a percentage is a whole number from 1 to 100; write 100" in refused(data)


@pytest.mark.parametrize(
    ("step", "hint"),
    [({"exponential": {"mean": "20 s"}}, "write {duration: {exponential: …}}"), ("20 s", "write {duration: 20 s}")],
)
def test_a_duration_without_its_key(step: Any, hint: str) -> None:
    assert hint in refused({**raw(), "application": {"bundle": "60 MB", "steps": {"launching": step}}})
    assert hint in refused({**raw(), "rules": {"rollback": step}})
    assert "this key is missing" not in refused({**raw(), "rules": {"rollback": step}})


def test_a_range_of_percentages_is_offered_no_distribution() -> None:
    data = {**raw(), "deployment": {"deploymentConfig": {"concurrentDeploymentPercentage": "10-20 %"}}}
    said = refused(data)
    assert "this is a range, and one whole number is needed; write 10 or 20, or vary it by sweep" in said
    assert "uniform" not in said


def behind_a_line(robots: int = 20, **rules: Any) -> dict[str, Any]:
    """Return robots that need 60 MB each, a second each over the line of 480 Mbit/s if they download one after the other."""
    data = raw(robots=robots, site="hall")
    data["fleet"].append({"cohort": "yard", "robots": 20, "site": "yard"})
    data["network"] = {"sites": {"hall": {"downlink": "480 kbit/s"}, "yard": {}}}
    return {**data, "rules": {**data["rules"], "robot_timeout": "3 h", **rules}}


@pytest.mark.parametrize(
    ("rules", "at_once", "takes"),
    [
        ({"concurrency": "11 robots"}, "11", "3.06 h"),  # 1000 s each, and 11,000 s are more than 10,800 s
        ({}, "20", "5.56 h"),
        ({"concurrency": "21 robots", "order": "interleaved"}, "11", "3.06 h"),  # half of the slots, rounded up
    ],
)
def test_a_link_that_is_too_slow_for_the_robots_that_download_at_once(rules: dict[str, Any], at_once: str, takes: str) -> None:
    (warning,) = warned(behind_a_line(**rules))
    assert f"{at_once} robots may download at once, in {takes}; their timers end after 3 h" in warning
    # Another order keeps the robots apart only until the other sites are done: it is no remedy.
    assert warning.endswith("take fewer at once, or a longer robot_timeout")


@pytest.mark.parametrize(
    "rules",
    [
        {"concurrency": "10 robots"},
        {"concurrency": "20 robots", "order": "shuffled"},
        {"robot_timeout": "none"},
        {"limits": [{"max": "10 robots"}]},
        {"stages": [{"share": "20 %"}]},
    ],
)
def test_links_that_are_fast_enough_or_not_known_to_be_too_slow(rules: dict[str, Any]) -> None:
    assert warned(behind_a_line(**rules)) == []


def test_robots_that_are_never_online_do_not_download() -> None:
    data = behind_a_line(robots=10)
    data["fleet"].insert(0, {"cohort": "off", "robots": 30, "site": "hall", "connectivity": "never"})
    assert warned(data) == []


@pytest.mark.parametrize(
    ("robots", "hint"),
    [
        (1.0, "write 1, or 1000 if the point is meant for thousands"),
        (2.5, "write e.g. 50 or 50 robots, or 2500 if the point is meant for thousands"),
        ("2.500 robots", "write e.g. 50 or 50 robots, or 2500 if the point is meant for thousands"),
        ("2.5 robots", "write e.g. 50 or 50 robots"),
        (2000.0, "write 2000"),
        (2.1234, "write e.g. 50 or 50 robots"),
        (0.25, "write e.g. 50 or 50 robots"),
    ],
)
def test_a_number_of_robots_with_a_point(robots: float | str, hint: str) -> None:
    assert refused(raw(robots=robots)).endswith(f"a number of robots is a whole number; {hint}")


def test_the_key_of_windows_that_leave_out_a_minute() -> None:
    rules = {"start": "2026-01-05 21:00", "admit": {"windows": ["00:00-23:59"], "timezone": "UTC"}}
    (warning,) = warned({**raw(), "rules": rules})
    assert warning.startswith("rules.admit.windows: found a list; a minute")


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("UTC+2", "write the name of a zone, e.g. Europe/Berlin, or Etc/GMT-2 (its sign is reversed) for the same offset all year"),
        ("GMT-05:00", "write the name of a zone, e.g. Europe/Berlin, or Etc/GMT+5 (its sign is reversed) for the same offset all year"),
        ("+0200", "write the name of a zone, e.g. Europe/Berlin, or Etc/GMT-2 (its sign is reversed) for the same offset all year"),
        ("UTC+05:30", "write the name of a zone, e.g. Asia/Kolkata"),
        ("utc-13", "write the name of a zone, e.g. Europe/Berlin"),
        ("UTC+0", "write UTC"),
        ("PST", "write e.g. Europe/Berlin or UTC"),
        ("CEST", "write e.g. Europe/Berlin or UTC"),
        ("Etc/GMT+20", "write e.g. Europe/Berlin or UTC"),
        ("utc", "did you mean UTC?"),
        ("berlin", "did you mean Europe/Berlin?"),
        ("America/NewYork", "did you mean America/New_York?"),
    ],
)
def test_no_hint_names_a_zone_that_is_hours_off(zone: str, hint: str) -> None:
    data = raw(connectivity={"schedule": {"online": ["09:00-17:00"], "timezone": zone}})
    assert refused(data).endswith(f"; {hint}")


def test_the_zone_in_a_hint_has_the_offset_that_was_written() -> None:
    for hours in [*range(-12, 0), *range(1, 15)]:
        data = raw(connectivity={"schedule": {"online": ["09:00-17:00"], "timezone": f"UTC{hours:+d}"}})
        zone = zone_of(refused(data).partition("or ")[2].partition(" ")[0])
        assert datetime(2026, 1, 5, tzinfo=zone).utcoffset() == timedelta(hours=hours)
