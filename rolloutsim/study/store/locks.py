"""Locks of folders: one process works in a folder of results at a time."""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rolloutsim.errors import StoreError, remedy

#: What the system answers if another process has the lock; anything else means that it cannot lock at all.
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


def lock_folder(folder: Path, notify: Callable[[str], None]) -> IO[str]:
    """Return the open lock file of a folder; closing it releases the lock.

    Parameters
    ----------
    notify
        Called with a warning if the file system has no locks.

    Raises
    ------
    StoreError
        If another process works there.
    """
    # One of another user can be locked, although this process cannot write its own number into it.
    lock = _open(folder / ".lock", "a+", "r")
    _take(lock, folder, alone=True, notify=notify)
    if lock.writable():
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {platform.node()}")
        lock.flush()
    return lock


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep others from working in a folder while it is read.

    Raises
    ------
    StoreError
        If another process works there.
    """
    try:
        lock = _open(folder / ".lock", "r")
    except FileNotFoundError:  # no process ever worked in this copy
        yield
        return
    with lock:
        _take(lock, folder, alone=False)
        yield


def _open(path: Path, *modes: str) -> IO[str]:
    """Open a lock file in the first of some ways that is permitted."""
    for mode in modes:
        try:
            return path.open(mode, encoding="utf-8")
        except FileNotFoundError:
            raise
        except OSError as error:
            refused = error
    why = refused.strerror or refused
    raise StoreError(f"{path}: cannot be opened to see whether another process works there ({why}): {remedy(refused)}")


def _take(lock: IO[str], folder: Path, *, alone: bool, notify: Callable[[str], None] = lambda _: None) -> None:
    import fcntl

    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _TAKEN:
            notify(
                f"warning: {folder}: files cannot be locked there ({error.strerror or error}), so two processes could spoil each other's "
                "results: let only one process work in this folder at a time"
            )
            return
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise StoreError(f"{folder}: {holder} is working there: wait until it is done, or choose another folder") from None
