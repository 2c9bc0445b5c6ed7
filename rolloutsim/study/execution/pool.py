"""Workers: an executor of `concurrent.futures` with what the library does not know about it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from typing import Self

from rolloutsim.errors import SimulationError


class WorkersError(SimulationError):
    """Workers cannot start, for a reason that lies in the system and not in what was asked for."""


class Pool:
    """Workers.

    Parameters
    ----------
    make
        Returns the executor; called again after that broke.
    workers
        How many tasks an executor runs at once.
    deaths
        What a future raises when its worker died.
    ends, farewell
        What a future raises when all workers are lost for good, and the error message for that.
    close
        Ends an executor without waiting for tasks.
    dead
        Whether a worker has died without the executor noticing: it may wait for the rest of what that worker was writing.
    """

    def __init__(
        self,
        make: Callable[[], Executor],
        *,
        workers: Callable[[Executor], int],
        deaths: tuple[type[Exception], ...] = (BrokenExecutor,),
        ends: tuple[type[Exception], ...] = (),
        farewell: str = "",
        close: Callable[[Executor], None] | None = None,
        dead: Callable[[Executor], bool] = lambda _: False,
    ) -> None:
        self._make, self._workers, self._close, self._dead = make, workers, close, dead
        self.deaths = deaths
        self.ends, self.farewell = ends, farewell
        self.executor = make()

    @property
    def workers(self) -> int:
        """How many tasks run at once; at least 1."""
        return max(1, self._workers(self.executor))

    @property
    def one_is_dead(self) -> bool:
        """Whether a worker is known to have died."""
        return self._dead(self.executor)

    def renew(self) -> None:
        """Start new workers after the executor broke."""
        self.close()
        self.executor = self._make()

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        if self._close is not None:
            self._close(self.executor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
