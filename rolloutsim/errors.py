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

import errno
from collections.abc import Callable, Iterable
from os import PathLike
from typing import ClassVar, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar

from rolloutsim.printing import escaped

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


#: What kind of problem it is: stable, for programs; the words of a message may change.
ProblemCode = Literal[
    # the file
    "unreadable-file",
    "not-yaml",
    "unsupported-yaml",
    "too-large",
    # keys, names and values
    "unknown-key",
    "missing-key",
    "misplaced-key",
    "conflicting-keys",
    "duplicate",
    "wrong-type",
    "empty",
    "malformed",
    "out-of-range",
    "unknown-name",
    "unknown-path",
    # quantities and distributions
    "missing-unit",
    "wrong-unit",
    "ambiguous-unit",
    "unwanted-unit",
    "ambiguous-number",
    "wrong-parameters",
    # data files
    "missing-column",
    "wrong-cell",
    "too-few-samples",
    "damaged-data",
    # what is right by itself and does not go together
    "incomplete",
    "does-not-fit",
    "never-occurs",
    "never-ends",
    "beyond-simulation",
    "wrong-check",
    # what can be simulated, and is probably not as meant or has no effect
    "no-effect",
    "all-fail",
    "instant-download",
    "slow-download",
    "shifted-mean",
    "window-gap",
    "record-gap",
    "open-record",
    "drifting-record",
    "other-command",
    # what another system can do
    "not-modelled",
]

#: A place in plain data: keys of mappings and numbers in lists, from the top.
Location = tuple[str | int, ...]


class Problem(NamedTuple):
    """One thing that is wrong with a scenario, or worth knowing about it.

    Attributes
    ----------
    code
        Which kind of problem it is, one of `ProblemCode`.
    location
        Where in the plain data of the scenario.
    why
        Why what is there is wrong.
    hint
        What to do instead.
    severity
        ``error``, ``warning`` (it runs, probably not as meant) or ``note``.
    key
        Whether it concerns the key at `location` rather than the value.
    found
        What is there, e.g. ``22:00``.
    involves
        Other places that it rests on: if one of them is wrong, this problem may be none.
    file
        The file's name as it was given; empty if there is none.
    line, column
        From 1; 0 if the place is in no file (a default, a value set from outside).
    path
        Dotted path in the scenario, cohorts by name, e.g. ``fleet.dock.robots``.

    Examples
    --------
    >>> print(Problem("out-of-range", why="a cohort has at least one robot", hint="write 1 or more", found="0", path="fleet.dock.robots"))
    fleet.dock.robots: found 0; a cohort has at least one robot; write 1 or more
    """

    code: ProblemCode
    location: Location = ()
    why: str = ""
    hint: str = ""
    severity: Literal["error", "warning", "note"] = "error"
    key: bool = False
    found: str = ""
    involves: tuple[Location, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = "; ".join(part for part in (self.found and f"found {self.found}", self.why, self.hint) if part)
        return escaped(": ".join(part for part in (place, self.path, text) if part))

    def to_json(self) -> dict[str, str | int]:
        """Return the problem as plain data."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "code": self.code,
            "found": self.found,
            "why": self.why,
            "hint": self.hint,
            "severity": self.severity,
        }


class RolloutsimError(Exception):
    """The root: catch it to catch every error that rolloutsim raises on purpose.

    Examples
    --------
    >>> import rolloutsim
    >>> try:
    ...     rolloutsim.load("no-such-file.yaml")
    ... except rolloutsim.RolloutsimError as error:
    ...     print(type(error).__name__)
    ScenarioError
    """

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
        # A key without effect is not a mistake; notes are printed when there are no mistakes.
        shown = [problem for problem in self.problems if problem.severity != "note"]
        return "\n".join(("" if problem.severity == "error" else f"{problem.severity}: ") + str(problem) for problem in shown)


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


_ROOM = "make room, or choose another place"
_PERMISSIONS = "check its permissions, or choose another place"
_REMEDIES = {
    errno.EACCES: _PERMISSIONS,
    errno.EDQUOT: _ROOM,
    errno.EISDIR: "name a file",
    errno.ELOOP: "name a path whose links do not lead in a circle",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENAMETOOLONG: "write a shorter name",
    errno.ENOSPC: _ROOM,
    errno.ENOTDIR: "name a path on which only folders come before the last name",
    errno.EPERM: _PERMISSIONS,
}


def remedy(error: OSError) -> str:
    """Return what to do if the system refuses to write a file.

    >>> import errno
    >>> remedy(OSError(errno.ENAMETOOLONG, "File name too long")), remedy(OSError(errno.EROFS, "Read-only file system"))
    ('write a shorter name', 'choose another place')
    """
    return _REMEDIES.get(error.errno or 0, "choose another place")


class Gathered:
    """Gathers the mistakes in several things, so that all are reported at once.

    Examples
    --------
    >>> def half(number):
    ...     if number % 2:
    ...         raise UsageError(f"{number} is odd")
    ...     return number // 2
    >>> wrong = Gathered()
    >>> wrong.attempt_each(half, (1, 2, 3))
    [1]
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

    def attempt_each(self, function: Callable[Concatenate[S, P], T], items: Iterable[S], *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Return what a function returns for each of some things, but for those in which it finds something wrong."""
        found = [self.attempt(function, item, *args, **kwargs) for item in items]
        return [each for each in found if each is not None]

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
