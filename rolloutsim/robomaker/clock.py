"""The clock of a client in process: simulated time stands still until it is advanced."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from rolloutsim.errors import UsageError
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import TIME, parse_quantity

__all__ = ["LAST", "Clock", "seconds_of"]

#: The clock of a service stops after a hundred years.
LAST = 100 * 365.25 * 86400.0


class Clock:
    """Simulated time.

    Parameters
    ----------
    start
        POSIX time (s) of its beginning.

    Attributes
    ----------
    now
        Seconds since its beginning.

    Examples
    --------
    >>> clock = Clock(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
    >>> clock.advance("30 min")
    >>> clock.advance(12.5)
    >>> clock.now, clock.date.isoformat()
    (1812.5, '2026-01-05T00:30:12.500000+00:00')
    """

    def __init__(self, start: float) -> None:
        self._start = start
        self.now = 0.0

    @property
    def date(self) -> datetime:
        """Date and time in UTC."""
        return datetime.fromtimestamp(self._start + self.now, UTC)

    def advance(self, duration: str | float | timedelta) -> None:
        """Let time pass.

        Parameters
        ----------
        duration
            A number of seconds, a time with its unit such as ``"30 min"``, or a `timedelta`.

        Raises
        ------
        UsageError
            If it is none of these, or negative.
        """
        self.now = min(self.now + seconds_of(duration), LAST)

    @contextmanager
    def drives_sleep(self) -> Iterator[None]:
        """Let `time.sleep` advance this clock instead of waiting, so that a script that polls takes no time.

        Examples
        --------
        >>> clock = Clock(0.0)
        >>> with clock.drives_sleep():
        ...     time.sleep(3600)
        >>> clock.now
        3600.0
        """
        with patch.object(time, "sleep", self.advance):
            yield


def seconds_of(duration: str | float | timedelta) -> float:
    """Return seconds that pass.

    Parameters
    ----------
    duration
        A number of seconds, a time with its unit such as ``"30 min"``, or a `timedelta`.

    Raises
    ------
    UsageError
        If it is none of these, or negative.

    Examples
    --------
    >>> seconds_of("30 min"), seconds_of(12.5)
    (1800.0, 12.5)
    """
    try:
        if isinstance(duration, timedelta):
            seconds = duration.total_seconds()
        else:
            seconds = parse_quantity(duration, TIME) if isinstance(duration, str) else float(duration)
    except (ProblemError, TypeError, ValueError) as error:
        raise UsageError(f'{duration!r} is no time ({error}): write e.g. 30, or "30 min"') from None
    if not 0.0 <= seconds < math.inf:
        raise UsageError(f'time runs forward: found {duration!r}; write e.g. 30, or "30 min"')
    return seconds
