"""Columns of records that stand twice in the header."""

from __future__ import annotations

from pathlib import Path

from rolloutsim.scenario import parse
from tests.expected_errors import expected_error
from tests.scenario.test_records import rates, refused, scenario

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
