"""Whether a robot may be updated when it is asked: what the download condition finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from rolloutsim.scenario.parts.amounts import PROBABILITY
from rolloutsim.scenario.parts.connectivity import EquilibriumSpell, share_of
from rolloutsim.scenario.parts.fields import FieldType, Key, Keys, Of, Part, Schema
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError

__all__ = ["Ready", "ReadyProbability", "ReadyRenewal", "ReadyType"]


@dataclass(frozen=True)
class ReadyProbability:
    """Ready with probability `p` at every check, independently."""

    p: float = 1.0

    @property
    def share(self) -> float:
        """The probability of being ready at a random instant."""
        return self.p


class ReadyRenewal(Part):
    """Ready while idle; busy and idle spells alternate, in equilibrium at the job's creation."""

    busy: EquilibriumSpell = Field(description="Length of a spell in which the robot is busy.")
    idle: EquilibriumSpell = Field(description="Length of a spell in which it is idle, and ready.")

    @property
    def share(self) -> float:
        """The probability of being ready at a random instant."""
        return share_of(self.idle, self.busy)


Ready = ReadyProbability | ReadyRenewal | Schedule


class ReadyType(FieldType[Ready]):
    """A probability, ``{busy: <distribution>, idle: <distribution>}`` or ``{schedule: …}``."""

    name = "ready"
    renewal = Of(ReadyRenewal)
    calendar = Keys({"schedule": Key(Of(Schedule))}, ("schedule",))

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Ready:
        if isinstance(raw, dict):
            if "schedule" not in raw:
                return self.renewal.parse(raw, folder)
            schedule: Schedule = self.calendar.parse(raw, folder)["schedule"]
            return schedule
        if isinstance(raw, bool) or raw is None or isinstance(raw, list):
            raise ProblemError("wrong-type", "a probability, {busy: …, idle: …} or {schedule: …} is needed", "write e.g. 0.95")
        return ReadyProbability(PROBABILITY.parse(raw))

    def write(self, value: Ready) -> Any:
        if isinstance(value, ReadyProbability):
            return value.p
        return {"schedule": value.write()} if isinstance(value, Schedule) else value.write()

    def schema(self) -> Schema:
        return {"anyOf": [PROBABILITY.ref(), self.renewal.ref(), self.calendar.ref()]}
