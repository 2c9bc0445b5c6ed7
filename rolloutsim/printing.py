"""Text that was written by others, made safe to print: whatever is printed goes through `visible`."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_log = logging.getLogger("rolloutsim")

#: What a CI system takes for a command: GitHub a line that begins with ``::``, GitHub, Azure and TeamCity ``##[`` and ``##word[`` anywhere.
_LINE_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)
_COMMAND = re.compile(r"##(?=\w*\[)")


def visible(text: str) -> str:
    """Return text that cannot steer a terminal or a CI system: what is not printable becomes an escape, lines stay lines.

    Examples
    --------
    >>> print(visible("red: \\x1b[31m, right to left: \\u202e"))
    red: \\x1b[31m, right to left: \\u202e
    >>> print(visible("::error::all is lost"))
    \\::error::all is lost
    """
    text = "\n".join(map(escaped, text.split("\n")))
    if "::" in text:
        text = _LINE_COMMAND.sub(r"\1\\::", text)
    return _COMMAND.sub(r"#\\#", text) if "##" in text else text


def log_warning(message: str) -> None:
    """Log a warning as ``rolloutsim``: without a configured handler it is printed to the standard error, if that is open."""
    with suppress(ValueError):  # of a stream that is closed
        _log.warning("%s", visible(message))


def escaped(text: str) -> str:
    """Return text in one line, with everything that is not printable as an escape, line breaks too.

    >>> print(escaped("a\\nb\\u202e"))
    a\\nb\\u202e
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def one_line(text: str) -> str:
    """Return text as one visible line: white space, line breaks too, becomes single spaces.

    >>> one_line("  a question\\n  in two lines\\n")
    'a question in two lines'
    """
    return visible(" ".join(text.split()))


def shorten(text: str, most: int = 60) -> str:
    """Return text of at most so many characters; what is left out is marked.

    >>> shorten("abcdefgh", 5)
    'abcd…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def as_json(data: Any, *, indent: int | None = 2, default: Callable[[Any], Any] | None = None) -> str:
    """Return data as JSON in letters that can be printed; it reads back as the same data.

    Parameters
    ----------
    data
        What JSON can hold, or `default` makes of it.
    indent, default
        As for `json.dumps`.

    >>> print(as_json({"name": "é\\x9b"}, indent=None))
    {"name": "é\\u009b"}
    """
    text = json.dumps(data, indent=indent, default=default, allow_nan=False, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)
