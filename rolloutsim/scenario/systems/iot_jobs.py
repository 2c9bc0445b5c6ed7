"""AWS IoT Jobs: the request ``CreateJob``. Robots are started by a rate; what is judged are completed executions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.keys import Key, Native, choice, group, ignored, mapped, number, whole
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, count, row, rule

__all__ = ["ABORT", "IOT_JOBS", "ROBOT_WORDS", "ROLLOUT", "TIMEOUT", "job_rules", "rate_problems"]

GUIDE = "AWS IoT developer guide (awsdocs/aws-iot-docs@0a6e6df1)"
_CONFIGURATION = f"{GUIDE}, job-configurations-api.md"
_RATES = f"{GUIDE}, jobs-configurations-details.md"
_LIFE = f"{GUIDE}, iot-jobs-lifecycle.md"

MOST_PER_MINUTE = 1000
MOST_RETRIES = 10
#: The kinds of failures that stand for a type of failures of the system; None = all.
KINDS = {"FAILED": ["failed"], "REJECTED": ["rejected"], "TIMED_OUT": ["timeout"], "ALL": None}
_RETRIED = {"FAILED": ["failed"], "TIMED_OUT": ["timeout"], "ALL": ["failed", "timeout"]}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

ROLLOUT = group(
    "jobExecutionsRolloutConfig",
    mapped("maximumPerMinute", whole(1, MOST_PER_MINUTE), "rules.limits: the rate, or the most that it grows to", "1000"),
    group(
        "exponentialRate",
        mapped("baseRatePerMinute", whole(1, MOST_PER_MINUTE), "rules.limits: the rate at first", required=True),
        mapped("incrementFactor", number(1.1, 5, 1), "rules.limits: grow.factor", required=True),
        group(
            "rateIncreaseCriteria",
            mapped("numberOfNotifiedThings", whole(1, 100_000_000), "rules.limits: grow.each, by granted"),
            mapped("numberOfSucceededThings", whole(1, 100_000_000), "rules.limits: grow.each, by succeeded"),
            required=True,
        ),
    ),
)
ABORT = group(
    "abortConfig",
    group(
        "criteriaList",
        mapped("failureType", choice(*KINDS), "rules.stop: kinds", required=True),
        mapped("action", choice("CANCEL"), "rules.stop: robots in flight finish", required=True),
        mapped("thresholdPercentage", number(0.01, 100, 2), "rules.stop: at_least, of completed", required=True),
        mapped("minNumberOfExecutedThings", whole(1, 100_000_000), "rules.stop: minimum", required=True),
        entries=(1, 12),
        required=True,
    ),
)
TIMEOUT = group(
    "timeoutConfig",
    mapped("inProgressTimeoutInMinutes", whole(1, 10080), "rules.robot_timeout, from the instant at which the robot is reached", "none"),
)


def rate_problems(native: Native) -> Iterator[tuple[Location, ProblemError]]:
    """Yield what is wrong with the rate of a configuration."""
    rollout = native.get("jobExecutionsRolloutConfig", {})
    exponential = rollout.get("exponentialRate", {})
    at: Location = ("jobExecutionsRolloutConfig", "exponentialRate")
    criteria = exponential.get("rateIncreaseCriteria")
    if criteria is not None and len(criteria) != 1:
        why = "the rate grows with one of numberOfNotifiedThings and numberOfSucceededThings"
        yield (*at, "rateIncreaseCriteria"), ProblemError("conflicting-keys" if criteria else "incomplete", why, "write one of them")
    base, most = exponential.get("baseRatePerMinute", 0), rollout.get("maximumPerMinute", MOST_PER_MINUTE)
    if base > most:
        why = f"the rate begins above maximumPerMinute, which is {most}"
        yield (*at, "baseRatePerMinute"), ProblemError("does-not-fit", why, f"write {most} or less")


def _rate(native: Native) -> Derived:
    """Return the row that paces starts."""
    rollout = native.get("jobExecutionsRolloutConfig", {})
    most = rollout.get("maximumPerMinute", MOST_PER_MINUTE)
    exponential: Mapping[str, Any] = rollout.get("exponentialRate", {})
    because = f"{_RATES}; an even pace within the minute is an assumption"
    limit: dict[str, Any] = {"max": count(most), "every": "1 min", "spread": "even"}
    criteria = exponential.get("rateIncreaseCriteria", {})
    if not exponential.keys() >= {"baseRatePerMinute", "incrementFactor"} or len(criteria) != 1:
        return row("limits", limit, ("jobExecutionsRolloutConfig", "maximumPerMinute"), because)
    (name, each), *_ = criteria.items()
    by = "granted" if name == "numberOfNotifiedThings" else "succeeded"
    limit["max"] = count(exponential["baseRatePerMinute"])
    limit["grow"] = {"factor": exponential["incrementFactor"], "each": each, "by": by, "to": count(most)}
    return row("limits", limit, ("jobExecutionsRolloutConfig", "exponentialRate"), because)


def _aborts(native: Native) -> Iterator[Derived]:
    """Yield the rows that stop a job, in the order in which the system checks them."""
    because = f'{_CONFIGURATION}: "at least" of the completed executions; executions in progress go on'
    for number_, criterion in enumerate(native.get("abortConfig", {}).get("criteriaList") or ()):
        if not criterion.keys() >= {"failureType", "thresholdPercentage", "minNumberOfExecutedThings"}:
            continue
        kinds = KINDS[criterion["failureType"]]
        stop = {
            **({} if kinds is None else {"kinds": kinds}),
            "at_least": f"{criterion['thresholdPercentage']:g} %",
            "of": "completed",
            "minimum": criterion["minNumberOfExecutedThings"],
        }
        yield row("stop", stop, ("abortConfig", "criteriaList", number_), because)


def job_rules(native: Native) -> Iterator[Derived]:
    """Yield the rules of rate, abort and timeout, which other requests share."""
    yield _rate(native)
    yield from _aborts(native)
    minutes = native.get("timeoutConfig", {}).get("inProgressTimeoutInMinutes")
    timeout = "none" if minutes is None else f"{minutes} min"
    yield rule("robot_timeout", timeout, ("timeoutConfig",), f"{_CONFIGURATION}: the timer runs while an execution is IN_PROGRESS")
    yield rule("timer", "reached", (), f"{_LIFE}: an execution is QUEUED until its device takes it")
    yield rule("reach_timeout", "none", (), f"{_LIFE}: a QUEUED execution never times out")
    yield rule("late_convergence", False, (), f"{_LIFE}: TIMED_OUT is terminal")


def _retries(native: Native) -> Iterator[Derived]:
    at: Location = ("jobExecutionsRetryConfig", "criteriaList")
    rows = 0
    for number_, criterion in enumerate(native.get("jobExecutionsRetryConfig", {}).get("criteriaList") or ()):
        if criterion.keys() >= {"failureType", "numberOfRetries"} and criterion["numberOfRetries"]:
            rows += 1
            again = {"kinds": _RETRIED[criterion["failureType"]], "max": criterion["numberOfRetries"], "slot": "queue"}
            because = f"{_CONFIGURATION}; that a retry waits in line and counts for the rate is an assumption"
            yield row("retries", again, (*at, number_), because)
    if rows:
        yield rule("max_retries", MOST_RETRIES, at, f'{_CONFIGURATION}: "up to 10 retries for both failure types combined"')


def _instant(raw: Any) -> datetime:
    """Return a date and time of the system, which is in UTC."""
    try:
        return datetime.strptime(raw, "%Y-%m-%d %H:%M")
    except (TypeError, ValueError):
        raise ProblemError("malformed", "the system takes yyyy-mm-dd hh:mm, in UTC", 'write e.g. "2026-01-05 21:00"') from None


def _window_start(raw: Any) -> tuple[int, tuple[str, ...]]:
    """Return a time of day in minutes, and days of the week.

    >>> _window_start("cron(30 18 ? * MON-FRI *)")
    (1110, ('Mon-Fri',))
    """
    match = re.fullmatch(r"cron\((\d\d?) (\d\d?) ([?*]) \* (\S+) \*\)", raw) if isinstance(raw, str) else None
    if match is None or int(match[1]) > 59 or int(match[2]) > 23:
        why = "windows that open at a time of day, on days of the week, are simulated"
        raise ProblemError("not-modelled", why, 'write e.g. "cron(0 22 ? * MON-FRI *)"')
    days = "SUN-SAT" if match[4] in "?*" else match[4]
    return 60 * int(match[2]) + int(match[1]), tuple("-".join(_day(name) for name in part.split("-")) for part in days.split(","))


def _day(name: str) -> str:
    numbered = dict(zip("1234567", _DAYS, strict=True))
    word = numbered.get(name, name.upper())
    if word not in _DAYS:
        raise ProblemError("unknown-name", f"{name or 'nothing'} is not a day of the week", f"days are {', '.join(_DAYS)}, or 1 to 7")
    return word.capitalize()


def _schedule(native: Native) -> Iterator[Derived]:
    scheduling = native.get("schedulingConfig", {})
    at: Location = ("schedulingConfig",)
    if "startTime" in scheduling and scheduling.get("endBehavior") == "FORCE_CANCEL" and "endTime" in scheduling:
        lasts = (scheduling["endTime"] - scheduling["startTime"]).total_seconds()
        because = f"{_CONFIGURATION}: FORCE_CANCEL ends executions in progress; it is counted from startTime"
        yield rule("cancel_at", f"{lasts / 60:g} min", (*at, "endTime"), because)
    windows = [window for window in scheduling.get("maintenanceWindows") or () if len(window) == 2]
    if windows:
        written = [text for window in windows for text in _windows(window)]
        because = f"{_CONFIGURATION}: no job document is sent outside; that executions in progress go on is an assumption"
        yield rule("admit", {"windows": written, "timezone": "UTC"}, (*at, "maintenanceWindows"), because)


def _windows(window: Native) -> list[str]:
    (opens, days), minutes = window["startTime"], window["durationInMinutes"]
    closes = (opens + minutes) % 1440
    clock = f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
    return [f"{clock} {','.join(days)}"]


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    found = [*job_rules(native), *_retries(native), *_schedule(native)]
    return [*found, assumed(rule("rollback", "none", (), "what a device does after a failed update is its own affair"))]


def _problems(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    yield from rate_problems(native)
    scheduling, at = native.get("schedulingConfig", {}), ("schedulingConfig",)
    if "endTime" not in scheduling:
        return
    if "endBehavior" in scheduling and scheduling["endBehavior"] != "FORCE_CANCEL":
        why = f"{scheduling['endBehavior']} lets robots in flight finish after endTime, which is not simulated"
        yield (*at, "endBehavior"), ProblemError("not-modelled", why, "write FORCE_CANCEL, or remove endTime")
    elif "endBehavior" not in scheduling:
        yield (*at, "endBehavior"), ProblemError("incomplete", "what happens at endTime?", "add endBehavior: FORCE_CANCEL")
    if "startTime" not in scheduling:
        why = "the time until endTime counts from startTime, and there is none"
        yield (*at, "endTime"), ProblemError("incomplete", why, 'add startTime: "2026-01-05 21:00"')
        return
    minutes = (scheduling["endTime"] - scheduling["startTime"]).total_seconds() / 60
    if not 30 <= minutes <= 2 * 366 * 1440:
        yield (*at, "endTime"), ProblemError("out-of-range", "the system takes a duration of 30 minutes to 2 years", "write a later time")


def _target_selection() -> Key:
    return ignored("robots that join a CONTINUOUS job later are not simulated: every robot is there from the start", "targetSelection")[0]


#: The words for a robot that IoT Jobs and Greengrass share.
ROBOT_WORDS = {
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "rejected": "REJECTED",
    "timeout": "TIMED_OUT",
    "no_response": "TIMED_OUT",
    "stopped": "CANCELED",
    "canceled": "CANCELED",
    "working": "IN_PROGRESS",
    "waiting": "QUEUED",
}

IOT_JOBS = System(
    name="iot-jobs",
    title="AWS IoT Jobs",
    pasted="the request CreateJob",
    keys=(
        ROLLOUT,
        ABORT,
        TIMEOUT,
        group(
            "jobExecutionsRetryConfig",
            group(
                "criteriaList",
                mapped("failureType", choice(*_RETRIED), "rules.retries: kinds", required=True),
                mapped("numberOfRetries", whole(0, MOST_RETRIES), "rules.retries: max; over all rows rules.max_retries: 10", required=True),
                entries=(1, 2),
                required=True,
            ),
        ),
        group(
            "schedulingConfig",
            Key("startTime", "ignored", "the simulation begins when the rollout does (rules.start defines when)", _instant),
            mapped("endTime", _instant, "rules.cancel_at, with endBehavior FORCE_CANCEL"),
            mapped("endBehavior", choice("FORCE_CANCEL", "CANCEL", "STOP_ROLLOUT"), "FORCE_CANCEL only: the others are refused"),
            group(
                "maintenanceWindows",
                mapped("startTime", _window_start, "rules.admit: a time of day on days of the week, in UTC", required=True),
                mapped("durationInMinutes", whole(1, 1430), "rules.admit", required=True),
                entries=(1, 12),
            ),
        ),
        _target_selection(),
        *ignored(
            "it names the job, its targets or what it does",
            "jobId",
            "targets",
            "document",
            "documentSource",
            "documentParameters",
            "description",
            "presignedUrlConfig",
            "namespaceId",
            "jobTemplateArn",
            "destinationPackageVersions",
            "tags",
        ),
    ),
    rules=_rules,
    sources=(_CONFIGURATION, _RATES, _LIFE, "shapes and ranges: botocore 1.34.0, service iot"),
    assumptions=(
        "Notifications are evenly spread within a minute.",
        "A QUEUED execution of a robot that was notified is not canceled when the job is: the robot finishes when it is next online.",
        "Attempts that will be retried are not completed executions.",
        "A retry waits in line, and its notification counts for the rate.",
        "A robot that works when a maintenance window closes goes on.",
        "A job that has not ended after `rules.fleet_timeout` (30 days) is observed no longer.",
        'The API reference counts "things which must receive job execution notifications" before a criterion holds; the completed '
        "executions of the guide are taken, whose formula is complete.",
    ),
    jobs={
        "succeeded": "COMPLETED",
        "incomplete": "COMPLETED",
        "stopped": "CANCELED",
        "canceled": "CANCELED",
        "timed_out": "IN_PROGRESS",
        "failed": "CANCELED",
    },
    robots=ROBOT_WORDS,
    problems=_problems,
)
