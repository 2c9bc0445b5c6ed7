"""Functions with two lives: plain Python for the SimPy model, compiled for speed.

A function marked with `kernel` is written in the subset of Python that numba compiles. Nothing is compiled, and numba is
not imported, until `enable` is called; then compiled code may call every marked function by its ordinary name.

Two rules keep both lives identical to the last bit: transcendental functions come from `rolloutsim.elementary` (those of `math` and numpy
differ in the last place from one machine to the next), and whatever numba types differently from Python is given its own compiled form
with `compiled_as`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: Functions, and whether what calls them contains them.
_kernels: list[tuple[Callable[..., Any], bool]] = []
_replacements: list[tuple[Callable[..., Any], Callable[[], Callable[..., Any]], Literal["always", "never"]]] = []


def _options(is_inlined: bool) -> Any:
    """Return numba's options: what only compiled code calls needs no form that Python can call.

    A function without `forceinline` would have that of the function that calls it.
    """
    return {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": is_inlined}


def kernel(function: F) -> F:
    """Mark a function as compilable; as plain Python it stays what it is.

    Examples
    --------
    >>> @kernel
    ... def double(x: float) -> float:
    ...     return 2.0 * x
    >>> double(1.5)
    3.0
    """
    _kernels.append((function, False))
    return function


def inlined(function: F) -> F:
    """Mark a function as `kernel` does; compiled code does not call it but contains it.

    For what happens to every robot: together that saves a quarter of the time.
    """
    _kernels.append((function, True))
    return function


def compiled_as(form: Callable[[], Callable[..., Any]], *, inlined: bool = False) -> Callable[[F], F]:
    """Mark a function whose compiled form is another one.

    Parameters
    ----------
    form
        Called when compilation begins; returns the implementation, of the same parameters, that numba inlines (an
        ``@overload`` body). It may import numba.
    inlined
        Whether numba copies it into what calls it; then arrays that it is given are not counted once more.
    """

    def mark(function: F) -> F:
        _replacements.append((function, form, "always" if inlined else "never"))
        return function

    return mark


def enable() -> None:
    """Let compiled code call all functions marked so far. Imports numba (0.4 s); calling it again costs nothing."""
    from numba.extending import overload, register_jitable

    while _replacements:
        function, form, inline = _replacements.pop()
        implementation = form()

        def typing(*_: Any, _implementation: Callable[..., Any] = implementation, **__: Any) -> Callable[..., Any]:
            return _implementation

        overload(function, jit_options=_options(False), strict=False, inline=inline)(typing)
    while _kernels:
        kernel, is_inlined = _kernels.pop()
        register_jitable(**_options(is_inlined))(kernel)
