"""A worker that dies costs nothing but time, and a replicate that always kills its worker costs only itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from rolloutsim import SimulationError
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.records.outcomes import Outcomes
from rolloutsim.study.execution import work
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import run_chunks
from tests.gate import PATIENCE_S, ROOT
from tests.study.test_work import SCENARIO, two_processes


def dying(scenario: Scenario, seed: int, replicates: range, *, at: int, while_it_holds: str = "") -> Outcomes:
    """Take the worker process along at one replicate; as long as a file exists, if one is named."""
    if at in replicates and multiprocessing.parent_process() is not None and (not while_it_holds or os.path.exists(while_it_holds)):
        if while_it_holds:
            os.unlink(while_it_holds)
        os.kill(os.getpid(), signal.SIGKILL)
    return run_chunk(scenario, seed, replicates)


def run_script(script: Path, *, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=cwd, timeout=PATIENCE_S, check=False)


def replicates_and_crashes(run: Callable[..., Outcomes], executor: ExecutorLike) -> tuple[list[int], list[tuple[int, str, str, str]]]:
    rows: list[int] = []
    crashes = []
    for done in run_chunks([Request(0, SCENARIO, 9, range(30))], run=run, executor=executor):
        for _, batch in done:
            rows += batch.tables().jobs["replicate"].tolist()
            crashes += [(crash.replicate, crash.stage, crash.type, crash.message) for crash in batch.crashes]
    return sorted(rows), crashes


@pytest.mark.slow
@pytest.mark.parametrize("executor", [2, "tests.study.test_work:two_processes"], ids=str)
def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path, executor: ExecutorLike) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    run = partial(dying, at=17, while_it_holds=str(flag))
    assert replicates_and_crashes(run, executor) == (list(range(30)), [])
    assert not flag.exists()


@pytest.mark.slow
def test_a_replicate_that_always_kills_its_worker_costs_only_itself() -> None:
    rows, crashes = replicates_and_crashes(partial(dying, at=17), 2)
    assert rows == [n for n in range(30) if n != 17]
    assert crashes == [(17, "worker", "WorkerDied", "the worker that simulated it died 3 times, perhaps for want of memory")]


def dying_in_mid_sentence(scenario: Scenario, seed: int, replicates: range, *, at: int, while_it_holds: str) -> Outcomes:
    """Die as a worker does that is killed while it writes a result: only how long it would have been has arrived."""
    if at in replicates and os.path.exists(while_it_holds):
        os.unlink(while_it_holds)
        frame = sys._getframe()
        while "result_queue" not in frame.f_locals:
            assert frame.f_back is not None
            frame = frame.f_back
        results = frame.f_locals["result_queue"]
        results._wlock.acquire()
        results._writer._send((1000).to_bytes(4, "big"))
        os.kill(os.getpid(), signal.SIGKILL)
    return run_chunk(scenario, seed, replicates)


@pytest.mark.slow
def test_a_worker_that_dies_while_it_writes_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    monkeypatch.setattr(work, "_LOOK_S", 0.5)
    run = partial(dying_in_mid_sentence, at=17, while_it_holds=str(flag))
    before = set(threading.enumerate())
    assert replicates_and_crashes(run, executor=2) == (list(range(30)), [])
    assert not flag.exists()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), thread


@pytest.mark.slow
def test_a_worker_s_death_does_not_end_a_program_that_broken_pipes_end(tmp_path: Path) -> None:
    lines = (
        "import functools, signal",
        "from tests.study.test_deaths import dying, replicates_and_crashes",
        "if __name__ == '__main__':",
        "    signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
        "    open('flag', 'w').close()",
        "    print(replicates_and_crashes(functools.partial(dying, at=10, while_it_holds='flag'), 2)[1])",
    )
    script = tmp_path / "script.py"
    script.write_text("\n".join(lines))
    done = run_script(script, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_an_executor_of_the_caller_cannot_be_renewed() -> None:
    with two_processes() as executor, pytest.raises(SimulationError, match="the executor is broken: a worker died; give a module:factory"):
        replicates_and_crashes(partial(dying, at=17), executor)
