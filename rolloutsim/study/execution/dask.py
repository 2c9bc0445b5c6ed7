"""Dask as an executor: an existing cluster, or one on this machine."""

from __future__ import annotations

import logging
import re
import signal
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker

from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.study.execution.cores import cores
from rolloutsim.study.execution.pool import Pool
from rolloutsim.study.execution.processes import why_not

_log = logging.getLogger(__name__)
_GONE = "the Dask scheduler does not answer any more: when it does, run the study again, which goes on from here"


@contextmanager
def _unmoved_by_ctrl_c() -> Iterator[None]:
    """Start threads and processes that leave Ctrl-C to this process."""
    resource_tracker.ensure_running()  # which would take SIGINT again
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _quiet(*packages: str) -> Iterator[None]:
    """Let packages, or parts of them, log nothing."""
    names = [name for name in list(logging.root.manager.loggerDict) if any(f"{name}.".startswith(f"{package}.") for package in packages)]
    loggers = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in loggers:
            logger.disabled = False


def dask_pool(scheduler: str | None = None) -> Pool:
    """Return the workers of a Dask cluster.

    Parameters
    ----------
    scheduler
        Its address; None starts a cluster on this machine, with one worker per core.

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client, KilledWorker, LocalCluster
    except ImportError:
        raise UsageError('the executor dask needs Dask: pip install "rolloutsim[dask]"') from None
    if scheduler is not None and not re.fullmatch(r"tcp://[^\s/]+:\d{1,5}", scheduler):
        raise UsageError(f"{scheduler} is not the address of a Dask scheduler: write e.g. tcp://10.0.0.1:8786, with the port")
    if scheduler is None and (reason := why_not()):
        raise UsageError(f"a Dask cluster on this machine cannot start: {reason}: give the address of a scheduler, or 1 for this process")
    closing = ExitStack()

    def close(_: Executor | None = None) -> None:
        with _quiet("distributed", "tornado", "asyncio"):
            closing.close()

    try:
        # What the client logs comes back as an exception, too.
        closing.enter_context(_quiet("distributed.client"))
        if scheduler is None:
            with _unmoved_by_ctrl_c():
                # Even without a dashboard the scheduler opens its port, which may be in use.
                free = {"dashboard": False, "dashboard_address": ":0"}
                cluster = LocalCluster(n_workers=cores(), threads_per_worker=1, scheduler_kwargs=free)
                closing.callback(cluster.close)
            client = Client(cluster, set_as_default=False)
        else:
            client = Client(scheduler, set_as_default=False)
        closing.callback(client.close)
    except BaseException as error:
        close()
        if scheduler is not None and isinstance(error, (OSError, ValueError)):
            raise UsageError(
                f"{scheduler}: no Dask scheduler answers there ({error}): is it running, and can this machine reach it?"
            ) from error
        raise

    if scheduler is not None and not client.nthreads():
        _log.warning("%s: this Dask scheduler has no workers yet; tasks wait for some (dask worker %s starts one)", scheduler, scheduler)

    def workers_there(_: Executor) -> int:
        try:
            return sum(client.nthreads().values())
        except OSError as error:
            raise SimulationError(_GONE) from error

    # pure=False: a task that is tried again is another task
    return Pool(
        lambda: client.get_executor(pure=False),
        workers=workers_there,
        deaths=(KilledWorker,),
        ends=(CancelledError,),
        farewell=_GONE,
        close=close,
    )
