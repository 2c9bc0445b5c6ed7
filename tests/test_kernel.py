"""Functions with two lives."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

from rolloutsim.kernel import compiled_as, enable, kernel
from tests.gate import PATIENCE_S


@kernel
def halve(x: float) -> float:
    return 0.5 * x


def _tripled_compiled() -> Callable[[float], float]:
    def tripled(x: float) -> float:
        return 3.0 * x + 0.25

    return tripled


@compiled_as(_tripled_compiled)
def tripled(x: float) -> float:
    return 3.0 * x


@kernel
def halve_of_tripled(x: float) -> float:
    return halve(tripled(x))


def test_a_marked_function_stays_itself() -> None:
    assert halve(3.0) == 1.5
    assert halve.__name__ == "halve"


def test_compiled_code_calls_marked_functions_and_those_they_call() -> None:
    enable()
    import numba

    @numba.njit
    def outer(x: float) -> float:
        return halve_of_tripled(x) + math.exp(0.0)

    assert halve_of_tripled(2.0) == 3.0
    assert outer(2.0) == 0.5 * 6.25 + 1.0, "the compiled form of tripled adds 0.25"


def test_what_is_marked_after_compilation_began_needs_another_call() -> None:
    enable()
    import numba

    @kernel
    def late(x: float) -> float:
        return x + 1.0

    enable()

    @numba.njit
    def outer(x: float) -> float:
        return late(x)

    assert outer(1.0) == 2.0


def test_enabling_again_changes_nothing() -> None:
    enable()
    enable()
    assert tripled(1.0) == 3.0


def test_marking_imports_no_compiler() -> None:
    script = "import sys, rolloutsim.kernel, rolloutsim.randomness; print('numba' in sys.modules, 'numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=PATIENCE_S)
    assert run.stdout.decode().split() == ["False", "False"]
