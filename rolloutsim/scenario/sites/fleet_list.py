"""Reading a list of robots: its rows as cohorts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any

from rolloutsim.scenario.parts.fleet import MOST_PRIORITY
from rolloutsim.scenario.parts.names import parse_name
from rolloutsim.scenario.parts.robot_lists import ListedRates, check_rate, parse_robot_name
from rolloutsim.scenario.reading.csv_files import Table, read_table
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean
from rolloutsim.scenario.reading.quantities import RATE, parse_quantity
from rolloutsim.scenario.sites.fleet_file import COLUMNS, FleetFile, RobotClass

__all__ = ["Group", "RobotList", "read_robots"]

#: The class of robots of which the file gives none.
CLASSLESS = "robots"

_GROUPED = ("class", "site", "architecture", "priority")
_ARCHITECTURES = ("X86_64", "ARM64", "ARMHF", "none")


@dataclass
class Group:
    """The robots of a cohort.

    Attributes
    ----------
    keys
        What its rows agree in, and what of it the file gives.
    rates
        In bit/s; 0 is none.
    """

    keys: Mapping[str, Any]
    names: list[str] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def class_name(self) -> str:
        """The class."""
        return str(self.keys["class"])

    def cohort(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cohort as a scenario spells it."""
        suffix = "".join(f"/{self.keys[key]}" for key in ("architecture", "priority") if self._differs(key, template))
        site = f"@{self.keys['site']}" if "site" in self.keys else ""
        cohort = {"cohort": f"{self.class_name}{site}{suffix}", **self.keys, "robots": len(self.rates)}
        listed = {"names": tuple(self.names)} if self.names else {}
        return {**template, **cohort, **listed, **self._link(template)}

    def _differs(self, key: str, template: Mapping[str, Any]) -> bool:
        default = RobotClass.model_fields[key].default
        return key in self.keys and self.keys[key] != (default if template.get(key) is None else template[key])

    def _link(self, template: Mapping[str, Any]) -> dict[str, Any]:
        if not any(self.rates):
            return {}
        link = dict(template.get("link") or {})
        if all(self.rates):
            link.pop("rate", None)
        return {"link": {**link, "rates": ListedRates(tuple(self.rates))}}


@dataclass
class RobotList:
    """The cohorts of a file, in the order of first appearance, and the columns that are ignored."""

    groups: list[Group]
    ignored: list[str]


def read_robots(described: FleetFile, folder: DataFolder, sites: tuple[str, ...] = ()) -> RobotList:
    """Return what a file lists.

    Parameters
    ----------
    sites
        The sites that robots can be at; any if there are none.

    Raises
    ------
    ProblemError or pydantic.ValidationError
        It cannot be used; the message names the line.
    """
    how = ("robots", described.columns, described.unit, tuple(described.classes), sites)
    return folder.made(described.file, how, partial(_read, described=described, sites=sites))


def _read(content: bytes, described: FleetFile, sites: tuple[str, ...]) -> RobotList:
    names = {key: getattr(described.columns, "class_" if key == "class" else key) for key in COLUMNS}
    renamed = {key: name for key, name in names.items() if name != key}
    with read_table(content, described.file, renamed) as table:
        places = {key: table.place(name) for key, name in names.items() if name in table.header}
        if not places:
            hint = "name them, e.g. columns: {robot: serial, site: warehouse}"
            raise ProblemError("missing-column", f"{described.file} has none of the columns {', '.join(COLUMNS)}", hint)
        needed = {"site": ("sites", sites), "class": ("fleet.classes", described.classes)}
        if missing := [(names[key], said) for key, (said, any_) in needed.items() if any_ and key not in places]:
            why = " and ".join(f"no column {name}, which {said} needs" for name, said in missing)
            raise ProblemError("missing-column", f"{described.file} has {why}", f"add it, or name it: columns: {{{missing[0][0]}: …}}")
        groups = list(_Rows(table, places, described, sites).groups())
    if not groups:
        raise ProblemError("empty", f"{described.file} has a header but no robots", "at least one row is needed")
    ignored = [title for title in table.header if title not in names.values()]
    return RobotList(groups, ignored)


class _Rows:
    """Puts the rows of a table together."""

    def __init__(self, table: Table, places: Mapping[str, int], described: FleetFile, sites: tuple[str, ...]) -> None:
        self._table, self._places, self._described, self._sites = table, places, described, sites
        self._titles = {key: table.header[place] for key, place in places.items()}

    def groups(self) -> Iterator[Group]:
        """Yield the cohorts."""
        grouped = [self._places[key] for key in _GROUPED if key in self._places]
        key_of: Callable[[list[str]], Any] = itemgetter(*grouped) if grouped else lambda row: ()
        robot, rate = self._places.get("robot"), self._places.get("link_rate")
        by_cells: dict[Any, Group] = {}
        by_keys: dict[tuple[Any, ...], Group] = {}
        rates: dict[str, float] = {}
        lines: dict[str, int] = {}
        for line, row in self._table.rows():
            cells = key_of(row)
            group = by_cells.get(cells)
            if group is None:
                keys = dict(self._keys(line, row))
                group = by_cells[cells] = by_keys.setdefault(tuple(keys.items()), Group(keys))
            if robot is not None:
                name = row[robot].strip()
                first = lines.setdefault(name, line)
                if first != line:
                    raise self._wrong(line, "robot", name, f"is on line {first} already", "remove one of the two")
                group.names.append(name)
            cell = row[rate] if rate is not None else ""
            if cell not in rates:
                rates[cell] = self._rate(line, cell.strip())
            group.rates.append(rates[cell])
        for name in lines:
            if not 0 < len(name) <= 100 or not name.isprintable():
                self._checked(lines[name], "robot", name, parse_robot_name)
        yield from by_keys.values()

    def _keys(self, line: int, row: list[str]) -> Iterator[tuple[str, Any]]:
        """Yield what a row gives of what the rows of a cohort agree in."""
        cells = {key: row[self._places[key]].strip() if key in self._places else "" for key in _GROUPED}
        yield "class", self._checked(line, "class", cells["class"], self._class) if cells["class"] else CLASSLESS
        if cells["site"]:
            yield "site", self._checked(line, "site", cells["site"], self._site)
        if cells["architecture"]:
            yield "architecture", self._checked(line, "architecture", cells["architecture"], _architecture)
        if cells["priority"]:
            yield "priority", self._checked(line, "priority", cells["priority"], _priority)

    def _class(self, text: str) -> str:
        classes = self._described.classes
        if classes and text not in classes:
            raise ProblemError("unknown-name", "fleet.classes has no such class", did_you_mean(text, list(classes), "classes"))
        return parse_name(text)

    def _site(self, text: str) -> str:
        if self._sites and text not in self._sites:
            raise ProblemError("unknown-name", "sites has no such site", did_you_mean(text, list(self._sites), "sites"))
        return parse_name(text)

    def _rate(self, line: int, text: str) -> float:
        """Return the rate in a cell (bit/s), 0 if it is empty."""
        return self._checked(line, "link_rate", text, self._positive) if text else 0.0

    def _positive(self, text: str) -> float:
        written = f"{text} {self._described.unit}" if self._described.unit and text[-1:].isdigit() else text
        if written[-1:].isdigit():
            raise ProblemError("missing-unit", "a rate needs its unit", "add unit: Mbit/s to fleet")
        rate = parse_quantity(written, RATE)
        if not rate:
            raise ProblemError("never-ends", "at this rate no download ever ends", "leave the cell empty for the rate of the class")
        return check_rate(rate)

    def _checked(self, line: int, key: str, text: str, parse: Callable[[str], Any]) -> Any:
        try:
            return parse(text)
        except ProblemError as error:
            problem = error.problem
            raise self._wrong(line, key, text, f"cannot be used: {problem.why}", problem.hint) from None

    def _wrong(self, line: int, key: str, text: str, why: str, hint: str) -> ProblemError:
        return self._table.wrong(line, self._titles[key], text, why, hint)


def _architecture(text: str) -> str:
    if text not in _ARCHITECTURES:
        raise ProblemError("unknown-name", "no such architecture", did_you_mean(text, _ARCHITECTURES))
    return text


def _priority(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ProblemError("wrong-type", "a whole number is needed", "write e.g. 1") from None
    if abs(number) > MOST_PRIORITY:
        raise ProblemError("out-of-range", f"a priority lies between {-MOST_PRIORITY:,} and {MOST_PRIORITY:,}", "write e.g. 1")
    return number
