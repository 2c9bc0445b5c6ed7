"""CSV files with a header: reads the columns that a scenario asks for, and reports where a cell is wrong.

Nothing of a file is quoted before its header has the columns asked for, and then at most `LONGEST_QUOTE` characters of one cell: a
scenario may name any file, and messages go into logs.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice

from rolloutsim.scenario.reading.problems import ProblemError, Problems, nearest
from rolloutsim.scenario.reading.quantities import count_in_words

__all__ = ["MOST_SAMPLES", "Table", "has_thousands", "is_number", "quoted", "read_table"]

#: Beyond this many samples a distribution or a trace gains nothing.
MOST_SAMPLES = 1_000_000

#: So much of a cell appears in a message.
LONGEST_QUOTE = 40

#: What separates columns, and its name.
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}

#: So many rows show how the numbers of a column are written.
_SHOWN = 1000

#: A number with one sign that may separate thousands, and with any that do.
_LONE = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}\Z")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:[.,'’_\s][0-9]{3})+(?:[.,][0-9]*)?\Z")

_UNDERSCORED = re.compile(rb"_[0-9]")

#: Spreadsheets write the separator into a line before the header.
_ANNOUNCED = re.compile(r"sep=([,;\t|])\s*\Z")
_MISSING = ("", "-", "nan", "na", "n/a", "null", "none")


class Table:
    """The rows of a CSV file, with what each of its messages needs.

    Attributes
    ----------
    name
        The file, as the scenario names it.
    header
        The names of the columns.
    literal
        Whether `plain` returns each cell as it is: a million calls take a while.
    """

    def __init__(self, name: str, header: list[str], rows: Iterator[tuple[int, list[str]]], decimal_comma: bool, literal: bool) -> None:
        self.name = name
        self.header = header
        self._shown = list(islice(rows, _SHOWN))
        self._rows = chain(self._shown, rows)
        self.literal = literal
        self._decimal_comma = decimal_comma
        self._sign = ""
        self._signed = ""

    def place(self, column: str) -> int:
        """Return which column of the file has a name.

        Raises
        ------
        ProblemError
            Several have it.
        """
        if self.header.count(column) > 1:
            why = f"the header of {self.name} has the column {quoted(column)} {self.header.count(column)} times"
            raise ProblemError("duplicate", why, "give each column its own name")
        return self.header.index(column)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of the line on which a row ends, and its fields; empty lines are left out.

        Raises
        ------
        ProblemError
            A row has more or fewer fields than the header, or there are more than `MOST_SAMPLES`.
        """
        width = len(self.header)
        for count, (line, row) in enumerate(self._rows):
            if len(row) != width:
                raise ProblemError(
                    "wrong-cell",
                    f"line {line} of {self.name} has {count_in_words(len(row), 'field')}, and the header has {width}",
                    "correct the line",
                )
            if count == MOST_SAMPLES:
                raise ProblemError(
                    "too-large", f"{self.name} has more than {MOST_SAMPLES:,} samples", "cut it, or take means over longer times"
                )
            yield line, row

    def wrong(self, line: int, column: str, cell: str, why: str, hint: str = "correct the line or remove it") -> ProblemError:
        """Return the problem of one cell."""
        return ProblemError("wrong-cell", f"line {line} of {self.name}, column {column}: {quoted(cell)} {why}", hint)

    def number(self, line: int, column: str, cell: str) -> float:
        """Return the number in a cell: finite and not negative.

        Raises
        ------
        ProblemError
            It is not one.
        """
        text = cell if self.literal else self.plain(line, column, cell)
        try:
            value = float(text)
        except ValueError:
            raise self._no_number(line, column, cell) from None
        if not math.isfinite(value):
            raise self._no_number(line, column, cell)
        if value < 0:
            raise self.wrong(line, column, cell, "is negative")
        return value

    def plain(self, line: int, column: str, cell: str) -> str:
        """Return the text of a number as Python reads it, or text that is no number if the cell holds none.

        Where columns are separated by something else, a comma may mark decimals. Then it does so in the whole file.

        Raises
        ------
        ProblemError
            The number has a point where another one of the file has a comma, or a comma where it has a point.
        """
        if "_" in cell:  # Python reads 1_000 as a number
            return ""
        if not self._decimal_comma:
            return cell
        if "," in cell:
            text, sign = cell.replace(",", "."), ","
        elif "." in cell:
            text, sign = cell, "."
        else:
            return cell
        if sign != self._sign and is_number(text):
            if self._sign:
                names = {",": "comma", ".": "point"}
                why = f"has a {names[sign]}, and {self._signed} has a {names[self._sign]}: they cannot both mark decimals"
                raise self.wrong(line, column, cell, why, "mark all decimals of the file alike, and write no separators of thousands")
            self._sign, self._signed = sign, f"{quoted(cell)} on line {line}, column {column},"
        return text

    def thousands(self, column: str, zero: bool = False) -> str:
        """Return a number of the first rows whose sign probably separates thousands, or an empty text.

        A program that writes 1.250 gives each number three decimals: where others of the column are whole, 1250 was meant.

        Parameters
        ----------
        zero
            Whether 0 is such a whole number. A rate of 0 may be written by hand where nothing was measured.
        """
        at = self.header.index(column)
        cells = {row[at].strip() for _, row in self._shown if len(row) == len(self.header)}
        whole = {cell for cell in cells if cell.isdecimal()}
        if not any(zero or cell.strip("0") for cell in whole) or any(len(cell) > 3 for cell in whole):
            return ""
        if not all(_LONE.match(cell) for cell in cells - whole):
            return ""
        return min((cell for cell in cells - whole if cell.endswith("0")), default="")

    def _no_number(self, line: int, column: str, cell: str) -> ProblemError:
        text = cell.strip()
        if text.lower() in _MISSING:
            return self.wrong(line, column, cell, "is not a number", "if the sample is missing, remove the line")
        if _LONE.match(text):
            hint = f"write {text.replace(',', '')}, or {text.replace(',', '.')} if the comma marks decimals"
            return self.wrong(line, column, cell, "is not a number", hint)
        if has_thousands(text):
            return self.wrong(line, column, cell, "is not a number", "write it without separators of thousands")
        if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
            return self.wrong(line, column, cell, "is not a number", "write decimals with a point, or separate columns by semicolons")
        return self.wrong(line, column, cell, "is not finite" if is_number(text) else "is not a number")


def is_number(text: str) -> bool:
    """Return whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def has_thousands(text: str) -> bool:
    """Return whether a number has separators of thousands.

    Examples
    --------
    >>> [has_thousands(text) for text in ("1.250,5", "1_000", "1 250 000", "12.50", "1000")]
    [True, True, True, False, False]
    """
    return _THOUSANDS.match(text) is not None


def quoted(cell: str) -> str:
    """Return a cell as a message quotes it.

    Examples
    --------
    >>> quoted(" 12 Mbit "), quoted(""), quoted("x" * 50) == "x" * 39 + "…"
    ('12 Mbit', 'nothing', True)
    """
    text = cell.strip()
    return text if 0 < len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…" if text else "nothing"


@contextmanager
def read_table(content: bytes, name: str, columns: Mapping[str, str]) -> Iterator[Table]:
    """Read a CSV file; columns are separated by commas, or by semicolons or tabs if the header has the columns then.

    Parameters
    ----------
    content
        The file.
    name
        As messages call it.
    columns
        The columns that are needed, by the key of the scenario that asks for each.

    Raises
    ------
    ProblemError or pydantic.ValidationError
        It is no such file, also while its rows are read; a column that is missing is a problem of its key.

    Examples
    --------
    >>> with read_table(b"t;mbps\\n0;1,5\\n", "log.csv", {"rate": "mbps"}) as table:
    ...     [table.number(line, "mbps", row[1]) for line, row in table.rows()]
    [1.5]
    """
    if content.count(b"\n") > MOST_SAMPLES + 2:  # before anything is made of them
        raise ProblemError("too-large", f"{name} has more than {MOST_SAMPLES:,} samples", "cut it, or take means over longer times")
    try:
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
        first = text.readline()
        announced = _ANNOUNCED.match(first)
        first = text.readline() if announced else first
        separator = announced[1] if announced else _separator(first, columns.values())
        reader = csv.reader(chain([first], text), delimiter=separator)
        header = [title.strip() for title in next(reader, [])]
        if not header:
            raise ProblemError("too-few-samples", f"{name} is empty", "a header and at least one number are needed")
        _check_header(header, separator, name, columns)
        skipped = 1 if announced else 0
        numbered = ((reader.line_num + skipped, row) for row in reader if row)
        literal = _UNDERSCORED.search(content) is None and (separator == "," or b"," not in content)
        yield Table(name, header, numbered, separator != ",", literal)
    except UnicodeDecodeError:
        raise ProblemError("unreadable-file", "not a text file in UTF-8", "save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise ProblemError("unreadable-file", f"not a CSV file: {error}", "save it as CSV in UTF-8") from None


def _separator(first: str, columns: Collection[str]) -> str:
    """Return the separator with which a header has the columns, else a comma."""
    for separator in SEPARATORS:
        if set(columns) <= {title.strip() for title in next(csv.reader([first], delimiter=separator), [])}:
            return separator
    return ","


def _check_header(header: list[str], separator: str, name: str, columns: Mapping[str, str]) -> None:
    missing = {key: column for key, column in columns.items() if column not in header}
    if not missing:
        return
    cells = [cell for title in header for cell in re.split(r"[;\s]+", title) if cell]
    if len(missing) == len(columns) and cells and all(is_number(cell) for cell in cells):
        why = f"{name} has no header: its first line holds numbers only"
        raise ProblemError("too-few-samples", why, "write the names of its columns into a first line, separated by commas, e.g. time,rate")
    problems = Problems()
    for key, column in missing.items():
        near = nearest(column, [title for title in header if len(title) <= LONGEST_QUOTE])
        hint = f"did you mean {near}?" if near else _shape(header, separator)
        problems.add((key,), ProblemError("missing-column", f"{name} has no such column", hint))
    problems.fail()


def _shape(header: list[str], separator: str) -> str:
    if len(header) > 1:
        return f"its first line has {len(header)} columns, separated by {SEPARATORS.get(separator, separator)}: check their names"
    return "its first line has one column; columns are separated by commas, semicolons or tabs"
