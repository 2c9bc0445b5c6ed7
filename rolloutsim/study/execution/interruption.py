"""Ctrl-C while workers work: it is noted at any instant, and takes effect where nothing is half done."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Self


class Interruption:
    """Notes Ctrl-C instead of raising KeyboardInterrupt wherever the program is.

    An exception that comes while a destructor runs is lost, and one that comes while Dask waits for its threads makes it print tracebacks.
    A second Ctrl-C raises KeyboardInterrupt at once: for a program that hangs.

    Where another handler is in place, or outside of the main thread, nothing is changed.
    """

    def __init__(self) -> None:
        self._pressed = self._ours = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._ours = True
        return self

    def __exit__(self, *error: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._pressed:
            signal.default_int_handler(number, frame)
        self._pressed = True

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self._pressed:
            raise KeyboardInterrupt
