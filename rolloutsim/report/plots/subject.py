"""What a picture shows of its scenario beside the tables: its name, its local clock, its stages and its premises."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.scenario.local_time import LocalClock

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.analysis.stage_times import JobStages
    from rolloutsim.scenario import Scenario

#: Width of a letter of a title, in inches.
_LETTER = 0.085


class Subject(NamedTuple):
    """The scenario of a picture, as far as it is known.

    Attributes
    ----------
    name
        Of the scenario; may be empty.
    clock
        Of its job; None without `rules.start`.
    stages
        Of its job; None if they are not known.
    premises
        Its premises, on which estimates rest.
    """

    name: str = ""
    clock: LocalClock | None = None
    stages: JobStages | None = None
    premises: Premises = UNKNOWN

    @classmethod
    def of(cls, scenario: Scenario) -> Subject:
        """Return what pictures show of a scenario."""
        from rolloutsim.analysis.stage_times import JobStages

        return cls(scenario.name, LocalClock.of(scenario), JobStages.of(scenario), Premises.of(scenario))

    def inscribe(self, axes: Axes) -> Axes:
        """Add the name to the title, and local times to the axis of the job's time; return the axes."""
        from rolloutsim.report.plots.axes import show_clock

        if self.name:
            add_name(axes, self.name)
        if self.clock is not None:
            show_clock(axes, self.clock)
        return axes


def add_name(axes: Axes, name: str) -> None:
    """Add the name of a scenario to the first line of the title, or above it if there is no room."""
    from matplotlib.text import Text

    title = axes.get_title(loc="left")
    first, *others = title.split("\n")
    whole = f"{first} · {name}"
    room = axes.get_window_extent().width / axes.figure.dpi / _LETTER
    lines = [*([whole] if len(whole) <= room else [name, first]), *others]
    for text in axes.get_children():  # set_title would forget its size and place
        if isinstance(text, Text) and text.get_text() == title:
            text.set_text("\n".join(lines))
