"""Edgehog: a campaign that upgrades firmware. It takes devices that are online, some at once, and stops when too many failed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.keys import Key, Native, group, ignored, mapped, number, whole
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, count, row, rule

__all__ = ["EDGEHOG"]

_BATCH = "edgehog-device-manager/edgehog@2ff976f: backend/lib/edgehog/campaigns/executors/lazy/lazy_batch.ex"
_SHAPE = "edgehog-device-manager/edgehog@8836a70: backend/lib/edgehog/campaigns/campaign_mechanism/firmware_upgrade/firmware_upgrade.ex"
#: Today's names, and those of update campaigns before.
_FORMS = {
    ("campaignMechanism", "firmwareUpgrade"): ("maxInProgressOperations", "requestRetries", "requestTimeoutSeconds"),
    ("rolloutMechanism", "push"): ("maxInProgressUpdates", "otaRequestRetries", "otaRequestTimeoutSeconds"),
}


def _form(outer: str, inner: str) -> Key:
    most, retries, timeout = _FORMS[outer, inner]
    return group(
        outer,
        group(
            inner,
            mapped("maxFailurePercentage", number(0, 100, 2), "rules.stop: exceeds, of fleet", required=True),
            mapped(most, whole(1, 100_000_000), "rules.limits", required=True),
            mapped(retries, whole(0, 10_000), "rules.reach_timeout: (retries + 1) times the timeout", "3"),
            mapped(timeout, whole(30, 10_000_000), "rules.reach_timeout: (retries + 1) times the timeout", "300"),
            *ignored("it is about what is installed", "forceDowngrade", "baseImageId"),
            required=True,
        ),
    )


def _exceeded(percentage: float, robots: int) -> str:
    """Return the failures that must be exceeded, where failed / targets · 100 is computed in floating point as Edgehog does.

    Examples
    --------
    7 / 100 · 100 is a little more than 7.

    >>> _exceeded(8, 100), _exceeded(7, 100)
    ('8 %', '6 robots')
    """
    most = floor(Fraction(str(percentage)) * robots / 100)
    return count(most - 1) if robots and most / robots * 100 > percentage else f"{percentage:g} %"


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    at, names = next(((form, names) for form, names in _FORMS.items() if form[0] in native), next(iter(_FORMS.items())))
    mechanism: Native = native.get(at[0], {}).get(at[1], {})
    most, retries, timeout = names
    wait = (mechanism.get(retries, 3) + 1) * mechanism.get(timeout, 300)
    exceeded = _exceeded(mechanism.get("maxFailurePercentage", 100), fleet.robots)
    return [
        row("limits", {"max": count(mechanism.get(most, 1))}, (*at, most), f"{_BATCH}: a slot per target in progress"),
        row("stop", {"exceeds": exceeded}, (*at, "maxFailurePercentage"), f"{_BATCH}: failed / targets · 100 > the percentage"),
        rule("offline", "wait", (), f"{_BATCH}: targets that are not online are left for later"),
        rule("timer", "reached", (), f"{_BATCH}: a request that is acknowledged has no timeout any more"),
        rule("reach_timeout", f"{wait} s", (*at, timeout), f"{_SHAPE}: a request is sent again if it is not acknowledged in time"),
        rule("robot_timeout", "none", (), f"{_BATCH}: there is no timeout for the operation itself"),
        assumed(rule("old_stops", "launch", (), "the new image is written beside the running one")),
        assumed(rule("rollback", {"duration": "0 s"}, (), "a device that fails boots its old image")),
        assumed(rule("late_convergence", False, (), "an operation that timed out is not carried out later")),
    ]


def _problems(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    forms = [outer for outer, _ in _FORMS if outer in native]
    if len(forms) > 1:
        yield (forms[1],), ProblemError("conflicting-keys", f"{forms[0]} is here already", "keep one of the two", key=True)
    if not forms:
        yield (), ProblemError("incomplete", "there is no mechanism", "add campaignMechanism: {firmwareUpgrade: {…}}")


EDGEHOG = System(
    name="edgehog",
    title="Edgehog",
    pasted="the input of the mutation createCampaign",
    keys=(
        _form("campaignMechanism", "firmwareUpgrade"),
        _form("rolloutMechanism", "push"),
        *ignored("it names the campaign or its targets", "name", "channelId", "baseImageId"),
    ),
    rules=_rules,
    sources=(_BATCH, _SHAPE),
    assumptions=(
        "Devices that come online start at once; Edgehog looks for them every 15 s.",
        "A request that is sent again finds the robot as the first one would: the robot is reached within (retries + 1) times the timeout, "
        "or never.",
        "Devices have two images: the old one runs until the launch, and again after a failure.",
        "A campaign waits for offline devices up to `rules.fleet_timeout` (30 days).",
    ),
    jobs={
        "succeeded": "SUCCESS",
        "incomplete": "SUCCESS",
        "stopped": "FAILURE",
        "canceled": "PAUSED",
        "timed_out": "IN_PROGRESS",
        "failed": "FAILURE",
    },
    robots={
        "succeeded": "SUCCESSFUL",
        "failed": "FAILED",
        "rejected": "FAILED",
        "timeout": "FAILED",
        "no_response": "FAILED",
        "stopped": "IN_PROGRESS",
        "canceled": "IN_PROGRESS",
        "working": "IN_PROGRESS",
        "waiting": "IDLE",
    },
    problems=_problems,
)
