"""What is wrong with the parts of a file that are written out before it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.reading.problems import ProblemError, Problems, problem_of

__all__ = ["Findings"]

T = TypeVar("T")


class Findings:
    """Problems at places of the file.

    Examples
    --------
    >>> def whole(raw):
    ...     raise ProblemError("wrong-type", "a whole number is needed")
    >>> found = Findings()
    >>> found.attempt(("fleet", 0, "robots"), whole, "x")
    >>> [(problem.location, problem.code) for problem in found.problems]
    [(('fleet', 0, 'robots'), 'wrong-type')]
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, location: Location, error: ProblemError) -> None:
        """Note a problem."""
        self.problems.append(error.problem._replace(location=location))

    def note(self, location: Location, why: str, found: str) -> None:
        """Note what is no mistake."""
        self.problems.append(Problem("empty", location, why, severity="note", found=found))

    def attempt(self, location: Location, parse: Callable[..., T], *args: Any) -> T | None:
        """Return ``parse(*args)``, or None after noting its problems as those of the part at `location`."""
        problems = Problems()
        result = problems.attempt(location, parse, *args)
        try:
            problems.check()
        except ValidationError as error:
            self.problems += [problem_of(line) for line in error.errors(include_url=False)]
        return result
