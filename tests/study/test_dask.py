"""A study on a real Dask cluster on this machine: the same bytes as without one, whatever happens to workers."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dask
import pytest

from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.study.execution.executors import open_pool
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep, sweep
from tests.gate import PATIENCE_S
from tests.study.test_deaths import dying, replicates_and_crashes
from tests.study.test_sweep import CONCURRENCY, TEXT, finals

LEVERS = {CONCURRENCY: [10, 50]}
REPLICATES = 400

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return parse(TEXT)


@pytest.fixture(scope="module")
def whole(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of the final tables without Dask."""
    folder = tmp_path_factory.mktemp("whole")
    sweep(scenario, levers=LEVERS, replicates=REPLICATES, out=folder, executor=1)
    return finals(folder)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start parts of a cluster as processes, which do not outlive the test."""
    running: list[subprocess.Popen[bytes]] = []

    def stop(*_: object) -> None:
        raise TimeoutError("a cluster that does not go on")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE_S)

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(tmp_path / "scheduler.json"), "--no-dashboard"]
        with (tmp_path / f"{len(running)}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
        running.append(process)
        return process

    yield start
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    for process in running:
        process.kill()
        process.wait()


def worker(start: Start) -> subprocess.Popen[bytes]:
    return start("worker", "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1")


def address(tmp_path: Path, workers: int = 2) -> str:
    """Return where the scheduler is, as soon as it is known and has so many workers."""
    from distributed import Client

    with Client(scheduler_file=str(tmp_path / "scheduler.json"), set_as_default=False) as client:
        if workers:
            client.wait_for_workers(workers, timeout=PATIENCE_S)
        found: str = client.scheduler.address
    return found


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_costs_nothing(
    scenario: Scenario, tmp_path: Path, start: Start, whole: dict[str, bytes]
) -> None:
    start("scheduler", "--host", "127.0.0.1", "--port", "0")
    victim, _ = worker(start), worker(start)
    plan = plan_sweep(scenario, levers=LEVERS, replicates=REPLICATES, out=tmp_path / "study")
    arrived = 0
    for number, (missing, task) in enumerate(run_sweep(plan, tmp_path / "study", executor=address(tmp_path))):
        arrived += sum(len(batch.tables().jobs) for _, batch in task)
        if number == 2:
            victim.send_signal(signal.SIGSTOP)  # what it is given from now on is not done
        if number == 6:
            assert arrived < missing
            victim.kill()
    assert victim.wait(PATIENCE_S) == -signal.SIGKILL
    assert arrived == missing == 2 * REPLICATES, "nothing is lost, nothing comes twice"
    assert finals(tmp_path / "study") == whole


@pytest.mark.slow
def test_a_scheduler_that_is_killed_is_reported_and_loses_nothing(
    scenario: Scenario, tmp_path: Path, start: Start, whole: dict[str, bytes]
) -> None:
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
    worker(start), worker(start)
    plan = plan_sweep(scenario, levers=LEVERS, replicates=REPLICATES, out=tmp_path / "study")
    steps = run_sweep(plan, tmp_path / "study", executor=address(tmp_path))
    for _ in range(4):
        next(steps)
    scheduler.kill()
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        pytest.raises(SimulationError, match="the Dask scheduler does not answer any more: when it does, run the study again"),
    ):
        list(steps)
    kept = len(Study(tmp_path / "study").jobs)
    assert 0 < kept < 2 * REPLICATES
    again = plan_sweep(scenario, levers=LEVERS, replicates=REPLICATES, out=tmp_path / "study")
    assert {missing for missing, _ in run_sweep(again, tmp_path / "study", executor=1)} == {2 * REPLICATES - kept}
    assert finals(tmp_path / "study") == whole


@pytest.mark.slow
def test_a_cluster_of_its_own_on_this_machine(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    sweep(scenario, levers=LEVERS, replicates=REPLICATES, out=tmp_path, executor="dask")
    assert finals(tmp_path) == whole


@pytest.mark.slow
def test_a_replicate_that_always_kills_its_worker_costs_only_itself() -> None:
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        rows, crashes = replicates_and_crashes(partial(dying, at=17), executor="dask")
    assert rows == [n for n in range(30) if n != 17]
    assert [crash[:3] for crash in crashes] == [(17, "worker", "WorkerDied")]


def test_a_scheduler_without_workers_is_reported(tmp_path: Path, start: Start, caplog: pytest.LogCaptureFixture) -> None:
    start("scheduler", "--host", "127.0.0.1", "--port", "0")
    there = address(tmp_path, workers=0)
    with open_pool(there):
        pass
    assert f"{there}: this Dask scheduler has no workers yet; tasks wait for some (dask worker {there} starts one)" in caplog.messages
    caplog.clear()
    worker(start)
    address(tmp_path, workers=1)
    with open_pool(there):
        pass
    assert "no workers yet" not in caplog.text


def test_mistakes() -> None:
    for scheduler in ("sheep://nowhere:1", "tls://10.0.0.1:8786", "tcp://10.0.0.1", "tcp://:8786"):
        with pytest.raises(
            UsageError, match=f"{scheduler} is not the address of a Dask scheduler: write e.g. tcp://10.0.0.1:8786, with the port"
        ):
            open_pool(scheduler)
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(UsageError, match=r"tcp://127.0.0.1:1: no Dask scheduler answers there"),
    ):
        open_pool("tcp://127.0.0.1:1")
