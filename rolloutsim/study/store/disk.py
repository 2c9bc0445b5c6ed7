"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rolloutsim.errors import StoreError, remedy

#: Some file systems (SMB shares, VirtualBox, 9p) cannot flush a folder; the files in it are whole all the same.
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name, flush it to the disk and rename it: there is never half a file of this name.

    Raises
    ------
    StoreError
        If the file cannot be written; nothing of it is left behind.
    """
    temporary = temporary_name(path)
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):  # which would hide why the file cannot be written
            temporary.unlink()


def move(source: Path, target: Path) -> None:
    """Give a file that is whole another name in its folder, and flush that to the disk.

    Raises
    ------
    StoreError
        If the system refuses.
    """
    try:
        source.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise cannot_write(target, error) from error


def temporary_name(path: Path) -> Path:
    """Return the name under which this process writes a file before it renames it."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Return the error to raise if the system refuses to write a file."""
    return StoreError(f"{path}: cannot be written ({error.strerror or error}): {remedy(error)}")


def sync_folder(folder: Path) -> None:
    """Flush the names of a folder's files to the disk, where the file system can do that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)
