"""Data files that a scenario names: regular files, read once and with a bound, and the same for as long as the scenario is in use."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from rolloutsim.scenario.reading.problems import ProblemError

__all__ = ["MOST_BYTES", "DataFolder", "NotRegularError", "TooLargeError", "read_regular"]

T = TypeVar("T")

#: A data file is at most this large (bytes).
MOST_BYTES = 1 << 30

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}

#: What was made of data files, by their content and how they were read. Entries live as long as a scenario uses them.
_MADE: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()


class NotRegularError(OSError):
    """A file that is no regular one; the text is what it is."""


class TooLargeError(OSError):
    """A file beyond its bound; the text is what it is."""


def read_regular(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file.

    Parameters
    ----------
    path
        The file. Pipes, devices, sockets, and what lies in ``/proc`` and ``/sys`` are refused without reading from them.
    most
        The largest size (bytes).

    Raises
    ------
    NotRegularError
        If it is no regular file.
    TooLargeError
        If it is larger than `most`.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> read_regular(Path("/dev/zero"), 100)
    Traceback (most recent call last):
    ...
    rolloutsim.scenario.reading.data_files.NotRegularError: a device
    """
    _check(path.stat(), most)
    if Path(os.path.realpath(path)).parts[1:2] in (("proc",), ("sys",)):
        raise NotRegularError("a file of the system")
    # Checked again once it is open, in a way that never waits: the name may stand for something else by now.
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
        _check(os.fstat(file.fileno()), most)
        content = file.read(most + 1)
    if len(content) > most:
        raise TooLargeError(f"a file that grows beyond {most / 1e6:,.10g} MB")
    return content


def _check(found: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotRegularError(_KINDS.get(stat.S_IFMT(found.st_mode), "neither a file nor a folder"))
    if found.st_size > most:
        raise TooLargeError(f"a file of {found.st_size / 1e6:,.10g} MB")


@dataclass(frozen=True)
class DataFolder:
    """The folder to which the data files of a scenario are relative.

    It remembers what was read: a scenario that is changed (by ``--set``, a lever, `Scenario.replace`) keeps the data that it was loaded
    with, wherever the program works by then. A file that changes meanwhile is refused, never mixed in; to read it, load the
    scenario again.

    Attributes
    ----------
    path
        The folder, absolute.
    name
        As it was given, for messages.

    Examples
    --------
    >>> folder = DataFolder.at(Path("scenarios"))
    >>> lines = folder.made("traces/5gophers_mobility.csv", "lines", lambda content: set(content.splitlines()))
    >>> b"trace_id,t_s,mbps" in lines
    True
    """

    path: Path
    name: str = field(default="", compare=False)
    _digests: dict[Path, str] = field(default_factory=dict, compare=False, repr=False)
    _kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def at(cls, folder: Path | None = None) -> DataFolder:
        """Return a folder from its name; without one, the current folder."""
        given = folder or Path()
        try:
            return cls(given.resolve(), str(given))
        except OSError:  # the current folder is gone: absolute names can still be read
            return cls(given, str(given))

    def __reduce__(self) -> tuple[Any, ...]:
        # The data themselves do not travel; where they are read again they must be the same.
        return DataFolder, (self.path, self.name, self._digests)

    def made(self, name: str, how: Hashable, make: Callable[[bytes], T]) -> T:
        """Return what is made of the content of a file, from memory if that was done before.

        Parameters
        ----------
        name
            The file, relative to this folder.
        how
            Stands for `make`: everything but the content that its result depends on.
        make
            Called with the content; the result is an object that can be referenced weakly.

        Raises
        ------
        ProblemError
            The file cannot be read, is no regular file, or has changed since it was read first.
        """
        path = self.path / name
        if (path, how) not in self._kept:
            content = self._read(path)
            digest = hashlib.sha256(content).hexdigest()
            if self._digests.setdefault(path, digest) != digest:
                raise ProblemError("damaged-data", "this file has changed since the scenario was loaded", "load the scenario again")
            made = _MADE.get((digest, how))
            if made is None:
                made = make(content)
                _MADE[digest, how] = made
            self._kept[path, how] = made
        return cast("T", self._kept[path, how])

    def _read(self, path: Path) -> bytes:
        try:
            return read_regular(path, MOST_BYTES)
        except (NotRegularError, TooLargeError) as error:
            why = f"data are read from a regular file of at most {MOST_BYTES >> 30} GiB"
            raise ProblemError("unreadable-file", f"this is {error}, and {why}", "copy the data into a file") from None
        except FileNotFoundError:
            raise ProblemError("unreadable-file", "no such file", f"names are relative to the scenario's folder, {self.name}") from None
        except (OSError, ValueError) as error:
            why = f"it cannot be read: {getattr(error, 'strerror', None) or error}"
            hint = "check its permissions" if isinstance(error, PermissionError) else "check the name"
            raise ProblemError("unreadable-file", why, hint) from None
