"""The rules of the job: what RoboMaker's documentation leaves open, each with a default; and their arithmetic in whole robots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool, ValidationInfo

from rolloutsim.distributions import Constant, Distribution
from rolloutsim.scenario.parts.fields import MOST_ROBOTS, Part, PositiveDuration, RobotLimit, folder_of, shared, whole_number
from rolloutsim.scenario.parts.schedule import first_instant
from rolloutsim.scenario.parts.stages import Stages
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import note_missing_duration, parse_distribution
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, read_mapping
from rolloutsim.scenario.reading.quantities import TIME, parse_quantity
from rolloutsim.scenario.reading.zones import zone_of
from rolloutsim.vocabulary import CODES

__all__ = ["JOB_CODES", "Retries", "Rules", "TimeoutCodes", "concurrency_limit", "failure_limit"]

Rounding = Literal["floor", "ceil", "half_up"]
Comparator = Literal["at_least", "exceeds"]
COUNTS = ("failed", "timeout", "no_response")
DAY = 86400.0

#: Codes that only a job can have.
JOB_CODES = ("FailureThresholdBreached", "RobotApplicationDoesNotExist", "DeploymentFleetDoesNotExist", "FleetDeploymentTimeout")
ROBOT_CODES = tuple(code for code in CODES if code not in JOB_CODES)


def concurrency_limit(n: int, pct: int, rounding: Rounding = "floor") -> int:
    """Return how many of n robots a percentage allows at once: at least 1, in integer arithmetic.

    Examples
    --------
    >>> [concurrency_limit(10, 25, rounding) for rounding in ("floor", "ceil", "half_up")]
    [2, 3, 3]
    >>> concurrency_limit(100, 29), concurrency_limit(10, 1)
    (29, 1)
    """
    extra = {"floor": 0, "ceil": 99, "half_up": 50}[rounding]
    return max(1, (n * pct + extra) // 100)


def failure_limit(n: int, pct: int, comparator: Comparator = "at_least") -> int:
    """Return the number of failures that breaches a threshold of a percentage of n robots.

    Examples
    --------
    >>> failure_limit(100, 30), failure_limit(10, 25), failure_limit(10, 20, "exceeds")
    (30, 3, 3)
    """
    return n * pct // 100 + 1 if comparator == "exceeds" else -(-n * pct // 100)


class TimeoutCodes(Part):
    """The code of a robot whose timer ended, by what it was doing."""

    not_reached: Annotated[str, PlainValidator(lambda raw: _code(raw))] = Field(
        "RobotDeploymentNoResponse", description="The agent's handshake was not complete."
    )
    offline: Annotated[str, PlainValidator(lambda raw: _code(raw))] = Field(
        "RobotAgentConnectionTimeout", description="The robot was reached and is offline, or its outcome is not reported."
    )
    working: Annotated[str, PlainValidator(lambda raw: _code(raw))] = Field(
        "RobotDeploymentAborted", description="The robot is online and working."
    )


class Retries(NamedTuple):
    """Failures after which a robot tries again.

    Attributes
    ----------
    codes
        The failure codes.
    max
        How many times at most, beside the first attempt.
    backoff
        The pause before (s).
    slot
        Whether the robot holds its slot meanwhile or goes to the back of the queue.
    """

    codes: tuple[str, ...]
    max: int
    backoff: Distribution = Constant(0.0)
    slot: Literal["hold", "queue"] = "hold"


def _code(raw: Any) -> str:
    if raw in ROBOT_CODES:
        return str(raw)
    if raw in CODES:
        raise ProblemError(
            "does-not-fit", "only a job can have this code, not a robot", "take one of a robot's codes, see rolloutsim codes"
        )
    raise ProblemError("unknown-name", "no such failure code", did_you_mean(raw, ROBOT_CODES, listing="rolloutsim codes lists them"))


def _counts(raw: Any) -> frozenset[str]:
    if not isinstance(raw, list | frozenset):
        raise ProblemError("wrong-type", "a list is needed", f"write [{', '.join(COUNTS)}] or some of these")
    problems = Problems()
    for number, word in enumerate(raw):
        if word not in COUNTS:
            problems.add((number,), ProblemError("unknown-name", "not one of the values", did_you_mean(word, COUNTS)))
        elif isinstance(raw, list) and word in raw[:number]:
            problems.add((number,), ProblemError("duplicate", "this is listed twice", "remove one"))
    problems.check()
    return frozenset(raw)


def _retries(raw: Any, info: ValidationInfo) -> Retries | None:
    if raw is None or raw == "none" or raw == {}:
        return None
    problems = Problems()
    given = read_mapping(raw, ("codes", "max", "backoff", "slot"), ("codes", "max"), problems)
    said: dict[str, Any] = {}
    if "codes" in given:
        said["codes"] = problems.attempt(("codes",), _retried, given["codes"])
    if "max" in given:
        said["max"] = problems.attempt(("max",), _attempts, given["max"])
    if "backoff" in given:
        said["backoff"] = problems.attempt(("backoff",), parse_distribution, given["backoff"], TIME, folder_of(info))
    if "slot" in given:
        said["slot"] = given["slot"]
        if given["slot"] not in ("hold", "queue"):
            problems.add(("slot",), ProblemError("unknown-name", "not one of the values", did_you_mean(given["slot"], ("hold", "queue"))))
    problems.check()
    return Retries(**said)


def _retried(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of failure codes is needed", "write e.g. [ExtractingBundleFailure], or remove retries")
    problems = Problems()
    codes = [problems.attempt((number,), _code, code) for number, code in enumerate(raw)]
    for number, code in enumerate(codes):
        if code is not None and code in codes[:number]:
            problems.add((number,), ProblemError("duplicate", "this is listed twice", "remove one"))
    problems.check()
    return tuple(code for code in codes if code is not None)


def _attempts(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 1000:
        raise ProblemError("out-of-range", "a whole number from 1 to 1000 is needed", "write e.g. 2, or remove retries")
    return raw


def _rollback(raw: Any, info: ValidationInfo) -> Distribution | None:
    if raw is None or raw == "none":
        return None
    problems = Problems()
    raw = note_missing_duration(raw, problems)
    problems.check()
    if not isinstance(raw, dict):
        raise ProblemError("wrong-type", "none or a duration is needed", "write none or {duration: 2 min}")
    given = read_mapping(raw, ("duration",), ("duration",), problems)
    folder: DataFolder | None = folder_of(info)
    value = problems.attempt(("duration",), parse_distribution, given["duration"], TIME, folder) if given else None
    problems.check()
    return value


def _cancel(raw: Any) -> float:
    return float("inf") if raw in ("never", None) else parse_quantity(raw, TIME)


def _start(raw: Any) -> str | None:
    if raw is None:
        return None
    try:
        year = datetime.fromisoformat(raw).year
    except (TypeError, ValueError):
        raise ProblemError("malformed", "a local date and time is needed", 'write e.g. "2026-01-05 21:00"') from None
    if not 1900 <= year <= 2200:
        raise ProblemError("out-of-range", "time zones are not known for this year", 'write e.g. "2026-01-05 21:00"')
    return str(raw)


def _slots(raw: Any) -> Any:
    if raw == 0 and not isinstance(raw, bool):
        raise ProblemError("out-of-range", "no robot would ever be deployed", "write 1 or more, or remove it")
    return raw


class Rules(Part):
    """What RoboMaker leaves open."""

    dispatch: Literal["window", "batch"] = Field(
        "window", description="Whether a freed slot is granted at once, or when the whole batch has ended."
    )
    rounding: Rounding = Field("floor", description="How a percentage becomes a number of robots; at least 1.")
    concurrency: Annotated[RobotLimit, BeforeValidator(_slots)] | None = Field(
        None, description="Number of robots at once; overrides the percentage."
    )
    failure_limit: RobotLimit | None = Field(None, description="Number of failures that stops the job; overrides the percentage.")
    comparator: Comparator = Field("at_least", description="Whether reaching the threshold breaches it, or only exceeding it.")
    denominator: Literal["fleet", "completed", "batch"] = Field("fleet", description="What the failure percentage is taken of.")
    minimum_completed: Annotated[int, whole_number(1, MOST_ROBOTS, 20), shared("minimum_completed")] = Field(
        1, description="Results that denominator: completed waits for."
    )
    evaluate: Literal["each_result", "batch_end"] = Field("each_result", description="When the threshold is checked.")
    counts: Annotated[frozenset[str], PlainValidator(_counts), shared("counts")] = Field(
        frozenset(COUNTS), description="What counts as a failure."
    )
    on_breach: Literal["finish", "abort"] = Field("finish", description="Whether robots in flight finish, or end at once.")
    offline: Literal["hold", "skip", "wait"] = Field("hold", description="Whether an offline robot gets a slot; wait never gives it one.")
    timer: Literal["grant", "reached"] = Field("grant", description="When the robot's timer starts.")
    timeout_codes: TimeoutCodes = Field(TimeoutCodes.model_validate({}), description="Failure codes of robots whose timer ended.")
    condition: Literal["fail", "defer"] = Field("fail", description="What happens to a robot that is not ready.")
    order: Literal["listed", "shuffled", "priority"] = Field("listed", description="Which robots come first.")
    old_stops: Literal["receipt", "launch"] = Field("receipt", description="When the running application stops.")
    late_convergence: StrictBool = Field(True, description="Whether a robot whose timer ended while it was offline installs later.")
    observe: PositiveDuration = Field(30 * DAY, description="Until when late robots are followed, from the job's creation.")
    retries: Annotated[Retries | None, PlainValidator(_retries), shared("retries")] = Field(
        None, description="Failures after which a robot tries again."
    )
    rollback: Annotated[Distribution | None, PlainValidator(_rollback), shared("rollback")] = Field(
        None, description="Whether a failed robot returns to its old application, and how long that takes."
    )
    fleet_timeout: PositiveDuration = Field(30 * DAY, description="The time the whole job has.")
    cancel_at: Annotated[float, PlainValidator(_cancel), shared("time_or_never")] = Field(
        float("inf"), description="When the job is canceled."
    )
    stages: Stages = Field(
        (), description="Which robots come first, how long each stage soaks, and what stops the job before the next stage."
    )
    start: Annotated[str | None, PlainValidator(_start), shared("date")] = Field(None, description="Local time of the job's creation.")

    def started_at(self, timezone: str) -> float:
        """Return `start` as POSIX time (s); without an offset of its own it is local time in `timezone`.

        Examples
        --------
        >>> Rules(start="2026-01-05 21:00").started_at("Europe/Berlin") == Rules(start="2026-01-05T20:00Z").started_at("Asia/Tokyo")
        True
        """
        if self.start is None:
            raise ValueError("the job has no local start")
        start = datetime.fromisoformat(self.start)
        return start.timestamp() if start.tzinfo is not None else first_instant(start, zone_of(timezone))
