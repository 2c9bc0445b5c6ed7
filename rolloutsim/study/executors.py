"""Where tasks run: in this process, in processes of this machine, on a Dask cluster, or wherever an executor of one's own takes them.

Anything with the `submit` of `concurrent.futures.Executor` serves. A `Pool` is such an executor with what the library does not say of
it: how many tasks it runs at once, which errors mean that a worker died, and how to go on after that.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from multiprocessing import resource_tracker
from typing import Any, NamedTuple, Self

from rolloutsim.errors import SimulationError, UsageError

__all__ = ["ANYWHERE", "EXECUTORS", "Pool", "Where", "cores", "open_pool"]

EXECUTORS = ("processes", "dask", "module:factory")


class Where(NamedTuple):
    """Where a study runs; none of its numbers depends on that.

    Attributes
    ----------
    workers
        How many; 1 is this process. By default this process begins, and one process a core goes on if much is left. A cluster that is
        there, or an executor of one's own, has as many as it has.
    executor
        ``processes``, ``dask``, ``module:factory`` (a function without parameters that returns an executor), or an executor.
    scheduler
        Address of a Dask scheduler, e.g. ``tcp://10.0.0.1:8786``; without one Dask runs on this machine.
    """

    workers: int | None = None
    executor: str | Executor | None = None
    scheduler: str | None = None


ANYWHERE = Where()


class Pool:
    """Workers.

    Parameters
    ----------
    make
        Returns the executor; called again when that broke.
    workers
        How many tasks an executor runs at once.
    deaths
        What a future raises when its worker died.
    close
        Ends an executor without waiting for tasks.
    dead
        Tells whether a worker has died of which the executor may never tell: it waits for the rest of what that one was writing.
    """

    def __init__(
        self,
        make: Callable[[], Executor],
        *,
        workers: Callable[[Executor], int],
        deaths: tuple[type[Exception], ...] = (BrokenExecutor,),
        close: Callable[[Executor], None] | None = None,
        dead: Callable[[Executor], bool] = lambda _: False,
    ) -> None:
        self._make, self._workers, self._close, self._dead = make, workers, close, dead
        self.deaths = deaths
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
        """Take new workers after the executor broke."""
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


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_pool(executor: str | Executor = "processes", *, workers: int | None = None, scheduler: str | None = None) -> Pool:
    """Return workers.

    Parameters
    ----------
    executor, workers, scheduler
        As for `Where`; but by default one worker a core.

    Raises
    ------
    UsageError
        For an executor that does not exist or does not start.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"{workers} workers do no work: ask for at least 1")
    if scheduler is not None and executor != "dask":
        raise UsageError(f"a scheduler ({scheduler}) is of use with the executor dask only: add --executor dask")
    if isinstance(executor, str):
        if executor == "processes":
            return _processes(workers or cores())
        if executor == "dask":
            from rolloutsim.study.dask import dask_pool

            return dask_pool(scheduler, workers)
        if ":" in executor:
            return _named(executor)
        raise UsageError(f"there is no executor {executor!r}: it is one of {', '.join(EXECUTORS)}")
    return Pool(_once(executor), workers=_size)


def _processes(count: int) -> Pool:
    # Never fork: this process may have threads, of which a copy would wait for locks that nobody holds.
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
    if hasattr(context, "set_forkserver_preload"):
        context.set_forkserver_preload(["rolloutsim.study.preloaded"])

    def make() -> Executor:
        executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)
        # Ctrl-C does not reach this thread, so no process is left half started.
        starter = ThreadPoolExecutor(1)
        try:
            starter.submit(_start, executor).result().result()
            starter.shutdown(wait=False)
            return executor
        except KeyboardInterrupt:
            _kill(executor)
            raise
        except BrokenExecutor:
            raise UsageError(
                "worker processes do not start: in a script, everything that starts a study belongs below "
                'if __name__ == "__main__": (see the documentation of multiprocessing); or ask for 1 worker'
            ) from None

    return Pool(make, workers=lambda _: count, close=_kill, dead=_one_is_dead)


def _start(executor: Executor) -> Future[int]:
    """Start all workers; they and the threads that serve them inherit which signals this thread does not take."""
    resource_tracker.ensure_running()  # which would take SIGINT again
    if hasattr(signal, "pthread_sigmask"):
        # Where SIGPIPE ends the program (as in our command line), a worker that died must not: to write to it is an error like others.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGPIPE])
    return executor.submit(os.getpid)


def _begin() -> None:
    """Prepare a worker process: Ctrl-C is the business of the main process, and without that there is nobody to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _kill(executor: Executor) -> None:
    assert isinstance(executor, ProcessPoolExecutor)
    # What shutdown forgets; the first fills while they are started. From Python 3.14 on there is executor.kill_workers().
    processes, results = executor._processes, executor._result_queue
    executor.shutdown(wait=False, cancel_futures=True)  # which waits until those are there that are being started
    for process in list((processes or {}).values()):
        process.kill()
    for process in list((processes or {}).values()):
        process.join()
    # One that was killed while it wrote a result leaves a thread of ours waiting for the rest, which ends when nobody can write it.
    results._writer.close()  # type: ignore[attr-defined]  # not told by the types of the library


def _one_is_dead(executor: Executor) -> bool:
    assert isinstance(executor, ProcessPoolExecutor)
    return any(process.exitcode is not None for process in list((executor._processes or {}).values()))


def _named(name: str) -> Pool:
    module, _, attribute = name.partition(":")
    try:
        factory = getattr(import_module(module), attribute)
    except ImportError as error:
        raise UsageError(f"executor {name}: the module cannot be imported ({error}): is it installed, or in PYTHONPATH?") from error
    except AttributeError:
        raise UsageError(f"executor {name}: {module} has no {attribute!r}") from None

    def make() -> Executor:
        try:
            executor: Executor = factory()
        except Exception as error:
            raise UsageError(f"executor {name}: it fails with {type(error).__name__}: {error}") from error
        if not callable(getattr(executor, "submit", None)):
            raise UsageError(f"executor {name}: it returns a {type(executor).__name__}, which has no submit and is no executor")
        return executor

    return Pool(make, workers=_size, close=lambda executor: executor.shutdown(wait=False, cancel_futures=True))


def _once(executor: Executor) -> Callable[[], Executor]:
    """Return a function that returns an executor of the caller's, which nobody but the caller can renew."""
    given = [executor]

    def make() -> Executor:
        if not given:
            raise SimulationError("the executor is broken: a worker died; give a module:factory, from which a new one can be made")
        return given.pop()

    return make


def _size(executor: Executor) -> int:
    return getattr(executor, "_max_workers", 0) or cores()
