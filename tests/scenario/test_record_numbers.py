"""Numbers and times of records that may mean two things: one decimal sign per file, thousands, and what is no seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.scenario import parse
from tests.expected_errors import expected_error
from tests.scenario.test_records import rates, refused, scenario


def warned(folder: Path, text: str, value: str = "rate", **more: Any) -> list[Problem]:
    """Return the warnings about the numbers of a record."""
    (folder / "log.csv").write_text(text)
    trace = {"file": "log.csv", "time": "time", value: value, **({"unit": "Mbit/s"} if value == "rate" else {}), **more}
    built = scenario(folder, link={"trace": trace}) if value == "rate" else scenario(folder, {"trace": trace})
    return [warning for warning in built.warnings if warning.code in ("ambiguous-number", "ambiguous-unit")]


# Decimal signs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "time;rate\n0;5,5\n1.000;2,5\n2.000;8,0\n",
            "line 3 of log.csv, column time: 1.000 has a point, and 5,5 on line 2, column rate, has a comma: they cannot both mark "
            "decimals; mark all decimals of the file alike, and write no separators of thousands",
        ),
        ("time;rate\n0;5,5\n1000;1.250\n2000;8,0\n", "line 3 of log.csv, column rate: 1.250 has a point, and 5,5 on line 2"),
        (
            "time;rate\n0;5.5\n10;1,250\n20;8.0\n",
            "line 3 of log.csv, column rate: 1,250 has a comma, and 5.5 on line 2, column rate, has a point",
        ),
        ("time\trate\n0\t5.5\n10\t1,250\n20\t8.0\n", "1,250 has a comma, and 5.5 on line 2, column rate, has a point"),
        ("time;rate\n0;1.250\n10;2.500\n20;8,0\n", "line 4 of log.csv, column rate: 8,0 has a comma, and 1.250 on line 2"),
    ],
)
def test_a_file_has_one_decimal_sign(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in refused(tmp_path, text)


@pytest.mark.parametrize("unit", [None, "s", "min"])
def test_times_have_decimal_commas_where_rates_have(unit: str | None, tmp_path: Path) -> None:
    more = {} if unit is None else {"time_unit": unit}
    factor = 60 if unit == "min" else 1
    assert rates("time;rate\n0,5;1,5\n2,5;2,5\n", tmp_path, **more).patterns[0].times == (0.0, 2.0 * factor)


def test_fractions_of_seconds_in_dates_are_no_decimals_of_the_file(tmp_path: Path) -> None:
    text = "time;rate\n2026-11-01T07:00:00.500Z;1,5\n2026-11-01T07:00:01.500Z;2,5\n"
    assert rates(text, tmp_path).patterns[0].times == (0.0, 1.0)


def test_samples_of_a_distribution_have_one_decimal_sign(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("MB;place\n5,5;a.b\n1.250;b\n")
    with pytest.raises(ScenarioError, match=r"line 3 of rates.csv, column MB: 1\.250 has a point, and 5,5 on line 2"):
        scenario(tmp_path, link={"rate": {"empirical": {"file": "rates.csv", "column": "MB", "unit": "MB/s"}}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time,rate\n0,1_000\n", "column rate: 1_000 is not a number; write it without separators of thousands"),
        ("time,rate\n1_000,1\n", "column time: 1_000 is not a time; write it without separators of thousands"),
        ("time,rate\n0,1\n1_000,1\n", "column time: 1_000 is not a time; write it without separators of thousands"),
        ("time,rate\n0,1 250\n", "1 250 is not a number; write it without separators of thousands"),
        ("time;rate\n0;1.250,5\n", "1.250,5 is not a number; write it without separators of thousands"),
        ("time;rate\n0;1.250.000\n", "1.250.000 is not a number; write it without separators of thousands"),
        ('time,rate\n0,"1,250"\n', "1,250 is not a number; write 1250, or 1.250 if the comma marks decimals"),
    ],
)
def test_separators_of_thousands_are_refused(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in refused(tmp_path, text)


def test_underscores_are_no_part_of_times_with_a_unit(tmp_path: Path) -> None:
    assert "1_000 is not a time" in refused(tmp_path, "time,rate\n0,1\n1_000,1\n", time_unit="ms")


@pytest.mark.parametrize(
    ("text", "read", "meant"),
    [
        ("time;rate\n0;950\n10;1.250\n20;870\n", "1.25", "1250"),
        ("time\trate\n0\t950\n10\t1,257\n20\t1,250\n", "1.25", "1250"),
        ("time;rate\n0;1\n1.000;2\n2.000;3\n", "1", "1000"),
    ],
)
def test_thousands_beside_whole_numbers_get_a_warning(text: str, read: str, meant: str, tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, text)
    assert warning.code == "ambiguous-number"
    assert f"is read as {read}; beside whole numbers" in warning.why
    assert warning.hint == f"write {meant} or {read}, whichever you mean"


@pytest.mark.parametrize(
    "values",
    [
        ("0.125", "0.250", "12"),
        ("20.003", "20.010", "1.250"),  # a program writes all with three decimals
        ("0", "12.250", "3.100"),  # nothing was measured
        ("950", "1.257", "12.5"),
        ("950", "1.257", "1.252"),
        ("1000", "1.250", "3"),
        ("950", "1250", "12"),
    ],
)
def test_ordinary_decimals_get_no_warning(values: tuple[str, ...], tmp_path: Path) -> None:
    assert not warned(tmp_path, "time;rate\n" + "".join(f"{10 * row};{value}\n" for row, value in enumerate(values)))


def test_times_with_thousands_that_go_back(tmp_path: Path) -> None:
    expected = "1.000 is earlier than the line before; write times without separators of thousands"
    assert expected in refused(tmp_path, "time;rate\n0;1\n500;2\n1.000;3\n")
    assert expected in refused(tmp_path, "rate;time\n1;0\n2;500\n3;1.000\n4\n")  # a short line after it


# Columns


def test_a_column_that_is_asked_for_stands_once_in_the_header(tmp_path: Path) -> None:
    expected = "the header of log.csv has the column rate 2 times; give each column its own name"
    assert expected in refused(tmp_path, "time,rate,rate\n0,1,2\n1,1,2\n")
    assert "has the column time 2 times" in refused(tmp_path, "time,rate,time\n0,1,2\n1,1,2\n")
    assert "has the column robot 2 times" in refused(tmp_path, "time,rate,robot,robot\n0,1,2,3\n1,1,2,3\n", group="robot")
    assert rates("time,rate,note,note\n0,1,2,3\n1,1,2,3\n", tmp_path).mean == 1e6
    (tmp_path / "rates.csv").write_text("MB,MB\n1,2\n")
    with expected_error("duplicate", "fleet.field.link.rate.empirical.file"):
        scenario(tmp_path, link={"rate": {"empirical": {"file": "rates.csv", "column": "MB", "unit": "MB/s"}}})


def test_a_list_of_robots_has_each_column_once(tmp_path: Path) -> None:
    (tmp_path / "robots.csv").write_text("robot,site,site\na,x,y\n")
    with expected_error("duplicate", "fleet.file"):
        parse("fleet: {file: robots.csv}\napplication: {bundle: 6 MB}\n", folder=tmp_path)


# Times that are no seconds


@pytest.mark.parametrize("first", ["0100", "0000", "093000"])
def test_times_of_day_without_separators_are_not_taken_for_seconds(first: str, tmp_path: Path) -> None:
    text = f"time,rate\n{first},1\n{int(first) + 30:0{len(first)}},2\n"
    assert "looks like a time of day without separators, not like seconds; write dates" in refused(tmp_path, text)
    assert rates(text, tmp_path, time_unit="s").patterns[0].times == (0.0, 30.0)


def test_the_first_time_of_each_record_counts(tmp_path: Path) -> None:
    text = "time,rate,robot\n1000,1,a\n1015,2,a\n0100,1,b\n0115,2,b\n"
    assert "line 4 of log.csv, column time: 0100 looks like a time of day" in refused(tmp_path, text, group="robot")


@pytest.mark.parametrize(
    ("times", "why", "hint"),
    [
        (("46327.25", "46327.2604166667", "46328"), "46327.25 looks like 2026-11-01 06:00 in days of a spreadsheet", "write dates in"),
        (("261101", "261102", "261130", "261201"), "261101 looks like the date 2026-11-01", "write dates in ISO 8601"),
        (("2020", "2021", "2022"), "2020 looks like a year", "write dates in ISO 8601"),
    ],
)
@pytest.mark.parametrize("value", ["rate", "online"])
def test_times_that_are_probably_no_seconds_get_a_warning(times: tuple[str, ...], why: str, hint: str, value: str, tmp_path: Path) -> None:
    text = f"time,{value}\n" + "".join(f"{t},{1 - row % 2}\n" for row, t in enumerate(times))
    (warning,) = warned(tmp_path, text, value)
    assert warning.code == "ambiguous-unit"
    assert why in warning.why
    assert warning.hint.startswith(hint)
    assert not warned(tmp_path, text, value, time_unit="s")


def test_days_of_a_spreadsheet_that_would_count_from_1970_get_a_warning(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, "time,rate\n46327.25,1\n46328.25,2\n", time_unit="d")
    assert "count from 1970-01-01, and 46327.25 looks like 2026-11-01 06:00 in days of a spreadsheet" in warning.why
    assert not warned(tmp_path, "time,rate\n20758.25,1\n20759.25,2\n", time_unit="d")  # the same days, counted from 1970


@pytest.mark.parametrize(
    "times",
    [
        (0, 2020, 2021),
        (0, 46327.25, 46328.5),
        (46327.25, 46500, 60000),  # half a day of seconds
        (46327, 46328, 46329),
        (2020, 2080, 2140),
        (261101, 261161, 261221),  # the 61st of November
        (1793487600, 1793487660),
    ],
)
def test_ordinary_seconds_get_no_warning(times: tuple[float, ...], tmp_path: Path) -> None:
    assert not warned(tmp_path, "time,rate\n" + "".join(f"{t},{row + 1}\n" for row, t in enumerate(times)))


# The clock


BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (
            ("2026-03-29T02:30", "2026-03-29T03:30"),
            "2026-03-29T03:30 is the time of the line before, too: clocks in Europe/Berlin go forward there, and 2026-03-29T02:30 does not "
            "exist; write times with their offset from UTC, as 2026-03-29T03:30+01:00",
        ),
        (("2026-03-29T02:45", "2026-03-29T03:30"), "is 15 min before the line before: clocks in Europe/Berlin go forward there"),
        (
            ("2026-10-25T02:30", "2026-10-25T02:30"),
            "2026-10-25T02:30 is the time of the line before, too: clocks in Europe/Berlin go back there, and 2026-10-25T02:30 comes "
            "twice; write times with their offset from UTC",
        ),
        (("2026-10-25T02:45", "2026-10-25T02:15"), "is 30 min before the line before: clocks in Europe/Berlin go back there"),
        (("2026-10-25T04:30", "2026-10-25T04:30"), "is the time of the line before, too; remove one of the two lines"),
        (("2026-10-25T02:30+02:00", "2026-10-25T02:30+02:00"), "is the time of the line before, too; remove one of the two lines"),
    ],
)
def test_times_at_a_change_of_the_clock(dates: tuple[str, str], expected: str, tmp_path: Path) -> None:
    assert expected in refused(tmp_path, f"time,rate\n{dates[0]},1\n{dates[1]},2\n", timezone=BERLIN)


@pytest.mark.parametrize(
    "end", ["2026-10-31T24:00", "2026-10-31 24:00:00", "20261031T2400", "2026-10-31T24:00:00.000", "2026-10-31T24:00+01:00"]
)
@pytest.mark.parametrize("first", [False, True])
def test_a_day_ends_at_24_00(end: str, first: bool, tmp_path: Path) -> None:
    rows = [end, "2026-11-01T01:00"] if first else ["2026-10-31T23:00", end]
    assert rates(f"time,rate\n{rows[0]},1\n{rows[1]},2\n", tmp_path, timezone=BERLIN).patterns[0].times == (0.0, 3600.0)


@pytest.mark.parametrize("end", ["2026-10-31T24:01", "2026-10-31T24:00:01", "2026-10-31T25:00", "9999-12-31T24:00"])
def test_a_day_ends_there_and_not_later(end: str, tmp_path: Path) -> None:
    assert "is not a time" in refused(tmp_path, f"time,rate\n2026-10-31T23:00,1\n{end},2\n")
