"""Control of the simulations in all processes that a test starts, so that tests hold on a machine of any speed.

A test that interrupts, kills or waits closes a gate: simulations stop at a replicate until the test lets them go on. Processes that
inherit the environment of the tests begin in `tests/startup`, which brings them under this control: commands, scripts and workers of
any kind.

That no test depends on time is shown by two runs of the whole suite: on one core that something else uses as well, and with work that
is ten times cheaper, as on a faster machine. Each is one line::

    taskset -c 0 sh -c 'yes > /dev/null & trap "kill $!" EXIT; .venv/bin/python -m pytest'
    ROLLOUTSIM_TESTS_CHEAPER=10 .venv/bin/python -m pytest -n auto

In the second, one of ten replicates is simulated, and the others repeat it, in every process. Tests whose subject is the numbers are
marked ``numbers`` and simulate all of them; `tests/conftest.py` marks those of whole folders.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

__all__ = ["PATIENCE_S", "ROOT", "Gate", "at_full_cost", "obey", "until", "wanted"]

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
        return {**os.environ, _GATE: f"{self.replicate}:{self.folder}"}

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


def until(there: Callable[[], bool], ended: Callable[[], bool] = lambda: False) -> None:
    """Wait until something is there; it is an error if what makes it has ended before."""
    give_up = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < give_up, "nothing has happened"
        assert not ended() or there(), "the process has ended before"
        time.sleep(0.01)


def wanted() -> bool:
    """Return whether the environment asks for control of simulations."""
    return _GATE in os.environ or _CHEAPER in os.environ


@contextmanager
def at_full_cost() -> Iterator[None]:
    """Simulate every replicate, here and in what is started."""
    with patch.dict(os.environ):
        os.environ.pop(_CHEAPER, None)
        yield


def obey(replicator: type[Any]) -> None:
    """Let the replicates of this process be cheap, and wait at a gate, as the environment asks when they begin."""
    real = replicator.run

    def run(self: Any, replicate: int, **inputs: Any) -> Any:
        _wait_at_the_gate(replicate)
        factor = int(os.environ.get(_CHEAPER, "1"))
        if factor == 1 or inputs:
            return real(self, replicate, **inputs)
        first = replicate - replicate % factor
        if getattr(self, "repeated", None) != first:
            self.repeated, self.found = first, real(self, first)
        return self.found

    replicator.run = run


def _wait_at_the_gate(replicate: int) -> None:
    if gate := os.environ.get(_GATE):
        first, _, name = gate.partition(":")
        if replicate >= int(first):
            folder = Path(name)
            (folder / f"waiting-{os.getpid()}").touch()
            until((folder / "open").exists)
