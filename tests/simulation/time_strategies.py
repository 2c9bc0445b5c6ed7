"""Random durations and spells, and the clocks by which schedules are written: plain data as a file would hold it."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

__all__ = ["Clock", "clocks", "durations", "schedules", "spells", "whole"]

Raw = dict[str, Any]


def whole(low: int, high: int, unit: str = "s") -> st.SearchStrategy[str]:
    """Constants, often equal to each other: instants coincide."""
    return st.integers(low, high).map(lambda n: f"{n} {unit}")


def _halves(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(2 * low, 2 * high).map(lambda n: f"{n / 2} s")


@cache
def _spread(most: int) -> st.SearchStrategy[Raw]:
    """Continuous distributions of times around `most` / 2."""
    size = _halves(1, max(1, most // 2))
    shape = st.sampled_from([0.5, 0.7, 1.0, 2.0, 3.5])
    low_high = st.tuples(st.integers(0, most), st.integers(1, most)).map(lambda t: {"low": f"{t[0]} s", "high": f"{t[0] + t[1]} s"})
    simple = st.one_of(
        st.fixed_dictionaries({"exponential": st.fixed_dictionaries({"mean": size})}),
        st.fixed_dictionaries({"uniform": low_high}),
        st.fixed_dictionaries({"lognormal": st.fixed_dictionaries({"median": size, "sigma": st.sampled_from([0.3, 1.0])})}),
        st.fixed_dictionaries({"lognormal": st.fixed_dictionaries({"mean": size, "sd": size})}),
        st.fixed_dictionaries({"weibull": st.fixed_dictionaries({"shape": shape, "scale": size})}),
        st.fixed_dictionaries({"gamma": st.fixed_dictionaries({"shape": shape, "scale": size})}),
        st.fixed_dictionaries({"normal": st.fixed_dictionaries({"mean": size, "sd": size})}),
        st.fixed_dictionaries({"pareto": st.fixed_dictionaries({"shape": st.sampled_from([1.5, 3.0]), "scale": size})}),
        low_high.map(lambda p: {"triangular": {**p, "mode": p["high"]}}),
        st.lists(whole(1, most), min_size=1, max_size=4).map(lambda values: {"empirical": {"values": values}}),
    )
    parts = st.lists(st.fixed_dictionaries({"weight": st.sampled_from([0.2, 1.0, 3]), "of": simple}), min_size=1, max_size=3)
    return st.one_of(
        simple,
        parts.map(lambda listed: {"mixture": listed}),
        simple.map(lambda of: {"truncated": {"of": of, "low": "0 s", "high": f"{2 * most} s"}}) if most > 2 else simple,
        st.tuples(simple, whole(0, most)).map(lambda t: {"shifted": {"of": t[0], "by": t[1]}}),
    )


@cache
def durations(most: int, *, ties: bool = False) -> st.SearchStrategy[Any]:
    """Durations from 0 s to somewhat more than `most` seconds; with `ties` all in whole seconds, so that instants coincide."""
    if ties:
        values = st.lists(whole(0, most), min_size=2, max_size=4)
        return st.one_of(whole(0, most), values.map(lambda listed: {"empirical": {"values": listed}}))
    return st.one_of(st.just("0 s"), whole(0, most), _halves(0, most), _spread(most))


@cache
def spells(*, ties: bool = False) -> st.SearchStrategy[Any]:
    """Lengths of spells: mostly long enough to be few; some of no length."""
    if ties:
        values = st.tuples(st.lists(whole(5, 100), min_size=2, max_size=4), st.sampled_from([[], [], ["0 s"]])).map(lambda t: t[0] + t[1])
        return st.one_of(whole(5, 100), values.map(lambda listed: {"empirical": {"values": listed}}))
    return st.one_of(whole(5, 100), _spread(100).map(lambda of: {"shifted": {"of": of, "by": "4 s"}}))


class Clock(NamedTuple):
    """When a job begins by local clocks.

    Attributes
    ----------
    start
        As in ``rules.start``.
    minute
        Of the day.
    timezones
        Of schedules.
    """

    start: str
    minute: int
    timezones: tuple[str, ...]


#: Around midnight, and around the nights on which clocks go forward or back: by an hour, by half an hour.
CLOCKS = (
    Clock("2026-01-05 21:00", 21 * 60, ("Europe/Berlin",)),
    Clock("2026-01-04 23:57:30", 23 * 60 + 57, ("America/New_York",)),
    Clock("2026-03-29 01:54", 114, ("Europe/Berlin",)),
    Clock("2026-10-25 02:55", 175, ("Europe/Berlin",)),
    Clock("2026-10-25 02:55+01:00", 175, ("Europe/Berlin", "Europe/Paris")),
    Clock("2026-04-05 01:52", 112, ("Australia/Lord_Howe",)),
    Clock("2026-07-01T12:00:07+05:45", 12 * 60, ("Asia/Kathmandu", "UTC", "Asia/Kolkata")),
)


def clocks() -> st.SearchStrategy[Clock]:
    """Return local clocks at the start of a job."""
    return st.sampled_from(CLOCKS)


@st.composite
def schedules(draw: st.DrawFn, clock: Clock, *, ties: bool = False) -> Raw:
    """Return windows of a few minutes around the start of the job, or of hours."""
    windows = []
    for _ in range(draw(st.integers(1, 3))):
        opens = clock.minute + draw(st.sampled_from([-700, -60, -30, -5, -1, 0, 1, 2, 3, 5, 8, 15, 30, 59, 60, 61, 65]))
        closes = opens + draw(st.sampled_from([1, 1, 2, 3, 5, 10, 30, 60, 600, 1380]))
        days = draw(st.sampled_from(["", "", " Mon-Fri", " Sun", " Mon,Wed", " Sat-Sun", " Fri-Mon"]))
        windows.append("-".join(f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in (opens, closes)) + days)
    schedule: Raw = {"online": windows, "timezone": draw(st.sampled_from(clock.timezones))}
    if draw(st.booleans()):
        jitter = durations(120, ties=ties).map(lambda of: {"truncated": {"of": of, "high": "600 s"}} if isinstance(of, dict) else of)
        schedule["jitter"] = draw(jitter)
    return schedule
