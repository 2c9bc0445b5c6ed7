"""Getting work done: tasks go to workers, outcomes come back as they are ready, and a worker that dies costs nothing but time."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from rolloutsim.errors import RolloutsimError, SimulationError
from rolloutsim.simulation.records.outcomes import Crash, Outcomes
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.execution.chunk import Interrupted, run_chunk
from rolloutsim.study.execution.cores import cores
from rolloutsim.study.execution.executors import ExecutorLike, open_pool
from rolloutsim.study.execution.interruption import Interruption
from rolloutsim.study.execution.pool import Pool, WorkersError
from rolloutsim.study.execution.processes import why_not
from rolloutsim.study.execution.tasks import TARGET_S, Outbox, Request, Result, Task, Work, perform

if TYPE_CHECKING:
    from rolloutsim.study.execution.tasks import RunChunk

_log = logging.getLogger(__name__)

#: Worker processes are started for what would take this process longer, in seconds: they take a second or two to start.
_WORTH_WORKERS_S = 4.0
#: A task in this process while they start, in seconds: when they are ready it is to be done.
_SHORT_S = 0.1
#: Tasks handed out for each worker: one that runs, one that waits, and one on its way.
_IN_FLIGHT = 3
#: Seconds between two checks for Ctrl-C while nothing comes back.
_WAIT_S = 0.2
#: Seconds without a result before checking for workers that died without the executor noticing.
_LOOK_S = 5.0
#: How often a replicate may kill its worker, while nothing else runs, before it is given up.
_TRIES = 2


#: A finished task: each request, which may be a part of one that was made, with its outcomes.
Done = tuple[tuple[Request, Outcomes], ...]


def run_chunks(requests: Iterable[Request], *, executor: ExecutorLike = None, run: RunChunk = run_chunk) -> Iterator[Done]:
    """Simulate requests and yield them in pieces as they are finished, in any order.

    How requests are cut into pieces depends on the time that replicates take; what is in them does not.

    Parameters
    ----------
    requests
        May be of different scenarios.
    executor
        What does the work.
    run
        Simulates a chunk; a function that can be pickled, e.g. a `functools.partial` of `run_chunk`.

    Raises
    ------
    UsageError
        If the executor does not exist or does not start.
    SimulationError
        If workers cannot run tasks.
    KeyboardInterrupt
        On Ctrl-C, at once, after the outcomes of this process itself are yielded.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> requests = [Request(0, scenario, 1, range(3)), Request(0, scenario, 2, range(2))]
    >>> sum(outcomes.size for done in run_chunks(requests) for _, outcomes in done)
    5
    """
    work = Work(requests)
    if executor == 1 or (executor is None and (cores() == 1 or why_not())):
        yield from _here(work, run, lambda _: False)
    elif executor is not None:
        with open_pool(executor) as pool:
            yield from _Dispatcher(work, pool, run)
    else:
        yield from _here(work, run, lambda spent: spent >= TARGET_S and work.seconds_left >= _WORTH_WORKERS_S)
        if work:
            yield from _here_then_workers(work, run)


def _here(work: Work, run: RunChunk, enough: Callable[[float], bool], target_s: float = TARGET_S) -> Iterator[Done]:
    """Do work in this process, to the end or until it is enough; `enough` gets the seconds so far after each task."""
    spent = 0.0
    while work and not enough(spent):
        begun = perf_counter()
        done: list[tuple[Request, Outcomes]] = []
        task = work.take(target_s=target_s)
        for request in task:
            try:
                done.append((request, run(request.scenario, request.seed, request.replicates)))
            except Interrupted as stop:
                yield (*done, (request, stop.outcomes))
                raise KeyboardInterrupt from None
        seconds = perf_counter() - begun
        work.learn(_size(task), seconds)
        spent += seconds
        yield tuple(done)


def _here_then_workers(work: Work, run: RunChunk) -> Iterator[Done]:
    """Have workers do the work, and do some here until they have started; do all of it here if the system lets none start."""
    try:
        starter = ThreadPoolExecutor(1)
        opening = starter.submit(open_pool)
    except RuntimeError as error:  # no more threads
        yield from _alone(work, run, f"workers cannot start ({error})")
        return
    starter.shutdown(wait=False)
    try:
        yield from _here(work, run, lambda _: opening.done(), _SHORT_S)
    except BaseException:
        with suppress(WorkersError):
            opening.result().close()
        raise
    try:
        pool = opening.result()
    except WorkersError as error:
        yield from _alone(work, run, str(error))
        return
    with pool:
        yield from _Dispatcher(work, pool, run)


def _alone(work: Work, run: RunChunk, why: str) -> Iterator[Done]:
    _log.warning("%s; this process does all the work", why)
    yield from _here(work, run, lambda _: False)


def _size(task: Task) -> int:
    return sum(request.size for request in task)


class _Dispatcher:
    """Keeps workers busy.

    When a worker dies, the tasks that may have killed it are tried again one at a time while nothing else runs, halved whenever the
    worker dies again. So the replicate that kills workers is found, and it alone is given up: how work was cut into tasks leaves no trace.
    """

    def __init__(self, work: Work, pool: Pool, run: RunChunk) -> None:
        self._work, self._pool, self._run = work, pool, run
        self._outbox = Outbox()
        self._running: dict[Future[Result | None], Task] = {}
        self._suspects: deque[Task] = deque()
        self._alone = False
        self._tries = 0

    def __iter__(self) -> Iterator[Done]:
        with Interruption() as interruption:
            yield from self._run_all(interruption)

    def _run_all(self, interruption: Interruption) -> Iterator[Done]:
        heard = monotonic()
        while True:
            interruption.check()
            if not self._running:
                self._alone = bool(self._suspects)
                if self._alone:
                    self._submit(self._suspects.popleft())
            if not self._suspects and not self._alone:
                workers = self._pool.workers
                while self._work and len(self._running) < _IN_FLIGHT * workers:
                    self._submit(self._work.take(workers))
            if not self._running:
                return
            done = wait(self._running, timeout=_WAIT_S, return_when=FIRST_COMPLETED).done
            for future in done:
                yield from self._finish(future)
            if done:
                heard = monotonic()
            elif monotonic() - heard > _LOOK_S and self._pool.one_is_dead:
                self._pool.renew()
                lost, self._running = list(self._running.values()), {}
                for task in lost:
                    yield from self._died(task)

    def _submit(self, task: Task, *, with_scenarios: bool = False) -> None:
        orders = self._outbox.write(task, with_scenarios=with_scenarios)
        try:
            future = self._pool.executor.submit(perform, orders, MODEL_VERSION, self._run)
        except BrokenExecutor:  # a worker died between two tasks
            self._pool.renew()
            future = self._pool.executor.submit(perform, orders, MODEL_VERSION, self._run)
        self._running[future] = task

    def _finish(self, future: Future[Result | None]) -> Iterator[Done]:
        task = self._running.pop(future)
        try:
            result = future.result()
        except self._pool.deaths:
            yield from self._died(task)
        except self._pool.ends as error:
            raise SimulationError(self._pool.farewell) from error
        except RolloutsimError:
            raise
        except Exception as error:
            raise SimulationError(
                f"a worker could not do its task ({type(error).__name__}: {error}): is the same rolloutsim installed where it runs?"
            ) from error
        else:
            if result is None:  # it does not know the scenario
                self._submit(task, with_scenarios=True)
                return
            self._tries = 0
            if result.seconds:
                self._work.learn(_size(task), result.seconds)
            yield tuple(zip(task, result.outcomes, strict=True))

    def _died(self, task: Task) -> Iterator[Done]:
        if not self._alone:
            self._suspects.append(task)
            return
        halves = _halves(task)
        self._tries += 1
        if halves:
            self._tries = 0
            self._suspects.extendleft(reversed(halves))
        elif self._tries < _TRIES:
            self._suspects.appendleft(task)
        else:
            self._tries = 0
            yield ((task[0], _given_up(task[0])),)


def _halves(task: Task) -> tuple[Task, ...]:
    """Return a task in two parts, or nothing if it is a single replicate."""
    if len(task) > 1:
        return task[: len(task) // 2], task[len(task) // 2 :]
    (request,) = task
    middle = len(request.replicates) // 2
    if not middle:
        return ()
    return tuple((request._replace(replicates=part),) for part in (request.replicates[:middle], request.replicates[middle:]))


def _given_up(request: Request) -> Outcomes:
    message = f"the worker that simulated it died {1 + _TRIES} times, perhaps for want of memory"
    crash = Crash(request.replicates[0], "WorkerDied", message, "", "worker")
    return Recorder(request.scenario).outcomes()._replace(crashes=(crash,))
