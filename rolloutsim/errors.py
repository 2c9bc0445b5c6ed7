"""What can go wrong, as one tree of exceptions.

::

    RolloutsimError          (exit code 2)
    ├── ScenarioError        the scenario is wrong; lists every problem at once
    ├── UsageError           a command or a call was given something it cannot use
    ├── SimulationError      a replicate crashed (exit code 3)
    └── StoreError           a folder of results cannot be read or written
        └── UnusableFileError    one of its files is damaged, missing or of another version

`Gathered` raises several of them at once. Every one can be pickled and rebuilt as ``type(e)(*e.args)``: SimPy and pools of workers do that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from typing import ClassVar, Literal, NamedTuple, ParamSpec, TypeVar

from rolloutsim.printing import escaped

__all__ = ["Gathered", "Problem", "RolloutsimError", "ScenarioError", "SimulationError", "StoreError", "UnusableFileError", "UsageError"]

P = ParamSpec("P")
T = TypeVar("T")


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
        return escaped(": ".join(part for part in (place, self.path, said) if part))


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
        # What has no effect is no mistake, and can be told when there are none.
        told = [problem for problem in self.problems if problem.severity != "note"]
        return "\n".join(("" if problem.severity == "error" else f"{problem.severity}: ") + str(problem) for problem in told)


class UsageError(RolloutsimError):
    """A command or a call was given something that it cannot use."""


class SimulationError(RolloutsimError):
    """A replicate crashed; the others go on."""

    exit_code: ClassVar[int] = 3


class StoreError(RolloutsimError):
    """A folder of results cannot be read, written or trusted."""


class UnusableFileError(StoreError):
    """A file of a results folder is damaged, missing or of another version.

    Parameters
    ----------
    file
        Its path.
    why
        What is wrong with it.
    hint
        What to do.

    Examples
    --------
    >>> print(UnusableFileError("out/jobs.parquet", "it is damaged", "run the scenario again"))
    out/jobs.parquet: it is damaged: run the scenario again
    """

    def __init__(self, file: str | PathLike[str], why: str, hint: str = "") -> None:
        super().__init__(file, why, hint)
        self.file, self.why, self.hint = file, why, hint

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.file), self.why, self.hint) if part)


class Gathered:
    """Gathers what is wrong with several things, so that all of it is told at once.

    Examples
    --------
    >>> def half(number):
    ...     if number % 2:
    ...         raise UsageError(f"{number} is odd")
    ...     return number // 2
    >>> wrong = Gathered()
    >>> [wrong.attempt(half, number) for number in (1, 2, 3)]
    [None, 1, None]
    >>> wrong.check()
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: 1 is odd
    3 is odd
    """

    def __init__(self) -> None:
        self._errors: list[UsageError | ScenarioError] = []

    def attempt(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what a function returns, or None after noting what it finds wrong."""
        try:
            return function(*args, **kwargs)
        except (UsageError, ScenarioError) as error:
            self.add(error)
            return None

    def add(self, error: UsageError | ScenarioError) -> None:
        """Note an error."""
        self._errors.append(error)

    def check(self) -> None:
        """Raise what was gathered, if anything, each line of it once."""
        scenario_errors = [error for error in self._errors if isinstance(error, ScenarioError)]
        if len(scenario_errors) < len(self._errors):
            raise UsageError("\n".join(dict.fromkeys(line for error in self._errors for line in str(error).splitlines())))
        if scenario_errors:
            raise ScenarioError(dict.fromkeys(problem for error in scenario_errors for problem in error.problems))
