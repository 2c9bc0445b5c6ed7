"""Long lists of numbers as text: a resolved scenario with a recorded trace stays small, and loads again to the last bit.

The text is ``packed:`` and the numbers as little-endian float64, byte by byte (all first bytes, all second bytes, …), compressed with zlib,
in base64.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from rolloutsim.scenario.reading.csv_files import MOST_SAMPLES
from rolloutsim.scenario.reading.problems import ProblemError

__all__ = ["PACKED", "is_packed", "pack", "pack_long_lists", "pack_texts", "unpack", "unpack_texts"]

#: What packed numbers look like in a file.
PACKED = re.compile(rb"packed:[A-Za-z0-9+/=]*")
_PREFIX = "packed:"
#: Lists of more numbers than this are packed.
_LONG = 1000
#: More than the names of a fleet.
_MOST_TEXT = 1 << 30
#: Keys whose numbers may be packed.
_KEYS = ("times", "rate", "online", "values")


def pack(numbers: Sequence[float]) -> str:
    """Return numbers as text.

    Examples
    --------
    >>> unpack(pack([0.1, 20.0]))
    [0.1, 20.0]
    """
    raw = struct.pack(f"<{len(numbers)}d", *numbers)
    return _PREFIX + base64.b64encode(zlib.compress(b"".join(raw[place::8] for place in range(8)), 9)).decode()


def pack_texts(texts: Sequence[str]) -> str:
    """Return lines of text as one.

    Examples
    --------
    >>> unpack_texts(pack_texts(["wr-1", "wr-2"]))
    ['wr-1', 'wr-2']
    """
    return _PREFIX + base64.b64encode(zlib.compress("\n".join(texts).encode(), 9)).decode()


def unpack_texts(text: str) -> list[str]:
    """Return the lines in a text that `pack_texts` made.

    Raises
    ------
    ProblemError
        It is damaged.
    """
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b64decode(text.removeprefix(_PREFIX), validate=True), _MOST_TEXT)
        if not unpacker.eof:
            raise ValueError
        return raw.decode().split("\n")
    except (ValueError, binascii.Error, zlib.error):
        raise ProblemError("damaged-data", "packed texts that are damaged", "make them again with rolloutsim show --json") from None


def is_packed(raw: Any) -> bool:
    """Return whether something is text that `pack` can have made."""
    return isinstance(raw, str) and raw.startswith(_PREFIX)


def unpack(text: str) -> list[float]:
    """Return the numbers in a text.

    Raises
    ------
    ProblemError
        It is damaged, or holds something else than numbers from 0 on, or too many.
    """
    try:
        unpacker = zlib.decompressobj()
        columns = unpacker.decompress(base64.b64decode(text.removeprefix(_PREFIX), validate=True), 8 * MOST_SAMPLES + 8)
        count, rest = divmod(len(columns), 8)
        if rest or not 0 < count <= MOST_SAMPLES or not unpacker.eof:
            raise ValueError
    except (ValueError, binascii.Error, zlib.error):
        raise ProblemError("damaged-data", "packed numbers that are damaged", "make them again with rolloutsim show --json") from None
    raw = bytearray(len(columns))
    for place in range(8):
        raw[place::8] = columns[place * count : (place + 1) * count]
    numbers = list(struct.unpack(f"<{count}d", raw))
    if not all(0 <= number < math.inf for number in numbers):
        raise ProblemError("out-of-range", "packed numbers that are negative or not finite", "make them again with rolloutsim show --json")
    return numbers


def pack_long_lists(written: Any) -> Any:
    """Return a part of a resolved scenario with its long lists of samples packed."""
    if isinstance(written, list):
        return [pack_long_lists(item) for item in written]
    if not isinstance(written, dict):
        return written
    return {
        key: pack(value) if key in _KEYS and isinstance(value, list) and len(value) > _LONG else pack_long_lists(value)
        for key, value in written.items()
    }
