"""The configuration of another system in words: a line for each rule that follows from it, with its source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.systems.registry import SYSTEMS
from rolloutsim.scenario.systems.system import Derived
from rolloutsim.scenario.words.wording import Line

__all__ = ["system_lines", "value_in_words"]


def system_lines(scenario: Sections) -> Iterator[Line]:
    """Yield which system it is, which rules follow from its configuration, and what it leaves open."""
    preset = scenario.preset
    if preset is None:
        return
    system = SYSTEMS[preset.system]
    yield Line(f"{system.title}: the deployment is {system.pasted}", "given")
    seen: dict[tuple[str, str], Derived] = {}
    for one in preset.derived:
        text = f"{one.name}: {value_in_words(one.value)}"
        source = ".".join(map(str, one.native)) or "every configuration"
        mark = "assumption" if one.is_assumed else "source"
        if (text, source) not in seen:
            yield Line(f"{text}, from {source} ({mark}: {one.because})", "derived", depth=1)
        seen[text, source] = one
    count = len(system.assumptions)
    yield Line(f"what its documents leave open, {count} assumptions in all: rolloutsim systems {system.name}", "note", depth=1)


def value_in_words(value: Any) -> str:
    """Return plain data on one line, as YAML.

    Examples
    --------
    >>> value_in_words({"max": "50 robots", "counts": ["in_flight", "failed"]}), value_in_words(False)
    ('{max: 50 robots, counts: [in_flight, failed]}', 'false')
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {value_in_words(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_in_words, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
