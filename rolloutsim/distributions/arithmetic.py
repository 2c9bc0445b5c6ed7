"""Which logarithms and exponentials this machine computes: the C library's, whose last digits are not the same everywhere."""

from __future__ import annotations

import hashlib
import math
from array import array
from functools import cache

__all__ = ["arithmetic_fingerprint"]

#: Libraries differ in one value in some hundreds, so there are some of each function.
_VALUES = 1000


@cache
def arithmetic_fingerprint() -> str:
    """Return a digest of the last digits of the functions that variates are made with.

    Machines with the same one give the same results to the last bit; others give results that differ by about 1e-13 of their value.
    The functions are the C library's, which chooses them by the processor, and scipy's that call them.

    Examples
    --------
    >>> len(arithmetic_fingerprint())
    16
    """
    from scipy.special import betaincinv, gammaincinv

    values = array("d")
    for number in range(_VALUES):
        u = (number + 0.5) / _VALUES
        x = 20.0 * u
        values.extend((math.log(u), math.log1p(-u), math.exp(-x), math.expm1(-u), math.erfc(x / 4.0), math.gamma(x), math.lgamma(x)))
        values.extend((x**0.7, u**-1.3, float(gammaincinv(0.2 + x, u)), float(betaincinv(0.2 + x, 0.7, u))))
    return hashlib.sha256(values.tobytes()).hexdigest()[:16]
