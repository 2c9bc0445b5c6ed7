"""Text that was written by others, made safe to print: whatever is printed goes through `visible`."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["as_json", "one_line", "shorten", "visible"]

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
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() or letter == "\n" else _escape(letter) for letter in text)
    if "::" in text:
        text = _LINE_COMMAND.sub(r"\1\\::", text)
    return _COMMAND.sub(r"#\\#", text) if "##" in text else text


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """Return text as one visible line: line breaks and what surrounds them become one space.

    >>> one_line("  a question\\n  in two lines\\n")
    'a question in two lines'
    """
    return visible(" ".join(part.strip() for part in text.split("\n") if part.strip()))


def shorten(text: str, most: int = 60) -> str:
    """Return text of at most so many characters; what is left out is marked.

    >>> shorten("abcdefgh", 5)
    'abcd…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def as_json(data: Any, *, indent: int | None = 2) -> str:
    """Return data as JSON in letters that can be printed; it reads back as the same data.

    >>> print(as_json({"name": "é\\x9b"}, indent=None))
    {"name": "é\\u009b"}
    """
    text = json.dumps(data, indent=indent, allow_nan=False, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)
