"""The one writer and the one reader of Parquet files.

The same rows in the same row groups give the same bytes. Every page has a checksum, and a file's SHA-256 is taken while it is written; it
belongs into the record of the folder (a manifest, a commit record), with which `ParquetReader` compares it.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import finalize

import pyarrow as pa
import pyarrow.parquet as pq

from rolloutsim.errors import UnusableFileError
from rolloutsim.study.store.disk import cannot_write, sync_folder, temporary_name

if TYPE_CHECKING:
    import pandas as pd

#: Rows in a row group, unless the caller forms groups of its own.
GROUP = 1 << 16
#: Every option on which the bytes depend.
_OPTIONS: dict[str, Any] = {"compression": "zstd", "version": "2.6", "write_page_checksum": True}


class ParquetWriter:
    """Writes a table into a file, one row group at a time; the file appears under its name when it is closed.

    As a context manager it closes the file at the end of the block, or discards it if the block raises.

    Parameters
    ----------
    path
        The file. If it exists, it is replaced when the new one is whole.
    schema
        Of the tables that will be written, with their metadata.

    Attributes
    ----------
    digest
        The SHA-256 of the file in hexadecimal digits; empty until it is closed.

    Raises
    ------
    StoreError
        From every method, if the file cannot be written; nothing of it is left behind.

    Examples
    --------
    >>> import tempfile
    >>> table = pa.table({"replicate": [0, 1, 2]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with ParquetWriter(Path(folder) / "jobs.parquet", table.schema) as writer:
    ...         writer.write(table)
    ...         writer.write(table)
    ...     with ParquetReader(Path(folder) / "jobs.parquet", writer.digest) as reader:
    ...         reader.group_sizes, len(reader.read())
    ([3, 3], 6)
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.digest = path, ""
        self._temporary = temporary_name(path)
        try:
            self._file = _HashedFile(self._temporary.open("wb").detach())
        except OSError as error:
            raise cannot_write(path, error) from error
        self._writer = pq.ParquetWriter(self._file, schema, **_OPTIONS)

    def write(self, table: pa.Table) -> None:
        """Write rows as one row group; a table without rows adds none."""
        if not len(table):
            return
        try:
            self._writer.write_table(table.combine_chunks(), row_group_size=len(table))
        except OSError as error:
            self.discard()
            raise cannot_write(self.path, error) from error

    def close(self) -> str:
        """Finish the file, flush it to the disk, give it its name, and return its digest."""
        if self.digest:
            return self.digest
        try:
            self._writer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            self.discard()
            raise cannot_write(self.path, error) from error
        self.digest = self._file.hash.hexdigest()
        return self.digest

    def discard(self) -> None:
        """Remove what was written so far; a file that was there before stays."""
        with suppress(OSError):  # closing flushes, which can fail for the same reason as the write before it
            self._file.close()
        self._writer.close()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


class _HashedFile(io.BufferedWriter):
    """A file that takes the digest of what is written to it."""

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__(raw)
        self.hash = hashlib.sha256()

    def write(self, data: Any) -> int:
        if self.closed:  # Arrow writes the footer also of a file that is to be dropped
            return len(data)
        self.hash.update(data)
        return super().write(data)


class ParquetReader:
    """A file of which every byte was compared with its digest.

    Parameters
    ----------
    path
        The file.
    digest
        Its SHA-256 from the record of the folder.
    hint
        What errors advise to do.

    Attributes
    ----------
    schema
        Its columns, types and metadata.
    group_sizes
        The number of rows of each row group.

    Raises
    ------
    UnusableFileError
        From every method, if the file is missing, damaged, or not the one that was recorded.
    """

    def __init__(self, path: Path, digest: str, hint: str = "") -> None:
        self.path, self._hint = path, hint
        try:
            self._stream = path.open("rb")
        except OSError as error:
            raise _unusable(path, error, hint) from error
        # Closes the file also where a reader is just forgotten.
        self.close = finalize(self, self._stream.close)
        try:
            if _digest(self._stream) != digest:
                raise _changed(path, hint)
            self._stream.seek(0)
            self._file = pq.ParquetFile(self._stream, page_checksum_verification=True, pre_buffer=False)
            about = self._file.metadata
            self.schema: pa.Schema = self._file.schema_arrow
            self.group_sizes: list[int] = [about.row_group(group).num_rows for group in range(about.num_row_groups)]
        except _ERRORS as error:
            self.close()
            raise _unusable(path, error, hint) from error
        except UnusableFileError:
            self.close()
            raise

    def read(self, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None) -> pa.Table:
        """Return some columns of some row groups; by default all."""
        chosen = range(len(self.group_sizes)) if groups is None else groups
        try:
            return self._file.read_row_groups(list(chosen), columns=columns, use_threads=False)
        except _ERRORS as error:
            raise _unusable(self.path, error, self._hint) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


#: What Arrow raises for files that are damaged.
_ERRORS = (OSError, ValueError, pa.ArrowException)


def _changed(path: Path, hint: str) -> UnusableFileError:
    return UnusableFileError(path, "it is damaged, or was changed (its SHA-256 is not the recorded one)", hint)


def _unusable(path: Path, error: Exception, hint: str) -> UnusableFileError:
    said = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    if isinstance(error, FileNotFoundError):
        return UnusableFileError(path, "it is missing", hint)
    return UnusableFileError(path, f"it cannot be read ({said})", hint)


def write_parquet(path: Path, table: pa.Table) -> str:
    """Write a table as row groups of `GROUP` rows and return the digest of the file.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    with ParquetWriter(path, table.schema) as writer:
        for start in range(0, len(table), GROUP):
            writer.write(table.slice(start, GROUP))
    return writer.digest


def parquet_bytes(table: pa.Table) -> bytes:
    """Return the bytes that `write_parquet` writes."""
    sink = io.BytesIO()
    pq.write_table(table.combine_chunks(), sink, row_group_size=GROUP, **_OPTIONS)
    return sink.getvalue()


def read_parquet(path: Path, digest: str, hint: str = "") -> pa.Table:
    """Return the table in a file; see `ParquetReader`.

    Raises
    ------
    UnusableFileError
        If the file is missing, damaged, or not the one that was recorded.
    """
    with ParquetReader(path, digest, hint) as reader:
        return reader.read()


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table that gives the same frame again with `to_pandas`; its index is not kept."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def file_digest(path: Path, hint: str = "") -> str:
    """Return the SHA-256 of a file in hexadecimal digits.

    Raises
    ------
    UnusableFileError
        If it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return _digest(stream)
    except OSError as error:
        raise _unusable(path, error, hint) from error


def verify_file(path: Path, digest: str, hint: str = "") -> None:
    """Compare a file with its digest.

    Raises
    ------
    UnusableFileError
        If the file is missing, damaged, or not the one that was recorded.
    """
    if file_digest(path, hint) != digest:
        raise _changed(path, hint)


def _digest(stream: io.BufferedReader) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()
