"""The scenario: one immutable value that contains everything a simulation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from pydantic import PrivateAttr

from rolloutsim.errors import Gathered, Problem, UsageError
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.replace import replaced_all
from rolloutsim.scenario.resolved import fingerprint, resolve
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.describe import describe
from rolloutsim.scenario.words.html import as_html

__all__ = ["Build", "Scenario"]

#: Makes a scenario from plain data, the name of its file, and the folder of its data.
Build = Callable[[Any, str, DataFolder | None], "Scenario"]


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

    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)
    _folder: DataFolder | None = PrivateAttr(default=None)
    _file: str = PrivateAttr(default="")
    _build: Build | None = PrivateAttr(default=None)

    def remember(
        self, raw: dict[str, Any], file: str, folder: DataFolder | None, build: Build | None, warnings: tuple[Problem, ...] = ()
    ) -> Self:
        """Keep the source of this scenario, so that `replace` can build another; called by the loader."""
        self._raw, self._file, self._folder, self._build, self._warnings = raw, file, folder, build, warnings
        return self

    @property
    def file(self) -> str:
        """The file it was loaded from, as it was named; empty if there is none."""
        return self._file

    @property
    def raw(self) -> dict[str, Any]:
        """The plain data that it was made from."""
        return self._raw

    def replace(self, path: str, value: Any) -> Scenario:
        """Return the scenario with one thing changed.

        Parameters
        ----------
        path
            As in the file, by dots, cohorts by name: ``fleet.dock.robots``, ``rules.dispatch``.
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
        if self._build is None:
            raise UsageError("only a scenario that was loaded can be changed: use rolloutsim.scenario.build(data)")
        wrong = Gathered()
        scenario = wrong.attempt(self._build, replaced_all(self._raw, values, self._file, wrong), self._file, self._folder)
        wrong.check()
        assert scenario is not None
        return scenario

    def without_studies(self) -> Scenario:
        """Return the scenario without checks and sweep."""
        plain = self.model_copy(update={"checks": (), "sweep": None})
        return plain.remember({k: v for k, v in self._raw.items() if k not in ("checks", "sweep")}, self._file, self._folder, self._build)

    def resolved(self) -> dict[str, Any]:
        """Return the scenario as JSON-able data with all defaults. Written to a file, it loads as the same scenario."""
        return resolve(self)

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything that changes results: no name, description, seed or replicates, no ARNs."""
        return fingerprint(self)

    def _repr_html_(self) -> str:
        return as_html(self, describe(self))
