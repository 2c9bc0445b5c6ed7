"""AWS Systems Manager Run Command: the request ``SendCommand``. Commands start slowly, and errors are counted one by one."""

from __future__ import annotations

import re
from typing import Any

from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.keys import Native, group, ignored, mapped, refused, whole
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, count, row, rule

__all__ = ["SSM"]

GUIDE = "AWS Systems Manager user guide (awsdocs/aws-systems-manager-user-guide@dd495cc)"
_RATE = f"{GUIDE}, send-commands-multiple.md"
_STATUS = f"{GUIDE}, monitor-commands.md"


def _amount(least: int) -> Any:
    """Return what reads ``10`` or ``10%``, as a scenario file has it."""

    def parse(raw: Any) -> str:
        match = re.fullmatch(r"(\d{1,9})(%?)", raw) if isinstance(raw, str) else None
        if isinstance(raw, int) and not isinstance(raw, bool):
            raise ProblemError("wrong-type", "the system takes a text", f'put it into quotes: "{raw}"')
        if match is None:
            raise ProblemError("wrong-type", "a number or a percentage is needed", 'write e.g. "10" or "10%"')
        value = int(match[1])
        if not least <= value <= (100 if match[2] else value):
            raise ProblemError("out-of-range", f"the system takes {least} or more, and at most 100%", f'write "{least}" or more')
        return f"{value} %" if match[2] else count(value)

    return parse


def _seconds(raw: Any) -> int:
    """Return the value of a parameter, which is a list of one text.

    >>> _seconds(["600"])
    600
    """
    text = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
    if not isinstance(text, str) or not re.fullmatch(r"\d{1,6}", text) or not 1 <= int(text) <= 172_800:
        raise ProblemError("wrong-type", "a list of one text with 1 to 172800 (48 hours) is needed", 'write ["3600"]')
    return int(text)


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    most, errors = native.get("MaxConcurrency", count(50)), native.get("MaxErrors", count(0))
    execution = native.get("Parameters", {}).get("executionTimeout", 3600)
    slowly = {"max": "1 robots", "plus": 2, "for_each": "reached"}
    return [
        assumed(row("limits", {"max": most}, ("MaxConcurrency",), "not documented is how a percentage is rounded: down, at least 1")),
        row("limits", slowly, (), f"{_RATE}: one node, and two more for each that has acknowledged"),
        row(
            "stop",
            {"kinds": ["failed", "timeout"], "exceeds": errors},
            ("MaxErrors",),
            f"{_RATE}: the error after the last that is allowed",
        ),
        rule("timer", "reached", (), f"{_STATUS}: delivery and execution have a timeout each"),
        rule("reach_timeout", f"{native.get('TimeoutSeconds', 3600)} s", ("TimeoutSeconds",), f"{_STATUS}: Delivery Timed Out"),
        rule("robot_timeout", f"{execution} s", ("Parameters", "executionTimeout"), f"{_STATUS}: Execution Timed Out"),
        rule("late_convergence", False, (), f"{_STATUS}: a command that was not delivered in time does not run"),
    ]


SSM = System(
    name="ssm",
    title="AWS Systems Manager Run Command",
    pasted="the request SendCommand",
    keys=(
        mapped("MaxConcurrency", _amount(1), "rules.limits", "50"),
        mapped("MaxErrors", _amount(0), "rules.stop: exceeds", "0"),
        mapped("TimeoutSeconds", whole(30, 2_592_000), "rules.reach_timeout", "3600"),
        group("Parameters", mapped("executionTimeout", _seconds, "rules.robot_timeout", "3600"), *ignored("what is run", "commands")),
        *refused("an alarm that stops the command", "AlarmConfiguration"),
        *ignored("it names nodes and documents", "InstanceIds", "Targets", "DocumentName", "DocumentVersion", "DocumentHash"),
        *ignored("it is about output and notifications", "OutputS3BucketName", "OutputS3KeyPrefix", "OutputS3Region", "NotificationConfig"),
        *ignored("it is about output and notifications", "CloudWatchOutputConfig", "ServiceRoleArn", "Comment", "DocumentHashType"),
    ),
    rules=_rules,
    sources=(_RATE, _STATUS, "shapes and ranges: botocore 1.34.0, service ssm"),
    assumptions=(
        "A percentage of nodes is rounded down, and is at least 1.",
        "A node that is offline holds its place until its delivery times out.",
        "While no more nodes acknowledge, no more commands are sent: if none of the first ones does, the command ends as Failed.",
        "Of 50 nodes, MaxErrors 10% stops at the sixth error, as in the API; one page of the guide has the fifth.",
    ),
    jobs={
        "succeeded": "Success",
        "incomplete": "Incomplete",
        "stopped": "Failed",
        "canceled": "Cancelled",
        "timed_out": "InProgress",
        "failed": "Failed",
    },
    robots={
        "succeeded": "Success",
        "failed": "Failed",
        "rejected": "Failed",
        "timeout": "Execution Timed Out",
        "no_response": "Delivery Timed Out",
        "stopped": "Cancelled",
        "canceled": "Cancelled",
        "working": "InProgress",
        "waiting": "Terminated",
    },
)
