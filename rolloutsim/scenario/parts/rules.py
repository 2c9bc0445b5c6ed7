"""The rules of the job: what RoboMaker's documentation leaves open, each with a default; and their arithmetic in whole robots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from rolloutsim.distributions import Distribution
from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.admit import Admit
from rolloutsim.scenario.parts.amounts import POSITIVE_TIME, Dist, Or, PositiveDuration, Quantity, RobotLimit, Robots
from rolloutsim.scenario.parts.fields import MOST_ROBOTS, Custom, FieldType, Key, Keys, Part, Schema, Whole
from rolloutsim.scenario.parts.limits import Limits
from rolloutsim.scenario.parts.retries import CODE, Retries, RetriesType
from rolloutsim.scenario.parts.schedule import first_instant
from rolloutsim.scenario.parts.stages import Stages
from rolloutsim.scenario.parts.stops import KINDS, Stops
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import note_missing_duration
from rolloutsim.scenario.reading.problems import ProblemError, Problems
from rolloutsim.scenario.reading.quantities import TIME
from rolloutsim.scenario.reading.zones import zone_of
from rolloutsim.vocabulary import VERDICT_KINDS

__all__ = ["Rules", "TimeoutCodes", "concurrency_limit", "failure_limit"]

Rounding = Literal["floor", "ceil", "half_up"]
Comparator = Literal["at_least", "exceeds"]
DAY = 86400.0


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


def _start(raw: Any) -> str:
    try:
        year = datetime.fromisoformat(raw).year
    except (TypeError, ValueError):
        raise ProblemError("malformed", "a local date and time is needed", 'write e.g. "2026-01-05 21:00"') from None
    if not 1900 <= year <= 2200:
        raise ProblemError("out-of-range", "time zones are not known for this year", 'write e.g. "2026-01-05 21:00"')
    return str(raw)


START = Custom(_start, {"type": ["string", "null"]}, "date")
TIMER = Or("none", float("inf"), POSITIVE_TIME, "time_or_none")
_NO_SLOT = Problem("out-of-range", why="no robot would ever be deployed", hint="write 1 or more, or remove it")


class TimeoutCodes(Part):
    """The code of a robot whose timer ended, by what it was doing."""

    not_reached: Annotated[str, CODE] = Field("RobotDeploymentNoResponse", description="The agent's handshake was not complete.")
    offline: Annotated[str, CODE] = Field(
        "RobotAgentConnectionTimeout", description="The robot was reached and is offline, or its outcome is not reported."
    )
    working: Annotated[str, CODE] = Field("RobotDeploymentAborted", description="The robot is online and working.")


class RollbackType(FieldType[Distribution | None]):
    """``{duration: …}``, or ``none``."""

    some = Keys({"duration": Key(Dist(TIME), "How long it takes.")}, ("duration",))

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Distribution | None:
        if raw == "none":
            return None
        problems = Problems()
        raw = note_missing_duration(raw, problems)
        problems.check()
        if not isinstance(raw, dict):
            raise ProblemError("wrong-type", "none or a duration is needed", "write none or {duration: 2 min}")
        duration: Distribution = self.some.parse(raw, folder)["duration"]
        return duration

    def write(self, value: Distribution | None) -> Any:
        return "none" if value is None else self.some.write({"duration": value})

    def schema(self) -> Schema:
        return {"anyOf": [{"const": "none"}, {"type": "null"}, self.some.ref()]}


class Rules(Part):
    """What RoboMaker leaves open."""

    UNWRITTEN = frozenset({"limits", "stages", "stop"})  # a job without them is the same job as before there were any

    dispatch: Literal["window", "batch"] = Field(
        "window", description="Whether a freed slot is granted at once, or when the whole batch has ended."
    )
    rounding: Rounding = Field("floor", description="How a percentage becomes a number of robots; at least 1.")
    concurrency: Annotated[int, Robots(0, _NO_SLOT)] | None = Field(None, description="Number of robots at once; overrides the percentage.")
    failure_limit: RobotLimit | None = Field(None, description="Number of failures that stops the job; overrides the percentage.")
    comparator: Comparator = Field("at_least", description="Whether reaching the threshold breaches it, or only exceeding it.")
    denominator: Literal["fleet", "completed", "batch"] = Field("fleet", description="What the failure percentage is taken of.")
    minimum_completed: Annotated[int, Whole(1, MOST_ROBOTS, 20)] = Field(1, description="Results that denominator: completed waits for.")
    evaluate: Literal["each_result", "batch_end"] = Field("each_result", description="When the threshold is checked.")
    counts: Annotated[frozenset[str], KINDS] = Field(
        frozenset(VERDICT_KINDS), description="What counts as a failure; gates count latent ones too."
    )
    on_breach: Literal["finish", "abort"] = Field("finish", description="Whether robots in flight finish, or end at once.")
    limits: Limits = Field((), description="Rows that limit how many robots are deployed; they replace the percentage and concurrency.")
    admit: Admit | None = Field(None, description="Windows of local time in which robots may start; absent = at any time.")
    stop: Stops = Field((), description="Rows that stop the job; the first that holds acts. They replace the threshold.")
    offline: Literal["hold", "skip", "wait"] = Field("hold", description="Whether an offline robot gets a slot; wait never gives it one.")
    timer: Literal["grant", "reached"] = Field("grant", description="When the robot's timer starts.")
    timeout_codes: TimeoutCodes = Field(TimeoutCodes.model_validate({}), description="Failure codes of robots whose timer ended.")
    condition: Literal["fail", "defer"] = Field("fail", description="What happens to a robot that is not ready.")
    order: Literal["listed", "shuffled", "priority", "interleaved"] = Field("listed", description="Which robots come first.")
    old_stops: Literal["receipt", "launch"] = Field("receipt", description="When the running application stops.")
    late_convergence: StrictBool = Field(True, description="Whether a robot whose timer ended while it was offline installs later.")
    observe: PositiveDuration = Field(30 * DAY, description="Until when late robots are followed, from the job's creation.")
    robot_timeout: Annotated[float, TIMER] | None = Field(None, description="The time each robot has; overrides the request's.")
    reach_timeout: Annotated[float, TIMER] | None = Field(
        None, description="The time to reach a robot, with timer: reached; absent = the robot's time."
    )
    retries: Annotated[tuple[Retries, ...], RetriesType()] = Field(
        (), description="Failures after which a robot tries again: one row, or a list of which the first that lists a failure decides."
    )
    max_retries: Annotated[int, Whole(1, 1000, 10)] | None = Field(None, description="Retries per robot at most, over all rows.")
    rollback: Annotated[Distribution | None, RollbackType()] = Field(
        None, description="Whether a failed robot returns to its old application, and how long that takes."
    )
    fleet_timeout: PositiveDuration = Field(30 * DAY, description="The time the whole job has.")
    cancel_at: Annotated[float, Or("never", float("inf"), Quantity(TIME), "time_or_never")] = Field(
        float("inf"), description="When the job is canceled."
    )
    stages: Stages = Field(
        (), description="Which robots come first, how long each stage soaks, and what stops the job before the next stage."
    )
    start: Annotated[str | None, START] = Field(None, description="Local time of the job's creation.")

    @property
    def in_batches(self) -> bool:
        """Whether the next robots are chosen when all of the last batch have ended."""
        return self.dispatch != "window"

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
