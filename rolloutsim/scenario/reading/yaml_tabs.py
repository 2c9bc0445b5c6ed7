"""Tabs in YAML: read where YAML 1.2 allows them, between tokens and within plain text; ruamel refuses them there.

Only indentation has to be of spaces. Before a line break or a comment a tab may stand anywhere.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml.scanner import Scanner

__all__ = ["TabScanner", "tab_problem"]

_BREAKS = "\r\n\x85\u2028\u2029"


class TabScanner(Scanner):
    """A scanner that skips tabs which do not indent."""

    def scan_to_next_token(self) -> Any:
        """Skip white space and comments."""
        super().scan_to_next_token()
        while self.reader.peek() == "\t" and self._separates():
            while self.reader.peek() in " \t":
                self.reader.forward()
            super().scan_to_next_token()

    def _separates(self) -> bool:
        """Return whether the white space here follows something on its line, or nothing but a comment follows it."""
        length = self._white()
        before: str = self.reader.buffer[self.reader.pointer - self.reader.column : self.reader.pointer]
        return bool(before.strip(" \t")) or self.reader.peek(length) in _BREAKS + "\0#"

    def _white(self) -> int:
        length = 0
        while self.reader.peek(length) in " \t":
            length += 1
        return length

    def scan_plain_spaces(self, indent: Any, start_mark: Any) -> Any:
        """Return the white space between words of plain text; what stands before a line break or a comment is none of it."""
        white: str = self.reader.prefix(self._white())
        if "\t" not in white:
            return super().scan_plain_spaces(indent, start_mark)
        self.reader.forward(len(white))
        following = self.reader.peek()
        if following in _BREAKS:
            return super().scan_plain_spaces(indent, start_mark)
        return [] if following in "\0#" else [white]


def tab_problem(text: str, line: int, column: int) -> tuple[str, str]:
    """Return why a tab is refused at a place of a text (from 1), and what to do.

    Examples
    --------
    >>> tab_problem("a:\\n\\tb: 1", 2, 1)
    ('YAML is indented by spaces', 'replace the tab by spaces')
    """
    before = text.splitlines()[line - 1][: column - 1]
    if before.strip(" \t"):
        return "the reader of YAML takes no tab here", "replace the tab by a space"
    return "YAML is indented by spaces", "replace the tab by spaces"
