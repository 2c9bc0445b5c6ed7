"""Scenario files as trees of nodes that know their line and column.

YAML 1.2 (and so JSON) is read event by event: nothing is built that the file does not spell out, aliases are shared and counted, so a
hostile file is refused early instead of filling the memory.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from rolloutsim.errors import Location, Problem, ProblemCode, ScenarioError
from rolloutsim.printing import escaped, shorten
from rolloutsim.scenario.reading.data_files import DataFolder, NotRegularError, TooLargeError, read_regular
from rolloutsim.scenario.reading.numbers import MOST_DIGITS
from rolloutsim.scenario.reading.packed import PACKED

__all__ = ["MAXIMUM_BYTES", "MAXIMUM_DEPTH", "MAXIMUM_NODES", "MAXIMUM_PACKED_BYTES", "Node", "Source", "Value", "read_file", "read_text"]

#: A scenario has some kilobytes; whatever is larger is something else (a trace, an archive), unless it is packed samples.
MAXIMUM_BYTES = 1_000_000
MAXIMUM_PACKED_BYTES = 100_000_000
MAXIMUM_NODES = 100_000
MAXIMUM_DEPTH = 50

#: Plain data: what JSON can hold.
Value = Any

_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_CUT = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})*\Z")  # the number before a comma
_CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class Node:
    """A scalar, a list of nodes, or a mapping of keys to (key node, value node)."""

    __slots__ = ("column", "count", "data", "line", "text")

    def __init__(self, line: int, column: int, data: Any, text: str = "") -> None:
        self.line = line
        self.column = column
        self.data = data
        self.text = text
        self.count = 1

    def plain(self) -> Value:
        """Return the node as plain data."""
        if isinstance(self.data, dict):
            return {key: value.plain() for key, (_, value) in self.data.items()}
        if isinstance(self.data, list):
            return [item.plain() for item in self.data]
        return self.data


class Source:
    """Where a scenario came from: a name for messages, a folder for the files that it names, and its nodes."""

    def __init__(
        self, name: str, folder: Path | DataFolder | None = None, root: Node | None = None, problems: Sequence[Problem] = ()
    ) -> None:
        self.name = name
        self.folder = folder if isinstance(folder, DataFolder) else DataFolder.at(folder)
        self.root = root
        self.problems = list(problems)

    def plain(self) -> Value:
        """Return the whole as plain data."""
        return None if self.root is None else self.root.plain()

    def place(self, location: Location, key: bool = False) -> tuple[int, int]:
        """Return line and column of the node at a location, or of the nearest one above it; (0, 0) without a file."""
        node, name = self.root, None
        for part in location:
            if node is None:
                return 0, 0
            data, name = node.data, None
            if isinstance(data, dict) and part in data:
                name, node = data[part]
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                node = data[part]
            else:
                break
        at = name if key and name is not None else node
        return (0, 0) if at is None else (at.line, at.column)

    def written(self, location: Location) -> str | None:
        """Return the scalar at a location as the file spells it, or None."""
        node = self.root
        for part in location:
            data = None if node is None else node.data
            if isinstance(data, dict) and part in data:
                node = data[part][1]
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                node = data[part]
            else:
                return None
        return node.text if node is not None and not isinstance(node.data, dict | list) else None


class _Open(NamedTuple):
    """A mapping or list whose end has not come yet."""

    node: Node
    anchor: str | None
    keys: list[Node]  # the key that waits for its value, if any
    merged: list[Node]


def read_file(path: str | Path) -> Source:
    """Read a file.

    Raises
    ------
    ScenarioError
        It cannot be read, is too large, not text, or not YAML.
    """
    name, path = str(path), Path(path)

    def refuse(found: str, why: str, hint: str, line: int = 0, column: int = 0, code: ProblemCode = "unreadable-file") -> ScenarioError:
        return ScenarioError([Problem(code, (), why, hint, found=found, file=name, line=line, column=column)])

    if not name.strip():
        raise refuse("an empty name", "a scenario is a file", "name it; is a variable empty?")
    if "\n" in name:
        raise refuse(shorten(escaped(name)), "this is no name of a file", "a text becomes a scenario by rolloutsim.scenario.parse(text)")
    try:
        if path.is_dir():
            raise refuse("a folder", "a scenario is a file", "name a file in it, e.g. " + str(path / _example(path)))
        if not path.exists():
            near = difflib.get_close_matches(path.name, _siblings(path), 1)
            raise refuse(
                "no such file", "the scenario cannot be read", f"did you mean {path.with_name(near[0])}?" if near else "check the name"
            )
        raw = read_regular(path, MAXIMUM_PACKED_BYTES)
        if len(raw) > MAXIMUM_BYTES and len(PACKED.sub(b"", raw)) > MAXIMUM_BYTES:
            raise TooLargeError(f"a file of {len(raw) / 1e6:,.10g} MB")
    except PermissionError:
        raise refuse("no permission to read it", "the scenario cannot be read", "change its permissions, or copy it") from None
    except NotRegularError as error:
        raise refuse(f"{error}", "a scenario is a regular file", "copy it into a file") from None
    except TooLargeError as error:
        limit = f"a scenario has at most {MAXIMUM_BYTES / 1e6:g} MB"
        raise refuse(
            f"{error}", limit, "is this the scenario, and not its data? data belong in files that it names", code="too-large"
        ) from None
    except (OSError, ValueError) as error:
        raise refuse(f"{getattr(error, 'strerror', None) or error}", "the scenario cannot be read", "check the name") from None
    return read_text(_decode(raw, refuse), name, DataFolder.at(path.parent))


def _example(folder: Path) -> str:
    return next((entry for entry in sorted(_siblings(folder / "x")) if entry.endswith((".yaml", ".yml", ".json"))), "scenario.yaml")


def _siblings(path: Path) -> list[str]:
    try:
        return [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return []


def _decode(raw: bytes, refuse: Any) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("text in UTF-16", "a scenario is text in UTF-8", "save it as UTF-8", 1, 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        found = f"the byte 0x{raw[error.start]:02x}"
        raise refuse(
            found, "a scenario is text in UTF-8", "is it a binary file, or text in another encoding? save it as UTF-8", line, column
        ) from None
    return text


def read_text(text: str, name: str = "<text>", folder: Path | DataFolder | None = None) -> Source:
    """Read YAML 1.2 or JSON from a string.

    Raises
    ------
    ScenarioError
        It is not YAML, or cannot be a scenario (several documents, runaway aliases).
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    from rolloutsim.scenario.reading.yaml_tabs import TabScanner, tab_problem

    source = Source(name, folder)
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = TabScanner
        source.root = _build(yaml.parse(text), source)
    except ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        found = f"the character U+{ord(text[error.position]):04X}"
        _stop(source, line, column, "not-yaml", found, "this control character has no place in YAML", "is this a binary file? remove it")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(str(error.problem or error.context or error).split())
        if "'\\t'" in problem:
            _stop(source, line, column, "not-yaml", "a tab", *tab_problem(text, line, column))
        context = f"{error.context}, " if error.context and error.problem else ""
        _stop(
            source, line, column, "not-yaml", "", f"not YAML: {context}{problem}", "check the indentation, quotes and brackets up to here"
        )
    except YAMLError as error:
        _stop(source, 1, 1, "not-yaml", "", "not YAML: " + " ".join(str(error).split()), "check the indentation, quotes and brackets")
    return source


def _problem(source: Source, line: int, column: int, code: ProblemCode, found: str, why: str, hint: str, path: str = "") -> Problem:
    return Problem(code, (), why, hint, found=found, file=source.name, line=line, column=column, path=path)


def _stop(source: Source, line: int, column: int, code: ProblemCode, found: str, why: str, hint: str) -> NoReturn:
    raise ScenarioError([*source.problems, _problem(source, line, column, code, found, why, hint)])


def _build(events: Iterator[Any], source: Source) -> Node | None:
    root: Node | None = None
    stack: list[_Open] = []
    anchors: dict[str, Node | None] = {}
    documents = total = 0
    for event in events:
        kind = type(event).__name__
        line, column = (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (1, 1)
        if kind in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
            continue
        if kind == "DocumentStartEvent":
            documents += 1
            if documents > 1:
                _stop(
                    source,
                    line,
                    column,
                    "unsupported-yaml",
                    "a second document",
                    "a file holds one scenario",
                    "remove the --- or put what follows into a file of its own",
                )
            continue
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = stack.pop()
            _merge(done)
            node, anchor = done.node, done.anchor
            anchors.update({anchor: node} if anchor else {})
        elif kind == "AliasEvent":
            target = anchors.get(event.anchor)
            if target is None:
                if event.anchor in anchors:
                    _stop(
                        source,
                        line,
                        column,
                        "unsupported-yaml",
                        f"*{event.anchor}",
                        "an alias cannot be inside what it stands for",
                        "write out what is meant",
                    )
                _stop(
                    source,
                    line,
                    column,
                    "not-yaml",
                    f"*{event.anchor}",
                    "no anchor of this name comes before",
                    _did_you_mean(event.anchor, anchors),
                )
            node = target
        else:
            tag = str(event.tag) if event.tag else ""
            if tag and tag not in _TAGS:
                source.problems.append(
                    _problem(source, line, column, "unsupported-yaml", tag, "tags are not used in scenarios", "remove it")
                )
            if kind == "ScalarEvent":
                plain = event.style in (None, "") and not tag.endswith(":str")
                text = event.value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
                node = Node(line, column, _scalar(text) if plain else text, text if plain else f'"{text}"')
                anchors.update({event.anchor: node} if event.anchor else {})
            else:
                node = Node(line, column, {} if kind == "MappingStartEvent" else [])
                anchors.update({event.anchor: None} if event.anchor else {})
                stack.append(_Open(node, event.anchor, [], []))
                if len(stack) > MAXIMUM_DEPTH:
                    _stop(
                        source,
                        line,
                        column,
                        "too-large",
                        "",
                        f"nested more than {MAXIMUM_DEPTH} deep",
                        "a scenario needs fewer than ten levels",
                    )
                continue
        total += node.count if kind == "AliasEvent" else 1
        if total > MAXIMUM_NODES:
            what = f"with its aliases written out this has more than {MAXIMUM_NODES:,} values"
            _stop(source, line, column, "too-large", "", what, "a scenario has some hundred; use fewer aliases of aliases")
        if stack:
            _attach(stack, node, source)
        else:
            root = node
    return root


def _scalar(text: str) -> Value:
    """Return what a plain scalar means in YAML 1.2 (core schema): NO and 22:00 are text, 1e3 is a float."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text) if len(text.lstrip("+-")) <= MOST_DIGITS else float(text)
    if _BASED.match(text):
        return int(text, 0) if len(text) <= MOST_DIGITS else math.inf
    return float(text) if _FLOAT.match(text) else text


def _attach(stack: list[_Open], node: Node, source: Source) -> None:
    parent = stack[-1]
    holder = parent.node
    holder.count += node.count
    if isinstance(holder.data, list):
        holder.data.append(node)
        return
    if not parent.keys:
        parent.keys.append(node)
        return
    key = parent.keys.pop()
    if isinstance(key.data, dict | list):
        source.problems.append(
            _problem(
                source, key.line, key.column, "unsupported-yaml", "a mapping or list as a key", "keys are words", "is there an extra brace?"
            )
        )
        return
    name = str(key.text).strip('"')
    cut = next(reversed(holder.data.values()))[1] if holder.data and node.data is None else None
    if cut is not None and cut.line == key.line and name[:1].isdigit() and _CUT.match(cut.text):
        # Within braces the comma of a number begins a key: what was cut in two is one again, so that one problem explains it.
        cut.text = cut.data = f"{cut.text},{name}"
    elif name == "<<":
        parent.merged.extend(node.data if isinstance(node.data, list) else [node])
    elif name in holder.data:
        why = f"this key was given on line {holder.data[name][0].line} already, and only one of them can count"
        source.problems.append(_problem(source, key.line, key.column, "duplicate", name, why, "remove one of the two", _path(stack, name)))
    else:
        holder.data[name] = (key, node)


def _path(stack: list[_Open], name: str) -> str:
    """Return the path of a key of the innermost open mapping."""
    path = ""
    for outer in stack[:-1]:
        path += f"[{len(outer.node.data)}]" if isinstance(outer.node.data, list) else f".{outer.keys[0].text}"
    return f"{path}.{name}"[1:]


def _merge(done: _Open) -> None:
    """Take over what ``<<`` names; keys of the mapping itself win, then the first one named."""
    for node in done.merged:
        if isinstance(node.data, dict):
            for name, entry in node.data.items():
                done.node.data.setdefault(name, entry)


def _did_you_mean(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"did you mean *{near[0]}?" if near else "define it first, e.g. key: &name value"
