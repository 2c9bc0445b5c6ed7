"""Worker processes of this machine: how they start, and how they end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import resource_tracker
from typing import Any

from rolloutsim.errors import UsageError
from rolloutsim.study.execution.pool import Pool, WorkersError

#: How often workers are started, and the pause between two tries, in seconds: the process that starts them may have been killed.
_TRIES, _PAUSE_S = 10, 0.1


def why_not() -> str | None:
    """Return why this process cannot start workers, or None if it can."""
    if multiprocessing.current_process().daemon:
        return "this process is itself a worker, which must not start processes"
    try:
        os.getcwd()
    except OSError as error:
        return f"there is no current folder to start them in ({error.strerror})"
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if getattr(main, "__spec__", None) is None and file is not None and not os.path.isfile(file):
        return f"the script {file} is not a file that worker processes can open"
    return None


def processes_pool(count: int) -> Pool:
    """Return worker processes of this machine.

    Raises
    ------
    UsageError
        If this process cannot have workers.
    WorkersError
        If the system does not let processes start.
    """
    if reason := why_not():
        raise UsageError(f"worker processes cannot start: {reason}: choose executor 1, this process")
    # Never fork: this process may have threads, of which a copy would wait for locks that are never released.
    starting: Any = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
    if hasattr(starting, "set_forkserver_preload"):
        starting.set_forkserver_preload(["rolloutsim.study.execution.worker_preload"])
    context = _Daemons(starting)

    def make() -> Executor:
        try:
            for _ in range(_TRIES - 1):
                with suppress(EOFError, ConnectionError):
                    return _make(context, count)
                time.sleep(_PAUSE_S)  # until the system notes that the process is dead that starts the workers: then there is a new one
            return _make(context, count)
        except BrokenExecutor:
            raise UsageError(
                "worker processes do not start: in a script, everything that starts a study belongs below "
                'if __name__ == "__main__": (see the documentation of multiprocessing); or choose executor 1, this process'
            ) from None
        except (OSError, EOFError, RuntimeError, MemoryError) as error:
            raise WorkersError(
                f"worker processes cannot start ({_reason(error)}): is there enough memory, and may this user start processes and use "
                "/dev/shm? Executor 1, this process, does without them"
            ) from error

    return Pool(make, workers=lambda _: count, close=_kill, dead=_one_is_dead)


class _Daemons:
    """A context of multiprocessing whose processes end with this one: otherwise one that was left over would be waited for without end."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def Process(self, *args: Any, **options: Any) -> Any:  # noqa: N802  # the name in multiprocessing
        return self._context.Process(*args, daemon=True, **options)


def _make(context: Any, count: int) -> ProcessPoolExecutor:
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)
    try:
        # Ctrl-C does not reach this thread, so no process is left half started.
        starter = ThreadPoolExecutor(1)
        starter.submit(_start, executor).result().result()
        starter.shutdown(wait=False)
    except BaseException:
        _kill(executor)
        raise
    return executor


def _start(executor: ProcessPoolExecutor) -> Future[int]:
    """Start all workers; they and the threads that serve them inherit which signals this thread does not take."""
    resource_tracker.ensure_running()  # which would take SIGINT again
    if hasattr(signal, "pthread_sigmask"):
        # Where SIGPIPE ends the program (as in our command line), a worker that died must not: to write to it is an error like others.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGPIPE])
    # All of them now, and not one by one when tasks come, as the library does; under its lock, as it does, or a shutdown meanwhile would
    # lose sight of the one that is being started.
    with executor._shutdown_lock:  # private
        executor._launch_processes()  # type: ignore[attr-defined]  # private
    return executor.submit(os.getpid)


def _begin() -> None:
    """Prepare a worker process: Ctrl-C is left to the main process, and a worker ends when the main process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _reason(error: BaseException) -> str:
    if isinstance(error, (EOFError, ConnectionError)):
        return "the process that starts them was killed"
    return str(error) or type(error).__name__


def _kill(executor: Executor) -> None:
    assert isinstance(executor, ProcessPoolExecutor)
    # What shutdown forgets; the first fills while they are started. From Python 3.14 on there is executor.kill_workers().
    processes, results = executor._processes, executor._result_queue
    executor.shutdown(wait=False, cancel_futures=True)  # which waits until those are there that are being started
    for process in list((processes or {}).values()):
        process.kill()
    for process in list((processes or {}).values()):
        process.join()
    # One that was killed while it wrote a result leaves a thread of ours waiting for the rest, which ends when no process can write it.
    if results is not None:  # it is not closed yet
        results._writer.close()  # type: ignore[attr-defined]  # private


def _one_is_dead(executor: Executor) -> bool:
    assert isinstance(executor, ProcessPoolExecutor)
    return any(process.exitcode is not None for process in list((executor._processes or {}).values()))
