"""Records whose dates or whose end would go unused without a word get warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolloutsim.scenario import parse

DAY = """\
time,online
2026-11-01T00:00:00+01:00,1
2026-11-01T06:00:00+01:00,0
2026-11-01T22:00:00+01:00,1
2026-11-02T06:00:00+01:00,0
2026-11-02T22:00:00+01:00,1
2026-11-03T00:00:00+01:00,1
"""


def warned(tmp_path: Path, csv: str, more: str = "", rules: str = "") -> str:
    """Return the warnings about a scenario in which robots replay a record."""
    (tmp_path / "log.csv").write_text(csv)
    trace = f"{{file: log.csv, time: time, online: online{more}}}"
    fleet = f"[{{cohort: a, robots: 2, link: {{rate: 8 Mbit/s}}, connectivity: {{trace: {trace}}}}}]"
    return "\n".join(map(str, parse(f"fleet: {fleet}\napplication: {{bundle: 6 MB}}\n{rules}", folder=tmp_path).warnings))


@pytest.mark.parametrize("offset", ["aligned", "random"])
@pytest.mark.parametrize("csv", [DAY, "time,online\n1793487600,1\n1793509200,0\n1793530800,0\n"])
def test_a_dated_record_that_is_not_laid_against_a_dated_start(tmp_path: Path, offset: str, csv: str) -> None:
    start = 'rules: {start: "2026-11-02T12:00:00+01:00"}'
    why = f"with offset: {offset} the record is not laid against the start; add offset: clock for a job at that time of the record"
    assert why in warned(tmp_path, csv, f", offset: {offset}", start)
    assert "laid against" not in warned(tmp_path, csv, ", offset: clock", start)
    assert "laid against" not in warned(tmp_path, csv, f", offset: {offset}")
    assert "laid against" not in warned(tmp_path, "time,online\n0,1\n60,0\n", f", offset: {offset}", start)


def test_an_event_log_without_an_end(tmp_path: Path) -> None:
    log = "time,online\n0,1\n600,0\n3600,1\n4200,0\n7200,1\n7800,0\n"
    why = "its last state holds for the usual distance of events, 10 min, and then it begins again"
    hint = "write how long the record is, e.g. period: 1 d"
    assert f"{why}; {hint}" in warned(tmp_path, log)
    assert "event log" not in warned(tmp_path, log, ", period: 3 h")
    assert "event log" not in warned(tmp_path, "time,online\n0,1\n60,0\n120,1\n180,0\n")  # samples at a steady distance
    assert "event log" not in warned(tmp_path, "time,online\n0,1\n60,1\n120,0\n300,1\n")  # a sample without a change
