"""Numbers in words, at the places where rounding goes wrong."""

from __future__ import annotations

import math

import pytest

from rolloutsim.analysis.formats import duration, percent, quantity


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59.4, "59.4 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (60, "1 min"),
        (119.6, "2 min"),
        (3599.7, "1 h"),
        (3590, "59 min 50 s"),
        (3600, "1 h"),
        (7170, "2 h"),
        (18720, "5 h 12 min"),
        (86399, "1 d"),
        (90000, "1 d 1 h"),
        (172799, "2 d"),
        (-90, "-1 min 30 s"),
        (math.inf, "never"),
        (math.nan, "–"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.99988, "99.988 %"), (0.00004, "0.004 %"), (0.1234, "12.3 %"), (0.9996, "99.96 %")],
)
def test_percent(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (999.6e6, "B", "1000 MB"),
        (1e9, "B", "1 GB"),
        (0.0, "B", "0 B"),
        (3.14159, "", "3.14"),
        (math.inf, "bit/s", "unlimited"),
        (math.nan, "B", "–"),
    ],
)
def test_quantities(value: float, unit: str, said: str) -> None:
    assert quantity(value, unit) == said
