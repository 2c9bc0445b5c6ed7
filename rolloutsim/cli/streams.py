"""The standard streams of a command: none of them ends it."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


class OutputError(OSError):
    """A standard stream cannot be written, e.g. because the disk is full."""


class _Stream(io.FileIO):
    """A stream whose reader may go early (``| head``): what is written after that is lost, and nothing else.

    Another error of standard output is raised once; what is tried again after that, as at the end of the program, is lost too. No note
    that standard error cannot take is worth a result.
    """

    _failed = False

    def write(self, data: object) -> int:
        assert isinstance(data, bytes | bytearray | memoryview)
        try:
            return super().write(data)
        except OSError as error:
            if self.fileno() == 1 and not isinstance(error, BrokenPipeError) and not self._failed:
                self._failed = True
                raise OutputError(error.errno, error.strerror) from error
            return len(data)


def prepare_streams() -> None:
    """Let writing to a stream that is closed, or whose reader has gone, do nothing.

    A command goes on then: a report that it writes to a file does not depend on a reader of its table. An error of another kind, as of a
    full disk, is still one. Characters that a terminal cannot show become question marks.
    """
    _fill_closed()
    sys.stdout, sys.stderr = _prepared(sys.stdout, 1), _prepared(sys.stderr, 2)


def _fill_closed() -> None:
    """Open standard streams that are closed, so that no other file gets their numbers."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)


def _prepared(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:
        return open(number, "w", encoding="utf-8", errors="replace", closefd=False)
    if not isinstance(stream, io.TextIOWrapper) or stream is not (sys.__stdout__, sys.__stderr__)[number - 1]:
        return stream  # put there by another program
    stream.flush()
    raw = io.BufferedWriter(_Stream(number, "wb", closefd=False))
    line_buffering = stream.line_buffering or number == 2
    return io.TextIOWrapper(raw, stream.encoding, "replace", line_buffering=line_buffering, write_through=stream.write_through)
