"""Problems of values: what validators raise, what gathers them, and how pydantic's own errors are reworded.

A validator raises one `ProblemError`; where a value has several parts, `Problems` gathers those of all parts, each at its place. Both
travel through pydantic as line errors, so that one validation finds everything; `problem_of` returns the `Problem` that a line error
holds.
"""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NoReturn, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from rolloutsim.errors import Location, Problem, ProblemCode
from rolloutsim.printing import shorten

__all__ = [
    "ProblemError",
    "Problems",
    "did_you_mean",
    "nearest",
    "neighbours",
    "parse_at",
    "parse_each",
    "problem_of",
    "read_mapping",
    "refuse",
    "unknown_key",
]

T = TypeVar("T")
K = TypeVar("K", bound=str | int)

#: How many known names a hint lists if none is near.
_LISTED = 24


class ProblemError(PydanticCustomError):
    """One problem of a value; the parameters are those of `rolloutsim.errors.Problem`."""

    def __new__(cls, code: ProblemCode, why: str, hint: str = "", *, key: bool = False, found: str = "") -> ProblemError:
        problem = Problem(code, (), why, hint, key=key, found=found)
        return super().__new__(cls, "problem", "{why}", {"why": why, "problem": problem})

    def __init__(self, code: ProblemCode, why: str, hint: str = "", *, key: bool = False, found: str = "") -> None:
        ValueError.__init__(self, why)  # without this, exceptions take no keywords

    @classmethod
    def of(cls, problem: Problem) -> ProblemError:
        """Return an error with a problem, whatever its place."""
        return cls(problem.code, problem.why, problem.hint, key=problem.key, found=problem.found)

    @property
    def problem(self) -> Problem:
        """What is wrong, without a place."""
        problem: Problem = (self.context or {})["problem"]
        return problem


class Problems:
    """Gathers the problems of the parts of one value.

    Examples
    --------
    >>> def positive(x):
    ...     if x <= 0:
    ...         raise ProblemError("out-of-range", "not positive")
    ...     return x
    >>> problems = Problems()
    >>> problems.attempt(("a",), positive, 3)
    3
    >>> problems.attempt(("b",), positive, -3)
    >>> problems
    Problems(1)
    """

    def __init__(self) -> None:
        self._lines: list[InitErrorDetails] = []

    def __repr__(self) -> str:
        return f"Problems({len(self._lines)})"

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, location: Location, error: ProblemError) -> None:
        """Note a problem of the part at `location`."""
        self._lines.append(InitErrorDetails(type=error, loc=location, input=None))

    def attempt(self, location: Location, parse: Callable[..., T], value: Any, *args: Any) -> T | None:
        """Return ``parse(value, *args)``, or None after noting its problems as those of the part at `location`."""
        try:
            return parse(value, *args)
        except ProblemError as error:
            self.add(location, error)
        except ValidationError as error:
            for line in error.errors(include_url=False):
                self.add((*location, *line["loc"]), ProblemError.of(problem_of(line)))
        return None

    def check(self) -> None:
        """Raise what was gathered, if anything."""
        if self._lines:
            self.fail()

    def fail(self) -> NoReturn:
        """Raise what was gathered."""
        raise ValidationError.from_exception_data("scenario", self._lines)


def parse_each(parse: Callable[..., T], values: Iterable[tuple[K, Any]], *args: Any) -> dict[K, T]:
    """Return ``parse(value, *args)`` of the values of all keys, or raise the problems of all, each at its key.

    >>> parse_each(int, {"a": "1", "b": "2"}.items())
    {'a': 1, 'b': 2}
    """
    problems = Problems()
    parsed = {key: problems.attempt((key,), parse, value, *args) for key, value in values}
    problems.check()
    return cast("dict[K, T]", parsed)


def parse_at(key: str, parse: Callable[..., T], value: Any, *args: Any) -> T:
    """Return ``parse(value, *args)``, or raise its problems at a key."""
    return parse_each(parse, [(key, value)], *args)[key]


def refuse(key: str, error: ProblemError) -> NoReturn:
    """Raise a problem at a key."""
    problems = Problems()
    problems.add((key,), error)
    problems.fail()


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that was probably meant, or None.

    Examples
    --------
    >>> nearest("sigmaa", ["median", "sigma"])
    'sigma'
    """
    folded = {item.lower(): item for item in known}
    near = difflib.get_close_matches(str(name).lower(), folded, 1, 0.6)
    return folded[near[0]] if near else None


def neighbours(name: str, known: Sequence[str], most: int = 50) -> Sequence[str]:
    """Return those of many sorted names that are next to a name in the alphabet: to compare a name with all of a fleet's takes long.

    Examples
    --------
    >>> neighbours("e", ["a", "b", "d", "f", "g"], 2)
    ['d', 'f']
    """
    place = bisect.bisect(known, name)
    return known if len(known) <= most else known[max(0, place - most // 2) : place + most // 2]


def did_you_mean(name: Any, known: Collection[str], what: str = "valid", listing: str = "rolloutsim schema lists what is valid") -> str:
    """Return the hint for an unknown name: the nearest known one, and all if they are few.

    Parameters
    ----------
    name
        What was written.
    known
        The names that there are.
    what
        What they are.
    listing
        Where to find them, if none is near and they are too many.

    Examples
    --------
    >>> did_you_mean("batsch", ["window", "batch"])
    'did you mean batch?; valid: window, batch'
    >>> did_you_mean("x", [f"robot-{number}" for number in range(100)], listing="rolloutsim show lists them")
    'rolloutsim show lists them'
    """
    near = nearest(str(name), known)
    listed = f"{what}: {', '.join(known)}" if known and len(known) <= (20 if near else _LISTED) else ""
    hint = "; ".join(part for part in (f"did you mean {near}?" if near else "", listed) if part)
    return hint or (listing if known else "")


def unknown_key(name: Any, known: Collection[str]) -> ProblemError:
    """Return the problem of a key that is not known here."""
    comma = "within braces a comma begins a new key: write numbers without commas" if str(name)[:1].isdigit() else ""
    return ProblemError("unknown-key", "no such key here", comma or did_you_mean(name, known), key=True, found=shorten(str(name)) or '""')


def read_mapping(raw: Any, known: Collection[str], required: Collection[str], problems: Problems) -> dict[str, Any]:
    """Return a mapping's known keys, noting unknown and missing ones.

    Raises
    ------
    ProblemError
        It is no mapping.
    """
    if not isinstance(raw, dict):
        raise ProblemError(
            "wrong-type", "a mapping is needed", f"write {{{', '.join(f'{key}: …' for key in required or list(known)[:2])}}}"
        )
    for key in raw:
        if key not in known:
            problems.add((key,), unknown_key(key, known))
    for key in required:
        if key not in raw:
            problems.add((key,), ProblemError("missing-key", "this key is missing", f"add {key}: …", found="nothing"))
    return {key: value for key, value in raw.items() if key in known}


def problem_of(line: ErrorDetails) -> Problem:
    """Return the problem that a line error of pydantic holds, at its location, or its own error in our words."""
    kind, context = line["type"], line.get("ctx", {})
    problem = context["problem"] if kind == "problem" else _reworded(line, kind, context).problem
    assert isinstance(problem, Problem)
    return problem._replace(location=tuple(line["loc"]))


def _reworded(line: ErrorDetails, kind: str, context: dict[str, Any]) -> ProblemError:
    name = str(line["loc"][-1]) if line["loc"] else ""
    if kind == "missing":
        return ProblemError("missing-key", "this key is missing", f"add {name}: …", found="nothing")
    if kind == "literal_error":
        known = [option.strip("'") for option in context["expected"].replace(" or ", ", ").split(", ")]
        return ProblemError("unknown-name", "not one of the values", did_you_mean(line["input"], known))
    if kind in ("list_type", "tuple_type"):
        return ProblemError("wrong-type", "a list is needed", "write [ … ], or lines that begin with a dash")
    if kind == "bool_type":
        return ProblemError("wrong-type", "true or false is needed (YAML 1.2 reads yes, no, on and off as text)", "write true or false")
    if kind == "string_type":
        return ProblemError("wrong-type", "text is needed", "put it into quotes")
    return ProblemError("wrong-type", line["msg"][:1].lower() + line["msg"][1:])
