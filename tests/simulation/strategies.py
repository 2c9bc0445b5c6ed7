"""Random scenarios over everything that this version simulates, small enough to run in milliseconds.

Plain data as a file would hold it (`build` makes a scenario of it), so that tests can change it and Hypothesis can show and shrink it.
Every time is written in seconds and every size in bytes, and no default that is a time is left open: `scaled` finds them all.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from rolloutsim.vocabulary import PHASE_CODES, PHASES

__all__ = ["calm", "independent", "raw_scenarios", "scaled"]

Raw = dict[str, Any]

ROBOT_PHASES = PHASES[1:]
RETRIABLE = sorted({code for phase in ROBOT_PHASES for code in PHASE_CODES[phase]} | {"RobotAgentConnectionTimeout"})
FILES = {"packageName": "p", "launchFile": "l"}


def whole(low: int, high: int, unit: str = "s") -> st.SearchStrategy[str]:
    """Constants, often equal to each other: instants coincide."""
    return st.integers(low, high).map(lambda n: f"{n} {unit}")


def _halves(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(2 * low, 2 * high).map(lambda n: f"{n / 2} s")


@cache
def _spread(most: int) -> st.SearchStrategy[Raw]:
    """Continuous distributions of times around `most` / 2."""
    size = _halves(1, max(1, most // 2))
    shape = st.sampled_from([0.5, 0.7, 1.0, 2.0, 3.5])
    low_high = st.tuples(st.integers(0, most), st.integers(1, most)).map(lambda t: {"low": f"{t[0]} s", "high": f"{t[0] + t[1]} s"})
    simple = st.one_of(
        st.fixed_dictionaries({"exponential": st.fixed_dictionaries({"mean": size})}),
        st.fixed_dictionaries({"uniform": low_high}),
        st.fixed_dictionaries({"lognormal": st.fixed_dictionaries({"median": size, "sigma": st.sampled_from([0.3, 1.0])})}),
        st.fixed_dictionaries({"lognormal": st.fixed_dictionaries({"mean": size, "sd": size})}),
        st.fixed_dictionaries({"weibull": st.fixed_dictionaries({"shape": shape, "scale": size})}),
        st.fixed_dictionaries({"gamma": st.fixed_dictionaries({"shape": shape, "scale": size})}),
        st.fixed_dictionaries({"normal": st.fixed_dictionaries({"mean": size, "sd": size})}),
        st.fixed_dictionaries({"pareto": st.fixed_dictionaries({"shape": st.sampled_from([1.5, 3.0]), "scale": size})}),
        low_high.map(lambda p: {"triangular": {**p, "mode": p["high"]}}),
        st.lists(whole(1, most), min_size=1, max_size=4).map(lambda values: {"empirical": {"values": values}}),
    )
    parts = st.lists(st.fixed_dictionaries({"weight": st.sampled_from([0.2, 1.0, 3]), "of": simple}), min_size=1, max_size=3)
    return st.one_of(
        simple,
        parts.map(lambda listed: {"mixture": listed}),
        simple.map(lambda of: {"truncated": {"of": of, "low": "0 s", "high": f"{2 * most} s"}}) if most > 2 else simple,
        st.tuples(simple, whole(0, most)).map(lambda t: {"shifted": {"of": t[0], "by": t[1]}}),
    )


@cache
def durations(most: int) -> st.SearchStrategy[Any]:
    """Durations from 0 s to somewhat more than `most` seconds."""
    return st.one_of(st.just("0 s"), whole(0, most), _halves(0, most), _spread(most))


@cache
def spells() -> st.SearchStrategy[Any]:
    """Lengths of spells: never all zero, and long enough to be few."""
    return st.one_of(whole(5, 100), _spread(100).map(lambda of: {"shifted": {"of": of, "by": "4 s"}}))


@cache
def chances(*, of_job: bool = False) -> st.SearchStrategy[Any]:
    """Probabilities of a failure in every spelling."""
    p = st.sampled_from([0, 0.1, 0.3, 0.6, 1])
    per = st.just("job") if of_job else st.sampled_from(["job", "cohort", "robot"])
    drawn = st.one_of(
        st.fixed_dictionaries({"beta": st.fixed_dictionaries({"mean": st.sampled_from([0.1, 0.5]), "concentration": st.just(4)})}),
        st.just({"uniform": {"low": 0, "high": 0.6}}),
    )
    return st.one_of(
        p,
        st.fixed_dictionaries({"probability": p, "per": per}),
        st.tuples(drawn, per).map(lambda t: {**t[0], "per": t[1]}),
        st.fixed_dictionaries({"probability": drawn, "per": per}),
    )


@st.composite
def steps(draw: st.DrawFn, phases: tuple[str, ...] = ROBOT_PHASES, *, base: bool = False) -> Raw:
    """Overrides of some phases; as `base`, no time is left to a default."""
    out: Raw = {}
    for phase in phases:
        if not (base and phase == "condition") and not draw(st.booleans()):
            continue
        step: Raw = {"duration": draw(durations(30))}
        failing = [code for code in PHASE_CODES[phase] if draw(st.integers(0, 3 if len(PHASE_CODES[phase]) < 3 else 20)) == 0]
        if failing:
            step["failures"] = {code: draw(chances(of_job=phase == "preparing")) for code in failing}
        if phase == "reaching" and draw(st.booleans()):
            step["agent_timeout"] = draw(whole(1, 30))
        if phase == "condition":
            step["recheck"] = draw(whole(5, 40))
            busy_idle = st.fixed_dictionaries({"busy": spells(), "idle": spells()})
            step["ready"] = draw(st.one_of(st.sampled_from([0, 0.3, 0.7, 1]), busy_idle))
        out[phase] = step
    return out


@st.composite
def cohorts(draw: st.DrawFn, number: int) -> Raw:
    cohort: Raw = {"cohort": f"c{number}", "robots": draw(st.integers(1, 6))}
    cohort["architecture"] = draw(st.sampled_from(["X86_64"] * 6 + ["ARM64"] * 2 + ["ARMHF", "none"]))
    cohort["priority"] = draw(st.integers(-1, 1))
    renewal = st.fixed_dictionaries({"up": spells(), "down": spells(), "start": st.sampled_from(["equilibrium", "up", "down"])})
    links = st.one_of(st.just("always"), renewal.map(lambda r: {"renewal": r}), st.sampled_from(["always", "never"]))
    cohort["connectivity"] = draw(links)
    rate = st.one_of(st.sampled_from([f"{kb} kB/s" for kb in (1, 5, 20, 100)]), st.just({"lognormal": {"median": "10 kB/s", "sigma": 0.5}}))
    if draw(st.booleans()):
        cohort["link"] = {"rate": draw(rate)}
    if draw(st.booleans()):
        cohort["site"] = draw(st.sampled_from(["berlin", "lyon"]))
    if draw(st.integers(0, 2)) == 0:
        cohort["steps"] = draw(steps())
    return cohort


@st.composite
def deployments(draw: st.DrawFn) -> Raw:
    config: Raw = {"robotDeploymentTimeoutInSeconds": draw(st.sampled_from([60, 60, 100, 150, 600]))}
    if draw(st.booleans()):
        config["concurrentDeploymentPercentage"] = draw(st.integers(1, 100))
    if draw(st.booleans()):
        config["failureThresholdPercentage"] = draw(st.sampled_from([1, 10, 25, 50, 75, 100]))
    if draw(st.booleans()):
        config["downloadConditionFile"] = {"bucket": "fleet", "key": "ready.sh"} | draw(st.sampled_from([{}, {"etag": "1"}]))
    launch = FILES | {name: "f.sh" for name in ("preLaunchFile", "postLaunchFile") if draw(st.booleans())}
    request: Raw = {"deploymentConfig": config}
    if draw(st.booleans()):
        request["deploymentApplicationConfigs"] = [{"application": "arn:app", "applicationVersion": "1", "launchConfig": launch}]
    return request


@st.composite
def rules(draw: st.DrawFn) -> Raw:
    def one_of(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    out: Raw = {"dispatch": one_of("window", "batch")}
    batch = out["dispatch"] == "batch"
    out["rounding"] = one_of("floor", "ceil", "half_up")
    out["comparator"] = one_of("at_least", "exceeds")
    out["denominator"] = one_of("fleet", "completed", *["batch"] * batch)
    if out["denominator"] == "completed":
        out["minimum_completed"] = draw(st.integers(1, 6))
    out["evaluate"] = one_of("each_result", *["batch_end"] * batch)
    out["counts"] = draw(st.lists(st.sampled_from(["failed", "timeout", "no_response"]), unique=True, min_size=1))
    out["on_breach"] = one_of("finish", "abort")
    out["offline"] = one_of("hold", "skip", "wait")
    out["timer"] = one_of("grant", "reached")
    out["condition"] = one_of("fail", "defer")
    out["order"] = one_of("listed", "shuffled", "priority")
    out["old_stops"] = one_of("receipt", "launch")
    out["late_convergence"] = one_of(True, True, False)
    out["observe"] = one_of("10 s", "200 s", "2000 s")
    out["fleet_timeout"] = one_of("2000 s", "2000 s", "500 s", "50 s")
    out["cancel_at"] = one_of("never", "never", "never", "never", "0 s", "60 s", "75 s", "130.5 s")
    if one_of(False, False, True):
        out["concurrency"] = f"{draw(st.integers(1, 5))} robots"
    if one_of(False, False, True):
        out["failure_limit"] = f"{draw(st.integers(1, 5))} robots"
    if one_of(False, False, True):
        codes = ("RobotDeploymentNoResponse", "RobotAgentConnectionTimeout", "RobotDeploymentAborted", "InternalServerError")
        out["timeout_codes"] = {name: one_of(*codes) for name in ("not_reached", "offline", "working")}
    if one_of(False, True):
        out["retries"] = {
            "codes": draw(st.lists(st.sampled_from(RETRIABLE), unique=True, min_size=3)),
            "max": draw(st.integers(1, 3)),
            "backoff": draw(durations(30)),
            "slot": one_of("hold", "queue"),
        }
    if one_of(False, True):
        out["rollback"] = {"duration": draw(durations(40))}
    return out


def _consistent(raw: Raw) -> Raw:
    """Remove what the scenario's validation refuses: retries of what only a robot timer or a missing setting could cause."""
    codes = raw["rules"].get("retries", {}).get("codes", [])
    layers = [raw["application"]["steps"], raw["application"]["release"].get("bad", {}).get("steps", {})]
    layers += [cohort.get("steps", {}) for cohort in raw["fleet"]]
    if "RobotAgentConnectionTimeout" in codes and not any("agent_timeout" in layer.get("reaching", {}) for layer in layers):
        codes.remove("RobotAgentConnectionTimeout")
    return raw


@st.composite
def raw_scenarios(draw: st.DrawFn) -> Raw:
    """Return scenarios over the whole schema: ties and zero durations, all rules, all failure codes, every kind of cohort."""
    release: Raw = {}
    if draw(st.booleans()):
        release = {"bad": {"probability": draw(st.sampled_from([0.2, 0.6, 1])), "steps": draw(steps(PHASES))}}
    sizes = st.sampled_from(["0 B", "1000 B", "100000 B", "1000000 B"])
    base = {"preparing": {"duration": draw(durations(20))}, **draw(steps(base=True))}
    if draw(st.integers(0, 9)) == 0:
        base["preparing"]["failures"] = dict.fromkeys(PHASE_CODES["preparing"], 0.2)
    return _consistent(
        {
            "fleet": [draw(cohorts(number)) for number in range(draw(st.integers(1, 3)))],
            "application": {
                "bundle": draw(st.one_of(sizes, st.fixed_dictionaries({"X86_64": sizes, "ARM64": sizes}))),
                "download": {"interrupted": draw(st.sampled_from(["resume", "restart"]))},
                "release": release,
                "steps": base,
            },
            "deployment": draw(deployments()),
            "rules": draw(rules()),
        }
    )


JOB_KEYS = ("failure_limit", "minimum_completed", "denominator", "evaluate", "comparator", "on_breach", "counts", "concurrency")


def independent(raw: Raw) -> Raw:
    """Return the scenario in which robots do not notice each other: a slot for everybody and nothing that ends the job."""
    kept = {key: value for key, value in raw["rules"].items() if key not in JOB_KEYS}
    config = {
        k: v
        for k, v in raw["deployment"]["deploymentConfig"].items()
        if k not in ("concurrentDeploymentPercentage", "failureThresholdPercentage")
    }
    changed = {"dispatch": "window", "offline": "hold", "cancel_at": "never", "fleet_timeout": "1000000 s"}
    return {**raw, "rules": kept | changed, "deployment": {**raw["deployment"], "deploymentConfig": config}}


def calm(raw: Raw) -> Raw:
    """Return the scenario with nothing that makes a robot's fate depend on when it starts: no outages, timers, breaches or second queue."""

    def ready(layer: Raw) -> Raw:
        condition = layer.get("condition")
        if condition is None or not (condition["ready"] == 0 or isinstance(condition["ready"], dict)):
            return layer
        return {**layer, "condition": {**condition, "ready": 0.5}}

    out = independent(raw)
    out["fleet"] = [{**c, "connectivity": "always", "steps": ready(c.get("steps", {}))} for c in raw["fleet"]]
    release = raw["application"]["release"]
    bad = {"bad": {**release["bad"], "steps": ready(release["bad"]["steps"])}} if release else {}
    out["application"] = {**raw["application"], "steps": ready(raw["application"]["steps"]), "release": bad}
    out["deployment"]["deploymentConfig"]["robotDeploymentTimeoutInSeconds"] = 604800
    if "retries" in out["rules"]:
        out["rules"]["retries"] = {**out["rules"]["retries"], "slot": "hold"}
    return out


_TIME_OR_SIZE = re.compile(r"([0-9.]+) (s|B)")


def scaled(raw: Any, factor: int) -> Any:
    """Return the scenario with all times and sizes multiplied; rates stay what they are."""
    if isinstance(raw, dict):
        timeout = "robotDeploymentTimeoutInSeconds"
        return {key: value * factor if key == timeout else scaled(value, factor) for key, value in raw.items()}
    if isinstance(raw, list):
        return [scaled(item, factor) for item in raw]
    match = _TIME_OR_SIZE.fullmatch(raw) if isinstance(raw, str) else None
    return f"{float(match[1]) * factor!r} {match[2]}" if match else raw
