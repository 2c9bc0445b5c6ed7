"""The scenario: one immutable value that contains everything a simulation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

from pydantic import PrivateAttr

from rolloutsim.errors import Gathered, Problem, UsageError
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.replace import Changes, changed_raw
from rolloutsim.scenario.resolved import fingerprint, resolve
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.systems.expansion import Preset
from rolloutsim.scenario.words.describe import describe
from rolloutsim.scenario.words.html import as_html

__all__ = ["Origin", "Scenario"]


class Origin(NamedTuple):
    """What a scenario was made from, so that `Scenario.replace` can make another.

    Attributes
    ----------
    raw
        The file as plain data.
    file, folder
        The file's name, and the folder of its data.
    build
        Makes a scenario from `raw`, `file`, `folder` and `changes`.
    expanded
        The same data without shorthand, changed.
    changes
        What was changed once the shorthand was written out.
    preset
        What the configuration of another system stands for, if the deployment is one.
    """

    raw: dict[str, Any]
    file: str
    folder: DataFolder | None
    build: Callable[[Any, str, DataFolder | None, Changes], Scenario] | None
    expanded: dict[str, Any]
    changes: Changes
    preset: Preset | None = None


class Scenario(Sections):
    """A fleet, an application, a deployment and the rules: a value that does not change.

    `load` makes one; `replace` makes another with one thing changed. Quantities are SI: seconds, bytes, bit/s.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> scenario = parse("fleet: [{cohort: dock, robots: 10}]\\napplication: {bundle: 350 MB}")
    >>> scenario.robots, scenario.application.bundle["X86_64"], scenario.rules.dispatch
    (10, 350000000.0, 'window')
    >>> scenario.replace("fleet.dock.robots", 20).robots
    20
    """

    _origin: Origin = PrivateAttr(default_factory=lambda: Origin({}, "", None, None, {}, ()))

    def remember(self, origin: Origin, warnings: tuple[Problem, ...] = ()) -> Self:
        """Keep the source of this scenario, so that `replace` can build another; called by the loader."""
        self._origin, self._warnings, self._preset = origin, warnings, origin.preset
        return self

    @property
    def file(self) -> str:
        """The file it was loaded from, as it was named; empty if there is none."""
        return self._origin.file

    @property
    def folder(self) -> DataFolder | None:
        """The folder of its data files."""
        return self._origin.folder

    @property
    def raw(self) -> dict[str, Any]:
        """The plain data that it was made from."""
        return self._origin.raw

    @property
    def expanded(self) -> dict[str, Any]:
        """The same plain data with sites and cohorts at them written out."""
        return self._origin.expanded

    @property
    def changes(self) -> Changes:
        """What was changed once the shorthand of the file was written out."""
        return self._origin.changes

    @property
    def as_rules(self) -> dict[str, Any]:
        """The plain data with plain rules in place of another system's configuration: a scenario file again, with the same results."""
        data = self.expanded if self.changes else self.raw
        if self._preset is None:
            return data
        plain = {key: value for key, value in data.items() if key != "deployment"} | {"rules": self._preset.rules}
        return plain | ({"deployment": self._preset.deployment} if self._preset.deployment else {})

    def replace(self, path: str, value: Any) -> Scenario:
        """Return the scenario with one thing changed.

        Parameters
        ----------
        path
            As in the file, by dots, cohorts by name: ``fleet.dock.robots``, ``rules.dispatch``; or a short name, ``concurrency``,
            ``threshold`` or ``robot_timeout``.
        value
            As in the file: ``"350 MB"``, 20, ``{"exponential": {"mean": "20 s"}}``.

        Raises
        ------
        ScenarioError
            If there is no such path, or the result is invalid.
        """
        return self.replace_all({path: value})

    def replace_all(self, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario with several things changed at once, by path; see `replace`.

        Only the result has to be valid, and the order of the paths does not matter.
        """
        origin = self._origin
        if origin.build is None:
            raise UsageError("only a scenario that was loaded can be changed: use rolloutsim.scenario.build(data)")
        wrong = Gathered()
        raw, changes = changed_raw(origin.raw, values, origin.file, wrong)
        scenario = wrong.attempt(origin.build, raw, origin.file, origin.folder, (*origin.changes, *changes))
        wrong.check()
        assert scenario is not None
        return scenario

    def without_studies(self) -> Scenario:
        """Return the scenario without checks and sweep."""
        plain = self.model_copy(update={"checks": (), "sweep": None})
        raw, expanded = ({k: v for k, v in data.items() if k not in ("checks", "sweep")} for data in (self.raw, self.expanded))
        return plain.remember(self._origin._replace(raw=raw, expanded=expanded))

    def resolved(self) -> dict[str, Any]:
        """Return the scenario as JSON-able data with all defaults. Written to a file, it loads as the same scenario."""
        return resolve(self)

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything that changes results: no name, description, seed or replicates, no ARNs."""
        return fingerprint(self)

    def _repr_html_(self) -> str:
        return as_html(self, describe(self))
