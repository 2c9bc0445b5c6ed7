"""Processes that serve others: what a study does where it cannot have any, and when they are killed."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from rolloutsim import UsageError
from rolloutsim.simulation.records.outcomes import join_outcomes
from rolloutsim.study.execution import processes, work
from rolloutsim.study.execution.executors import ExecutorLike, open_pool
from rolloutsim.study.execution.pool import WorkersError
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import run_chunks
from tests.cli.conftest import TEXT, command
from tests.gate import PATIENCE_S, ROOT, Gate
from tests.study.test_work import SCENARIO

REPLICATES = 30


@pytest.fixture
def small(tmp_path: Path) -> str:
    """The path of a scenario of 20 robots."""
    (tmp_path / "small.yaml").write_text(TEXT, encoding="utf-8")
    return str(tmp_path / "small.yaml")


def simulate(executor: ExecutorLike) -> list[int]:
    """Return the replicates that are done."""
    done = [batch for done in run_chunks([Request(0, SCENARIO, 9, range(REPLICATES))], executor=executor) for _, batch in done]
    return sorted(join_outcomes(done).replicates.tolist())


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default workers are started at once, whatever the work is worth."""
    monkeypatch.setattr(work, "cores", lambda: 2)
    monkeypatch.setattr(work, "_WORTH_WORKERS_S", -1.0)
    monkeypatch.setattr(work, "TARGET_S", 0.0)


# --- where there can be no workers ------------------------------------------------------------------------------------------------


def in_a_worker_of_others() -> tuple[int, str]:
    patch = pytest.MonkeyPatch()
    eager.__wrapped__(patch)  # type: ignore[attr-defined]
    found = len(simulate(None))
    try:
        open_pool(2)
    except UsageError as error:
        return found, str(error)
    return found, ""


def test_a_worker_of_others_does_the_work_itself() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found, message = pool.apply(in_a_worker_of_others)
    assert found == REPLICATES
    assert (
        message
        == "worker processes cannot start: this process is itself a worker, which must not start processes: choose executor 1, this process"
    )


def test_a_script_on_standard_input_does_the_work_itself() -> None:
    script = (
        "import rolloutsim\n"
        "from rolloutsim.study.execution import work\n"
        "work.cores, work._WORTH_WORKERS_S, work.TARGET_S = lambda: 2, -1.0, 0.0\n"
        "if __name__ == '__main__':\n"
        "    scenario = rolloutsim.load('scenarios/robomaker-100.yaml')\n"
        "    print(len(rolloutsim.simulate(scenario, replicates=30).jobs))\n"
        "    rolloutsim.simulate(scenario, replicates=30, executor=2)\n"
    )
    run = [sys.executable, "-"]
    done = subprocess.run(run, input=script, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S, check=False)
    assert done.stdout == "30\n", done.stderr
    assert (
        "worker processes cannot start: the script <stdin> is not a file that worker processes can open: choose executor 1, this process"
        in done.stderr
    )


@pytest.mark.usefixtures("eager")
def test_without_a_current_folder_this_process_does_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert simulate(None) == list(range(REPLICATES))
    said = r"there is no current folder to start them in \(No such file or directory\): choose executor 1, this process"
    with pytest.raises(UsageError, match=f"^worker processes cannot start: {said}$"):
        open_pool(2)


def refuse(*_: Any, **__: Any) -> Any:
    raise OSError(30, "Read-only file system")


def no_thread(*_: Any, **__: Any) -> Any:
    raise RuntimeError("can't start new thread")


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("place", "fault", "why"),
    [
        (
            "rolloutsim.study.execution.processes.ProcessPoolExecutor",
            refuse,
            "worker processes cannot start ([Errno 30] Read-only file system)",
        ),
        ("rolloutsim.study.execution.processes.ThreadPoolExecutor", no_thread, "worker processes cannot start (can't start new thread)"),
        ("rolloutsim.study.execution.work.ThreadPoolExecutor", no_thread, "workers cannot start (can't start new thread)"),
    ],
)
def test_where_the_system_lets_no_worker_start_this_process_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str, fault: Any, why: str
) -> None:
    monkeypatch.setattr(place, fault)
    with caplog.at_level(logging.WARNING):
        assert simulate(None) == list(range(REPLICATES))
    assert caplog.messages[0].startswith(why)
    assert caplog.messages[0].endswith("; this process does all the work")
    if "work.Thread" not in place:
        with pytest.raises(WorkersError, match="Executor 1, this process, does without them"):
            simulate(2)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="shared memory is no folder here")
def test_without_shared_memory_this_process_works(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.study.test_helpers import REPLICATES, eager, simulate\n"
        "import pytest\n"
        "if __name__ == '__main__':\n"
        "    eager.__wrapped__(pytest.MonkeyPatch())\n"
        "    assert simulate(None) == list(range(REPLICATES))\n"
    )
    hidden = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$@"', "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root can hide shared memory")
    done = subprocess.run([*hidden, sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    assert "this process does all the work" in done.stderr


# --- helpers that are killed ------------------------------------------------------------------------------------------------------


def kill(process: int | None) -> None:
    assert process is not None
    os.kill(process, signal.SIGKILL)


@pytest.mark.slow
def test_a_server_that_is_killed_before_it_has_started_workers_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    real = processes._start

    def start(executor: Any) -> Any:
        forkserver.ensure_running()
        kill(forkserver._forkserver._forkserver_pid)  # type: ignore[attr-defined]
        # What a server that is killed while it answers looks like.
        monkeypatch.setattr(forkserver._forkserver, "ensure_running", lambda: None)  # type: ignore[attr-defined]
        return real(executor)

    with monkeypatch.context():
        monkeypatch.setattr(processes, "_start", start)
        with pytest.raises(WorkersError, match=r"the process that starts them was killed.*Executor 1, this process, does without"):
            open_pool(2)
    monkeypatch.undo()
    assert simulate(2) == list(range(REPLICATES))


@pytest.mark.slow
def test_a_server_that_is_killed_later_costs_nothing() -> None:
    steps = run_chunks([Request(0, SCENARIO, 9, range(REPLICATES))], executor=2)
    outcomes = [batch for _, batch in next(steps)]
    kill(forkserver._forkserver._forkserver_pid)  # type: ignore[attr-defined]
    outcomes += [batch for done in steps for _, batch in done]
    assert sorted(join_outcomes(outcomes).replicates.tolist()) == list(range(REPLICATES))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found by /proc")
@pytest.mark.parametrize("helper", ["resource_tracker", "forkserver"])
def test_a_helper_of_a_command_that_is_killed_costs_nothing(small: str, tmp_path: Path, helper: str) -> None:
    gate = Gate(tmp_path / "gate", replicate=20)
    with subprocess.Popen(
        command("run", small, "-n", 30, "--executor", 2, "--json"), stdout=subprocess.PIPE, cwd=ROOT, env=gate.environment
    ) as running:
        try:
            gate.wait(ended=lambda: running.poll() is not None)
            kill(child(running.pid, helper))
            gate.open()
            printed = running.communicate(timeout=PATIENCE_S)[0]
        finally:
            running.kill()
    assert running.returncode == 0
    assert json.loads(printed)["replicates"] == 30


def child(process: int, name: str) -> int:
    """Return the process that another has started, by a word of its command line."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process and name in (stat.parent / "cmdline").read_text():
                return int(stat.parent.name)
    raise AssertionError(f"no {name}")


@pytest.mark.slow
def test_a_worker_that_is_left_over_does_not_keep_this_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.study.test_helpers import open_pool\n"
        "if __name__ == '__main__':\n"
        "    pool = open_pool(1)\n"  # which has worked once
        "    pool.executor._processes.clear()\n"
        "    pool.close()\n"
    )
    run = [sys.executable, str(script)]
    assert subprocess.run(run, cwd=ROOT, timeout=PATIENCE_S, check=False).returncode == 0
