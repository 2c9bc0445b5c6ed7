"""The whole scenario with nothing left open, and its fingerprint.

Quantities are written in SI units with their unit, and long lists of samples are packed, so the result is itself a scenario file:
loaded again it gives the same fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from rolloutsim.scenario.calendar import clocks
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.patterns import Pattern, PatternsType
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.packed import pack_long_lists
from rolloutsim.scenario.sections import Sections

__all__ = ["fingerprint", "resolve"]


def resolve(scenario: Sections) -> dict[str, Any]:
    """Return what `Scenario.resolved` returns."""
    return {key: pack_long_lists(part) for key, part in scenario.write().items()}


def fingerprint(scenario: Sections) -> str:
    """Return what `Scenario.fingerprint` returns.

    Left out are names of robots, sites without a downlink and outages, classes where nothing is drawn per class, and of the rules `start`
    where nothing goes by the clock.
    """
    deployment, patterns = scenario.deployment, list(_patterns(scenario))
    written = scenario.model_copy(update={"fleet": tuple(map(_without_patterns, scenario.fleet))}).write()
    _mark_patterns(written["fleet"], scenario)
    _mark_classes(written["fleet"], scenario)
    for cohort in written["fleet"]:
        cohort.pop("names", None)
    if not any(clocks(scenario)):
        written["rules"].pop("start", None)
    _mark_rejected(written["rules"])
    moves = {key: written[key] for key in ("fleet", "application", "rules")}
    moves["deployment"] = {
        "concurrent_percentage": deployment.concurrent_percentage,
        "failure_threshold_percentage": deployment.failure_threshold_percentage,
        "robot_timeout": deployment.robot_timeout,
        "condition": deployment.has_condition_file,
        "condition_etag": deployment.condition_etag,
        "pre_launch": deployment.has_pre_launch,
        "post_launch": deployment.has_post_launch,
    }
    network = written.get("network", {})
    sites = {name: site for name, site in network.get("sites", {}).items() if site}
    moves |= {"network": {**network, "sites": sites}} if sites or network.keys() - {"sites"} else {}
    return _digest(moves, patterns)


#: Begins the stand-in of a pattern; no name of a scenario may hold this character.
_MARK = "\0"

#: The canonical JSON of recorded patterns, which may have a million samples: made once, however often a scenario is changed.
_CANONICAL: WeakKeyDictionary[Pattern, dict[str, bytes]] = WeakKeyDictionary()


def _traces(cohort: Cohort) -> Iterator[tuple[str, str, Trace]]:
    """Yield the key, the kind and the value of each trace of a cohort."""
    if isinstance(cohort.connectivity, Trace):
        yield "connectivity", "online", cohort.connectivity
    if cohort.link_trace is not None:
        yield "link", "rate", cohort.link_trace


def _patterns(scenario: Sections) -> Iterator[tuple[Pattern, str]]:
    """Yield all recorded patterns with their kinds."""
    for cohort in scenario.fleet:
        for _, kind, trace in _traces(cohort):
            yield from ((pattern, kind) for pattern in trace.patterns)


def _without_patterns(cohort: Cohort) -> Cohort:
    """Return a cohort whose traces have no patterns."""
    bare = {key: replace(trace, patterns=()) for key, _, trace in _traces(cohort)}
    if "link" in bare and cohort.link is not None:
        return cohort.model_copy(update={**bare, "link": cohort.link.model_copy(update={"trace": bare["link"]})})
    return cohort.model_copy(update=bare)


def _mark_patterns(fleet: list[Any], scenario: Sections) -> None:
    """Put a stand-in for each pattern of a scenario into its written fleet."""
    number = 0
    for cohort, written in zip(scenario.fleet, fleet, strict=True):
        for key, _, trace in _traces(cohort):
            written[key]["trace"]["patterns"] = [f"{_MARK}{number + n}" for n in range(len(trace.patterns))]
            number += len(trace.patterns)


def _mark_classes(fleet: list[Any], scenario: Sections) -> None:
    """Give each written cohort its class if something is drawn per class, and no class otherwise."""
    bad = scenario.application.release.bad
    layers = [scenario.application.steps, scenario.application.bad_steps, *(cohort.steps for cohort in scenario.fleet)]
    chances = [chance for layer in layers for step in layer.values() for chance in step.failures.values()]
    later = [part.after_success for part in (scenario.application, bad, *scenario.fleet) if part is not None]
    chances += [failure.probability for failure in later if failure is not None and failure.probability is not None]
    drawn = any("class" in (chance.coin, chance.drawn) for chance in chances)
    for cohort, written in zip(scenario.fleet, fleet, strict=True):
        written.pop("class", None)
        written |= {"class": cohort.class_name} if drawn else {}


def _mark_rejected(rules: dict[str, Any]) -> None:
    """Write the kinds that count as before `rejected` was one, when it was part of `failed`: the same rules keep their fingerprint."""
    kinds = set(rules["counts"])
    if "failed" in kinds:
        rules["counts"] = sorted((kinds if "rejected" in kinds else kinds | {"not rejected"}) - {"rejected"})


def _digest(moves: dict[str, Any], patterns: list[tuple[Pattern, str]]) -> str:
    """Return the SHA-256 of canonical JSON, into which that of recorded patterns is put as it was made before."""
    digest = hashlib.sha256()
    pieces = re.split(re.escape(json.dumps(_MARK)[:-1]) + '([0-9]+)"', _canonical(moves))
    for text, number in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        digest.update(text.encode())
        if number:
            digest.update(_canonical_pattern(*patterns[int(number)]))
    return digest.hexdigest()


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_pattern(pattern: Pattern, kind: str) -> bytes:
    known = _CANONICAL.setdefault(pattern, {})
    if kind not in known:
        known[kind] = _canonical(PatternsType(kind).write_one(pattern)).encode()
    return known[kind]
