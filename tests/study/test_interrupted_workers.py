"""Ctrl-C while workers start or work: none is left, and what was done first is kept."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from rolloutsim import simulate
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.records.outcomes import Outcomes
from rolloutsim.study.execution import processes
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.execution.executors import open_pool
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import run_chunks
from tests.gate import PATIENCE_S, ROOT
from tests.study.test_work import SCENARIO


def interrupting(scenario: Scenario, seed: int, replicates: range, *, parent: int) -> Outcomes:
    if 0 in replicates:  # once: another Ctrl-C would end the clearing up
        os.kill(parent, signal.SIGINT)
    signal.pause()
    raise AssertionError


def assert_gone(before: set[Any]) -> None:
    for child in set(multiprocessing.active_children()) - before:
        child.join(PATIENCE_S)
        assert child.exitcode is not None


def test_ctrl_c_ends_workers_whatever_they_are_doing() -> None:
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        list(run_chunks([Request(0, SCENARIO, 1, range(9))], run=partial(interrupting, parent=os.getpid()), executor=2))
    assert_gone(before)


def test_ctrl_c_while_workers_start(monkeypatch: pytest.MonkeyPatch) -> None:
    real = processes._start

    def start(executor: Executor) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return real(executor)

    monkeypatch.setattr(processes, "_start", start)
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        open_pool(2)
    assert_gone(before)


def test_a_worker_that_starts_when_ctrl_c_comes_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pool learns of a process only after it has started it."""
    shut, start, kill, shutdown = threading.Event(), BaseProcess.start, BaseProcess.kill, ProcessPoolExecutor.shutdown
    started: list[BaseProcess] = []
    killed: list[BaseProcess] = []

    def starting(process: BaseProcess) -> None:
        start(process)
        started.append(process)
        if len(started) == 1:
            shut.clear()  # an earlier try may have found no fork server, and shut its pool
            os.kill(os.getpid(), signal.SIGINT)
            shut.wait(1.0)  # in vain, as a shutdown waits for this

    def killing(process: BaseProcess) -> None:
        killed.append(process)
        kill(process)

    def shutting(executor: ProcessPoolExecutor, **options: Any) -> None:
        shutdown(executor, **options)
        shut.set()

    monkeypatch.setattr(BaseProcess, "start", starting)
    monkeypatch.setattr(BaseProcess, "kill", killing)
    monkeypatch.setattr(ProcessPoolExecutor, "shutdown", shutting)
    with pytest.raises(KeyboardInterrupt):
        open_pool(2)
    assert started[0] in killed
    started[0].join(PATIENCE_S)
    assert not started[0].is_alive()


def test_only_the_first_ones_are_kept_when_workers_are_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def some(requests: list[Request], **_: Any) -> Any:
        for replicates in (range(5, 9), range(2), range(2, 4)):
            yield ((requests[0]._replace(replicates=replicates), run_chunk(SCENARIO, 9, replicates)),)
        raise KeyboardInterrupt

    monkeypatch.setattr("rolloutsim.study.context.run_chunks", some)
    run = simulate(SCENARIO, replicates=10, keep_on_interrupt=True)
    assert run.interrupted
    assert run.tables.jobs["replicate"].tolist() == [0, 1, 2, 3]


@pytest.mark.slow
def test_workers_do_not_outlive_the_one_they_work_for(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, sys, functools\n"
        "from tests.study.test_interrupted_workers import SCENARIO, reporting\n"
        "from rolloutsim.study.execution.tasks import Request\n"
        "from rolloutsim.study.execution.work import run_chunks\n"
        "if __name__ == '__main__':\n"
        "    list(run_chunks([Request(0, SCENARIO, 1, range(9))], run=reporting, executor=2))\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, cwd=ROOT) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"working\n"
        running.kill()
        # Workers hold the other end of the pipe; only when all of them are gone does it end.
        assert b"done" not in running.stdout.read()


def reporting(scenario: Scenario, seed: int, replicates: range) -> Outcomes:
    os.write(1, b"working\n")
    signal.sigwait([signal.SIGUSR1])
    raise AssertionError
