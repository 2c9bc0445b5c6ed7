"""What random scenarios become for a law: with robots that do not notice each other, with all times multiplied, without clocks."""

from __future__ import annotations

import re
from typing import Any

from tests.simulation.strategies import Raw, consistent

__all__ = ["calm", "independent", "scaled", "unclocked"]

JOB_KEYS = (
    "admit",
    "stages",
    "limits",
    "stop",
    "failure_limit",
    "minimum_completed",
    "denominator",
    "evaluate",
    "comparator",
    "on_breach",
    "counts",
    "concurrency",
)


def independent(raw: Raw) -> Raw:
    """Return the scenario in which robots do not notice each other: a slot for each and nothing that ends the job."""
    kept = {key: value for key, value in raw["rules"].items() if key not in JOB_KEYS}
    config = {
        k: v
        for k, v in raw["deployment"]["deploymentConfig"].items()
        if k not in ("concurrentDeploymentPercentage", "failureThresholdPercentage")
    }
    changed = {"dispatch": "window", "offline": "hold", "cancel_at": "never", "fleet_timeout": "1000000 s"}
    return {**raw, "rules": kept | changed, "deployment": {**raw["deployment"], "deploymentConfig": config}}


def steady(step: Raw) -> Raw:
    """Return a step of which no probability changes."""
    if "failures" not in step:
        return step
    chances = step["failures"].items()
    return {
        **step,
        "failures": {code: {**p, "at": {"0 s": p["at"]["0 s"]}} if isinstance(p, dict) and "at" in p else p for code, p in chances},
    }


def calm(raw: Raw) -> Raw:
    """Return the scenario with nothing that makes a robot's fate depend on when it starts.

    No outages, no rates that change, no timers, breaches or second queue.
    """

    def ready(layer: Raw) -> Raw:
        layer = {phase: steady(step) for phase, step in layer.items()}
        condition = layer.get("condition")
        if condition is None or not (condition["ready"] == 0 or isinstance(condition["ready"], dict)):
            return layer
        return {**layer, "condition": {**condition, "ready": 0.5}}

    out = independent(raw)
    out["network"] = None
    out["fleet"] = [{**c, "connectivity": "always", "steps": ready(c.get("steps", {}))} for c in raw["fleet"]]
    for cohort in out["fleet"]:
        if "trace" in cohort.get("link", {}):
            cohort["link"] = {"rate": "10 kB/s"}
    release = raw["application"]["release"]
    steps_only = {"probability": release["bad"]["probability"], "steps": ready(release["bad"]["steps"])} if release else {}
    bad = {"bad": steps_only} if release else {}
    out["application"] = {**raw["application"], "steps": ready(raw["application"]["steps"]), "release": bad}
    out["deployment"]["deploymentConfig"]["robotDeploymentTimeoutInSeconds"] = 604800
    for name in ("robot_timeout", "reach_timeout", "max_retries"):
        out["rules"].pop(name, None)
    if "retries" in out["rules"]:
        out["rules"]["retries"] = {"kinds": ["failed"], "max": 2, "slot": "hold"}
    return consistent(out)


def unclocked(raw: Raw) -> Raw:
    """Return the scenario without what has a length of its own: the local clock's windows, and presets."""

    def ready(layer: Raw) -> Raw:
        condition = layer.get("condition", {})
        by_clock = isinstance(condition.get("ready"), dict) and "schedule" in condition["ready"]
        return {**layer, "condition": {**condition, "ready": 0.5}} if by_clock else layer

    def undated(link: Any) -> Any:
        if not isinstance(link, dict) or link.get("trace", {}).get("offset") != "clock":
            return link
        patterns = [{key: value for key, value in pattern.items() if key != "begins"} for pattern in link["trace"]["patterns"]]
        kept = {key: value for key, value in link["trace"].items() if key != "timezone"}
        return {"trace": {**kept, "patterns": patterns, "offset": "aligned"}}

    def timed(link: Any) -> Any:
        by_clock = not isinstance(link, str) and not link.keys() & {"renewal", "trace"}
        return "always" if by_clock else undated(link)

    def cohort(said: Raw) -> Raw:
        link = {"link": undated(said["link"])} if "link" in said else {}
        return {**said, **link, "connectivity": timed(said["connectivity"]), "steps": ready(said.get("steps", {}))}

    application = {**raw["application"], "steps": ready(raw["application"]["steps"])}
    if application["release"]:
        bad = application["release"]["bad"]
        link = {"link": undated(bad["link"])} if "link" in bad else {}
        connectivity = {"connectivity": timed(bad["connectivity"])} if "connectivity" in bad else {}
        application["release"] = {"bad": {**bad, **link, **connectivity, "steps": ready(bad["steps"])}}
    rules_without = {key: value for key, value in raw["rules"].items() if key not in ("start", "admit")}
    network = {key: timed(value) if key == "origin_connectivity" else value for key, value in raw["network"].items()}
    fleet = [cohort(said) for said in raw["fleet"]]
    return {**raw, "fleet": fleet, "network": network, "application": application, "rules": rules_without}


_TIME_OR_SIZE = re.compile(r"([0-9.]+) (s|B)")


def scaled(raw: Any, factor: int) -> Any:
    """Return the scenario with all times and sizes multiplied; rates stay what they are."""
    if isinstance(raw, dict):
        timeout = "robotDeploymentTimeoutInSeconds"
        times = {key: [t * factor for t in value] for key, value in raw.items() if key == "times"}
        others = {key: value for key, value in raw.items() if key not in times}
        return times | {scaled(key, factor): value * factor if key == timeout else scaled(value, factor) for key, value in others.items()}
    if isinstance(raw, list):
        return [scaled(item, factor) for item in raw]
    match = _TIME_OR_SIZE.fullmatch(raw) if isinstance(raw, str) else None
    return f"{float(match[1]) * factor!r} {match[2]}" if match else raw
