"""Kernels that call each other, as one piece of machine code.

numba optimises every function together with all that it calls and turns each of them into machine code, so a function that is eight calls
deep is optimised eight times. Python calls three or four kernels only. Here these are optimised and emitted, each with all that it calls,
and the others are linked into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["linked_as_one"]

#: Names of the functions that are compiled for Python, the innermost last.
_entries: list[str] = []

#: numba's runtime has machine code of its own, whatever is compiled first.
_RUNTIME = "nrt"


@contextmanager
def linked_as_one(function: Callable[..., Any]) -> Iterator[None]:
    """Compile a kernel and what it calls: only the kernel itself gets machine code that can be called.

    Parameters
    ----------
    function
        A kernel, as plain Python, that Python is going to call.
    """
    from numba.core import compiler_lock

    numba: Any = compiler_lock
    _install()
    with numba.global_compiler_lock:  # other threads compile before or after
        _entries.append(function.__qualname__)
        try:
            yield
        finally:
            _entries.pop()


@cache
def _install() -> None:
    from llvmlite import binding as llvm
    from numba.core import codegen, registry

    numba: Any = codegen
    makers: Any = registry.cpu_target.target_context.codegen()

    class Library(numba.JITCodeLibrary):  # type: ignore[misc]
        """The code of one function; a part if only compiled code calls it."""

        is_part = False

        def finalize(self) -> None:
            """Link, optimise and emit; leave a part as it is."""
            if self.name in (_entries[-1] if _entries else self.name, _RUNTIME):
                self._linking_libraries = list(_with_parts(self, {}))
                super().finalize()
                return
            self.is_part = self._finalized = True
            self._finalize_dynamic_globals()

        def _optimize_final_module(self) -> None:
            """Optimise a kernel: as nothing else calls its parts, LLVM drops what they are given and do not use, and inlines more."""
            if _entries and self.name == _entries[-1]:  # code of others is linked as numba does it
                for function in self._final_module.functions:
                    if not function.is_declaration and function.linkage == llvm.Linkage.linkonce_odr:
                        function.linkage = llvm.Linkage.internal
            super()._optimize_final_module()

        def get_pointer_to_function(self, name: str) -> int:
            """Return the address of a function; zero if it is a part."""
            return 0 if self.is_part else super().get_pointer_to_function(name)

    def set_env(name: str, env: Any) -> None:
        """Set the environment of a function that has machine code; a part raises nothing that needs one."""
        if makers._engine.get_global_value_address(name):
            numba.JITCPUCodegen.set_env(makers, name, env)

    makers._library_class = Library
    makers.set_env = set_env


def _with_parts(library: Any, found: dict[Any, None]) -> dict[Any, None]:
    """Return the libraries that a library needs, in the order in which they are met."""
    for needed in library._linking_libraries:
        if needed not in found:
            found[needed] = None
            if getattr(needed, "is_part", False):
                _with_parts(needed, found)
    return found
