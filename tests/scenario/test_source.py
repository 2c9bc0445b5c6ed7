"""Files that cannot be read, hostile files, and what YAML 1.2 defines."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import load, parse
from rolloutsim.scenario.reading import source
from rolloutsim.scenario.reading.source import MAXIMUM_BYTES, MAXIMUM_PACKED_BYTES, read_file, read_text
from tests.expected_errors import expected_error

MINIMAL = "fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB}\n"


def refused(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (problem,) = caught.value.problems
    return str(problem).replace(str(path.parent), "DIR")


def test_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "warehouse.yaml").write_text(MINIMAL)
    expected = "DIR/warehose.yaml: found no such file; the scenario cannot be read; did you mean DIR/warehouse.yaml?"
    assert refused(tmp_path / "warehose.yaml") == expected


def test_folder(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "a.yaml").write_text(MINIMAL)
    assert refused(folder) == "DIR/scenarios: found a folder; a scenario is a file; name a file in it, e.g. DIR/scenarios/a.yaml"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(MINIMAL)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # root may read everything, so the system is asked to refuse
    assert refused(path) == "DIR/a.yaml: found no permission to read it; the scenario cannot be read; change its permissions, or copy it"


def test_failing_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(MINIMAL)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", refuse)
    assert refused(path) == "DIR/a.yaml: found Input/output error; the scenario cannot be read; check the name"


def test_device() -> None:
    with expected_error("unreadable-file"):
        load("/dev/zero")


def test_name_with_nul() -> None:
    with expected_error("unreadable-file"):
        load("a\0b.yaml")


def test_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAXIMUM_PACKED_BYTES + 1)
    monkeypatch.setattr(os, "open", None)  # reading it would crash
    expected = "DIR/large.yaml: found a file of 100.000001 MB; a scenario has at most 1 MB; "
    assert refused(path) == expected + "is this the scenario, and not its data? data belong in files that it names"


def test_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(MINIMAL + "#" * (MAXIMUM_BYTES - len(MINIMAL)))
    assert load(path).robots == 10


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"fleet:\n  \x89PNG")
    expected = "DIR/a.yaml:2:3: found the byte 0x89; a scenario is text in UTF-8; "
    assert refused(path) == expected + "is it a binary file, or text in another encoding? save it as UTF-8"


def test_nul_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"fleet:\n a\x00")
    expected = "DIR/a.yaml:2:3: found the character U+0000; this control character has no place in YAML; is this a binary file? remove it"
    assert refused(path) == expected


def test_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(MINIMAL.encode("utf-16"))
    assert refused(path) == "DIR/a.yaml:1:1: found text in UTF-16; a scenario is text in UTF-8; save it as UTF-8"


def test_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(MINIMAL.encode("utf-8-sig"))
    assert load(path).robots == 10


def test_deep_nesting_ends_early() -> None:
    with expected_error("too-large"):
        parse("a: " + "[" * 100_000)


def test_many_values_end_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAXIMUM_NODES", 1000)
    assert len(read_text("a: [" + "0," * 997 + "]").plain()["a"]) == 997
    with expected_error("too-large"):
        read_text("a: [" + "0," * 1000 + "]")


def test_plain_aliases_and_merges() -> None:
    text = """
fleet:
  - &dock {cohort: dock, robots: 10, link: {rate: &rate 16 Mbit/s}}
  - {<<: *dock, cohort: yard, robots: 5}
  - {cohort: van, robots: 1, link: {rate: *rate}}
application: {bundle: 350 MB}
"""
    fleet = parse(text).fleet
    assert [(cohort.name, cohort.robots) for cohort in fleet] == [("dock", 10), ("yard", 5), ("van", 1)]
    assert len({cohort.link_rate for cohort in fleet}) == 1


def test_mistakes_below_an_alias_point_to_the_anchor() -> None:
    text = "fleet:\n  - {cohort: a, robots: 1, link: &l {rate: 16}}\n  - {cohort: b, robots: 1, link: *l}\napplication: {bundle: 1 MB}\n"
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert {(problem.line, problem.column) for problem in caught.value.problems} == {(2, 44)}
    assert [problem.path for problem in caught.value.problems] == ["fleet.a.link.rate", "fleet.b.link.rate"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:00", "22:00"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("1e3", 1000.0),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("true", True),
        ("~", None),
        ("2026-01-05", "2026-01-05"),
        (".inf", math.inf),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("+5", 5),
        ("-.5", -0.5),
    ],
)
def test_yaml_1_2_scalars(text: str, value: Any) -> None:
    assert read_text(f"a: {text}").plain() == {"a": value}
    assert type(read_text(f"a: {text}").plain()["a"]) is type(value)


def test_json_with_tabs(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"fleet": [{"cohort": "dock", "robots": 10}], "application": {"bundle": "350 MB"}}, indent="\t"))
    assert load(path).robots == 10


def test_every_place_is_known() -> None:
    nodes = read_text("a:\n  - b: 1\n    c: {d: 2}\n")
    assert nodes.place(("a", 0, "c", "d")) == (3, 12)
    assert nodes.place(("a", 0, "c", "d"), key=True) == (3, 9)
    assert nodes.place(("a", 0, "missing")) == (2, 5)
    assert nodes.place(("a", 7)) == (2, 3)


def test_read_file_keeps_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL)
    assert read_file(tmp_path / "a.yaml").folder.path == tmp_path
