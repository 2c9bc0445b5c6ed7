"""Slips in numbers that people make: decimal commas, thousands, ranges and several units; each is explained with what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rolloutsim.errors import Problem
from rolloutsim.printing import shorten
from rolloutsim.scenario.reading.numbers import NUMBER_PATTERN, is_long
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.units import NUMBER, ROBOTS, TIME, Dimension, dimension_of

__all__ = ["ambiguous_points", "explain_slip", "whole_number_hint"]

_UNIT = r"[^\d\s.,:;+-][^\d\s,:;]*"
_COMMAS = re.compile(rf"\s*([-+]?[0-9][0-9.,]*,[0-9.,]*[0-9])\s*({_UNIT})?\s*\Z")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+\Z")
_UNSIGNED = NUMBER_PATTERN.removeprefix("[-+]?")
_RANGE = re.compile(rf"\s*({_UNSIGNED})\s*({_UNIT})?\s*(?:-|–|—|\.\.\.?|\bto\b|\bbis\b)\s*({_UNSIGNED})\s*({_UNIT})?\s*\Z")
_SEVERAL = re.compile(rf"\s*(?:{_UNSIGNED}\s*{_UNIT}\s*){{2,6}}\Z")
_ONE = re.compile(rf"({_UNSIGNED})\s*({_UNIT})")
_GROUPS = re.compile(r"\s*([1-9][0-9]{0,2})\.([0-9]{3})(?![0-9])")
_POINT = re.compile(r"(?<![^\s=,:<>\[({])([1-9][0-9]{0,2})\.([0-9]{3})\s*([A-Za-z/]+)(?![^\s,\])}])")


def explain_slip(text: str, dimension: Dimension, *, whole: bool = False) -> None:
    """Explain what is wrong with a text that is no quantity.

    Parameters
    ----------
    text
        What stands where a quantity is needed.
    dimension
        Of what.
    whole
        Whether only a whole number may stand there, and no distribution.

    Raises
    ------
    ProblemError
        If it is one of the slips that people make; otherwise nothing happens.

    Examples
    --------
    >>> from rolloutsim.scenario.reading.units import SIZE, TIME
    >>> for slip, dimension in (("1,5 GB", SIZE), ("2,400 MB", SIZE), ("10-100 MB", SIZE), ("1 h 30 min", TIME)):
    ...     try:
    ...         explain_slip(slip, dimension)
    ...     except ProblemError as error:
    ...         print(error.problem.hint)
    write 1.5 GB
    write 2400 MB or 2.4 MB, whichever you mean
    write one value, or where a distribution may stand {uniform: {low: 10 MB, high: 100 MB}}
    write 90 min
    """
    if len(text) > 100:
        return
    _explain_comma(text, whole=whole or dimension is ROBOTS)
    _explain_range(text, dimension, whole=whole)
    _explain_several(text, dimension)


def _explain_comma(text: str, *, whole: bool) -> None:
    match = _COMMAS.match(text)
    if match is None:
        return
    number, unit = match[1], f" {match[2]}" if match[2] else ""
    joined = number.replace(",", "")
    if _THOUSANDS.match(number) and number.count(",") == 1 and number.lstrip("+-")[0] != "0":
        if whole:
            raise ProblemError("malformed", "numbers are written without separators of thousands", f"write {joined}{unit}")
        decimal = number.replace(",", ".").rstrip("0").rstrip(".")
        raise ProblemError(
            "ambiguous-number",
            "a comma may separate thousands or decimals",
            f"write {joined}{unit} or {decimal}{unit}, whichever you mean",
        )
    if _THOUSANDS.match(number) and number.count(",") > 1:
        raise ProblemError("malformed", "numbers are written without separators of thousands", f"write {joined}{unit}")
    if number.count(",") == 1 and "." not in number:
        raise ProblemError("malformed", "decimals are separated by a point", f"write {number.replace(',', '.')}{unit}")
    raise ProblemError(
        "malformed", "numbers are written without separators of thousands, and with a decimal point", f"write e.g. 1234.5{unit}"
    )


def _explain_range(text: str, dimension: Dimension, *, whole: bool) -> None:
    match = _RANGE.match(text)
    if match is None:
        return
    unit = match[4] or match[2] or ""
    low, high = (f"{number} {own or unit}".rstrip() for number, own in ((match[1], match[2]), (match[3], match[4])))
    if whole or dimension is ROBOTS:
        one = "number of robots" if dimension is ROBOTS else "whole number"
        raise ProblemError("malformed", f"this is a range, and one {one} is needed", f"write {match[1]} or {match[3]}, or vary it by sweep")
    if dimension is not NUMBER and not unit:
        low, high = f"{low} {dimension.examples[1]}", f"{high} {dimension.examples[1]}"
    hint = f"write one value, or where a distribution may stand {{uniform: {{low: {low}, high: {high}}}}}"
    raise ProblemError("malformed", "this is a range", hint)


def _explain_several(text: str, dimension: Dimension) -> None:
    if not _SEVERAL.match(text):
        return
    parts = _ONE.findall(text)
    if any(unit not in dimension.units or is_long(number) for number, unit in parts):
        return
    smallest = min((unit for _, unit in parts), key=lambda unit: dimension.units[unit])
    total = sum((Decimal(number) * dimension.units[unit] for number, unit in parts), Decimal(0)) / dimension.units[smallest]
    raise ProblemError("malformed", "one number with one unit is needed", f"write {shorten(f'{total.normalize():f}', 40)} {smallest}")


def ambiguous_points(text: str) -> Iterator[Problem]:
    """Yield a warning for each quantity in a text whose point may be meant for thousands.

    Examples
    --------
    >>> for problem in ambiguous_points("application.bundle=1.000 MB, 1.5 MB, 2.450 MB"):
    ...     print(problem.hint)
    write 1 MB if that is meant, or 1000 MB
    write 2.45 MB if that is meant, or 2450 MB
    """
    for first, last, unit in _POINT.findall(text):
        dimension = dimension_of(unit)
        # Exact durations have three decimals often enough; sizes, rates and robots have thousands.
        if dimension is None or (dimension is TIME and not last.endswith("0")):
            continue
        decimal = f"{first}.{last}".rstrip("0").rstrip(".")
        why = "a point separates decimals; before three digits it may be meant for thousands"
        hint = f"write {decimal} {unit} if that is meant, or {first}{last} {unit}"
        yield Problem("ambiguous-number", (), why, hint, "warning")


def whole_number_hint(raw: float | str, example: str) -> str:
    """Return the hint for a number with a point where a whole one is needed: the point may be meant for thousands.

    Examples
    --------
    >>> whole_number_hint(1.0, "50"), whole_number_hint("2.5 robots", "50")
    ('write 1, or 1000 if the point is meant for thousands', 'write e.g. 50')
    >>> whole_number_hint("2.500 robots", "50")
    'write e.g. 50, or 2500 if the point is meant for thousands'
    """
    hint = f"write {int(raw)}" if isinstance(raw, float) and raw.is_integer() else f"write e.g. {example}"
    # A file may have any number of zeros after a number.
    match = _GROUPS.match(raw if isinstance(raw, str) else f"{raw:.3f}" if round(raw, 3) == raw else repr(raw))
    return f"{hint}, or {match[1]}{match[2]} if the point is meant for thousands" if match else hint
