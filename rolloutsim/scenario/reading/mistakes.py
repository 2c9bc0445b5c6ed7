"""Mistakes in plain words: what validators raise, and how pydantic's own findings are reworded.

A validator raises one `MistakeError`; where a value has several parts, `Mistakes` gathers those of all parts, each at its place. Both
travel through pydantic as line errors, so that one validation finds everything.
"""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Callable, Collection, Sequence
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from rolloutsim.printing import shorten

__all__ = ["NO_SUCH_KEY", "MistakeError", "Mistakes", "did_you_mean", "nearest", "neighbours", "read_mapping", "unknown_key"]

T = TypeVar("T")

#: How many known names a hint lists if none is near.
_LISTED = 24

NO_SUCH_KEY = "no such key here"
Location = tuple[str | int, ...]


class MistakeError(PydanticCustomError):
    """What is wrong with a value and what to do about it.

    Parameters
    ----------
    why
        Why it is wrong.
    hint
        What to do instead.
    key
        Whether the mistake is in the key rather than in the value.
    found
        What is there, if the value itself does not say it.
    """

    def __new__(cls, why: str, hint: str = "", *, key: bool = False, found: str = "") -> MistakeError:
        return super().__new__(cls, "mistake", "{why}", {"why": why, "hint": hint, "key": key, "found": found})

    def __init__(self, why: str, hint: str = "", *, key: bool = False, found: str = "") -> None:
        ValueError.__init__(self, why)  # without this, exceptions take no keywords


class Mistakes:
    """Gathers the mistakes of the parts of one value.

    Examples
    --------
    >>> def positive(x):
    ...     if x <= 0:
    ...         raise MistakeError("not positive")
    ...     return x
    >>> mistakes = Mistakes()
    >>> mistakes.attempt(("a",), positive, 3)
    3
    >>> mistakes.attempt(("b",), positive, -3)
    >>> mistakes
    Mistakes(1)
    """

    def __init__(self) -> None:
        self._lines: list[InitErrorDetails] = []

    def __repr__(self) -> str:
        return f"Mistakes({len(self._lines)})"

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, location: Location, mistake: PydanticCustomError, value: Any = None) -> None:
        """Note a mistake of the part at `location`."""
        self._lines.append(InitErrorDetails(type=mistake, loc=location, input=value))

    def attempt(self, location: Location, parse: Callable[..., T], value: Any, *args: Any) -> T | None:
        """Return ``parse(value, *args)``, or None after noting its mistakes as those of the part at `location`."""
        try:
            return parse(value, *args)
        except PydanticCustomError as mistake:
            self.add(location, mistake, value)
        except ValidationError as error:
            for line in error.errors(include_url=False):
                self.add((*location, *line["loc"]), reword(line), line["input"])
        return None

    def check(self) -> None:
        """Raise what was gathered, if anything."""
        if self._lines:
            self.fail()

    def fail(self) -> NoReturn:
        """Raise what was gathered."""
        raise ValidationError.from_exception_data("scenario", self._lines)


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


def unknown_key(name: Any, known: Collection[str]) -> MistakeError:
    """Return the mistake of a key that nothing here has."""
    return MistakeError(NO_SUCH_KEY, did_you_mean(name, known), key=True, found=shorten(str(name)) or '""')


def read_mapping(raw: Any, known: Collection[str], required: Collection[str], mistakes: Mistakes) -> dict[str, Any]:
    """Return a mapping's known keys, noting unknown and missing ones.

    Raises
    ------
    MistakeError
        It is no mapping.
    """
    if not isinstance(raw, dict):
        raise MistakeError("a mapping is needed", f"write {{{', '.join(f'{key}: …' for key in required or list(known)[:2])}}}")
    for key in raw:
        if key not in known:
            mistakes.add((key,), unknown_key(key, known), raw[key])
    for key in required:
        if key not in raw:
            mistakes.add((key,), MistakeError("this key is missing", f"add {key}: …", found="nothing"))
    return {key: value for key, value in raw.items() if key in known}


def reword(line: ErrorDetails) -> PydanticCustomError:
    """Return pydantic's finding as a mistake in our words."""
    kind, context = line["type"], line.get("ctx", {})
    if kind == "mistake":
        return MistakeError(context["why"], context["hint"], key=context["key"], found=context["found"])
    name = str(line["loc"][-1]) if line["loc"] else ""
    if kind == "missing":
        return MistakeError("this key is missing", f"add {name}: …", found="nothing")
    if kind == "literal_error":
        known = [option.strip("'") for option in context["expected"].replace(" or ", ", ").split(", ")]
        return MistakeError("not one of the values", did_you_mean(line["input"], known))
    if kind in ("model_type", "dict_type", "model_attributes_type", "dataclass_type"):
        return MistakeError("a mapping is needed", "write {key: value, …}, or the keys below it, indented")
    if kind in ("list_type", "tuple_type", "frozen_set_type", "set_type"):
        return MistakeError("a list is needed", "write [ … ], or lines that begin with a dash")
    if kind == "bool_type":
        return MistakeError("true or false is needed (YAML 1.2 reads yes, no, on and off as text)", "write true or false")
    if kind in ("int_type", "int_from_float", "int_parsing"):
        return MistakeError("a whole number is needed", _whole(line["input"]))
    if kind == "string_type":
        return MistakeError("text is needed", "put it into quotes")
    if kind == "finite_number":
        return MistakeError("a number is finite", "write a finite number")
    return MistakeError(line["msg"][:1].lower() + line["msg"][1:])


def _whole(value: Any) -> str:
    try:
        number = float(value)
        return f"write {int(number)}" if number.is_integer() and abs(number) < 1e15 else "write digits only"
    except (TypeError, ValueError, OverflowError):
        return "write digits only"
