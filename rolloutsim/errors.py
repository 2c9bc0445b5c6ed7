"""What can go wrong, as one tree of exceptions.

::

    RolloutsimError          (exit code 2)
    ├── ScenarioError        the scenario is wrong; lists every problem at once
    ├── UsageError           a command or a call was given something it cannot use
    ├── SimulationError      a replicate crashed (exit code 3)
    └── StoreError           a folder of results cannot be read or written

Every one can be pickled and rebuilt as ``type(e)(*e.args)``: SimPy and pools of workers do that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal, NamedTuple

__all__ = ["Problem", "RolloutsimError", "ScenarioError", "SimulationError", "StoreError", "UsageError"]


class Problem(NamedTuple):
    """One thing to say about a scenario, and where.

    Attributes
    ----------
    file
        The file's name as it was given; empty if there is none.
    line, column
        From 1; 0 if the thing is in no file (a default, a value set from outside).
    path
        Dotted path in the scenario, cohorts by name, e.g. ``fleet.dock.robots``.
    found
        What is there, e.g. ``22:00``.
    why
        Why that is wrong.
    hint
        What to do instead.
    severity
        ``error``, ``warning`` (it runs, probably not as meant) or ``note``.

    Examples
    --------
    >>> print(Problem("a.yaml", 3, 12, "fleet.dock.robots", "0", "a cohort has at least one robot", "write 1 or more"))
    a.yaml:3:12: fleet.dock.robots: found 0; a cohort has at least one robot; write 1 or more
    """

    file: str
    line: int
    column: int
    path: str
    found: str
    why: str
    hint: str = ""
    severity: Literal["error", "warning", "note"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = "; ".join(part for part in (self.found and f"found {self.found}", self.why, self.hint) if part)
        return _printable(": ".join(part for part in (place, self.path, said) if part))


def _printable(text: str) -> str:
    """Return text in one line that cannot steer a terminal, whatever a file contained."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class RolloutsimError(Exception):
    """The root: whatever rolloutsim raises on purpose."""

    exit_code: ClassVar[int] = 2


class ScenarioError(RolloutsimError):
    """A scenario that cannot be simulated.

    Parameters
    ----------
    problems
        All that is wrong with it, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(Problem(*problem) for problem in problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UsageError(RolloutsimError):
    """A command or a call was given something that it cannot use."""


class SimulationError(RolloutsimError):
    """A replicate crashed; the others go on."""

    exit_code: ClassVar[int] = 3


class StoreError(RolloutsimError):
    """A folder of results cannot be read, written or trusted."""
