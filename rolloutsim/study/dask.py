"""Dask as an executor: an existing cluster, or one on this machine."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from multiprocessing import resource_tracker

from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.study.executors import Pool, cores

__all__ = ["dask_pool"]

_log = logging.getLogger(__name__)


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
def _quiet() -> Iterator[None]:
    """Let Dask end without telling of what it was interrupted in."""
    loggers = [logging.getLogger(name) for name in ("tornado.application", "distributed", "asyncio")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def dask_pool(scheduler: str | None, workers: int | None) -> Pool:
    """Return the workers of a Dask cluster.

    Parameters
    ----------
    scheduler
        Its address; None starts a cluster on this machine.
    workers
        Processes of that cluster; default: one a core.

    Raises
    ------
    UsageError
        If Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client, KilledWorker, LocalCluster
    except ImportError:
        raise UsageError('the executor dask needs Dask: pip install "rolloutsim[dask]"') from None
    if scheduler is not None and workers is not None:
        raise UsageError("a Dask scheduler has its own workers: leave out --workers")
    cluster = None
    if scheduler is None:
        with _unmoved_by_ctrl_c():
            cluster = LocalCluster(n_workers=workers or cores(), threads_per_worker=1, dashboard_address=None)
    try:
        client = Client(cluster or scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{scheduler}: no Dask scheduler answers there ({error})") from error

    if scheduler is not None and not client.nthreads():
        _log.warning("%s: this Dask scheduler has no workers yet; tasks wait for some (dask worker %s starts one)", scheduler, scheduler)

    def workers_there(_: Executor) -> int:
        try:
            return sum(client.nthreads().values())
        except OSError as error:
            raise SimulationError(
                f"the Dask scheduler does not answer any more ({error}): when it does, run the study again, which goes on from here"
            ) from error

    def close(executor: Executor) -> None:
        with _quiet():
            client.close()
            if cluster is not None:
                cluster.close()

    # pure=False: a task that is tried again is another task
    return Pool(
        lambda: client.get_executor(pure=False),
        workers=workers_there,
        deaths=(KilledWorker,),
        close=close,
    )
