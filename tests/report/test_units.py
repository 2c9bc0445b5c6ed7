"""Numbers for people: units, digits, intervals, and what cannot be known."""

from __future__ import annotations

import math

import pytest

from rolloutsim.analysis import parse_metric
from rolloutsim.analysis.estimates import Estimate, proportion, quantile, share
from rolloutsim.report.amounts import amount, common_scale
from rolloutsim.report.units import count, decimals, sentence, share_text, time_text, time_unit

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("seconds", "symbol"),
    [(0, "s"), (119.9, "s"), (120, "min"), (7199, "min"), (7200, "h"), (71.9 * 3600, "h"), (72 * 3600, "d"), (INF, "d"), (NAN, "s")],
)
def test_unit_changes_where_the_number_gets_long(seconds, symbol):
    assert time_unit(seconds).symbol == symbol


def test_interval_shares_the_unit_of_the_value_though_its_limits_alone_would_not():
    assert time_text(Estimate(100.0, 130.0, 8000.0, 50)) == ("2.17 min", "[1.67, 133.33]")


def test_tight_interval_gets_the_digits_to_be_seen():
    assert time_text(Estimate(19000.0, 19010.0, 19020.0, 50)) == ("5.2806 h", "[5.2778, 5.2833]")


def test_interval_without_width_does_not_ask_for_digits():
    assert time_text(Estimate(600.0, 600.0, 600.0 + 1e-10, 50)) == ("10.0 min", "[10.0, 10.0]")


def test_quantile_that_is_never_reached_keeps_its_lower_limit_and_its_count():
    times = [100.0] * 80 + [INF] * 20
    assert time_text(quantile(times, 0.8)) == ("never", "> 100 s, not reached in 20 of 100")
    assert time_text(quantile(times, 0.5)) == ("100 s", "[100, 100], not reached in 20 of 100")
    assert time_text(quantile([INF] * 10, 0.5)) == ("never", "not reached in 10 of 10")


def test_upper_limit_may_be_never():
    value, interval = time_text(Estimate(3600.0 * 5, 3600.0 * 6, INF, 50, note="not reached in 3 of 50"))
    assert (value, interval) == ("6.00 h", "[5.00, never], not reached in 3 of 50")


def test_too_few_replicates_say_how_many_it_takes():
    assert time_text(quantile(range(100), 0.99)) == ("", "not estimable, needs 368")


def test_zero_is_an_upper_limit_never_a_value():
    assert share_text(proportion(0, 300)) == ("< 1.22 %", "0 of 300")
    assert share_text(share([0.0] * 300))[0] == "< 1.22 %"


def test_share_with_interval_and_what_it_rests_on():
    assert share_text(proportion(12, 400)) == ("3.00 %", "[1.56, 5.18], 12 of 400")
    assert share_text(share([0.2])) == ("20.0 %", "one replicate has no interval")
    assert share_text(Estimate(NAN, NAN, NAN, 0, note="no replicates")) == ("", "no replicates")


def test_sentence_does_not_run_value_and_note_together():
    assert sentence(share_text(proportion(0, 300))) == "< 1.22 %, 0 of 300"


def test_all_of_n_is_a_lower_limit():
    assert share_text(proportion(300, 300)) == ("> 98.78 %", "300 of 300")


def test_count_and_decimals():
    assert count(1e6) == "1,000,000"
    assert [decimals(x) for x in (0.0, 999.0, 1e-12, INF)] == [0, 0, 6, 0]


def test_values_in_one_column_share_a_unit() -> None:
    query = parse_metric("time_to_complete.mean")
    unit = common_scale(query, [30.0, 5400.0, math.nan, math.inf])
    assert [amount(Estimate(math.nan, value, math.nan, 9), query, unit=unit)[0] for value in (30.0, 5400.0)] == ["0.500 min", "90 min"]
    assert common_scale(query, []).symbol == "s"
