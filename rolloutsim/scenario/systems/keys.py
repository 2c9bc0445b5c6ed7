"""Tables of the keys of a native configuration: which are mapped to rules, which are ignored and which are refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.parts.fields import Schema
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean, unknown_key
from rolloutsim.scenario.sites.findings import Findings

__all__ = ["Key", "Native", "choice", "flag", "flat", "group", "ignored", "keys_schema", "mapped", "number", "read", "refused", "whole"]

#: The values of mapped keys that are there, by key.
Native = dict[str, Any]


class Key(NamedTuple):
    """A key of a native configuration.

    Attributes
    ----------
    name
        As the system spells it.
    use
        Whether rules follow from it, whether it has no effect on the rollout, or whether it would change a rollout in a way that is not
        simulated.
    what
        Which rule follows; why it has no effect; what is not simulated.
    parse
        Returns the value of what is written, if anything follows from it.
    inside
        The keys inside.
    entries
        How many entries there may be, if it is a list of such mappings.
    required
        Whether the system demands it.
    default
        What the system takes without it, in words.
    """

    name: str
    use: Literal["mapped", "ignored", "refused"]
    what: str
    parse: Callable[[Any], Any] | None = None
    inside: tuple[Key, ...] = ()
    entries: tuple[int, int] | None = None
    required: bool = False
    default: str = ""


def mapped(name: str, parse: Callable[[Any], Any], what: str, default: str = "", *, required: bool = False) -> Key:
    """Return a key from which rules follow."""
    return Key(name, "mapped", what, parse, required=required, default=default)


def group(name: str, *inside: Key, entries: tuple[int, int] | None = None, required: bool = False) -> Key:
    """Return a key with keys inside, or with a list of such mappings."""
    return Key(name, "mapped", "", inside=inside, entries=entries, required=required)


def ignored(what: str, *names: str) -> tuple[Key, ...]:
    """Return keys that have no effect on the rollout."""
    return tuple(Key(name, "ignored", what) for name in names)


def refused(what: str, *names: str) -> tuple[Key, ...]:
    """Return keys that would change the rollout in a way that is not simulated."""
    return tuple(Key(name, "refused", what) for name in names)


def flat(keys: Sequence[Key], above: str = "") -> Iterator[tuple[str, Key]]:
    """Yield the keys without keys inside, each with its path.

    Examples
    --------
    >>> [path for path, _ in flat([group("criteriaList", *ignored("nothing", "action"), entries=(1, 2))])]
    ['criteriaList[].action']
    """
    for key in keys:
        path = above + key.name
        if key.inside:
            yield from flat(key.inside, f"{path}[]." if key.entries else f"{path}.")
        else:
            yield path, key


def read(keys: Sequence[Key], raw: Any, at: Location, found: Findings) -> Native:
    """Return the values of mapped keys; what is wrong, and which keys are ignored, is noted.

    Parameters
    ----------
    keys
        Those that there may be.
    raw
        What is written.
    at
        Where in the file.
    found
        Where problems are noted.
    """
    if not isinstance(raw, dict):
        found.add(at, ProblemError("wrong-type", "a mapping is needed", f"write {{{keys[0].name}: …}}"))
        return {}
    known = {key.name: key for key in keys}
    values: Native = {}
    for name, value in raw.items():
        here = (*at, name)
        if name not in known:
            found.add(here, unknown_key(name, known))
        elif value is None:
            continue
        elif known[name].use == "refused":
            found.add(here, ProblemError("not-modelled", f"this is not simulated: {known[name].what}", "remove it", key=True))
        else:
            if known[name].use == "ignored":
                _note(known[name], here, found)
            parsed = _value(known[name], value, here, found)
            values |= {} if parsed is None else {name: parsed}
    for key in keys:
        if key.required and raw.get(key.name) is None:
            found.add((*at, key.name), ProblemError("missing-key", "this key is missing", f"add {key.name}: …", found="nothing"))
    return values


def _note(key: Key, at: Location, found: Findings) -> None:
    """Note a key without effect; keys that have none for the same reason are one note."""
    why = f"no effect on the simulation: {key.what}"
    for number, problem in enumerate(found.problems):
        if problem.why == why:
            found.problems[number] = problem._replace(found=f"{problem.found}, {key.name}")
            return
    found.problems.append(Problem("no-effect", at, why, severity="note", key=True, found=key.name))


def _value(key: Key, raw: Any, at: Location, found: Findings) -> Any:
    """Return the value of a mapped key, or None after its problems are noted."""
    if key.entries is not None:
        least, most = key.entries
        if not isinstance(raw, list) or not least <= len(raw) <= most:
            number = f"{least} to {most}" if most > least else f"{least}"
            found.add(at, ProblemError("wrong-type", f"a list of {number} entries is needed", f"write - {key.inside[0].name}: …"))
            return None
        return [read(key.inside, entry, (*at, number), found) for number, entry in enumerate(raw)]
    if key.inside:
        return read(key.inside, raw, at, found)
    return None if key.parse is None else found.attempt(at, key.parse, raw)


def whole(low: int, high: int) -> Callable[[Any], int]:
    """Return what reads a whole number within bounds.

    >>> whole(1, 1000)(50)
    50
    """

    def parse(raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise ProblemError("wrong-type", f"a whole number from {low:,} to {high:,} is needed", f"write e.g. {max(low, min(10, high))}")
        if not low <= raw <= high:
            raise ProblemError("out-of-range", f"the system takes {low:,} to {high:,}", f"write {low if raw < low else high}")
        return raw

    return parse


def number(low: float, high: float, decimals: int) -> Callable[[Any], int | float]:
    """Return what reads a number within bounds that has at most some decimals.

    >>> number(1.1, 5, 1)(1.5)
    1.5
    """

    def parse(raw: Any) -> int | float:
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise ProblemError("wrong-type", f"a number from {low:g} to {high:g} is needed", f"write e.g. {high / 2:g}")
        if not low <= raw <= high:
            raise ProblemError("out-of-range", f"the system takes {low:g} to {high:g}", f"write {low if raw < low else high:g}")
        if round(raw, decimals) != raw:
            raise ProblemError(
                "out-of-range", f"at most {decimals} decimal{'s' if decimals > 1 else ''} can be given", f"write {round(raw, decimals):g}"
            )
        return raw

    return parse


def choice(*words: str, others: Mapping[str, str] | None = None) -> Callable[[Any], str]:
    """Return what reads one of some words.

    Parameters
    ----------
    words
        Those that are simulated.
    others
        The other words of the system, with what is not simulated about them.

    Examples
    --------
    >>> choice("FAILED", "ALL")("ALL")
    'ALL'
    """
    return lambda raw: _chosen(raw, words, others or {})


def _chosen(raw: Any, words: Collection[str], others: Mapping[str, str]) -> str:
    if isinstance(raw, str) and raw in others:
        raise ProblemError("not-modelled", f"this is not simulated: {others[raw]}", f"write {' or '.join(words)}, or remove it")
    if raw not in words:
        raise ProblemError("unknown-name", "not one of the values", did_you_mean(raw, words))
    return str(raw)


def flag(raw: Any) -> bool:
    """Return true or false.

    >>> flag(True)
    True
    """
    if not isinstance(raw, bool):
        raise ProblemError("wrong-type", "true or false is needed", "write true or false")
    return raw


def keys_schema(keys: Sequence[Key]) -> Schema:
    """Return the JSON Schema of a mapping with these keys; refused ones are not among them."""
    properties: dict[str, Schema] = {}
    for key in keys:
        if key.use == "refused":
            continue
        about = {"description": key.what} if key.what else {}
        inside = keys_schema(key.inside) if key.inside else {}
        properties[key.name] = {**about, **({"type": "array", "items": inside} if key.entries else inside)}
    needed = [key.name for key in keys if key.required]
    return {"type": "object", "properties": properties, "additionalProperties": False, **({"required": needed} if needed else {})}
