"""Functions with two lives."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import rolloutsim
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


#: Kernels with a parameter of no known type: this one takes a number or an array.
UNTYPED = {"is_full"}


def untyped(source: str) -> set[str]:
    """Return the names of kernels of which some parameter is annotated `Any`, or with a type that contains it."""
    kernels = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and {ast.unparse(mark) for mark in node.decorator_list} & {"kernel", "inlined"}
    )
    return {
        node.name
        for node in kernels
        if any(argument.annotation is None or "Any" in ast.unparse(argument.annotation) for argument in node.args.args)
    }


def test_kernels_have_real_types() -> None:
    """numba ignores annotations; the type checker, which reads the same source as plain Python, does not."""
    files = list((Path(rolloutsim.__file__).parent / "simulation").rglob("*.py"))
    assert any("@kernel" in file.read_text() for file in files)
    assert set().union(*(untyped(file.read_text()) for file in files)) <= UNTYPED


def test_a_kernel_without_types_is_found() -> None:
    source = "@kernel\ndef f(x: Any): ...\n@inlined\ndef g(x: list[Any]): ...\n@kernel\ndef h(x: float): ...\ndef i(x: Any): ..."
    assert untyped(source) == {"f", "g"}
