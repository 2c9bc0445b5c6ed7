"""Numbers for people: units, digits, intervals, and what cannot be known."""

from __future__ import annotations

import math

import pytest

from rolloutsim.analysis.estimates import Estimate, proportion, quantile, share
from rolloutsim.formatting import common_scale, count, duration, percent, quantity, scale_of
from rolloutsim.report.texts import decimals, interval_text, sentence

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("seconds", "symbol"),
    [(0, "s"), (119.9, "s"), (120, "min"), (7199, "min"), (7200, "h"), (71.9 * 3600, "h"), (72 * 3600, "d"), (INF, "d"), (NAN, "s")],
)
def test_unit_changes_where_the_number_gets_long(seconds: float, symbol: str) -> None:
    assert scale_of("s", seconds).symbol == symbol


def test_interval_shares_the_unit_of_the_value_though_its_limits_alone_would_not() -> None:
    assert interval_text(Estimate(100.0, 130.0, 200.0, 50), "s") == ("2.17 min", "[1.67, 3.33]")


def test_tight_interval_gets_the_digits_to_be_seen() -> None:
    assert interval_text(Estimate(19000.0, 19010.0, 19020.0, 50), "s") == ("5.2806 h", "[5.2778, 5.2833]")


def test_an_interval_wider_than_the_value_decides_on_the_digits() -> None:
    assert interval_text(Estimate(-5.0, 0.123, 5.5, 50), "s", difference=True) == ("0.1 s", "[-5.0, 5.5]")


def test_interval_without_width_does_not_ask_for_digits() -> None:
    assert interval_text(Estimate(600.0, 600.0, 600.0 + 1e-10, 50), "s") == ("10.0 min", "[10.0, 10.0]")


def test_quantile_that_is_never_reached_keeps_its_lower_limit_and_its_count() -> None:
    times = [100.0] * 80 + [INF] * 20
    assert interval_text(quantile(times, 0.8), "s") == ("never", "> 100 s")
    assert interval_text(quantile(times, 0.5), "s") == ("100 s", "[100, 100]")
    assert sentence(quantile(times, 0.8), "s") == "never > 100 s, not reached in 20 of 100"
    assert sentence(quantile([INF] * 10, 0.5), "s") == "never, not reached in 10 of 10"


def test_upper_limit_may_be_never() -> None:
    assert sentence(Estimate(3600.0 * 5, 3600.0 * 6, INF, 50, note="not reached in 3 of 50"), "s") == (
        "6.00 h [5.00, never], not reached in 3 of 50"
    )


def test_too_few_replicates_show_how_many_it_takes() -> None:
    assert interval_text(quantile(range(100), 0.99), "s") == ("", "not estimable, needs 368")


def test_zero_is_an_upper_limit_and_all_a_lower_one() -> None:
    assert interval_text(proportion(0, 300), "%") == ("< 1.22 %", "")
    assert interval_text(share([0.0] * 300), "%")[0] == "< 1.22 %"
    assert interval_text(proportion(300, 300), "%") == ("> 98.78 %", "")
    assert interval_text(Estimate(-0.01, 0.0, 0.01, 50), "%", difference=True) == ("0.0 pp", "[-1.0, 1.0]")


def test_share_with_interval_and_what_it_rests_on() -> None:
    assert sentence(proportion(12, 400), "%") == "3.00 % [1.56, 5.18], 12 of 400"
    assert sentence(proportion(0, 300), "%") == "< 1.22 %, 0 of 300"
    assert sentence(share([0.2]), "%") == "20 %, one replicate has no interval"
    assert interval_text(Estimate(NAN, NAN, NAN, 0, note="no replicates"), "%") == ("", "no replicates")


def test_count_and_decimals() -> None:
    assert count(1e6) == "1,000,000"
    assert [decimals(x) for x in (0.0, 999.0, 1e-12, INF)] == [0, 0, 6, 0]


def test_values_in_one_column_share_a_unit() -> None:
    scale = common_scale("s", [30.0, 5400.0, NAN, INF])
    written = [interval_text(Estimate(NAN, value, NAN, 9), "s", scale=scale)[0] for value in (30.0, 5400.0)]
    assert written == ["0.500 min", "90 min"]
    assert common_scale("s", []).symbol == "s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59.94, "59.9 s"),
        (60, "60 s"),
        (119.6, "120 s"),
        (120, "2 min"),
        (3590, "59.8 min"),
        (5400, "90 min"),
        (18720, "5.2 h"),
        (86400, "24 h"),
        (259200, "3 d"),
        (1e9, "11,574 d"),
        (-90, "-90 s"),
        (INF, "never"),
        (NAN, "–"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.99988, "99.988 %"), (0.00004, "0.004 %"), (0.1234, "12.3 %"), (0.9996, "99.96 %")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (999.6e6, "B", "1 GB"),
        (999.4e6, "B", "999 MB"),
        (1e9, "B", "1 GB"),
        (0.0, "B", "0 B"),
        (3.14159, "", "3.14"),
        (1234.5, "", "1,234"),
        (INF, "bit/s", "unlimited"),
        (NAN, "B", "–"),
    ],
)
def test_quantities(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_more_digits_where_they_are_asked_for() -> None:
    assert quantity(1.5361e9, "B", digits=4) == "1.536 GB"
