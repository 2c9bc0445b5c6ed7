"""Kernels as compiled code: the record that stands for a robot, and numba's cache."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import MISSING, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

from rolloutsim import kernel
from rolloutsim.simulation.draws import PHASE_COUNT
from rolloutsim.simulation.robot import Robot

__all__ = ["cache_directory", "compiled", "is_cached", "new_records", "record_dtype", "record_of", "scratch_record"]


#: Where kernels are, and the numbers that they know.
_SOURCES = ("*.py", "distributions/*.py", "simulation/*.py")


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel's compiled form; machine code is kept in `cache_directory` once for all processes, if that can be written to."""
    import numba

    numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]  # numba makes its settings at run time
    kernel.enable()
    form: Any = numba.njit(cache=_can_cache(), nogil=True, error_model="numpy")(function)
    make = form.compile

    def make_once(signature: Any) -> Any:
        """Load machine code, or make it while other processes wait for it."""
        if is_cached(function):
            return make(signature)
        with _alone():
            return make(signature)

    form.compile = make_once
    result: Callable[..., Any] = form
    return result


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock of the cache folder: of processes that start together one makes the machine code, and the others load it.

    Where files cannot be locked, each process makes its own.
    """
    try:
        import fcntl

        file = (cache_directory() / ".lock").open("w")
    except (ImportError, OSError):
        yield
        return
    with file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _can_cache() -> bool:
    try:
        cache_directory().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(cache_directory(), os.W_OK)


@cache
def cache_directory() -> Path:
    """Return the folder of compiled code, one for each state of the sources of kernels.

    numba notices a change of the file that holds a function but not of the files that it calls into; so the sources name the folder, and
    versions of the package that are used in turns do not disturb each other.
    """
    base = os.environ.get("ROLLOUTSIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    package = Path(kernel.__file__).parent
    digest = hashlib.sha256(f"{sys.version} {version('numba')} {platform.machine()}".encode())
    sources = [source for part in _SOURCES for source in package.glob(part)]
    for source in sorted(sources):
        digest.update(source.relative_to(package).as_posix().encode() + source.read_bytes())
    return root / "rolloutsim" / digest.hexdigest()[:16]


def is_cached(function: Callable[..., Any]) -> bool:
    """Tell whether some process has compiled a kernel before."""
    return any(cache_directory().rglob(f"*.{function.__name__}-*.nbi"))


@cache
def record_dtype(kind: Any = Robot) -> Any:
    """Return the numpy record of a robot, or of what else has annotated fields."""
    import numpy as np

    kinds = {float: np.float64, int: np.int64, bool: np.bool_}
    columns: list[Any] = []
    for name, hint in get_type_hints(kind).items():
        if name in ("key", "cohort_key", "job_key", "site_key", "seed"):
            columns.append((name, np.uint64))
        elif hint == list[float]:
            columns.append((name, np.float64, (PHASE_COUNT,)))
        elif hint in kinds:
            columns.append((name, kinds[hint]))
    return np.dtype(columns, align=True)


def new_records(kind: Any = Robot, count: int = 1) -> Any:
    """Return records with the defaults of a dataclass."""
    import numpy as np

    records = np.zeros(count, record_dtype(kind))
    for field in fields(kind):
        records[field.name] = -1.0 if field.default is MISSING else field.default
    return records


def scratch_record() -> Any:
    """Return one record with a robot's defaults."""
    return new_records()[0]


def record_of(values: Any) -> Any:
    """Return the record of a named tuple."""
    import numpy as np

    kind: Any = type(values)
    dtype = record_dtype(kind)
    record = np.zeros(1, dtype)
    for name in dtype.names:
        record[name] = getattr(values, name)
    return record[0]
