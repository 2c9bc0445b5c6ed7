"""Control files: JSON with a digest of its own content, so that what was changed or damaged is never taken for what was written.

The digest is the SHA-256 of the content, without the digest, in its canonical form: keys sorted, no blanks. Digests of other files are
stored by name under ``files``.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rolloutsim.errors import UnusableFileError
from rolloutsim.study.provenance import SCHEMA_VERSION
from rolloutsim.study.store.disk import write_whole


def to_json(content: object) -> bytes:
    """Return JSON in UTF-8; bytes of a name that are no UTF-8 become escapes, which give the same name again when they are read.

    Examples
    --------
    >>> to_json(["caf\\udce9.yaml", "é"])
    b'[\\n  "caf\\\\udce9.yaml",\\n  "\\xc3\\xa9"\\n]\\n'
    """
    text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a control file, whole or not at all.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    whole = {"schema_version": SCHEMA_VERSION, **content}
    data = to_json({**whole, "digest": _digest(whole)})
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def command_of(content: Mapping[str, Any]) -> str:
    """Return the command line that made the results of a manifest; empty if they were made from Python.

    Examples
    --------
    >>> command_of({"command": ["/usr/bin/rolloutsim", "run", "a fleet.yaml", "--out", "a"]})
    "rolloutsim run 'a fleet.yaml' --out a"
    >>> command_of({"command": ["study.py"]})
    ''
    """
    command = content.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
        return ""
    program = Path(command[0])
    made_here = program.name == "rolloutsim" or program.parts[-2:] == ("rolloutsim", "__main__.py")
    return shlex.join(["rolloutsim", *command[1:]]) if made_here else ""


def read_record(
    path: Path, needed: Mapping[str, type], hint: str, command: Callable[[Mapping[str, Any]], str] = command_of
) -> dict[str, Any]:
    """Return the content of a control file.

    Parameters
    ----------
    path
        The file.
    needed
        Types of what it must contain, by key.
    hint
        What to do if it cannot be used.
    command
        Returns the command line that makes the folder again, of content of another schema; empty if that is not known.

    Raises
    ------
    UnusableFileError
        If it is missing or damaged, was changed, is of another schema, or names files outside its folder.
    """
    content = _load(path, hint)
    if not isinstance(content, dict):
        raise UnusableFileError(path, "it is damaged (it is no JSON object)", hint)
    digest, version = content.pop("digest", None), content.get("schema_version")
    old = digest is None and isinstance(version, int) and version < SCHEMA_VERSION
    if not old and digest != _digest(content):
        raise UnusableFileError(path, "it is damaged, or was changed (its content does not have the recorded digest)", hint)
    if version != SCHEMA_VERSION:
        line = command(content)
        raise UnusableFileError(
            path,
            f"it is of schema version {version}, and this rolloutsim reads version {SCHEMA_VERSION}",
            f"move the folder away and make it again: {line}" if line else hint,
        )
    if lacking := [key for key, kind in needed.items() if not isinstance(content.get(key), kind)]:
        raise UnusableFileError(path, f"it lacks {', '.join(lacking)}", hint)
    files = content.get("files", {})
    if not isinstance(files, dict):
        raise UnusableFileError(path, "it lacks files", hint)
    for name in files:
        member(path, name, hint)
    return content


def member(record: Path, name: object, hint: str) -> Path:
    """Return the path of a file that a record in the same folder names.

    Raises
    ------
    UnusableFileError
        Unless it is the bare name of a file: a record never reaches out of its folder.
    """
    if not isinstance(name, str) or name in ("", ".", "..") or any(sign in name for sign in "/\\\0"):
        raise UnusableFileError(record, f"it names {name!r}, which is no file of its folder", hint)
    return record.with_name(name)


def _load(path: Path, hint: str) -> object:
    try:
        if path.exists() and not path.is_file():
            raise UnusableFileError(path, "it is no regular file", hint)
        return json.loads(path.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError as error:
        raise UnusableFileError(path, "it is missing", hint) from error
    except OSError as error:
        raise UnusableFileError(path, f"it cannot be read ({error.strerror or error})", hint) from error
    except (ValueError, RecursionError) as error:
        raise UnusableFileError(path, f"it is damaged ({error})", hint) from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _digest(content: object) -> str:
    # ASCII, so that names that are no UTF-8 have bytes too.
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
