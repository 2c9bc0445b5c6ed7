"""What programs hand to studies: mistakes that Python would only find deep inside get an error in words at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from rolloutsim.errors import UsageError
from rolloutsim.printing import shorten
from rolloutsim.scenario import Scenario

#: As many as scenario files take.
MOST_REPLICATES = 10_000_000


def expect_scenario(value: Any) -> None:
    """See that a scenario was handed over.

    Raises
    ------
    UsageError
        If it is something else.

    Examples
    --------
    >>> expect_scenario("fleet.yaml")
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: a Scenario is needed, and this is a str: load it by rolloutsim.load('fleet.yaml')
    """
    if isinstance(value, Scenario):
        return
    if isinstance(value, str | PathLike):
        hint = f"load it by rolloutsim.load({shorten(str(value), 40)!r})"
    elif isinstance(value, Mapping):
        hint = "make it by rolloutsim.scenario.build(data)"
    else:
        hint = "load one by rolloutsim.load(file)"
    raise UsageError(f"a Scenario is needed, and this is a {type(value).__name__}: {hint}")


def expect_texts(name: str, value: Any) -> None:
    """See that a list of expressions was handed over, not one of them.

    Raises
    ------
    UsageError
        If it is something else.

    Examples
    --------
    >>> expect_texts("metrics", "failed")
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: metrics: a list of texts is needed, and this is a str: write ['failed']
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        hint = f"write [{shorten(value, 40)!r}]" if isinstance(value, str) else "write ['time_to_complete.p95']"
        raise UsageError(f"{name}: a list of texts is needed, and this is a {type(value).__name__}: {hint}")
    for item in value:
        if not isinstance(item, str):
            raise UsageError(f"{name}: a list of texts is needed, and this has a {type(item).__name__}: write ['time_to_complete.p95']")


def expect_levers(value: Any) -> None:
    """See that a mapping of paths to lists of values was handed over.

    Raises
    ------
    UsageError
        With everything that is something else.

    Examples
    --------
    >>> expect_levers({"rules.dispatch": "batch"})
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: levers: 'rules.dispatch' needs a list of values, and this is a str: write ['batch']
    """
    example = "write {'rules.dispatch': ['window', 'batch']}"
    if not isinstance(value, Mapping):
        raise UsageError(f"levers: a mapping of paths to lists of values is needed, and this is a {type(value).__name__}: {example}")
    wrong = []
    for path, values in value.items():
        if not isinstance(path, str):
            wrong.append(f"levers: a path is text, and this is a {type(path).__name__}: {example}")
        elif isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
            hint = f"write [{shorten(repr(values), 40)}]"
            wrong.append(f"levers: {shorten(path)!r} needs a list of values, and this is a {type(values).__name__}: {hint}")
    if wrong:
        raise UsageError("\n".join(wrong))


def expect_count(name: str, value: Any, *, least: int = 1, most: int = MOST_REPLICATES) -> None:
    """See that a whole number between two bounds was handed over.

    Raises
    ------
    UsageError
        If it is something else.

    Examples
    --------
    >>> expect_count("replicates", "400")
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: replicates: a whole number from 1 to 10,000,000 is needed, and this is '400'
    """
    whole = hasattr(value, "__index__") and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        long = isinstance(value, int) and value.bit_length() > 128  # Python does not write numbers of thousands of digits
        shown = f"a number of {value.bit_length()} bits" if long else shorten(repr(value), 40)
        raise UsageError(f"{name}: a whole number from {least:,} to {most:,} is needed, and this is {shown}")
