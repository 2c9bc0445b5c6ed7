"""Mutants of scenario files and values of options: what people and programs write by mistake, and what attackers write on purpose."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

from rolloutsim.scenario.reading.source import read_text

__all__ = ["VALUES", "mutate"]

#: Values that are wrong almost anywhere, as YAML spells them.
VALUES = (
    *"""\
null
~
true
-1
0
1
2
-0
00
1e3
1e999
1e999999
-1e999999
.inf
-.inf
.nan
1_000
2,400
1,5 GB
1.000 MB
10-100
10 - 100 MB
²
٣
1e999999 d
1e400 s
-5 s
5
5 m
5 MB
5 Mb/s
8 Mbit
5 %
500 %
1 h 30 min
22:00
22:00-06:00 Mon-Fri
00:00-23:59
Sun 02:00-04:00
2026-02-30 25:61
Europe/Berlin
localtime
../../etc/passwd
/dev/zero
/proc/self/environ
::error::x
[
{
}
[]
{}
[[]]
*a
&a
<<
!!python/object:os.system
- - - -
? :
|
>
'
"
#
@
%
`
never
always
batch
none
good
dock
time_to_complete.p95 <= 2 h
failed_share[nobody] <= 5 %
p99.5
x <= 1e999999
{exponential: {mean: 5 s}}
{mixture: []}
{empirical: {values: [1 s, 2 s]}}
{truncated: {of: {normal: {mean: 5 s, sd: 1 s}}, high: 9 s}}
{renewal: {up: 1 ms, down: 1 ms}}
{schedule: {online: ['00:00-00:01'], timezone: UTC}}
{trace: {file: x.csv, time: t, rate: r, unit: MB/s}}
{preset: skype06}
""".splitlines(),
    "",
    "a\0b",
    "\x1b[31m",
    "\u202e",
    "5\u00a0min",
    "\ud7ff",
    "é" * 50,
    "x" * 5000,
    "0x" + "f" * 400,
    "9" * 19,
    "9" * 41,
    "9" * 400,
    "9" * 5000,
    "9" * 5000 + " MB",
    "0." + "0" * 5000 + "1",
)
_KEYS = (
    *("fleet", "cohort", "robots", "site", "link", "rate", "connectivity", "steps", "duration", "failures", "probability", "per"),
    *("codes", "max", "x-a", "dispatch", "stages", "soak", "share", "sites", "downlink", "outages", "levers", "uncertainties", "checks"),
    *("seed", "start", "observe", "__class__", "a.b", "a[0]", "é", "null", "1", "<<", "", "\u202e", "\x1b", "x" * 300),
)
_LETTERS = " \t\n:,-[]{}#&*!|>'\"%@`?\\\0\x07\x1b\x85\u00a0\u2028\u202e\ufeff\U0001f600é0123456789.eE+abcxyz"


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Return every place of plain data as (container, key)."""
    pairs = list(data.items()) if isinstance(data, dict) else list(enumerate(data)) if isinstance(data, list) else []
    return [(data, key) for key, _ in pairs] + [place for _, part in pairs for place in _places(part)]


def _value(chance: random.Random) -> Any:
    text = chance.choice(VALUES)
    try:
        return read_text(text).plain() if chance.random() < 0.7 else text
    except Exception:  # not YAML by itself
        return text


def _edit_letters(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        letters = "".join(chance.choice(_LETTERS) for _ in range(chance.choice((0, 1, 1, 3))))
        text = text[:at] + letters + text[at + chance.choice((0, 1, 1, 4)) :]
    return text


def _edit_lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    edit = chance.randrange(5)
    if edit == 0:
        del lines[at]
    elif edit == 1:
        lines.insert(to, lines[at])
    elif edit == 2:
        lines[at] = " " * chance.randrange(6) + lines[at].lstrip()
    elif edit == 3:
        lines[at : at + 1] = [lines[at]] * chance.choice((2, 50))
    else:
        key, colon, _ = lines[at].partition(":")
        lines[at] = f"{key}{colon} {chance.choice(VALUES)}"
    return "\n".join(lines)


@cache
def _data(text: str) -> Any:
    return read_text(text).plain()


def _edit_data(text: str, chance: random.Random) -> str:
    """Change what the file means, and write it as JSON."""
    data = copy.deepcopy(_data(text))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        places = _places(data)
        if not places:
            break
        container, key = chance.choice(places)
        edit = chance.randrange(6)
        if edit == 0:
            del container[key]
        elif edit == 1 and isinstance(container, dict):
            container[chance.choice(_KEYS)] = container.pop(key)
        elif edit == 2 and isinstance(container, dict):
            container[chance.choice(_KEYS)] = _value(chance)
        elif edit == 3:
            container[key] = [container[key]] if chance.random() < 0.5 else {chance.choice(_KEYS): container[key]}
        elif edit == 4:
            other, name = chance.choice(places)
            container[key] = copy.deepcopy(other[name])
        else:
            container[key] = _value(chance)
    return json.dumps(data, ensure_ascii=chance.random() < 0.5)


def mutate(text: str, chance: random.Random) -> str:
    """Return a mutant of the text of a scenario."""
    edits: tuple[Callable[[str, random.Random], str], ...] = (_edit_letters, _edit_lines, _edit_data, _edit_data)
    return chance.choice(edits)(text, chance)
