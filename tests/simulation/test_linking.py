"""What Python calls becomes machine code as a whole, and only that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import pytest
from numba.core import codegen

from rolloutsim.kernel import compiled_as, inlined, kernel
from rolloutsim.simulation import machine_code
from rolloutsim.simulation.compilation import compiled

library: Any = codegen.JITCodeLibrary


@inlined
def doubled(x: float) -> float:
    return 2.0 * x


@kernel
def summed(numbers: Sequence[float]) -> float:
    found = 0.0
    for number in numbers:
        found += doubled(number)
    return found


def plain_size(numbers: Sequence[float]) -> int:
    return len(numbers)


def _size_compiled() -> Callable[..., int]:
    def size(numbers: Sequence[float]) -> int:
        return np.asarray(numbers).size

    return size


size = compiled_as(_size_compiled)(plain_size)


def mean(numbers: Sequence[float]) -> float:
    return summed(numbers) / size(numbers)


def largest_share(numbers: Sequence[float]) -> float:
    return 2.0 * max(numbers) / summed(numbers)


@numba.njit
def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)  # type: ignore[no-any-return]


@numba.njit
def twice(n: int) -> int:
    return 2 * fibonacci(n)  # type: ignore[no-any-return]


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> list[str]:
    """Return the names of what is optimised and emitted from now on, but numba's runtime."""
    names: list[str] = []
    finalize = library.finalize

    def note(of: Any) -> None:
        names.extend({of.name} - {"nrt"})
        finalize(of)

    monkeypatch.setattr(library, "finalize", note)
    monkeypatch.setattr(machine_code, "cache_directory", lambda: tmp_path)
    compiled.cache_clear()
    return names


def test_only_what_python_calls_is_emitted(emitted: list[str]) -> None:
    numbers = np.array([1.0, 2.0, 6.0])
    form: Any = compiled(mean)
    assert form(numbers) == 6.0
    assert emitted == ["mean"]
    (code,) = form.inspect_llvm().values()
    assert "@_ZN5tests10simulation12test_linking7doubled" not in code
    assert "define linkonce_odr" not in code, "what nothing else can call is known to be so"


def test_two_that_python_calls_share_a_part(emitted: list[str]) -> None:
    numbers = np.array([1.0, 2.0, 6.0])
    assert compiled(mean)(numbers) == 6.0
    assert compiled(largest_share)(numbers) == 12.0 / 18.0
    assert emitted == ["mean", "largest_share"]


def test_code_that_is_compiled_elsewhere_has_the_parts_that_it_calls(emitted: list[str]) -> None:
    numbers = np.array([1.0, 2.0, 6.0])
    compiled(mean)(numbers)
    elsewhere = numba.njit(error_model="numpy")(largest_share)
    assert elsewhere(numbers) == 12.0 / 18.0


def test_code_of_others_is_linked_as_numba_does_it(emitted: list[str]) -> None:
    compiled(mean)(np.array([1.0, 2.0, 6.0]))
    assert twice(10) == 110
    (code,) = twice.inspect_llvm().values()
    assert "define linkonce_odr" in code
