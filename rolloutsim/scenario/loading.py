"""From files, texts and plain data to scenarios; all mistakes are reported together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rolloutsim.errors import Location, Problem, ScenarioError, UsageError
from rolloutsim.scenario.checks.consistency import problems_between
from rolloutsim.scenario.key_places import belongs_to
from rolloutsim.scenario.model import Origin, Scenario
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.paths import quoted
from rolloutsim.scenario.reading.plain import plain_problems
from rolloutsim.scenario.reading.problems import problem_of
from rolloutsim.scenario.reading.source import Source, read_file, read_text
from rolloutsim.scenario.repair import repaired
from rolloutsim.scenario.replace import Changes, expand_changed
from rolloutsim.scenario.sites.expansion import is_shorthand
from rolloutsim.scenario.systems.expansion import Expanded, is_preset

__all__ = ["build", "load", "locate", "parse"]

_SPACES = "\u00a0\u2007\u2009\u202f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_LOOKALIKE = re.compile(f"(?<=[0-9])[{_SPACES}{_DASHES}]|[{_SPACES}{_DASHES}](?=[0-9])")


def load(path: str | Path, *, inspect: Callable[[Scenario], Iterable[Problem]] | None = None) -> Scenario:
    """Read a scenario from a YAML or JSON file.

    Parameters
    ----------
    path
        The file. Files that it names are relative to its folder.
    inspect
        A function that finds further problems, e.g. `rolloutsim.study.check_problems`; called with the valid part of the scenario.

    Raises
    ------
    ScenarioError
        With all problems of the file, each with line and column.
    UsageError
        If the argument is not a path.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> scenario.name, scenario.robots
    ('robomaker-100', 100)
    """
    if not isinstance(path, str | PathLike):
        data = isinstance(path, Mapping)
        hint = "make a scenario of data by rolloutsim.scenario.build(data)" if data else "write rolloutsim.load('fleet.yaml')"
        raise UsageError(f"the path of a file is needed, and this is a {type(path).__name__}: {hint}")
    return _validate(read_file(path), inspect=inspect)


def parse(text: str, name: str = "<text>", folder: Path | DataFolder | None = None) -> Scenario:
    """Read a scenario from a string; see `load`."""
    return _validate(read_text(text, name, folder))


def build(raw: Any, name: str = "", folder: Path | DataFolder | None = None) -> Scenario:
    """Make a scenario from plain data, as JSON would hold it; see `load`."""
    return _validate(Source(name, folder), raw)


def _rebuild(raw: Any, file: str, folder: DataFolder | None, changes: Changes) -> Scenario:
    """Make a scenario from plain data, and from what is changed once they are written out."""
    return _validate(Source(file, folder), raw, changes=changes)


def locate(scenario: Scenario, problem: Problem) -> Problem:
    """Return a problem of a scenario with its place in the file, if the file still holds what was loaded."""
    source = Source(scenario.file)
    try:
        written = read_file(scenario.file) if scenario.file else source
    except ScenarioError:  # the file has gone since
        written = source
    raw = scenario.raw
    same = not scenario.changes and _without_extensions(written.plain()) == raw
    expansion = expand_changed(raw, scenario.changes, scenario.file, scenario.folder)
    return _located(written if same else source, raw if not scenario.changes else expansion.before, _moved(problem, expansion))


def _validate(
    source: Source, raw: Any = None, inspect: Callable[[Scenario], Iterable[Problem]] | None = None, changes: Changes = ()
) -> Scenario:
    written = _without_extensions(source.plain() if raw is None else raw)
    problems = list(source.problems)
    if raw is not None and (unlike := list(plain_problems(raw))):
        raise ScenarioError(_located(source, written, problem) for problem in unlike)
    if not isinstance(written, dict):
        found, what = (
            ("nothing", "it is empty")
            if written is None
            else ("a list" if isinstance(written, list) else _shorten(str(written)), "this is none")
        )
        hint = "begin with fleet: and application:, or let rolloutsim init write a starter"
        problems.append(
            _located(source, written, Problem("wrong-type", (), f"a scenario is a mapping of keys, and {what}", hint, found=found))
        )
        raise ScenarioError(problems)
    expansion = expand_changed(written, changes, source.name, source.folder)
    data = expansion.data
    shown = expansion.before if changes else written  # what a change gave is not in the file
    cohorts = _cohorts(shown)
    origin = Origin(written, source.name, source.folder, _rebuild, expansion.before, changes, expansion.preset)
    problems += [_located(source, shown, problem, cohorts) for problem in expansion.problems]
    mistaken: set[Location] = set()
    scenario: Scenario | None
    checked: Scenario | None
    try:
        scenario = Scenario.model_validate(data, context={"folder": source.folder}).remember(origin)
        checked = scenario
    except ValidationError as error:
        scenario = None
        lines = error.errors(include_url=False)
        for line in lines:
            problem = problem_of(line)
            mistaken.add(problem.location)
            problem = _moved(problem, expansion)
            if problem.code == "unknown-key":
                problem = problem._replace(hint=_with_place(problem.hint, shown, problem.location))
            problems.append(_located(source, shown, problem, cohorts))
        checked, mistaken = repaired(data, lines, origin)
    noticed = [] if checked is None else [*problems_between(checked), *(inspect(checked) if inspect is not None else ())]
    touches = _Mistaken(mistaken).touches
    if any(problem.severity == "error" and problem.location[:1] == ("deployment",) for problem in expansion.problems):
        noticed = [problem for problem in noticed if expansion.origin(problem.location)[:1] != ("deployment",)]  # they rest on defaults
    if scenario is None and (is_shorthand(written) or is_preset(written)):  # levers need the file as it is written
        noticed = [problem for problem in noticed if problem.location[:1] != ("sweep",)]
    problems += [_located(source, shown, _moved(problem, expansion), cohorts) for problem in noticed if not touches(problem)]
    if (is_shorthand(written) or is_preset(written)) and not changes:  # one mistake of the file may be one of each site or row
        problems = list({(problem.code, problem.line, problem.column, problem.path): problem for problem in reversed(problems)}.values())
    problems = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))
    if scenario is None or any(problem.severity == "error" for problem in problems):
        problems = [problem for problem in problems if problem.code != "instant-download"]  # links are what one adds last
        raise ScenarioError(sorted(problems, key=lambda problem: problem.severity != "error"))
    return scenario.remember(origin, tuple(problems))


def _moved(problem: Problem, expansion: Expanded) -> Problem:
    """Return a problem of what a file stands for at its place in the file."""
    return problem._replace(location=expansion.origin(problem.location))


def _without_extensions(data: Any) -> Any:
    """Return the data without the keys ``x-…`` at the top, which hold anchors of YAML."""
    return {key: value for key, value in data.items() if not str(key).startswith("x-")} if isinstance(data, dict) else data


def _with_place(hint: str, data: Any, location: Location) -> str:
    """Return the hint for an unknown key with the place where it belongs, if a place has a key of exactly this spelling."""
    guessed = hint.startswith("did you mean")
    place = belongs_to(data, location, alike=len(location) == 1 and not guessed)
    listed = hint.partition("; ")[2] if guessed else hint
    return "; ".join(part for part in (place, listed) if part) if place else hint


class _Mistaken:
    """Locations that are mistaken, and what rests on them."""

    def __init__(self, mistaken: set[Location]) -> None:
        self._mistaken = mistaken
        self._above = {wrong[:depth] for wrong in mistaken for depth in range(len(wrong))}
        self._known: dict[int, bool] = {}  # by identity: many problems may involve the same long tuple of locations

    def touches(self, problem: Problem) -> bool:
        """Return whether a problem rests on something that is itself mistaken."""
        if not self._mistaken:
            return False
        key = id(problem.involves)
        if key not in self._known:
            self._known[key] = any(map(self._is_mistaken, problem.involves))
        return self._known[key] or self._is_mistaken(problem.location)

    def _is_mistaken(self, location: Location) -> bool:
        """Return whether a location, something above it or something below it is mistaken."""
        return location in self._above or any(location[:depth] in self._mistaken for depth in range(len(location) + 1))


def _located(source: Source, data: Any, problem: Problem, cohorts: Mapping[str | None, int] | None = None) -> Problem:
    """Return a problem with its place in the file, and with what is there."""
    line, column = source.place(problem.location, problem.key)
    found = problem.found or _found(source, data, problem.location)
    path = path_of(data, problem.location, cohorts)
    return problem._replace(file=source.name, line=line, column=column, path=path, found=found, involves=())


def _found(source: Source, data: Any, location: Location) -> str:
    written = source.written(location)
    if written is not None:
        return _shorten(written) or "nothing"
    for part in location:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int) and part < len(data)
        if not inside:
            return "nothing"
        data = data[part]
    if isinstance(data, dict):
        return "a mapping" if data else "{}"
    if isinstance(data, list):
        return "a list" if data else "[]"
    if isinstance(data, str):
        return _shorten(f'"{data}"')
    return "nothing" if data is None else str(data).lower() if isinstance(data, bool) else str(data)


def _shorten(text: str) -> str:
    text = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")  # these only: a space that is none has to be seen
    return (text if len(text) <= 60 else text[:57] + "…") + _lookalike(text)


def _lookalike(text: str) -> str:
    """Return which letter beside a digit only looks like a space or a hyphen.

    >>> _lookalike("22:00\N{EN DASH}06:00"), _lookalike("5 %")
    (' (U+2013 is no hyphen)', '')
    """
    match = _LOOKALIKE.search(text)
    return "" if match is None else f" (U+{ord(match[0]):04X} is no {'plain space' if match[0] in _SPACES else 'hyphen'})"


def _cohorts(data: Any) -> Counter[str | None]:
    """Return how many cohorts there are of each name."""
    fleet = data.get("fleet") if isinstance(data, dict) else None
    return Counter(map(_name_of, fleet if isinstance(fleet, list) else ()))


def _name_of(cohort: Any) -> str | None:
    name = cohort.get("cohort") if isinstance(cohort, dict) else None
    return name if isinstance(name, str) else None


def path_of(data: Any, location: Location, cohorts: Mapping[str | None, int] | None = None) -> str:
    """Return a location as a dotted path, cohorts by name; `cohorts` is how many there are of each name, if that is known.

    Examples
    --------
    >>> path_of({"fleet": [{"cohort": "dock"}]}, ("fleet", 0, "robots"))
    'fleet.dock.robots'
    """
    path = ""
    for depth, part in enumerate(location):
        if depth == 1 and location[0] == "fleet" and isinstance(part, int):
            name = _name_of(data["fleet"][part])
            if name is not None and (_cohorts(data) if cohorts is None else cohorts)[name] == 1:
                path += f".{quoted(name)}"
                continue
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{quoted(part)}" if path else quoted(part)
    return path
