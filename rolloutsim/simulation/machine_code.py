"""Machine code on disk: a convenience that never ends a run.

numba keeps machine code in files that it trusts: a damaged one ends the process inside LLVM, and a full disk ends the run after the code
was made. Here every file begins with the digest of the rest, and any error means that the code is made again and not kept.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import multiprocessing
import os
import platform
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rolloutsim import kernel

__all__ = ["KeptCode", "alone", "cache_directory", "is_cached", "kernel_sources"]

_log = logging.getLogger(__name__)

_ROOMS = ("model", "fairshare", "records", "engines/compiled")

#: Files whose functions are compiled, and the numbers that they use.
_SOURCES = ("*.py", "distributions/*.py", "simulation/*.py", *(f"simulation/{room}/*.py" for room in _ROOMS))

_PACKAGE = Path(kernel.__file__).parent

_DIGEST = hashlib.sha256().digest_size

#: Folders that a note was printed about.
_noted: set[Path | None] = set()


def kernel_sources() -> list[Path]:
    """Return the files on which machine code depends."""
    return sorted(source for part in _SOURCES for source in _PACKAGE.glob(part))


@cache
def cache_directory() -> Path | None:
    """Return the folder of machine code, one per state of the sources of kernels; None if there is no home to put it into.

    Machine code is a function of all sources, not only of the file of one function; so the sources name the folder, and versions of the
    package that are used in turns do not disturb each other.
    """
    base = os.environ.get("ROLLOUTSIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        root = Path(base) if base else Path.home() / ".cache"
    except RuntimeError:  # no HOME, and the user is in no list of users
        return None
    digest = hashlib.sha256(f"{sys.version} {version('numba')} {version('llvmlite')} {platform.machine()}".encode())
    for source in kernel_sources():
        digest.update(source.relative_to(_PACKAGE).as_posix().encode() + source.read_bytes())
    return root / "rolloutsim" / digest.hexdigest()[:16]


def is_cached(function: Callable[..., Any]) -> bool:
    """Return whether some process has kept the machine code of a kernel."""
    folder = cache_directory()
    return folder is not None and any(folder.glob(f"{function.__name__}-*.code"))


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of the cache folder: of processes that start together one makes the machine code, and the others load it.

    Where files cannot be locked, each process makes its own.
    """
    folder = cache_directory()
    try:
        import fcntl

        if folder is None:
            raise OSError
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except (ImportError, OSError):
        yield
        return
    with file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class KeptCode:
    """What keeps the machine code of one function: the interface of numba's caches.

    Parameters
    ----------
    function
        A kernel, as plain Python.

    Examples
    --------
    >>> KeptCode(is_cached).cache_path == str(cache_directory())
    True
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    @property
    def cache_path(self) -> str:
        """The folder, as numba's statistics show it."""
        return str(cache_directory() or "")

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Return what was kept for a signature; None if there is none or it cannot be used."""
        try:
            context.refresh()
            content = self._file(signature, context.codegen()).read_bytes()
            return _loaded(content, context)
        except FileNotFoundError:
            return None
        except Exception as error:
            _note(error)
            return None

    def save_overload(self, signature: Any, made: Any) -> None:
        """Keep what was compiled for a signature, if that is possible."""
        try:
            _write(self._file(signature, made.codegen), _dumped(made))
        except Exception as error:
            _note(error)

    def _file(self, signature: Any, codegen: Any) -> Path:
        folder = cache_directory()
        if folder is None:
            raise OSError("this user has no home folder")
        # numba describes the processor by its name and features.
        key = hashlib.sha256(f"{self._function.__qualname__} {signature} {codegen.magic_tuple()}".encode())
        key.update(Path(inspect.getfile(self._function)).read_bytes())
        return folder / f"{self._function.__name__}-{key.hexdigest()[:16]}.code"


def _dumped(made: Any) -> bytes:
    from numba.core import serialize

    numba: Any = serialize
    content: bytes = numba.dumps(made._reduce())
    return hashlib.sha256(content).digest() + content


def _loaded(content: bytes, context: Any) -> Any:
    import pickle

    from numba.core import compiler

    numba: Any = compiler
    digest, content = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return None  # damaged: it is made and written again
    return numba.CompileResult._rebuild(context, *pickle.loads(content))


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _note(error: Exception) -> None:
    """Print why machine code is not kept: once, and not once more in each worker."""
    folder = cache_directory()
    if folder in _noted or multiprocessing.parent_process() is not None:
        return
    _noted.add(folder)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    where = "" if folder is None else f" in {folder}"
    _log.warning(
        "note: machine code cannot be kept%s (%s); it is made again in every run. Name a folder for it in the environment variable"
        " ROLLOUTSIM_CACHE_DIR",
        where,
        reason,
    )
