"""Where tasks run: in this process, in processes of this machine, on a Dask cluster, or wherever an executor of one's own takes them.

Anything with the `submit` of `concurrent.futures.Executor` serves. A `Pool` is such an executor with what the library does not say of
it: how many tasks it runs at once, which errors mean that a worker died, and how to go on after that.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from importlib import import_module
from operator import attrgetter
from typing import NamedTuple, Self

from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.study.execution.cores import cores

__all__ = ["DEFAULT_EXECUTOR", "EXECUTORS", "ExecutorSpec", "Pool", "WorkersError", "open_pool"]

EXECUTORS = ("processes", "dask", "module:factory")


class ExecutorSpec(NamedTuple):
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


DEFAULT_EXECUTOR = ExecutorSpec()


class WorkersError(SimulationError):
    """Workers cannot start, for a reason that lies in the system and not in what was asked for."""


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
    ends, farewell
        What a future raises when all workers are lost for good, and the error message for that.
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
        ends: tuple[type[Exception], ...] = (),
        farewell: str = "",
        close: Callable[[Executor], None] | None = None,
        dead: Callable[[Executor], bool] = lambda _: False,
    ) -> None:
        self._make, self._workers, self._close, self._dead = make, workers, close, dead
        self.deaths = deaths
        self.ends, self.farewell = ends, farewell
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


def open_pool(executor: str | Executor = "processes", *, workers: int | None = None, scheduler: str | None = None) -> Pool:
    """Return workers.

    Parameters
    ----------
    executor, workers, scheduler
        As for `ExecutorSpec`; but by default one worker a core.

    Raises
    ------
    UsageError
        For an executor that does not exist or does not start.
    WorkersError
        If the system does not let processes start.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"{workers} workers do no work: ask for at least 1")
    if scheduler is not None and executor != "dask":
        raise UsageError(f"a scheduler ({scheduler}) is of use with the executor dask only: add --executor dask")
    if isinstance(executor, str):
        if executor == "processes":
            from rolloutsim.study.execution.processes import processes_pool

            return processes_pool(workers or cores())
        if executor == "dask":
            from rolloutsim.study.execution.dask import dask_pool

            return dask_pool(scheduler, workers)
        module, colon, factory = executor.partition(":")
        if colon and all(part.isidentifier() for part in (*module.split("."), *factory.split("."))):
            return _named(module, factory)
        raise UsageError(f"there is no executor {executor!r}: it is one of {', '.join(EXECUTORS)}")
    return Pool(_once(executor), workers=_size)


def _named(module: str, attribute: str) -> Pool:
    name = f"{module}:{attribute}"
    try:
        factory = attrgetter(attribute)(import_module(module))
    except ImportError as error:
        raise UsageError(f"executor {name}: the module cannot be imported ({error}): is it installed, or in PYTHONPATH?") from error
    except AttributeError:
        raise UsageError(f"executor {name}: {module} has no {attribute!r}: name a function that returns an executor") from None

    def make() -> Executor:
        try:
            executor: Executor = factory()
        except Exception as error:
            raise UsageError(f"executor {name}: it fails with {type(error).__name__}: {error}; correct it, or choose processes") from error
        if not callable(getattr(executor, "submit", None)):
            raise UsageError(f"executor {name}: it returns a {type(executor).__name__}, which has no submit and is no executor: return one")
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
