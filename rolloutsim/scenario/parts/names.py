"""Names of cohorts, sites and classes: one rule for all of them, which every path, metric and table can hold."""

from __future__ import annotations

import re
from typing import Any

from rolloutsim.printing import escaped, shorten
from rolloutsim.scenario.parts.fields import Custom, parse_text
from rolloutsim.scenario.reading.problems import ProblemError

__all__ = ["LONGEST_NAME", "NAME", "RESERVED", "parse_key_name", "parse_name"]

#: A longer name fits into no table and no plot.
LONGEST_NAME = 64

#: Conditions of metrics, as in ``abort_probability[good]``, and words of the scenario file.
RESERVED = ("good", "bad", "succeeded", "failed", "all", "rest", "defaults", "names")

_PATTERN = r"[^\W_](?:[\w./@+-]| (?=[^ ]))*"
_NAME = re.compile(_PATTERN)
_STRANGE = re.compile(r" *[^\w./@+ -]+ *")


def parse_name(raw: Any) -> str:
    """Return the name of a cohort, a site or a class.

    Raises
    ------
    ProblemError
        It breaks the rule; the hint suggests a name that does not.

    Examples
    --------
    >>> parse_name("flaky@wh.01 north")
    'flaky@wh.01 north'
    """
    name = parse_text(raw)
    if not name:
        raise ProblemError("empty", "a name has at least one character", "write e.g. dock, or remove the key")
    if len(name) > LONGEST_NAME:
        raise ProblemError("out-of-range", f"a name has at most {LONGEST_NAME} characters, and this has {len(name):,}", _suggestion(name))
    if not _NAME.fullmatch(name):
        raise ProblemError("malformed", _why(name), _suggestion(name))
    if name in RESERVED:
        raise ProblemError("malformed", f"{', '.join(RESERVED)} have a meaning of their own and are no names", _suggestion(name))
    return name


def parse_key_name(raw: Any) -> str:
    """Return a name that is a key of a mapping; see `parse_name`."""
    try:
        return parse_name(raw)
    except ProblemError as error:
        problem = error.problem
        raise ProblemError(problem.code, problem.why, problem.hint, key=True, found=shorten(str(raw)) or '""') from None


def _why(name: str) -> str:
    """Return which part of the rule a name breaks."""
    if not _NAME.fullmatch(name[0]):
        return "a name begins with a letter or digit"
    strange = next((letter for letter in name if not re.fullmatch(r"[\w./@+ -]", letter)), None)
    if strange is not None:
        return f"a name has letters, digits, single blanks and _ - . / @ +, not {escaped(strange)} (U+{ord(strange):04X})"
    return "a name has single blanks between words, and none at its end"


def _suggestion(name: str) -> str:
    """Return the hint with a name that is as near as can be."""
    words = " ".join(_STRANGE.sub("-", name).split())[:LONGEST_NAME]
    word = re.sub(r"^[\W_]+", "", words).rstrip(" -") or "dock"
    return f"write e.g. {word}-1" if word in RESERVED else f"write e.g. {word}"


NAME = Custom(
    parse_name,
    {"type": "string", "maxLength": LONGEST_NAME, "pattern": f"^{_PATTERN}$", "not": {"enum": list(RESERVED)}},
    "name",
)
