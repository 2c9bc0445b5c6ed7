"""Getting work done: the same tables wherever they are made, and what a worker's death, an interruption or a wrong executor costs."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pandas as pd
import pytest

from rolloutsim import SimulationError, UsageError, load, simulate
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.records.outcomes import Outcomes, join_outcomes
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.execution import tasks, work
from rolloutsim.study.execution.chunk import Interrupted, run_chunk
from rolloutsim.study.execution.executors import ExecutorLike, open_pool
from rolloutsim.study.execution.pool import Pool
from rolloutsim.study.execution.tasks import TARGET_S, Order, Outbox, Request, Work, perform
from rolloutsim.study.execution.work import run_chunks
from tests.gate import PATIENCE_S, ROOT
from tests.simulation.comparison import assert_same_tables

SCENARIO = parse(
    "{scenario: small, fleet: [{cohort: dock, robots: 5}, {cohort: yard, robots: 3, site: b}], network: {sites: {b: {downlink: 9 Mbit/s}}},"
    " application: {bundle: 1 MB, steps: {launching: {duration: {exponential: {mean: 9 s}}}}}, seed: 9}"
)
#: But the one that takes seconds.
SCENARIOS = sorted(path for path in (ROOT / "scenarios").glob("*.yaml") if path.stem != "warehouse-night")


def threads() -> Executor:
    return ThreadPoolExecutor(3)


def two_processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def nothing() -> None:
    return None


def failing() -> Executor:
    raise RuntimeError("no cluster today")


def collect(requests: list[Request], executor: ExecutorLike) -> dict[tuple[int, int], pd.DataFrame]:
    """Return the tables of jobs by request and first replicate, of which every one has to be there once."""
    found: dict[tuple[int, int], list[tuple[int, Outcomes]]] = {}
    for done in run_chunks(requests, executor=executor):
        for request, batch in done:
            found.setdefault((request.key, request.seed), []).append((request.replicates.start, batch))
    joined = {}
    for key, parts in found.items():
        joined[key] = join_outcomes([batch for _, batch in sorted(parts, key=lambda part: part[0])]).tables()
    return {key: tables.cohorts for key, tables in joined.items()}


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_that_has_travelled_gives_the_same_tables(path: Path) -> None:
    scenario = load(path)
    run = partial(run_chunk, keep="all")
    here = run(scenario, 7, range(1))
    result = perform(Outbox().write((Request(0, scenario, 7, range(1)),)), MODEL_VERSION, run)
    assert result is not None
    assert_same_tables(here.tables(), result.outcomes[0].tables())


def test_a_scenario_travels_once_and_again_to_a_worker_that_does_not_know_it() -> None:
    outbox, task = Outbox(), (Request(0, SCENARIO.replace("fleet.dock.robots", 7), 7, range(1)),)
    (first,), (second,), (third,) = outbox.write(task), outbox.write(task), outbox.write(task, with_scenarios=True)
    assert first == third
    assert second == first._replace(scenario=None)
    assert perform((second,), MODEL_VERSION, run_chunk) is None
    for order in (first, second):
        result = perform((order,), MODEL_VERSION, run_chunk)
        assert result is not None
        assert len(result.outcomes[0].tables().jobs) == 1


def test_a_long_trace_is_sent_without_being_written_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = ", ".join(map(str, range(2000)))
    link = f"link: {{trace: {{unit: bit/s, patterns: [{{period: 1 h, times: [{samples}], rate: [{samples}]}}]}}}}"
    scenario = parse(f"fleet: [{{cohort: dock, robots: 2, {link}}}]\napplication: {{bundle: 1 B}}")

    def text(*_: object) -> str:
        raise AssertionError

    monkeypatch.setattr("rolloutsim.scenario.reading.packed.pack", text)
    with pytest.raises(AssertionError):
        scenario.resolved()
    result = perform(Outbox().write((Request(0, scenario, 7, range(1)),)), MODEL_VERSION, run_chunk)
    assert result is not None
    assert_same_tables(run_chunk(scenario, 7, range(1)).tables(), result.outcomes[0].tables())


def test_a_worker_keeps_few_scenarios() -> None:
    outbox, size = Outbox(), 20
    task = tuple(Request(n, SCENARIO.replace("fleet.dock.robots", n + 50), 7, range(1)) for n in range(size))
    result = perform(outbox.write(task), MODEL_VERSION, run_chunk)
    assert result is not None
    assert len(result.outcomes) == size
    assert perform(outbox.write(task[:1]), MODEL_VERSION, run_chunk) is None
    assert perform(outbox.write(task[-1:]), MODEL_VERSION, run_chunk) is not None


class Recorder(ThreadPoolExecutor):
    """Keeps all orders, and forgets all scenarios between tasks, as a new worker does."""

    orders: ClassVar[list[Order]] = []

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, function: Any, orders: tuple[Order, ...], *rest: Any) -> Any:
        self.orders.extend(orders)

        def perform() -> Any:
            tasks._kept.clear()
            return function(orders, *rest)

        return super().submit(perform)


def test_workers_that_forget_are_sent_the_scenario_again() -> None:
    Recorder.orders.clear()
    found = collect([Request(0, SCENARIO, 9, range(40))], "tests.study.test_work:Recorder")
    pd.testing.assert_frame_equal(found[0, 9], run_chunk(SCENARIO, 9, range(40)).tables().cohorts)
    without = [order for order in Recorder.orders if order.scenario is None]
    assert without
    assert len(Recorder.orders) == 2 * len(without) + 1


@pytest.mark.parametrize("executor", ["tests.study.test_work:threads", 2], ids=str)
def test_the_same_rows_by_every_executor(executor: ExecutorLike) -> None:
    other = SCENARIO.replace("fleet.dock.robots", 40)
    requests = [Request(0, SCENARIO, 9, range(40)), Request(1, other, 1, range(3, 20)), Request(0, SCENARIO, 2**63, range(0))]
    alone = {
        key: run_chunk(request.scenario, request.seed, request.replicates).tables().cohorts
        for request in requests[:2]
        for key in [(request.key, request.seed)]
    }
    found = collect(requests, executor)
    assert found.keys() == alone.keys()
    for key, table in alone.items():
        pd.testing.assert_frame_equal(found[key], table)


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    one, two = (simulate(SCENARIO, replicates=60, executor=workers) for workers in (1, 2))
    assert one.manifest == two.manifest
    assert_same_tables(one.tables, two.tables)


@pytest.mark.parametrize(("each_s", "starts"), [(0.1, False), (0.3, True)])
def test_workers_are_started_for_what_takes_longer_than_starting_them(
    monkeypatch: pytest.MonkeyPatch, each_s: float, *, starts: bool
) -> None:
    """Here a replicate takes as long as the test sets: 20 take 2 s or 6 s."""
    clock = 0.0

    def run(scenario: Scenario, seed: int, replicates: range) -> Outcomes:
        nonlocal clock
        clock += each_s * len(replicates)
        return run_chunk(scenario, seed, replicates)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("workers were started")

    monkeypatch.setattr(work, "perf_counter", lambda: clock)
    monkeypatch.setattr(work, "open_pool", refuse)
    monkeypatch.setattr(work, "cores", lambda: 8)
    with pytest.raises(AssertionError, match="workers were started") if starts else nullcontext():
        assert sum(len(done) for done in run_chunks([Request(0, SCENARIO, 9, range(20))], run=run)) >= 1


def test_tasks_hold_every_replicate_once_whatever_is_measured() -> None:
    todo = Work([Request(0, SCENARIO, 1, range(1000)), Request(0, SCENARIO, 2, range(5, 50)), Request(0, SCENARIO, 3, range(2))])
    wanted = [(1, n) for n in range(1000)] + [(2, n) for n in range(5, 50)] + [(3, n) for n in range(2)]
    found: list[tuple[int, int]] = []
    sizes: list[int] = []
    while todo:
        task = todo.take(workers=2)
        found += [(request.seed, n) for request in task for n in request.replicates]
        sizes.append(sum(request.size for request in task))
        todo.learn(sizes[-1], 0.001 * sizes[-1] ** 0.9)
    assert found == wanted
    assert sizes[0] == 8
    assert all(after <= 4 * before for before, after in pairwise(sizes))
    assert max(sizes) <= 8 * 1047 / 4
    seconds = [0.001 * size**0.9 for size in sizes]
    assert seconds[-1] <= 0.1
    assert all(0.05 <= lasting <= 0.5 for lasting in seconds[5:-1])  # no splinters towards the end


class Starting(NamedTuple):
    """Workers that start when `wanted` is set; `starters` are the threads that start them, and `happened` lists what happened."""

    wanted: threading.Event
    starters: list[threading.Thread]
    happened: list[str]


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> Starting:
    """Workers, which are threads, start when the event is set."""
    wanted, starters, happened = threading.Event(), list[threading.Thread](), list[str]()

    def opening() -> Pool:
        starters.append(threading.current_thread())
        assert wanted.wait(PATIENCE_S)
        return Pool(lambda: ThreadPoolExecutor(2), workers=lambda _: 2, close=lambda _: happened.append("closed"))

    monkeypatch.setattr(work, "cores", lambda: 8)
    monkeypatch.setattr(work, "open_pool", opening)
    monkeypatch.setattr(work, "_WORTH_WORKERS_S", 0.0)
    monkeypatch.setattr(work, "TARGET_S", 0.0)
    monkeypatch.setattr(work, "_SHORT_S", 1e-6)
    return Starting(wanted, starters, happened)


def test_this_process_works_until_workers_have_started(starting: Starting) -> None:
    here = list[bool]()

    def run(scenario: Scenario, seed: int, replicates: range) -> Outcomes:
        here.append(threading.current_thread() is threading.main_thread())
        if len(here) == 5:
            starting.wanted.set()
            starting.starters[0].join(PATIENCE_S)
        return run_chunk(scenario, seed, replicates)

    done = [request.replicates for done in run_chunks([Request(0, SCENARIO, 9, range(300))], run=run) for request, _ in done]
    assert sorted(number for replicates in done for number in replicates) == list(range(300))
    assert all(here[:5])
    assert not any(here[5:])
    assert starting.happened == ["closed"]


def test_ctrl_c_while_workers_start_and_this_process_works(starting: Starting) -> None:
    def run(scenario: Scenario, seed: int, replicates: range) -> Outcomes:
        if replicates.start < 3:
            return run_chunk(scenario, seed, replicates)
        starting.wanted.set()
        raise Interrupted(run_chunk(scenario, seed, range(0)))

    kept: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        kept.extend(n for done in run_chunks([Request(0, SCENARIO, 9, range(300))], run=run) for _, batch in done for n in batch.replicates)
    assert kept == [0, 1, 2]
    assert starting.happened == ["closed"]


def test_a_point_is_cut_only_if_it_is_larger_than_a_task() -> None:
    tasks = Work([Request(0, SCENARIO, seed, range(30)) for seed in range(10)] + [Request(0, SCENARIO, 10, range(3000))])
    tasks.learn(8 * 100, TARGET_S)  # a task holds 100 replicates
    assert [request.replicates for request in tasks.take()] == [range(30)] * 3
    taken = [tasks.take() for _ in range(3)]
    assert [len(task) for task in taken] == [3, 3, 2]
    assert [request.replicates for request in taken[-1]] == [range(30), range(70)]


# --- mistakes ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        (0, "executor: a whole number from 1 to 1,024 is needed, and this is 0"),
        (True, "executor: a whole number from 1 to 1,024 is needed, and this is True"),
        (2.5, "executor: a float has no submit and is no executor: write a number of processes, dask"),
        (":", "there is no executor ':': write a number of processes, dask"),
        ("os:", "there is no executor 'os:'"),
        ("10.0.0.1:8786", "there is no executor '10.0.0.1:8786'.* such as tcp://"),
        ("slurm", "there is no executor 'slurm'"),
        ("nowhere.to.be.found:make", "executor nowhere.to.be.found:make: the module cannot be imported"),
        ("tests.study.test_work:make", "tests.study.test_work has no 'make'"),
        ("tests.study.test_work:SCENARIO", "it fails with TypeError: 'Scenario' object is not callable"),
        ("tests.study.test_work:failing", "it fails with RuntimeError: no cluster today"),
        ("tests.study.test_work:nothing", "it returns a NoneType, which has no submit and is no executor"),
    ],
)
def test_wrong_executors(executor: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_pool(executor)


@pytest.mark.parametrize("how", [{"replicates": 3}, {"precision": ["failed_share 0.1"]}], ids=str)
def test_simulate_refuses_a_wrong_executor(how: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="there is no executor 'slurm'"):
        simulate(SCENARIO, executor="slurm", **how)


def test_another_version_on_a_worker_is_reported() -> None:
    with pytest.raises(UsageError, match=f"a worker has model version {MODEL_VERSION}, and {MODEL_VERSION + 1} is needed"):
        perform((), MODEL_VERSION + 1, run_chunk)


def broken(scenario: Scenario, seed: int, replicates: range) -> Outcomes:
    raise ModuleNotFoundError("No module named 'rolloutsim'")


def test_workers_that_cannot_work_are_reported() -> None:
    with (
        threads() as executor,
        pytest.raises(SimulationError, match=r"a worker could not do its task \(ModuleNotFoundError: No module named"),
    ):
        list(run_chunks([Request(0, SCENARIO, 1, range(2))], run=broken, executor=executor))


@pytest.mark.slow
def test_a_script_that_is_its_own_worker_is_reported(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import rolloutsim\nprint(rolloutsim.simulate(rolloutsim.load('scenarios/robomaker-100.yaml'), replicates=9, executor=2))"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S)
    assert done.returncode == 1
    assert "UsageError: worker processes do not start: in a script, everything that starts a study belongs below" in done.stderr
