"""Data files: what is read, how times are understood, and what is reported of files that are none."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, Trace, build, json_schema, load, resolved
from rolloutsim.scenario.parts.traces import TraceType
from rolloutsim.scenario.reading import csv_files as tables
from rolloutsim.scenario.reading import data_files
from rolloutsim.scenario.reading.data_files import DataFolder
from tests.expected_errors import expected_error

EVENTS = "timestamp,eventType,online\n"
CONNECTED = [(0, 1), (600, 0), (3600, 1), (4200, 0), (7200, 1), (7800, 0)]  # ten minutes of every hour


def events(folder: Path, begin: int, factor: int = 1, name: str = "events.csv") -> dict[str, Any]:
    """Write the record of a link that is there for ten minutes of every hour, and return its trace."""
    rows = [f"{(begin + t) * factor},{'connected' if on else 'disconnected'},{on}" for t, on in CONNECTED]
    (folder / name).write_text(EVENTS + "\n".join(rows) + "\n")
    return {"file": name, "time": "timestamp", "online": "online", "offset": "aligned"}


def online(raw: dict[str, Any], folder: Path) -> Trace:
    return TraceType("online").parse(raw, DataFolder.at(folder))


def rates(text: str, folder: Path, **more: Any) -> Trace:
    (folder / "log.csv").write_text(text)
    raw = {"file": "log.csv", "time": "time", "rate": "rate", "unit": "Mbit/s", **more}
    return TraceType("rate").parse(raw, DataFolder.at(folder))


def scenario(folder: Path | DataFolder, connectivity: Any = "always", link: Any = None, **rules: Any) -> Scenario:
    cohort = {"cohort": "field", "robots": 2, "connectivity": connectivity, "link": link or {"rate": "8 Mbit/s"}}
    timeout = {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 604800}}
    return build({"fleet": [cohort], "application": {"bundle": "600 MB"}, "deployment": timeout, "rules": rules}, "a.yaml", folder)


def refused(folder: Path, text: str | bytes, **more: Any) -> str:
    """Return what is reported about a record of rates."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "log.csv").write_bytes(content)
    trace = {"file": "log.csv", "time": "time", "rate": "rate", "unit": "Mbit/s", **more}
    with pytest.raises(ScenarioError) as caught:
        scenario(folder, link={"trace": trace})
    return str(caught.value)


# Times


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_times_in_any_unit_are_the_same_record(unit: str, factor: int, tmp_path: Path) -> None:
    trace = online({**events(tmp_path, 1606780800, factor), "time_unit": unit}, tmp_path)
    assert trace.patterns[0].times == (0.0, 600.0, 3600.0, 4200.0, 7200.0, 7800.0)
    assert trace.patterns[0].values == (1.0, 0.0, 1.0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(("factor", "unit"), [(10**3, "ms"), (10**6, "us"), (10**9, "ns")])
def test_numbers_that_cannot_be_seconds_are_refused_with_their_unit(factor: int, unit: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=rf"line 2 of events.csv, column timestamp: \d+ cannot be seconds.*add time_unit: {unit}$"):
        scenario(tmp_path, {"trace": events(tmp_path, 1606780800, factor)})


@pytest.mark.parametrize("text", ["20261101", "202611010000", "20261101000000"])
def test_digits_that_are_a_date_are_not_taken_for_seconds(text: str, tmp_path: Path) -> None:
    assert "looks like a date without separators" in refused(tmp_path, f"time,rate\n{text},1\n{int(text) + 1},2\n")
    assert rates(f"time,rate\n{text},1\n{int(text) + 1},2\n", tmp_path, time_unit="s").patterns[0].times == (0.0, 1.0)


def test_digits_that_are_no_date_are_seconds(tmp_path: Path) -> None:
    assert rates("time,rate\n00000000,1\n00000010,2\n", tmp_path).patterns[0].times == (0.0, 10.0)


def test_milliseconds_keep_their_digits(tmp_path: Path) -> None:
    rows = [(1606780800123456789, 1), (1606780800123456789 + 10**9 + 1, 2)]
    text = "time,rate\n" + "".join(f"{t},{rate}\n" for t, rate in rows)
    assert rates(text, tmp_path, time_unit="ns").patterns[0].times == (0.0, 1.000000001)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["0,1", "1,2", "1,2"], "line 4 of log.csv, column time: 1 is the time of the line before, too; remove one of the two lines"),
        (["0,1", "1,2", "0.5,2"], "0.5 is earlier than the line before; sort the file by time"),
        (["0,1", "1,2", "1.0005,2"], "1.0005 is less than 1 ms after the line before; is the time_unit right? it is s"),
        (["0,1", "soon,2"], "soon is not a time; write seconds"),
        (["2019.11.28_07.00.00,1"], "2019.11.28_07.00.00 is not a time"),
        (["nan,1"], "nan is not a time"),
        (["2026-10-25T02:30,1", "2026-10-25T02:59,2", "2026-10-25T02:00,3"], "is 59 min before the line before: do clocks go back there?"),
    ],
)
def test_times_that_are_wrong(rows: list[str], expected: str, tmp_path: Path) -> None:
    assert expected in refused(tmp_path, "time,rate\n" + "\n".join(rows))


def test_times_with_a_unit_are_numbers(tmp_path: Path) -> None:
    assert "times with a time_unit are numbers" in refused(tmp_path, "time,rate\n2026-01-01T00:00,1\n", time_unit="ms")
    assert "not a unit of times; units: s, ms, us, ns, min, h, d" in refused(tmp_path, "time,rate\n0,1\n", time_unit="hours")


# The end of a record


def test_a_record_holds_when_it_ends(tmp_path: Path) -> None:
    raw = events(tmp_path, 1606780800)
    assert online(raw, tmp_path).availability == pytest.approx(3 / 14)  # the last event held for the usual distance
    assert online({**raw, "period": "3 h"}, tmp_path).availability == pytest.approx(1 / 6)


def test_a_sample_at_the_end_closes_the_record(tmp_path: Path) -> None:
    pattern = rates("time,rate\n0,1\n43200,2\n86400,3\n", tmp_path, period="1 d").patterns[0]
    assert (pattern.times, pattern.values, pattern.period) == ((0.0, 43200.0), (1e6, 2e6), 86400.0)


def test_a_record_does_not_go_on_after_its_end(tmp_path: Path) -> None:
    said = refused(tmp_path, "time,rate\n0,1\n7200,2\n", period="1 h")
    assert "the record goes on for 60 min after the period of 60 min; write a longer period" in said
    assert "a record is longer than nothing" in refused(tmp_path, "time,rate\n0,1\n7200,2\n", period="0 s")


# What is in the cells


def test_states_as_people_write_them(tmp_path: Path) -> None:
    raw = events(tmp_path, 1606780800)
    assert online({**raw, "online": "eventType"}, tmp_path) == online(raw, tmp_path)


@pytest.mark.parametrize("first", ["", "sep=;\n"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_separators_and_decimal_commas(first: str, separator: str, tmp_path: Path) -> None:
    text = "".join(f"{a}{separator}{b}\n" for a, b in (("time", "rate"), ("0", "5,5"), ("10", "2,5"), ("20", "8,0")))
    assert rates(first.replace(";", separator) + text, tmp_path).mean == pytest.approx(16e6 / 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('time,rate\n0,"5,5"\n', "column rate: 5,5 is not a number; write decimals with a point, or separate columns by semicolons"),
        ("time;rate\n0;1,5;5\n", "line 2 of log.csv has 3 fields"),
        ("time,rate\n0,-\n", "column rate: - is not a number; if the sample is missing, remove the line"),
        ("time,rate\n0,\n", "column rate: nothing is not a number; if the sample is missing, remove the line"),
        ("time,rate\n0,inf\n", "inf is not finite"),
        ("time,rate\n0,1,2\n", "line 2 of log.csv has 3 fields, and the header has 2"),
        ("time,rate\n0,1e160\n1,1\n", "the rate 1e+166 bit/s is not 0 and not from 1e-150 to 1e+150"),
        ("1453120790686 0 51.0\n1453120791686 1000 51.0\n", "log.csv has no header: its first line holds numbers only"),
        (
            "when|rate\n0|1\n",
            "log.csv has no such column; its first line has one column; columns are separated by",
        ),
        ("Time,bits\n0,1\n", "log.csv has no such column; did you mean Time?"),
        (b"time,rate\n0,\xff\n", "not a text file in UTF-8"),
        ("time,rate\n0,1\n1," + "2" * 200_000 + "\n", "not a CSV file: field larger than field limit"),
    ],
)
def test_cells_that_are_wrong(text: str | bytes, expected: str, tmp_path: Path) -> None:
    assert expected in refused(tmp_path, text)


def test_nothing_is_quoted_of_a_file_without_the_columns(tmp_path: Path) -> None:
    said = refused(tmp_path, "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI\nHOME=/root\n")
    assert "wJalr" not in said
    assert "SECRET" not in said


def test_little_is_quoted_of_a_cell(tmp_path: Path) -> None:
    said = refused(tmp_path, "time,rate\n0," + "0123456789" * 20 + "x\n")
    assert "012345678…" in said
    assert "0123456789" * 4 not in said


def test_samples_beyond_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_SAMPLES", 3)
    assert "log.csv has more than 3 samples" in refused(tmp_path, "time,rate\n" + "".join(f"{t},1\n" for t in range(9)))
    assert "log.csv has more than 3 samples" in refused(tmp_path, "time,rate\r" + "".join(f"{t},1\r" for t in range(9)))


def test_samples_of_a_distribution(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("MB;place\n1,5;a\n2,5;b\n")
    rate = {"empirical": {"file": "rates.csv", "column": "MB", "unit": "MB/s"}}
    assert scenario(tmp_path, link={"rate": rate}).fleet[0].link_rate.mean() == 16e6  # type: ignore[union-attr]  # it is given
    (tmp_path / "rates.csv").write_text("MB\n1e160\n")
    with pytest.raises(ScenarioError, match="or variates would not fit in a double; correct the file, or its unit"):
        scenario(tmp_path, link={"rate": rate})


# What is no file


def test_pipes_devices_and_files_of_the_system_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "environ").symlink_to("/proc/self/environ")
    for name, what in {
        "pipe": "a pipe",
        "zero": "a device",
        "/dev/zero": "a device",
        "environ": "a file of the system",
        ".": "a folder",
    }.items():
        trace = {"file": name, "time": "time", "rate": "rate", "unit": "Mbit/s"}
        with pytest.raises(ScenarioError, match=f"this is {what}, and data are read from a regular file of at most 1 GiB"):
            scenario(tmp_path, link={"trace": trace})
    for name in ("pipe", "zero", "environ"):
        with expected_error("unreadable-file"):
            load(tmp_path / name)


def test_a_trace_through_a_pipe_is_refused(tmp_path: Path) -> None:
    text = "import sys; from rolloutsim.scenario.parts.traces import TraceType\n"
    text += "try: TraceType('rate').parse({'file': '/dev/stdin', 'time': 'time', 'rate': 'rate', 'unit': 'Mbit/s'})\n"
    text += "except Exception as error: print(error)"
    rows = "time,rate\n" + "".join(f"{10 * t:08},{5 if t < 511 else 50:06.2f}\n" for t in range(5000))
    said = subprocess.run([sys.executable, "-c", text], input=rows, capture_output=True, text=True, check=True).stdout
    assert "this is a" in said


def test_large_files_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "log.csv").open("wb") as file:
        file.truncate((1 << 30) + 1)
    trace = {"file": "log.csv", "time": "time", "rate": "rate", "unit": "Mbit/s"}
    monkeypatch.setattr(os, "open", None)  # reading it would crash
    with pytest.raises(ScenarioError, match=r"this is a file of 1,073\.741825 MB, and data are read"):
        scenario(tmp_path, link={"trace": trace})


def test_files_that_grow_are_read_up_to_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log.csv").write_text("time,rate\n0,1\n1,2\n")
    real = data_files.read_regular
    monkeypatch.setattr(data_files, "_check", lambda *_: None)  # as if it had been small when it was checked
    with pytest.raises(data_files.TooLargeError, match="a file that grows beyond"):
        real(tmp_path / "log.csv", 5)


def test_a_socket_is_no_file(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        with pytest.raises(data_files.NotRegularError, match="a socket"):
            data_files.read_regular(tmp_path / "s", 10)


# Read once


def test_a_scenario_keeps_the_data_that_it_was_loaded_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = events(tmp_path, 0)
    loaded = scenario(tmp_path, {"trace": trace})
    (tmp_path / "events.csv").write_text(EVENTS + "0,connected,1\n5,disconnected,0\n")
    monkeypatch.setattr(data_files, "read_regular", None)  # reading it again would crash
    larger = loaded.replace("fleet.field.robots", 4)
    assert larger.robots == 4
    assert larger.fleet[0].connectivity == loaded.fleet[0].connectivity


def test_a_file_that_changes_is_not_mixed_in(tmp_path: Path) -> None:
    loaded = scenario(tmp_path, {"trace": events(tmp_path, 0)})
    (tmp_path / "events.csv").write_text(EVENTS + "0,connected,1\n5,disconnected,0\n")
    with pytest.raises(ScenarioError, match="this file has changed since the scenario was loaded; load the scenario again"):
        loaded.replace("fleet.field.connectivity.trace.online", "eventType")
    assert scenario(tmp_path, {"trace": {**events(tmp_path, 0), "period": "3 h"}}).fleet[0].connectivity.availability == pytest.approx(
        1 / 6
    )


def test_a_pickled_scenario_takes_no_data_along_and_no_others(tmp_path: Path) -> None:
    loaded = scenario(tmp_path, {"trace": events(tmp_path, 0)})
    sent = pickle.loads(pickle.dumps(loaded))
    assert sent == loaded
    assert sent.replace("fleet.field.robots", 4).robots == 4
    (tmp_path / "events.csv").write_text(EVENTS + "0,connected,1\n5,disconnected,0\n")
    with expected_error("damaged-data", "fleet.field.connectivity.trace.file"):
        pickle.loads(pickle.dumps(loaded)).replace("fleet.field.robots", 4)


def test_equal_content_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scenario(tmp_path, {"trace": events(tmp_path, 0)})
    events(tmp_path, 0, name="copy.csv")
    made = first.fleet[0].connectivity
    again = scenario(tmp_path, {"trace": events(tmp_path, 0)}).fleet[0].connectivity
    assert isinstance(made, Trace)
    assert isinstance(again, Trace)
    assert made.patterns is again.patterns


def test_the_fingerprint_is_that_of_the_whole_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long records are not written out again for each change of a scenario; what is digested is the same text."""
    texts: list[bytes] = []

    class Digest:
        def update(self, text: bytes) -> None:
            texts.append(text)

        def hexdigest(self) -> str:
            return hashlib.sha256(b"".join(texts)).hexdigest()

    rates("time,rate\n0,1\n1,2\n5,0.25\n", tmp_path)
    link = {"trace": {"file": "log.csv", "time": "time", "rate": "rate", "unit": "Mbit/s"}}
    made = scenario(tmp_path, {"trace": events(tmp_path, 0)}, link)
    expected = made.fingerprint()
    monkeypatch.setattr(resolved, "hashlib", SimpleNamespace(sha256=Digest))
    assert made.fingerprint() == expected
    whole = json.loads(b"".join(texts))
    assert whole["fleet"][0]["link"] == made.resolved()["fleet"][0]["link"]
    assert whole["fleet"][0]["connectivity"] == made.resolved()["fleet"][0]["connectivity"]
    assert b"".join(texts) == json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()
    monkeypatch.setattr(resolved, "PatternsType", None)  # writing one again would crash
    texts.clear()
    made.replace("fleet.field.robots", 4).fingerprint()
    assert b"".join(texts) == json.dumps(whole, sort_keys=True, separators=(",", ":")).replace('"robots":2', '"robots":4').encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("couriers-5g", "90de4cd576608ea29dfb2be60575a52408c98d8f1a57e66961481fc4f71e0a0f"),
        ("commute-3g", "820ffcabc56454b475087f73b7efd213664ac304fb81ca221094ac6f9b8601df"),
    ],
)
def test_fingerprints_of_scenarios_with_records_stay_what_they_were(name: str, expected: str) -> None:
    assert load(Path(__file__).parents[2] / "scenarios" / f"{name}.yaml").fingerprint() == expected


def test_threads_read_the_same(tmp_path: Path) -> None:
    raw, found = events(tmp_path, 0), []
    folder = DataFolder.at(tmp_path)
    threads = [threading.Thread(target=lambda: found.append(TraceType("online").parse(raw, folder))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(trace == found[0] for trace in found)


def test_a_loaded_scenario_does_not_depend_on_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tr").mkdir()
    events(tmp_path / "tr", 0)
    text = "fleet: [{cohort: a, robots: 3, connectivity: {trace: {file: tr/events.csv, time: timestamp, online: online}}}]\n"
    (tmp_path / "scenario.yaml").write_text(text + "application: {bundle: 6 MB}\n")
    monkeypatch.chdir(tmp_path)
    loaded = load("scenario.yaml")
    monkeypatch.chdir("/")
    assert loaded.replace("fleet.a.robots", 4).robots == 4
    assert loaded.replace("fleet.a.connectivity.trace.offset", "aligned").robots == 3
    assert pickle.loads(pickle.dumps(loaded)).replace("fleet.a.robots", 5).robots == 5
    assert loaded.without_studies().replace("fleet.a.connectivity.trace.offset", "aligned").robots == 3


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = {**events(tmp_path, 0), "file": str(tmp_path / "events.csv")}
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert TraceType("online").parse(raw).patterns[0].period == 8400.0


def test_the_schema_knows_the_keys() -> None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(json_schema())
    trace = {"file": "a.csv", "time": "t", "online": "o", "offset": "clock", "time_unit": "ms", "timezone": "UTC", "period": "1 d"}
    fleet = {"cohort": "a", "robots": 1, "connectivity": {"trace": trace}}
    assert validator.is_valid({"fleet": [fleet], "application": {"bundle": "1 MB"}})
    fleet = {"cohort": "a", "robots": 1, "connectivity": {"trace": {**trace, "time_unit": "hours"}}}
    assert not validator.is_valid({"fleet": [fleet], "application": {"bundle": "1 MB"}})
