"""Control files: what was changed is seen, names stay inside the folder, and every error names the file."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import UnusableFileError
from rolloutsim.study.provenance import SCHEMA_VERSION
from rolloutsim.study.store.control_files import _digest, command_of, read_record, write_record

CONTENT = {"name": "Łódź", "seed": 5, "share": 0.1, "command": ["caf\udce9.yaml"], "files": {"jobs.parquet": "0" * 64}}


def read(path: Path, **needed: type) -> dict[str, Any]:
    return read_record(path, needed, "run it again")


def test_the_content_comes_back(tmp_path: Path) -> None:
    write_record(tmp_path / "a.json", CONTENT)
    assert read(tmp_path / "a.json", name=str) == {"schema_version": SCHEMA_VERSION, **CONTENT}


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    write_record(tmp_path / "a.json", CONTENT)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "Łódź" in text
    assert '"caf\\udce9.yaml"' in text
    assert os.fsencode(read(tmp_path / "a.json")["command"][0]) == b"caf\xe9.yaml"


def test_every_flipped_bit_is_seen_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_record(path, CONTENT)
    good, content = path.read_bytes(), read(path)
    errors = []
    for place in range(8 * len(good)):
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            assert read(path) == content
        except UnusableFileError as error:
            errors.append(str(error))
    assert len(errors) > 6 * len(good)
    assert all(error.startswith(f"{path}: it ") and error.endswith(": run it again") for error in errors)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is damaged (Expecting value"),
        ("{", "it is damaged (Expecting property name"),
        ("[]", "it is damaged (it is no JSON object)"),
        ("{}", "it is damaged, or was changed"),
        ('{"seed": NaN}', "it is damaged (NaN is no number of JSON)"),
        ("[" * 100_000, "it is damaged (maximum recursion depth"),
        ('{"seed": ' + "1" * 5000 + "}", "it is damaged (Exceeds the limit"),
    ],
)
def test_text_that_is_no_record(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UnusableFileError, match=re.escape(f"a.json: {said}")) as caught:
        read(tmp_path / "a.json")
    assert str(caught.value).endswith(": run it again")


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableFileError, match=r"a\.json: it is missing: run it again"):
        read(tmp_path / "a.json")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UnusableFileError, match="fifo: it is no regular file: run it again"):
        read(tmp_path / "fifo")
    write_record(tmp_path / "a.json", CONTENT)

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # permissions do not stop root
    with pytest.raises(UnusableFileError, match=r"a\.json: it cannot be read \(Permission denied\): run it again"):
        read(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"name": 5}, "it lacks name, seed"),
        ({"name": "a", "seed": 1, "files": ["jobs.parquet"]}, "it lacks files"),
        ({"schema_version": SCHEMA_VERSION + 1}, f"it is of schema version {SCHEMA_VERSION + 1}, and this rolloutsim reads"),
    ],
)
def test_records_that_were_written_by_something_else(tmp_path: Path, content: dict[str, Any], said: str) -> None:
    write_record(tmp_path / "a.json", content)
    with pytest.raises(UnusableFileError, match=re.escape(f"a.json: {said}")):
        read(tmp_path / "a.json", name=str, seed=int)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "a\0b"])
def test_names_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    write_record(tmp_path / "a.json", {"files": {name: "0"}})
    with pytest.raises(UnusableFileError, match=re.escape(f"a.json: it names {name!r}, which is no file of its folder: run it again")):
        read(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["/usr/bin/rolloutsim", "run", "a b.yaml"], "rolloutsim run 'a b.yaml'"),
        (["/lib/rolloutsim/__main__.py", "run"], "rolloutsim run"),
        (["notebook.py", "run"], ""),
        ([], ""),
        ("rolloutsim", ""),
        (["rolloutsim", 5], ""),
    ],
)
def test_the_command_that_makes_results_again(command: object, line: str) -> None:
    assert command_of({"command": command}) == line


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    keys = list(CONTENT)
    random.Random(1).shuffle(keys)
    assert _digest({key: CONTENT[key] for key in keys}) == _digest(CONTENT) == _digest(json.loads(json.dumps(CONTENT)))
