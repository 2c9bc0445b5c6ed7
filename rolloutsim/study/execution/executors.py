"""Where tasks run: in this process, in processes of this machine, on a Dask cluster, or on an executor of your own.

Anything with the `submit` of `concurrent.futures.Executor` serves.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from importlib import import_module
from operator import attrgetter

from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.printing import shorten
from rolloutsim.study.arguments import expect_count
from rolloutsim.study.execution.cores import cores
from rolloutsim.study.execution.dask import dask_pool
from rolloutsim.study.execution.pool import Pool
from rolloutsim.study.execution.processes import processes_pool

#: What every study takes as its `executor`; none of its numbers depends on it. A number of processes, of which 1 is this process; ``dask``
#: (a cluster on this machine, one worker per core); the address of a Dask scheduler, e.g. ``tcp://10.0.0.1:8786``; ``module:factory`` (a
#: function without parameters that returns an executor); or an executor. By default this process begins, and one process per core goes on
#: if much work is left.
ExecutorLike = int | str | Executor | None

_MOST_PROCESSES = 1024
_KINDS = "write a number of processes, dask, the address of a Dask scheduler such as tcp://10.0.0.1:8786, or module:factory"


def open_pool(executor: ExecutorLike = None) -> Pool:
    """Return workers; by default one process per core.

    Raises
    ------
    UsageError
        If the executor does not exist or does not start.
    WorkersError
        If the system does not let processes start.
    """
    if executor is None:
        return processes_pool(cores())
    if hasattr(executor, "__index__"):
        expect_count("executor", executor, most=_MOST_PROCESSES)
        return processes_pool(int(executor))
    if not isinstance(executor, str):
        if not callable(getattr(executor, "submit", None)):
            raise UsageError(f"executor: a {type(executor).__name__} has no submit and is no executor: {_KINDS}")
        return Pool(_once(executor), workers=_size)
    if executor == "dask":
        return dask_pool()
    if "://" in executor:
        return dask_pool(executor)
    module, colon, factory = executor.partition(":")
    if colon and all(part.isidentifier() for part in (*module.split("."), *factory.split("."))):
        return _named(module, factory)
    raise UsageError(f"there is no executor {shorten(executor)!r}: {_KINDS}")


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
            raise UsageError(f"executor {name}: it fails with {type(error).__name__}: {error}; correct it, or choose another") from error
        if not callable(getattr(executor, "submit", None)):
            raise UsageError(f"executor {name}: it returns a {type(executor).__name__}, which has no submit and is no executor: return one")
        return executor

    return Pool(make, workers=_size, close=lambda executor: executor.shutdown(wait=False, cancel_futures=True))


def _once(executor: Executor) -> Callable[[], Executor]:
    """Return a function that returns the caller's executor, which only the caller can renew."""
    given = [executor]

    def make() -> Executor:
        if not given:
            raise SimulationError("the executor is broken: a worker died; give a module:factory, from which a new one can be made")
        return given.pop()

    return make


def _size(executor: Executor) -> int:
    return getattr(executor, "_max_workers", 0) or cores()
