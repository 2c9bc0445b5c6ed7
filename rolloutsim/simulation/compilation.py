"""Kernels as compiled code, and the records that they work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, cast, get_type_hints

from rolloutsim import kernel
from rolloutsim.simulation.linking import linked_as_one
from rolloutsim.simulation.machine_code import KeptCode, alone, is_cached
from rolloutsim.simulation.model.draws import PHASE_COUNT
from rolloutsim.simulation.model.robot import Robot

__all__ = ["compiled", "compiled_for", "new_records", "record_dtype", "record_of", "scratch_record"]


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel's compiled form; `KeptCode` keeps its machine code for other processes."""
    import numba

    kernel.enable()
    form: Any = numba.njit(nogil=True, error_model="numpy")(function)
    form._cache = KeptCode(function)  # what `cache=True` sets, with a cache of ours
    make = form.compile

    def make_once(signature: Any) -> Any:
        """Load machine code, or make it while other processes wait for it."""
        if is_cached(function):
            return make(signature)
        with alone(), linked_as_one(function):
            return make(signature)

    form.compile = make_once
    return cast("Callable[..., Any]", form)


def compiled_for(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """Return a kernel's machine code for arguments of these types: it does not look at the types again, which takes 20 us of each call.

    Parameters
    ----------
    function
        A kernel, as plain Python.
    arguments
        Any with the types and layouts of those of each call.
    """
    import numba

    form: Any = compiled(function)
    types = tuple(map(numba.typeof, arguments))
    form.compile(types)
    return cast("Callable[..., Any]", form.get_overload(types))


#: Fields of 64 bits without a sign.
_WORDS = "key", "cohort_key", "job_key", "site_key", "seed", "word", "class_word", "site_word"


@cache
def record_dtype(kind: Any = Robot) -> Any:
    """Return the numpy record of a robot, or of what else has annotated fields."""
    import numpy as np

    kinds = {float: np.float64, int: np.int64, bool: np.bool_}
    lists = (
        {field.name: field.default_factory() for field in fields(kind) if field.default_factory is not MISSING}
        if is_dataclass(kind)
        else {}
    )
    columns: list[Any] = []
    for name, hint in get_type_hints(kind).items():
        if name in _WORDS:
            columns.append((name, np.uint64))
        elif hint == list[float]:
            columns.append((name, np.float64, (PHASE_COUNT,)))
        elif name in lists:
            columns.append((name, np.int64, (len(lists[name]),)))
        elif hint in kinds:
            columns.append((name, kinds[hint]))
    return np.dtype(columns, align=True)


def new_records(kind: Any = Robot, count: int = 1) -> Any:
    """Return records with the defaults of a dataclass."""
    import numpy as np

    records = np.zeros(count, record_dtype(kind))
    for field in fields(kind):
        if field.default_factory is not MISSING:
            records[field.name] = field.default_factory()
        else:
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
