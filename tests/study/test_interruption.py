"""Ctrl-C is noted, and takes effect where nothing is half done; a second one takes effect at once."""

from __future__ import annotations

import signal
import threading

import pytest

from rolloutsim.study.execution.interruption import Interruption


def test_it_takes_effect_where_it_is_asked_for_and_a_second_one_at_once() -> None:
    with Interruption() as interruption:
        interruption.check()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_caller_stays() -> None:
    pressed = list[int]()

    def handler(number: int, _: object) -> None:
        pressed.append(number)

    signal.signal(signal.SIGINT, handler)
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGINT)
            interruption.check()
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert pressed == [signal.SIGINT]


def test_other_threads_leave_it_alone() -> None:
    found = list[object]()

    def look() -> None:
        with Interruption():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
