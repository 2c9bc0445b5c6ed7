"""A gate for tests that interrupt, kill or wait: simulations stop at a replicate until the test lets them go on.

So such tests hold on a machine of any speed. A process is under the control of a test if it imports this module and calls `obey`;
``python -m tests.gate`` is the command line under such control. What it starts (workers of any kind) inherits the environment, and with
it the control. ``ROLLOUTSIM_TESTS_CHEAPER=10`` makes all simulations of such processes ten times cheaper, as a faster machine would:
of ten replicates one is simulated, and the others repeat it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["PATIENCE_S", "ROOT", "Gate", "cheaper", "obey"]

ROOT = Path(__file__).parents[1]

#: Nothing waits so long, in seconds; this only keeps a fault from hanging the suite.
PATIENCE_S = 600

_GATE, _CHEAPER = "ROLLOUTSIM_TESTS_GATE", "ROLLOUTSIM_TESTS_CHEAPER"


class Gate:
    """A gate at a replicate; this one and all later ones wait there.

    Parameters
    ----------
    folder
        An empty folder for messages between the processes.
    replicate
        The first that waits.
    """

    def __init__(self, folder: Path, replicate: int) -> None:
        self.folder, self.replicate = folder, replicate
        folder.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that is to wait at the gate."""
        return environment(**{_GATE: f"{self.replicate}:{self.folder}"})

    @property
    def reached(self) -> bool:
        """Whether some process waits at the gate, or has waited there."""
        return any(self.folder.glob("waiting-*"))

    def wait(self, ended: Callable[[], bool] = lambda: False) -> None:
        """Wait until a process waits at the gate."""
        until(lambda: self.reached, ended)

    def open(self) -> None:
        """Let everything through."""
        (self.folder / "open").touch()


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that can import the tests."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def until(there: Callable[[], bool], ended: Callable[[], bool] = lambda: False) -> None:
    """Wait until something is there; it is an error if what makes it has ended before."""
    give_up = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < give_up, "nothing has happened"
        assert not ended() or there(), "the process has ended before"
        time.sleep(0.01)


@cache
def obey() -> None:
    """Let replicates of this process be cheap, and wait at the gate, as the environment says."""
    if factor := os.environ.get(_CHEAPER):
        cheaper(int(factor))
    if gate := os.environ.get(_GATE):
        replicate, _, folder = gate.partition(":")
        _hold(int(replicate), Path(folder))


def _hold(first: int, folder: Path) -> None:
    from rolloutsim.simulation.replicate import Replicator

    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        if replicate >= first:
            (folder / f"waiting-{os.getpid()}").touch()
            until((folder / "open").exists)
        return real(self, replicate)

    Replicator.run = run  # type: ignore[method-assign]


@cache
def cheaper(factor: int) -> None:
    """Simulate one of so many replicates and repeat it for the others."""
    from rolloutsim.simulation.replicate import Replicator

    real = Replicator.run

    def run(self: Any, replicate: int) -> Any:
        first = replicate - replicate % factor
        if getattr(self, "repeated", None) != first:
            self.repeated, self.found = first, real(self, first)
        return self.found

    Replicator.run = run  # type: ignore[method-assign]


if __name__ == "__main__" or __name__ == "__mp_main__":
    # Processes of multiprocessing, which Dask uses as well, import the main module of the one that starts them.
    obey()

if __name__ == "__main__":
    from rolloutsim.cli import main

    main()
