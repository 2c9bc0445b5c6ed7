"""When robots may start: windows of local time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolloutsim.scenario.parts.fields import Part
from rolloutsim.scenario.parts.schedule import TIMEZONE, WINDOWS, Schedule, Window

__all__ = ["Admit"]


class Admit(Part):
    """Windows in which robots may start; a robot that has started goes on when a window closes."""

    windows: Annotated[tuple[Window, ...], WINDOWS] = Field(
        description="Windows as local times of day, and days of the week on which they open, e.g. 22:00-06:00 Mon-Fri."
    )
    timezone: Annotated[str, TIMEZONE] = Field(description="Name of the time zone.")

    @property
    def schedule(self) -> Schedule:
        """The windows as a schedule."""
        return Schedule.model_construct(windows=self.windows, timezone=self.timezone, jitter=None)
