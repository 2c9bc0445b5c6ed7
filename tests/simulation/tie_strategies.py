"""Random scenarios in which much happens at one instant: plain data as a file would hold it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["tied_scenarios"]

Raw = dict[str, Any]

MINUTES = st.sampled_from([0, 0, 1, 1, 2, 3])
LENGTHS = st.sampled_from([1, 1, 2, 3])


def _seconds(minutes: int) -> str:
    return f"{60 * minutes} s"


@st.composite
def _connectivities(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(["always", "always", "renewal", "schedule", "trace", "never"]))
    if kind == "renewal":
        return {"renewal": {"up": _seconds(draw(LENGTHS)), "down": _seconds(draw(LENGTHS)), "start": draw(st.sampled_from(["up", "down"]))}}
    if kind == "schedule":
        opens = [draw(st.integers(-4, 6)) for _ in range(draw(st.integers(1, 2)))]
        windows = [f"{_clock(opens_at)}-{_clock(opens_at + draw(st.sampled_from([1, 2, 4, 600])))}" for opens_at in opens]
        return {"schedule": {"online": windows, "timezone": "Europe/Berlin"}}
    if kind == "trace":
        lengths = draw(st.lists(LENGTHS, min_size=2, max_size=4))
        times = [60 * sum(lengths[:number]) for number in range(len(lengths))]
        online = [draw(st.sampled_from([0, 1])) for _ in times]
        return {"trace": {"patterns": [{"period": _seconds(sum(lengths)), "times": times, "online": online}], "offset": "aligned"}}
    return kind


def _clock(minutes: int) -> str:
    """Return the local time so long after 21:00."""
    return f"{(21 * 60 + minutes) // 60 % 24:02}:{minutes % 60:02}"


@st.composite
def _cohorts(draw: st.DrawFn, number: int) -> Raw:
    cohort: Raw = {"cohort": f"c{number}", "robots": draw(st.integers(1, 4)), "connectivity": draw(_connectivities())}
    if draw(st.booleans()):
        cohort["link"] = {"rate": draw(st.sampled_from(["1 kB/s", "0.5 kB/s", "1 B/s"]))}
    if draw(st.booleans()):
        cohort["steps"] = {"launching": {"duration": _seconds(draw(st.sampled_from([1, 2, 3, 5])))}}
    return cohort


@st.composite
def tied_scenarios(draw: st.DrawFn) -> Raw:
    """Return scenarios whose durations, calendars, aligned traces and timers are whole minutes, so that they often coincide."""
    fleet = [draw(_cohorts(number)) for number in range(draw(st.integers(2, 4)))]
    steps: Raw = {
        phase: {"duration": _seconds(draw(MINUTES))}
        for phase in ("preparing", "validating", "reaching", "extracting", "launching", "reporting")
        if draw(st.integers(0, 2)) == 0
    }
    steps["condition"] = {"duration": "0 s", "ready": draw(st.sampled_from([0.5, 1])), "recheck": "60 s"}
    if draw(st.booleans()):
        steps.setdefault("launching", {})["failures"] = {"MissingRobotDeploymentResource": {"probability": 0.4, "per": "robot"}}
    config: Raw = {"robotDeploymentTimeoutInSeconds": 60 * draw(st.sampled_from([1, 2, 3, 5]))}
    if draw(st.integers(0, 3)):
        config["failureThresholdPercentage"] = draw(st.sampled_from([10, 20, 30, 40, 60]))
    if draw(st.booleans()):
        config["concurrentDeploymentPercentage"] = draw(st.sampled_from([20, 40, 60]))
    if draw(st.integers(0, 2)) == 0:
        config["downloadConditionFile"] = {"bucket": "fleet", "key": "ready.sh"}
    network = {}
    if draw(st.integers(0, 3)) == 1:
        link = draw(_connectivities())
        sends = link if isinstance(link, dict) and "trace" not in link else {"renewal": {"up": "60 s", "down": "60 s", "start": "up"}}
        network = {"network": {"origin_connectivity": sends}}
    later = {}
    if draw(st.integers(0, 2)) == 1:
        later = {"after_success": {"probability": draw(st.sampled_from([0.3, 0.6, 1])), "delay": _seconds(draw(MINUTES))}}
    return {
        **network,
        "fleet": fleet,
        "application": {"bundle": draw(st.sampled_from(["0 B", "60 kB", "120 kB"])), "steps": steps, **later},
        "deployment": {"deploymentConfig": config},
        "rules": draw(_rules()) | {"start": f"2026-01-05 {_clock(draw(st.integers(-1, 1)))}"},
    }


@st.composite
def _rules(draw: st.DrawFn) -> Raw:
    def one_of(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    rules: Raw = {
        "dispatch": one_of("window", "window", "batch"),
        "offline": one_of("hold", "hold", "skip", "wait"),
        "on_breach": one_of("abort", "abort", "finish"),
        "condition": one_of("fail", "defer"),
        "timer": one_of("grant", "reached"),
        "fleet_timeout": one_of("1200 s", "1200 s", "300 s"),
        "cancel_at": one_of("never", "never", "never", "180 s", "300 s"),
        "observe": "1800 s",
    }
    if one_of(True, False):
        rules |= {"denominator": "completed", "minimum_completed": one_of(1, 3)}
    if one_of(True, False, False):
        code = one_of("MissingRobotDeploymentResource", "RobotDeploymentAborted")
        slot = "queue" if code == "RobotDeploymentAborted" else one_of("hold", "queue")
        rules["retries"] = {"codes": [code], "max": 1, "backoff": _seconds(draw(MINUTES)), "slot": slot}
    if one_of(True, False, False):
        rules["stages"] = [{"robots": 1, "soak": _seconds(draw(MINUTES)), "max_failures": 0}]
    if one_of(True, False, False):
        rules["counts"] = one_of(["latent"], ["failed", "timeout", "no_response", "latent"])
    return rules
