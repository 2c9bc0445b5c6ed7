"""Exponentials, logarithms and powers in plain IEEE arithmetic, so that no draw depends on the C library.

C libraries differ in the last digits of these functions, and one library has several versions of each, for different processors. Here a
double is split into a mantissa and an exponent, which is exact. The rest is a polynomial in a fixed order of additions, multiplications
and divisions, which IEEE 754 defines to the last bit. Reductions and coefficients of `exp` and `log` are those of fdlibm (Sun Microsystems,
1993). Errors are below one unit in the last place. Where the functions of `math` raise `OverflowError`, these return infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from rolloutsim.kernel import compiled_as, inlined, kernel

LN2_HIGH = 6.93147180369123816490e-01  # its last 32 bits are zero: times an exponent it is exact
LN2_LOW = 1.90821492927058770002e-10
TINY = 2.0**-120
LN2_INVERSE = 1.4426950408889634
ROOT_HALF = 0.7071067811865476
LARGEST = 1.7976931348623157e308
SMALLEST_NORMAL = 2.2250738585072014e-308
SPLITTER = 134217729.0  # 2**27 + 1
TWO_THIRDS, TWO_THIRDS_LOW = 0.6666666666666666, 3.700743415417188e-17


def _split_compiled() -> Callable[[float], tuple[float, float]]:
    import numpy as np

    def split(x: float) -> tuple[float, float]:
        bits = np.float64(x).view(np.int64)
        exponent = (bits >> 52) - 1022
        mantissa = np.int64((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000).view(np.float64)
        return mantissa, float(exponent)

    return split


@compiled_as(_split_compiled)
def split(x: float) -> tuple[float, float]:
    """Return m and e with x = m * 2**e and 0.5 <= m < 1, of a normal x > 0."""
    mantissa, exponent = math.frexp(x)
    return mantissa, float(exponent)


def _two_to_compiled() -> Callable[[float], float]:
    import numpy as np

    def two_to(k: float) -> float:
        return np.int64((np.int64(k) + 1023) << 52).view(np.float64)

    return two_to


@compiled_as(_two_to_compiled)
def _two_to(k: float) -> float:
    """Return 2**k of a whole k from -1022 to 1023."""
    return math.ldexp(1.0, int(k))


@inlined
def _scaled(y: float, k: float) -> float:
    """Return y * 2**k, rounded once, of a y near 1."""
    if -1020.0 <= k <= 1022.0:
        return y * _two_to(k)
    if k > 1022.0:
        return y * 8.98846567431158e307 * _two_to(k - 1023.0) if k < 1026.0 else math.inf
    return y * _two_to(k + 120.0) * TINY if k > -1100.0 else 0.0


@inlined
def _exp_tail(r: float) -> float:
    """Return c with exp(r) = 1 + r + r * c / (2 - c), of |r| <= 0.35."""
    t = r * r
    p = t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
    return r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + p))


@inlined
def exp_sum(high: float, low: float) -> float:
    """Return exp(high + low), low being much smaller than high."""
    if high > 709.8:
        return math.inf
    if not high > -745.2:
        return 0.0
    k = float(int(high * LN2_INVERSE + (0.5 if high > 0.0 else -0.5)))
    main = high - k * LN2_HIGH
    rest = k * LN2_LOW - low
    r = main - rest
    c = _exp_tail(r)
    return _scaled(1.0 - ((rest - r * c / (2.0 - c)) - main), k)


@inlined
def exp(x: float) -> float:
    """Return e**x.

    Examples
    --------
    >>> exp(0.5), exp(-1000.0), exp(1000.0)
    (1.6487212707001282, 0.0, inf)
    """
    return exp_sum(x, 0.0)


@inlined
def _log_product(u: float, c: float) -> float:
    """Return log(u) + c of a normal u > 0 and a c much smaller than one."""
    m, k = split(u)
    if m < ROOT_HALF:
        m *= 2.0
        k -= 1.0
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    even = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + (odd + even)) + (k * LN2_LOW + c))) - f)


@inlined
def log(x: float) -> float:
    """Return the natural logarithm of a number that is not negative.

    Examples
    --------
    >>> log(10.0), log(1.0)
    (2.302585092994046, 0.0)
    """
    if SMALLEST_NORMAL <= x <= LARGEST:
        return _log_product(x, 0.0)
    return math.inf if x > LARGEST else -math.inf if x <= 0.0 else _log_product(x * 1.8014398509481984e16, 0.0) - 37.42994775023705  # 2**54


@inlined
def log1p(x: float) -> float:
    """Return log(1 + x), precise near zero, of a finite x > -1.

    Examples
    --------
    >>> log1p(1e-20), log1p(-0.5)
    (1e-20, -0.6931471805599453)
    """
    u = 1.0 + x
    if u == 1.0:
        return x
    c = x - (u - 1.0) if x < 1.0 else 1.0 - (u - x)
    return _log_product(u, c / u)


@inlined
def expm1(x: float) -> float:
    """Return e**x - 1, precise near zero.

    Examples
    --------
    >>> expm1(1e-20), expm1(-1000.0)
    (1e-20, -1.0)
    """
    if not -40.0 < x < 700.0:
        return -1.0 if x < 0.0 else exp_sum(x, 0.0)
    k = float(int(x * LN2_INVERSE + (0.5 if x > 0.0 else -0.5)))
    main = x - k * LN2_HIGH
    rest = k * LN2_LOW
    r = main - rest
    c = _exp_tail(r)
    scale = _two_to(k)
    whole = (scale - 1.0) + scale * main
    return whole + (scale * (r * c / (2.0 - c) - rest) + (scale * main - (whole - (scale - 1.0))))


@inlined
def product(x: float, y: float) -> tuple[float, float]:
    """Return x * y as a rounded product and its error, exact (Dekker, 1971), if neither overflows when multiplied by 2**28."""
    a = SPLITTER * x
    x_high = a - (a - x)
    x_low = x - x_high
    b = SPLITTER * y
    y_high = b - (b - y)
    y_low = y - y_high
    p = x * y
    return p, x_low * y_low - (((p - x_high * y_high) - x_low * y_high) - x_high * y_low)


@kernel
def power(x: float, y: float) -> float:
    """Return x**y of x >= 0 and a finite y.

    The logarithm is a sum of two doubles of some 65 bits, because the exponential magnifies its error up to 700 times.

    Examples
    --------
    >>> power(2.0, 10.0), power(0.0, 0.5), power(0.0, -0.5)
    (1024.0, 0.0, inf)
    """
    if x == 0.0 or x > LARGEST:
        return 1.0 if y == 0.0 else math.inf if (x > 0.0) == (y > 0.0) else 0.0
    scale = 0.0
    if x < SMALLEST_NORMAL:
        x, scale = x * 1.8014398509481984e16, -54.0
    m, k = split(x)
    if m < ROOT_HALF:
        m *= 2.0
        k -= 1.0
    k += scale
    f = m - 1.0
    d = m + 1.0
    s = f / d
    p, e = product(s, d)
    s_low = ((f - p) - e - s * (m - (d - 1.0))) / d
    z, z_low = product(s, s)
    z_low += 2.0 * s * s_low
    t, t_low = product(z, TWO_THIRDS)
    t_low += z_low * TWO_THIRDS + z * TWO_THIRDS_LOW
    q = (
        z
        * z
        * (2 / 5 + z * (2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * (2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21)))))))))
    )
    v = t + q
    t_low += q - (v - t)
    g, g_low = product(s, v)
    g_low += s * t_low + s_low * v + 2.0 * s_low
    w = 2.0 * s + g
    g_low += g - (w - 2.0 * s)
    high = k * LN2_HIGH
    total = high + w
    g_low += (w - (total - high)) if abs(high) >= abs(w) else (high - (total - w))
    g_low += k * LN2_LOW
    rough = y * total
    if not -800.0 < rough < 800.0:
        return math.inf if rough > 0.0 else 0.0
    p, e = product(total, y)
    return exp_sum(p, e + y * g_low)
