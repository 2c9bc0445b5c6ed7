"""The line of a file that a problem is about, with carets below what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

from rolloutsim.cli.output import line_width
from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.printing import escaped

__all__ = ["excerpt_of", "explained"]

#: Larger files are not read again for the sake of a message (bytes), …
_LARGEST = 1 << 20
#: … and no others: a message that goes into a log shows nothing of a file that was named by mistake.
_SUFFIXES = (".yaml", ".yml", ".json")
#: A value, a key or a quoted text, from where a problem stands.
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[^,\]}#]+""")


def explained(error: ScenarioError) -> str:
    """Return the message of an error, each mistake with its line of the file."""
    lines: list[str] = []
    for problem in error.problems:
        if problem.severity != "note":
            lines += [("" if problem.severity == "error" else f"{problem.severity}: ") + str(problem), *excerpt_of(problem)]
    return "\n".join(lines)


def excerpt_of(problem: Problem) -> list[str]:
    """Return the line that a mistake is about and carets below it, as far as there is room.

    There is nothing to show of a key that is missing. Warnings are printed without their lines, because a run goes on.
    """
    shows = problem.severity == "error" and problem.code != "missing-key" and problem.line
    line = _line(Path(problem.file), problem.line) if shows else None
    if line is None or not 0 < problem.column <= len(line):
        return []
    start = problem.column - 1
    token = _TOKEN.match(line, start)
    text = token[0].partition(": ")[0].rstrip().rstrip(":") if token else ""
    number, room = str(problem.line), line_width() - 12
    cut = max(0, start - room // 2)
    before, shown = escaped(line[cut:start]), escaped(line[cut : cut + room])
    carets = "^" * max(1, min(len(escaped(text)), len(shown) - len(before)))
    return [f"  {number} | {shown}", f"  {' ' * len(number)} | {' ' * len(before)}{carets}"]


def _line(file: Path, number: int) -> str | None:
    """Return a line of a file, None if it cannot be read any more."""
    try:
        if file.suffix not in _SUFFIXES or not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return lines[number - 1] if number <= len(lines) else None
