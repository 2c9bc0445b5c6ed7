"""Counter-based randomness: a draw is a pure function of (seed, replicate, entity, cause, index).

No generator holds a state, so a draw depends neither on the order of events nor on which other draws were made: two policies
under one seed meet the same robots with the same random numbers, replicate 1,000,000 costs what replicate 0 costs, and the SimPy model
and compiled code see the same bits. The mixing function is the finaliser of splitmix64 (Steele, Lea and Flood, *Fast splittable
pseudorandom number generators*, OOPSLA 2014), applied once for each part of the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from rolloutsim.kernel import compiled_as, inlined, kernel

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15

#: Room for causes below one index: a draw is numbered ``index * CAUSES + cause``.
CAUSES = 1024


def _word_compiled() -> Callable[[Any], Any]:
    import numpy as np

    def word(i: Any) -> Any:
        return np.uint64(i)

    return word


@compiled_as(_word_compiled)
def as_word(i: int) -> int:
    """Return an integer modulo 2**64 (numba would turn signed times unsigned into a float)."""
    return i & MASK


@inlined
def mix(z: int) -> int:
    """Scramble 64 bits (a bijection)."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


@inlined
def child_key(key: int, number: int) -> int:
    """Return the key of a numbered part of an entity, e.g. robot 7 of a cohort."""
    return mix((key + (as_word(number) + as_word(1)) * GOLDEN) & MASK)


@inlined
def uniform(key: int, cause: int, index: int) -> float:
    """Return the one uniform variate of an entity's cause and index, in the open interval (0, 1).

    Parameters
    ----------
    key
        The entity's key, from `replicate_key` and `child_key`.
    cause
        What the draw decides, from 0 to ``CAUSES - 1``.
    index
        Which draw of this cause (attempt, spell, check, …), from 0.

    Examples
    --------
    >>> key = replicate_key(seed=1, replicate=0, entity=entity_word("robots"))
    >>> uniform(key, 3, 0) == uniform(key, 3, 0)
    True
    """
    bits = mix(mix((key + as_word(index * CAUSES + cause) * GOLDEN) & MASK))
    return ((bits >> 12) + 0.5) * 2.220446049250313e-16  # 52 bits and a half: neither 0 nor 1 can occur


def entity_word(name: str) -> int:
    """Return 64 bits that stand for a named entity (a cohort, a site, the job).

    Examples
    --------
    >>> hex(entity_word("dock"))
    '0xa864ed013d128c9c'
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


@kernel
def replicate_key(seed: int, replicate: int, entity: int) -> int:
    """Return the key of an entity in one replicate.

    Parameters
    ----------
    seed
        Any integer from 0 to 2**64 - 1; 0 is a seed like any other.
    replicate
        From 0.
    entity
        From `entity_word`.
    """
    return mix(mix((mix((as_word(seed) + GOLDEN) & MASK) + (as_word(replicate) + as_word(1)) * GOLDEN) & MASK) ^ as_word(entity))
