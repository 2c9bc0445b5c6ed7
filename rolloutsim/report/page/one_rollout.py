"""The part of a run's chapter that replays one of its rollouts, or shows why that is not possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rolloutsim.errors import StoreError, UnusableFileError, UsageError
from rolloutsim.report.page.content import Lines, Part, Playback
from rolloutsim.report.replay_html import replay_figure

if TYPE_CHECKING:
    from rolloutsim.report.replay import Replay

__all__ = ["one_rollout_part"]

_TITLE = "One rollout, robot by robot"


class Replayable(Protocol):
    """What the part needs of `rolloutsim.Results`."""

    def replay(self) -> Replay:
        """Return the replay of the replicate with the median time to complete."""


def one_rollout_part(results: Replayable) -> Part:
    """Return the replay of the replicate with the median time to complete; a sentence if it cannot be simulated again.

    Raises
    ------
    UnusableFileError
        If a table that was kept is damaged.
    """
    try:
        replay = results.replay()
    except UnusableFileError:
        raise
    except (StoreError, UsageError) as error:
        return Part(_TITLE, (Lines("Replay", ((f"There is no replay: {error}.", "", 0),)),))
    cell = "robot" if replay.robots_per_cell == 1 else f"group of {replay.robots_per_cell} robots, in the state of most of them"
    tie = "" if replay.robots_per_cell == 1 else " Where two states have equally many robots, it is the later one in the legend."
    caption = (
        f"This is replicate {replay.replicate}, the one with the median time to complete. Each cell is a {cell}; "
        f"the colour is the state.{tie}"
    )
    usage = "Play it, or move the slider to an instant."
    return Part(_TITLE, (Playback("Replay", replay_figure(replay.to_json(), replay.words()), caption, usage),))
