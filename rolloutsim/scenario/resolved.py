"""The whole scenario with nothing left open, and its fingerprint.

Quantities are written in SI units with their unit, and long lists of samples are packed, so the result is itself a scenario file:
loaded again it gives the same fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rolloutsim.scenario.calendar import clocks
from rolloutsim.scenario.parts.connectivity import write_connectivity
from rolloutsim.scenario.parts.network import write_network
from rolloutsim.scenario.parts.patterns import Pattern, write_pattern
from rolloutsim.scenario.parts.stages import write_stage
from rolloutsim.scenario.parts.steps import StepChange, merge_steps, write_step
from rolloutsim.scenario.parts.traces import Trace, write_trace
from rolloutsim.scenario.reading.distribution_io import write_distribution
from rolloutsim.scenario.reading.packed import pack_long_lists
from rolloutsim.scenario.reading.quantities import RATE, SIZE, TIME, format_quantity

if TYPE_CHECKING:
    from rolloutsim.scenario.model import Scenario
    from rolloutsim.scenario.parts.fleet import Cohort
    from rolloutsim.scenario.parts.rules import Rules

__all__ = ["fingerprint", "resolve"]


def resolve(scenario: Scenario) -> dict[str, Any]:
    """Return what `Scenario.resolved` returns."""
    resolved: dict[str, Any] = {"scenario": scenario.name, "description": scenario.description}
    if scenario.seed is not None:
        resolved["seed"] = scenario.seed
    resolved |= {"replicates": scenario.replicates, "fleet": [_cohort(cohort) for cohort in scenario.fleet]}
    if scenario.network is not None:
        resolved["network"] = write_network(scenario.network)
    resolved["application"] = _application(scenario)
    resolved["deployment"] = _deployment(scenario)
    resolved["rules"] = _rules(scenario.rules)
    if scenario.checks:
        resolved["checks"] = list(scenario.checks)
    if scenario.sweep is not None:
        uncertain = scenario.sweep.uncertainties.items()
        resolved["sweep"] = {
            "levers": {path: list(values) for path, values in scenario.sweep.levers.items()},
            "uncertainties": {path: write_distribution(said.distribution, said.dimension) for path, said in uncertain},
        }
    return {key: pack_long_lists(part) for key, part in resolved.items()}


def fingerprint(scenario: Scenario) -> str:
    """Return what `Scenario.fingerprint` returns.

    Of the rules `start` is left out where nothing goes by the clock. So are sites without a downlink and outages.
    """
    deployment = scenario.deployment
    rules = _rules(scenario.rules)
    if not any(clocks(scenario)):
        rules.pop("start", None)
    moves: dict[str, Any] = {
        "fleet": [_cohort(cohort) for cohort in scenario.fleet],
        "application": _application(scenario),
        "deployment": {
            "concurrent_percentage": deployment.concurrent_percentage,
            "failure_threshold_percentage": deployment.failure_threshold_percentage,
            "robot_timeout": deployment.robot_timeout,
            "condition": deployment.has_condition_file,
            "condition_etag": deployment.condition_etag,
            "pre_launch": deployment.has_pre_launch,
            "post_launch": deployment.has_post_launch,
        },
        "rules": rules,
    }
    network = {} if scenario.network is None else write_network(scenario.network)
    sites = {name: site for name, site in network.get("sites", {}).items() if site}
    moves |= {"network": {**network, "sites": sites}} if sites or "origin" in network else {}
    return _digest(moves, scenario)


#: The canonical JSON of recorded patterns, which may have a million samples: made once, however often a scenario is changed.
_CANONICAL: WeakKeyDictionary[Pattern, dict[str, bytes]] = WeakKeyDictionary()


def _digest(moves: dict[str, Any], scenario: Scenario) -> str:
    """Return the SHA-256 of canonical JSON, into which that of recorded patterns is put as it was made before."""
    patterns: list[tuple[Pattern, str]] = []
    for cohort, written in zip(scenario.fleet, moves["fleet"], strict=True):
        own = cohort.connectivity if isinstance(cohort.connectivity, Trace) else None
        for trace, key, kind in ((own, "connectivity", "online"), (cohort.link_trace, "link", "rate")):
            if trace is not None:
                written[key]["trace"]["patterns"] = [f"{_MARK}{len(patterns) + number}" for number in range(len(trace.patterns))]
                patterns += [(pattern, kind) for pattern in trace.patterns]
    digest = hashlib.sha256()
    pieces = re.split(re.escape(json.dumps(_MARK)[:-1]) + '([0-9]+)"', _canonical(moves))
    for text, number in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        digest.update(text.encode())
        if number:
            digest.update(_canonical_pattern(*patterns[int(number)]))
    return digest.hexdigest()


#: Begins the stand-in of a pattern; no name of a scenario may hold this character.
_MARK = "\0"


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_pattern(pattern: Pattern, kind: str) -> bytes:
    known = _CANONICAL.setdefault(pattern, {})
    if kind not in known:
        known[kind] = _canonical(write_pattern(pattern, kind)).encode()
    return known[kind]


def _cohort(cohort: Cohort) -> dict[str, Any]:
    written: dict[str, Any] = {
        "cohort": cohort.name,
        "robots": cohort.robots,
        "architecture": cohort.architecture,
        "priority": cohort.priority,
    }
    if cohort.site is not None:
        written["site"] = cohort.site
    if cohort.link_rate is not None:
        written["link"] = {"rate": write_distribution(cohort.link_rate, RATE)}
    if cohort.link_trace is not None:
        written["link"] = {"trace": write_trace(cohort.link_trace, "rate")}
    written["connectivity"] = write_connectivity(cohort.connectivity)
    if cohort.steps:
        written["steps"] = _changes(cohort.steps)
    return written


def _changes(changes: Mapping[str, StepChange]) -> dict[str, Any]:
    return {phase: write_step(change, phase) for phase, change in changes.items()}


def _application(scenario: Scenario) -> dict[str, Any]:
    application = scenario.application
    written: dict[str, Any] = {
        "bundle": {name: format_quantity(size, SIZE) for name, size in application.bundle.items()},
        "download": {"interrupted": application.interrupted},
        "steps": {phase: write_step(step, phase) for phase, step in merge_steps(application.steps).items()},
    }
    if application.release.bad is not None:
        bad = application.release.bad
        written["release"] = {"bad": {"probability": bad.probability, "steps": _changes(bad.steps)}}
    return written


def _deployment(scenario: Scenario) -> dict[str, Any]:
    request = scenario.deployment.request
    config = request.get("deploymentConfig", {})
    timeout = scenario.deployment.deployment_config.robot_deployment_timeout_in_seconds
    return {**request, "deploymentConfig": {**config, "robotDeploymentTimeoutInSeconds": timeout}}


def _rules(rules: Rules) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name in type(rules).model_fields:
        value = getattr(rules, name)
        if name == "counts":
            written[name] = sorted(value)
        elif name in ("observe", "fleet_timeout"):
            written[name] = format_quantity(value, TIME)
        elif name == "cancel_at":
            written[name] = "never" if math.isinf(value) else format_quantity(value, TIME)
        elif name == "timeout_codes":
            written[name] = value.model_dump()
        elif name == "stages":
            if value:  # a job without stages is the same job as before there were any
                written[name] = [write_stage(stage) for stage in value]
        elif name == "rollback":
            written[name] = "none" if value is None else {"duration": write_distribution(value)}
        elif name == "retries":
            written[name] = (
                {} if value is None else {**value._asdict(), "codes": list(value.codes), "backoff": write_distribution(value.backoff)}
            )
        elif value is not None:
            written[name] = value
    return written
