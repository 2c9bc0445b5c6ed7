"""Bounds and tolerances: units become those of the metric, and what is wrong is reported."""

from __future__ import annotations

import pytest

from rolloutsim.analysis import Check, Tolerance
from rolloutsim.errors import UsageError


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("time_to_complete.p95 <= 9 h", 32400.0),
        ("time_to_complete.p95<=90min", 5400.0),
        ("bytes_sent <= 2 GB", 2e9),
        ("bytes_sent <= 2 GiB", 2 * 1024.0**3),
        ("peak_bit_rate <= 1 MB/s", 8e6),
        ("abort_probability <= 0.01", 0.01),
        ("abort_probability <= 1 %", 0.01),
        ("failed_share[dock].p95 < 5%", 0.05),
        ("failed <= 20", 20.0),
        ("failed <= 20 robots", 20.0),
    ],
)
def test_a_bound_is_in_the_unit_of_its_metric(text: str, bound: float) -> None:
    assert Check.parse(text).bound == bound


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [("<=", True, True, False), ("<", True, False, False), (">=", False, True, True), (">", False, False, True)],
)
def test_the_four_comparisons(comparison: str, below: bool, at: bool, above: bool) -> None:
    check = Check.parse(f"failed {comparison} 3")
    assert [check.holds(value) for value in (2.0, 3.0, 4.0)] == [below, at, above]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time_to_complete.p95 <= 9", "a duration needs its unit; write 9 s, 9 min or 9 h"),
        ("time_to_complete.p95 <= 2 GB", "GB is a unit of size, and a duration is needed"),
        ("time_to_complete.p95 <= 5 %", "% is a unit of number, and a duration is needed"),
        ("time_to_complete.p95 <= -9 h", "a duration is not negative"),
        ("abort_probability <= 9 h", "abort_probability has no unit; write a number such as 0.05, or 5 %"),
        ("abort_probability <= 5", "a probability lies between 0 and 1; write a number from 0 to 1, or 5.0 % if that is meant"),
        ("failed <= 5 %", "failed is no share; write a number, or ask for failed_share"),
        ("peak_downloads <= 5 %", "peak_downloads is no share; write a number"),
        ("failed <= 9 h", "h is a unit of time, and a number of robots is needed"),
        ("tme_to_complete <= 9 h", "there is no metric tme_to_complete; did you mean time_to_complete?"),
        ("failed_share[dokc] <= 0.1", "[dokc] is neither a condition nor a cohort; did you mean dock?"),
        ("failed_share[site=yard] <= 0.1", "[site=yard]: the fleet has no site yard; did you mean yard one?"),
        ("time_to_complete.p95 = 9 h", "a check compares a metric with a bound by <=, <, >= or >"),
        ("failed <= nan", "nan is not a bound"),
    ],
)
def test_what_is_wrong_with_a_check(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        Check.parse(text, {"cohort": ["dock", "courier"], "site": ["yard one"]})
    assert str(raised.value).startswith(f"{text}: {said}")


@pytest.mark.parametrize(
    ("text", "size", "relative"),
    [
        ("time_to_complete.p95 5%", 0.05, True),
        ("time_to_complete.p95 5 %", 0.05, True),
        ("  time_to_complete.p95   2   min ", 120.0, False),
        ("abort_probability 0.005", 0.005, False),
        ("abort_probability 150%", 1.5, True),
        ("failed 3", 3.0, False),
        ("failed[site='yard one'] 3", 3.0, False),
        ("failed_share[site=yard one].mean 2 pp", 0.02, False),
    ],
)
def test_a_tolerance_is_absolute_or_a_part_of_the_value(text: str, size: float, relative: bool) -> None:
    found = Tolerance.parse(text)
    assert (found.size, found.relative) == (size, relative)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time_to_complete.p95", "a metric and a distance are needed"),
        ("", "a metric and a distance are needed"),
        ("time_to_complete.p95 5", "a duration needs its unit"),
        ("time_to_complete.p95 x%", "'x%' is not a number and %; write e.g. 5 %"),
        ("abort_probability x pp", "'x pp' is not a number and pp; write e.g. 5 pp"),
        ("tme 5%", "there is no metric tme"),
        ("failed 0", "the distance is larger than zero, and finite"),
        ("failed -5%", "the distance is larger than zero"),
        ("failed inf", "a number of robots is a finite number with a unit"),
        ("failed nan%", "'nan%' is not a number and %; write e.g. 5 %"),
    ],
)
def test_what_is_wrong_with_a_tolerance(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        Tolerance.parse(text)
    assert str(raised.value).startswith(f"{text}: {said}")
