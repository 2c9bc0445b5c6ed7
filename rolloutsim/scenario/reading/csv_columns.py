"""Recorded samples of a quantity: one column of a CSV file that a scenario names."""

from __future__ import annotations

from functools import partial
from typing import Any

from rolloutsim.distributions import Empirical
from rolloutsim.scenario.reading.csv_files import read_table
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, Problems, refuse

__all__ = ["read_samples"]


def read_samples(file: Any, column: Any, factor: float, folder: DataFolder) -> Empirical:
    """Return the distribution of the numbers of one column.

    Parameters
    ----------
    file
        Its name, relative to `folder`.
    column
        The column's name in the header.
    factor
        What a number is in SI units.

    Raises
    ------
    pydantic.ValidationError
        The file, the column or one of its values is not usable; the message names the line of the file.
    """
    problems = Problems()
    for key, raw in (("file", file), ("column", column)):
        if not isinstance(raw, str):
            problems.add((key,), ProblemError("wrong-type", "text is needed", "put it into quotes"))
    problems.check()
    try:
        return folder.made(file, ("samples", column, factor), partial(_samples, name=file, column=column, factor=factor))
    except ProblemError as error:
        refuse("file", error)


def _samples(content: bytes, name: str, column: str, factor: float) -> Empirical:
    with read_table(content, name, {"column": column}) as table:
        at = table.place(column)
        values = tuple(table.number(line, column, row[at]) * factor for line, row in table.rows())
    if not values:
        raise ProblemError("too-few-samples", f"{name} has a header but no values", "at least one number is needed")
    try:
        return Empirical(values)
    except ValueError as error:
        raise ProblemError("wrong-parameters", str(error), "correct the file, or its unit") from None
