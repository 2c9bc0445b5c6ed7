"""The clock of a server: simulated time runs with real time at a speed, and stands still while no server runs.

Before the server answers beyond the stored instant it stores an instant one real second ahead. So time never runs backwards, and after a
restart it has jumped by one real second at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from rolloutsim.robomaker.clock import LAST
from rolloutsim.robomaker.log import Log

__all__ = ["Pace", "ServerClock"]

#: How far ahead the stored instant is, in real seconds.
_AHEAD_S = 1.0


class Pace(NamedTuple):
    """How time runs: simulated seconds per real second, unless it is paused."""

    speed: float = 60.0
    paused: bool = False

    @property
    def rate(self) -> float:
        """Simulated seconds per real second."""
        return 0.0 if self.paused else self.speed


class ServerClock:
    """Simulated time.

    Parameters
    ----------
    log
        Keeps the instant.
    pace
        How time runs.
    real
        Returns real seconds, from any origin.

    Examples
    --------
    >>> seconds = iter([100.0, 101.0, 101.5, 103.0])
    >>> log = Log(None, {})
    >>> clock = ServerClock(log, Pace(speed=60.0), real=lambda: next(seconds))
    >>> clock.now(), log.instant
    (60.0, 120.0)
    >>> clock.now(), log.instant
    (90.0, 120.0)
    >>> clock.now(), log.instant
    (180.0, 240.0)
    """

    def __init__(self, log: Log, pace: Pace, real: Callable[[], float] = time.monotonic) -> None:
        self._log, self._real = log, real
        self._stored = log.instant
        self._base, self._since, self.pace = self._stored, real(), pace

    def now(self) -> float:
        """Return the instant (s since the clock began) of what is answered now."""
        now = min(self._base + max(0.0, self._real() - self._since) * self.pace.rate, LAST)
        if now > self._stored:
            self._store(now + _AHEAD_S * self.pace.rate)
        return now

    def change(self, pace: Pace, advance: float = 0.0) -> None:
        """Let time run otherwise from now on, and jump ahead by some seconds."""
        now = self.now()
        self._base, self._since, self.pace = min(now + advance, LAST), self._real(), pace
        self._store(self._base)

    def _store(self, t: float) -> None:
        self._log.instant = self._stored = t
