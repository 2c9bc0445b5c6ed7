"""Random scenarios over everything that this version simulates, small enough to run in milliseconds.

Plain data as a file would hold it (`build` makes a scenario of it), so that tests can change it and Hypothesis can show and shrink it.
Every time is written in seconds and every size in bytes, and no default that is a time is left open: `transformations.scaled` finds
them all, but for what only clocks and presets hold, which `unclocked` removes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from rolloutsim.vocabulary import FAILURE_KINDS, PHASE_CODES, PHASES, VERDICT_KINDS
from tests.simulation.link_strategies import SITES, connectivities, links, networks
from tests.simulation.stage_strategies import stages
from tests.simulation.time_strategies import Clock, clocks, durations, schedules, spells, whole

__all__ = ["consistent", "raw_scenarios"]

Raw = dict[str, Any]

ROBOT_PHASES = PHASES[1:]
OWN_CODES = {code for phase in ROBOT_PHASES for code in PHASE_CODES[phase]}
TIMER_CODES = ("RobotDeploymentNoResponse", "RobotAgentConnectionTimeout", "RobotDeploymentAborted")
RETRIABLE = sorted(OWN_CODES.union(TIMER_CODES))
SIZES = ["0 B", "1000 B", "100000 B", "200000 B", "1000000 B"]
FILES = {"packageName": "p", "launchFile": "l"}


@cache
def chances(*, of_job: bool = False) -> st.SearchStrategy[Any]:
    """Probabilities of a failure in every spelling."""
    p = st.sampled_from([0, 0.05, 0.1, 0.2, 0.4, 1])
    per = st.just("job") if of_job else st.sampled_from(["job", "class", "cohort", "robot"])
    drawn = st.one_of(
        st.fixed_dictionaries({"beta": st.fixed_dictionaries({"mean": st.sampled_from([0.1, 0.5]), "concentration": st.just(4)})}),
        st.just({"uniform": {"low": 0, "high": 0.6}}),
    )
    at = st.dictionaries(st.sampled_from(["10 s", "12.5 s", "31 s", "60 s", "150 s"]), p, max_size=3)
    changing = st.tuples(p, at).map(lambda t: {"at": {"0 s": t[0], **t[1]}})
    return st.one_of(
        st.tuples(changing, per).map(lambda t: {**t[0], "per": t[1]}),
        p,
        st.fixed_dictionaries({"probability": p, "per": per}),
        st.tuples(drawn, per).map(lambda t: {**t[0], "per": t[1]}),
        st.fixed_dictionaries({"probability": drawn, "per": per}),
    )


@st.composite
def steps(draw: st.DrawFn, clock: Clock, phases: tuple[str, ...] = ROBOT_PHASES, *, base: bool = False, ties: bool = False) -> Raw:
    """Overrides of some phases; as `base`, no time is left to a default."""
    most = draw(st.sampled_from([3, 30, 30]))
    out: Raw = {}
    for phase in phases:
        if not (base and phase == "condition") and not draw(st.booleans()):
            continue
        step: Raw = {"duration": draw(durations(most, ties=ties))}
        failing = [code for code in PHASE_CODES[phase] if draw(st.integers(0, 5 if len(PHASE_CODES[phase]) < 3 else 40)) == 1]
        if failing:
            step["failures"] = {code: draw(chances(of_job=phase == "preparing")) for code in failing}
        if phase == "reaching" and draw(st.integers(0, 2)) == 1:
            step["agent_timeout"] = draw(whole(most // 2, 40))
        if phase == "condition":
            step["recheck"] = draw(whole(5, 40))
            busy_idle = st.fixed_dictionaries({"busy": spells(ties=ties), "idle": spells(ties=ties)})
            calendar = schedules(clock, ties=ties).map(lambda schedule: {"schedule": schedule})
            step["ready"] = draw(st.one_of(st.sampled_from([0, 0.3, 0.7, 1]), busy_idle, calendar))
        out[phase] = step
    return out


@st.composite
def after_success(draw: st.DrawFn, *, ties: bool, base: bool = False) -> Raw:
    """Failures after success; as `base`, nothing is left open."""
    out: Raw = {"probability": draw(chances()), "delay": draw(durations(60, ties=ties))}
    if not base and draw(st.booleans()):
        del out[draw(st.sampled_from(["probability", "delay"]))]
    return out


@st.composite
def cohorts(draw: st.DrawFn, number: int, clock: Clock, *, ties: bool) -> Raw:
    cohort: Raw = {"cohort": f"c{number}", "robots": draw(st.integers(1, 6))}
    cohort |= draw(st.sampled_from([{}, {"class": "x"}, {"class": "y"}]))
    cohort["architecture"] = draw(st.sampled_from(["X86_64"] * 12 + ["ARM64"] * 4 + ["ARMHF", "none"]))
    cohort["priority"] = draw(st.integers(-1, 1))
    cohort["connectivity"] = draw(connectivities(clock, cohort["robots"], ties=ties))
    if draw(st.integers(0, 2)) > 0:
        cohort["link"] = draw(links(clock, cohort["robots"], ties=ties))
    if draw(st.integers(0, 3)) == 1:
        cohort["bundle"] = draw(st.sampled_from(SIZES))
    if draw(st.booleans()):
        cohort["site"] = draw(st.sampled_from(SITES))
    if draw(st.integers(0, 2)) == 1:
        cohort["steps"] = draw(steps(clock, ties=ties))
    return cohort


@st.composite
def deployments(draw: st.DrawFn) -> Raw:
    config: Raw = {"robotDeploymentTimeoutInSeconds": draw(st.sampled_from([60, 100, 150, 300, 600, 2000]))}
    if draw(st.booleans()):
        config["concurrentDeploymentPercentage"] = draw(st.integers(1, 100))
    if draw(st.integers(0, 2)) == 1:
        config["failureThresholdPercentage"] = draw(st.sampled_from([80, 50, 30, 100, 75, 25, 10, 1]))
    if draw(st.booleans()):
        config["downloadConditionFile"] = {"bucket": "fleet", "key": "ready.sh"} | draw(st.sampled_from([{}, {"etag": "1"}]))
    launch = FILES | {name: "f.sh" for name in ("preLaunchFile", "postLaunchFile") if draw(st.booleans())}
    request: Raw = {"deploymentConfig": config}
    if draw(st.booleans()):
        request["deploymentApplicationConfigs"] = [{"application": "arn:app", "applicationVersion": "1", "launchConfig": launch}]
    return request


@st.composite
def stop_rows(draw: st.DrawFn, *, batch: bool) -> list[Raw]:
    """Rows that stop the job."""
    rows: list[Raw] = []
    for _ in range(draw(st.integers(1, 3))):
        row: Raw = {"of": draw(st.sampled_from(["fleet", "completed", "stage", *["batch"] * batch]))}
        if draw(st.booleans()):
            row["kinds"] = draw(st.lists(st.sampled_from(FAILURE_KINDS), unique=True, min_size=1))
        amounts = ["10 %", "12.5 %", "33.33 %", "50 %", "2 robots", "4 robots"]
        row[draw(st.sampled_from(["at_least", "exceeds"]))] = draw(st.sampled_from(amounts))
        if row["of"] == "completed" or draw(st.booleans()):
            row["minimum"] = draw(st.integers(1, 5))
        row["then"] = draw(st.sampled_from(["stop", "abort"]))
        rows.append(row)
    return rows


@st.composite
def limit_rows(draw: st.DrawFn, cohorts: list[str]) -> list[Raw]:
    """Return rows of limits."""
    rows: list[Raw] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["count", "count", "rate", "slow start"]))
        if kind == "slow start":
            row: Raw = {"max": draw(st.sampled_from(["1 robots", "3 robots", "40 %"])), "plus": draw(st.integers(1, 3))}
            row["for_each"] = draw(st.sampled_from(["reached", "succeeded"]))
        elif kind == "count":
            row = {"max": draw(st.sampled_from(["1 robots", "2 robots", "4 robots", "30 %", "50 %"]))}
            row["counts"] = draw(st.lists(st.sampled_from(["in_flight", "failed", "offline"]), min_size=1, unique=True))
            row |= draw(st.sampled_from([{}, {}, {"per": "stage"}, {"per": "site"}, {"per": "cohort"}]))
            row |= {"of": draw(st.lists(st.sampled_from(cohorts), min_size=1, unique=True))} if draw(st.booleans()) else {}
        else:
            row = {"max": f"{draw(st.integers(1, 4))} robots", "every": draw(st.sampled_from(["1 s", "10 s", "12.5 s", "60 s"]))}
            row["spread"] = draw(st.sampled_from(["burst", "even"]))
            if draw(st.booleans()):
                by = draw(st.sampled_from(["granted", "succeeded", "either"]))
                row["grow"] = {"factor": draw(st.sampled_from([1.1, 2])), "each": draw(st.integers(1, 4)), "by": by, "to": "9 robots"}
        rows.append(row)
    return rows


@st.composite
def retry_rows(draw: st.DrawFn, *, ties: bool) -> Any:
    """Return when robots try again: a row, or a list of rows."""
    rows: list[Raw] = []
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        row: Raw = {"max": draw(st.integers(1, 5)), "slot": draw(st.sampled_from(["hold", "queue"]))}
        if draw(st.booleans()):
            row["codes"] = draw(st.lists(st.sampled_from(RETRIABLE), unique=True, min_size=3))
        else:
            kinds = VERDICT_KINDS if row["slot"] == "queue" else VERDICT_KINDS[:2]
            row["kinds"] = draw(st.lists(st.sampled_from(kinds), unique=True, min_size=1))
        pauses = [draw(durations(30, ties=ties)) for _ in range(draw(st.sampled_from([1, 1, 3])))]
        row["backoff"] = pauses if len(pauses) > 1 else pauses[0]
        if draw(st.integers(0, 3)) == 1:
            row["burst"] = {"tries": draw(st.integers(2, 3)), "pause": draw(durations(60, ties=ties))}
        rows.append(row)
    return rows if len(rows) > 1 else rows[0]


@st.composite
def rules(draw: st.DrawFn, sizes: dict[str, int], clock: Clock, *, ties: bool) -> Raw:
    """Return all rules but `start`, for cohorts of such sizes."""

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
    out["counts"] = draw(st.lists(st.sampled_from(FAILURE_KINDS), unique=True, min_size=1))
    out["on_breach"] = one_of("finish", "abort")
    out["offline"] = one_of("hold", "hold", "skip", "wait")
    out["timer"] = one_of("grant", "reached")
    out["condition"] = one_of("fail", "defer")
    out["order"] = one_of("listed", "shuffled", "priority", "interleaved")
    out["old_stops"] = one_of("receipt", "launch")
    out["late_convergence"] = one_of(True, True, False)
    out["observe"] = one_of("2000 s", "2200 s", "1000 s", "400 s", "150 s", "10 s")
    out["fleet_timeout"] = one_of(*["2000 s", "2500 s"] * 4, "500 s", "60 s")
    out["cancel_at"] = one_of(*["never"] * 12, "0 s", "60 s", "75 s", "130.5 s", "400 s")
    if one_of(False, False, True):
        out["concurrency"] = f"{draw(st.integers(1, 5))} robots"
    if one_of(False, False, False, True):
        out["failure_limit"] = f"{draw(st.integers(1, 5))} robots"
    if one_of(False, False, True):
        out["timeout_codes"] = {name: one_of(*TIMER_CODES, "InternalServerError") for name in ("not_reached", "offline", "working")}
    if one_of(False, True):
        out["retries"] = draw(retry_rows(ties=ties))
        if one_of(False, False, True):
            out["max_retries"] = draw(st.integers(1, 3))
    if one_of(False, False, True):
        out["robot_timeout"] = one_of("none", "20 s", "45.5 s", "200 s")
    if out["timer"] == "reached" and one_of(False, True):
        out["reach_timeout"] = one_of("none", "5 s", "30 s", "200 s")
    if one_of(False, True):
        out["rollback"] = {"duration": draw(durations(40, ties=ties))}
    if one_of(False, True):
        out["stages"] = draw(stages(sizes, out["rounding"]))
    if not batch and one_of(False, False, True):
        out.pop("concurrency", None)
        out["limits"] = draw(limit_rows(list(sizes)))
    if one_of(*[False] * 4, True):
        found = draw(schedules(clock))
        out["admit"] = {"windows": found["online"], "timezone": found["timezone"]}
    if one_of(False, False, True):
        for name in ("failure_limit", "comparator", "denominator", "minimum_completed"):
            out.pop(name, None)
        if not any("max_failures" in stage or "max_failure_share" in stage for stage in out.get("stages", ())):
            del out["counts"], out["on_breach"]
        out["stop"] = draw(stop_rows(batch=batch))
    return out


def consistent(raw: Raw) -> Raw:
    """Remove what the scenario's validation refuses: retries of what only a robot timer or a missing setting could cause."""
    if "limits" in raw["rules"]:
        raw["deployment"]["deploymentConfig"].pop("concurrentDeploymentPercentage", None)
    if "stop" in raw["rules"]:
        raw["deployment"]["deploymentConfig"].pop("failureThresholdPercentage", None)
    rows = raw["rules"].pop("retries", [])
    rows = rows if isinstance(rows, list) else [rows]
    said = {"not_reached": TIMER_CODES[0], "offline": TIMER_CODES[1], "working": TIMER_CODES[2], **raw["rules"].get("timeout_codes", {})}
    layers = [raw["application"]["steps"], raw["application"]["release"].get("bad", {}).get("steps", {})]
    layers += [cohort.get("steps", {}) for cohort in raw["fleet"]]
    by_agent = {"RobotAgentConnectionTimeout"} if any("agent_timeout" in layer.get("reaching", {}) for layer in layers) else set()
    for row in rows:
        by_timer = {*said.values(), "RobotAgentConnectionTimeout"} if row["slot"] == "queue" else set()
        if "codes" in row:
            row["codes"] = [code for code in row["codes"] if code in OWN_CODES | by_agent | by_timer]
    rows = [row for row in rows if row.get("codes") or row.get("kinds")]
    if rows:
        raw["rules"]["retries"] = rows if len(rows) > 1 else rows[0]
    else:
        raw["rules"].pop("max_retries", None)
    return raw


@st.composite
def raw_scenarios(draw: st.DrawFn, *, shared: bool = False, ties: bool | None = None) -> Raw:
    """Return scenarios over the whole schema: ties and zero durations, all rules, all failure codes, every kind of cohort.

    With `shared` links and no ties: what is due at one instant over a shared link is not in every arithmetic.
    """
    if ties is None:
        ties = not shared and draw(st.booleans())
    clock = draw(clocks())
    release: Raw = {}
    if draw(st.booleans()):
        bad: Raw = {"probability": draw(st.sampled_from([0.2, 0.6, 1])), "steps": draw(steps(clock, PHASES, ties=ties))}
        if draw(st.integers(0, 2)) == 1:
            bad["connectivity"] = draw(connectivities(clock, ties=ties))
        if draw(st.integers(0, 2)) == 1:
            bad["link"] = draw(links(clock, ties=ties))
        release = {"bad": bad}
    sizes = st.sampled_from(SIZES)
    base = {"preparing": {"duration": draw(durations(20, ties=ties))}, **draw(steps(clock, base=True, ties=ties))}
    if draw(st.integers(0, 9)) == 1:
        base["preparing"]["failures"] = dict.fromkeys(PHASE_CODES["preparing"], 0.1)
    fleet = [draw(cohorts(number, clock, ties=ties)) for number in range(draw(st.integers(1, 3)))]
    later: Raw = {}
    if draw(st.integers(0, 2)) == 1:
        later = {"after_success": draw(after_success(ties=ties, base=True))}
        for part in (*fleet, *release.values()):
            if draw(st.integers(0, 3)) == 1:
                part["after_success"] = draw(after_success(ties=ties))
    sizes_of_cohorts = {cohort["cohort"]: cohort["robots"] for cohort in fleet}
    return consistent(
        {
            "fleet": fleet,
            "network": draw(networks(clock, ties=ties, shared=shared)),
            "application": {
                "bundle": draw(st.one_of(sizes, st.fixed_dictionaries({"X86_64": sizes, "ARM64": sizes}))),
                "download": {"interrupted": draw(st.sampled_from(["resume", "restart"]))},
                "release": release,
                "steps": base,
                **later,
            },
            "deployment": draw(deployments()),
            "rules": draw(rules(sizes_of_cohorts, clock, ties=ties)) | {"start": clock.start},
        }
    )
