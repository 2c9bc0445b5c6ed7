"""Units and numbers."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import (
    DIMENSIONS,
    NUMBER,
    RATE,
    SIZE,
    TIME,
    Dimension,
    format_quantity,
    parse_number,
    parse_quantity,
)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("1 B", SIZE, 1),
        ("2 kB", SIZE, 2e3),
        ("350 MB", SIZE, 350e6),
        ("1.5 GB", SIZE, 1.5e9),
        ("1 TB", SIZE, 1e12),
        ("1 KiB", SIZE, 1024),
        ("1 MiB", SIZE, 2**20),
        ("1 GiB", SIZE, 2**30),
        ("1 bit/s", RATE, 1),
        ("1 kbit/s", RATE, 1e3),
        ("16 Mbit/s", RATE, 16e6),
        ("1 Gbit/s", RATE, 1e9),
        ("16 Mbps", RATE, 16e6),
        ("1 B/s", RATE, 8),
        ("1 kB/s", RATE, 8e3),
        ("2 MB/s", RATE, 16e6),
        ("20 s", TIME, 20),
        ("7 ms", TIME, 0.007),
        ("20 min", TIME, 1200),
        ("5 h", TIME, 18000),
        ("30 d", TIME, 2592000),
        ("2 w", TIME, 1209600),
        ("1e3 s", TIME, 1000),
        (" 20s ", TIME, 20),
        (".5 h", TIME, 1800),
        ("0 s", TIME, 0),
    ],
)
def test_units(text: str, dimension: Dimension, value: float) -> None:
    assert parse_quantity(text, dimension) == value


@pytest.mark.parametrize(
    "raw", [20, 0, 1.5, math.nan, math.inf, None, True, [], {}, "", "s", "20", "- 20 s", "20 s s", "inf s", "nan s", "1e999 s"]
)
def test_what_is_no_duration(raw: Any) -> None:
    with pytest.raises(ProblemError):
        parse_quantity(raw, TIME)


@pytest.mark.parametrize(("unit", "prefix"), [("Mb/s", "M"), ("kb/s", "k"), ("Kb/s", "k"), ("Gb/s", "G"), ("mb/s", "M")])
def test_bits_or_bytes_is_never_guessed(unit: str, prefix: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_quantity(f"16 {unit}", RATE)
    problem = caught.value.problem
    assert problem.code == "ambiguous-unit"
    assert problem.hint == f"write 16 {prefix}bit/s, or 16 {prefix}B/s"


@pytest.mark.parametrize(("raw", "value"), [(1, 1.0), (0.25, 0.25), ("5 %", 0.05), ("0.1%", 0.001), ("100 %", 1.0)])
def test_numbers(raw: Any, value: float) -> None:
    assert parse_number(raw) == value


@pytest.mark.parametrize("raw", [math.nan, -math.inf, 10**400, True, None, "5", "5 s", "five", []])
def test_what_is_no_number(raw: Any) -> None:
    with pytest.raises(ProblemError):
        parse_number(raw)


@given(st.floats(0, 1e300), st.sampled_from([SIZE, RATE, TIME, NUMBER]))
def test_what_is_written_is_read_to_the_last_bit(value: float, dimension: Dimension) -> None:
    assert parse_quantity(format_quantity(value, dimension), dimension) == value


@given(st.decimals(0, 10**6, places=3), st.sampled_from([(d, unit) for d in DIMENSIONS.values() for unit in d.units]))
def test_conversions_are_rounded_once(number: Decimal, unit: tuple[Dimension, str]) -> None:
    dimension, name = unit
    assert parse_quantity(f"{number} {name}", dimension) == float(number * dimension.units[name])
