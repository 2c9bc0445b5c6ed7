"""The normal distribution, in plain Python and compiled.

The normal quantile is Wichura's algorithm AS 241 (PPND16, *Applied Statistics* 37, 1988), whose relative error is about 1e-16.
"""

from __future__ import annotations

import math

from rolloutsim.elementary import exp, exp_sum, log, product
from rolloutsim.kernel import inlined, kernel

__all__ = ["biased_normal", "normal_cdf", "normal_density", "normal_quantile"]

ROOT_TWO_PI_INVERSE = 0.3989422804014327

#: Coefficients in (t − 5) / (t + 5) of (1 + 2t) exp(t²/2) P(Z <= −t), t >= 0: its Chebyshev series to degree 24, to 1e-16.
MILLS_RATIO = (
    0.8461123547250693,
    -0.039647008404006104,
    -0.054008075034077646,
    0.10088858203458646,
    -0.10065743821670113,
    0.07248782697504487,
    -0.03933220135723897,
    0.015422845692258385,
    -0.003571695410866178,
    -0.00011869364792237798,
    0.000425095681244515,
    -0.00010817647552731756,
    -2.6436280418391397e-05,
    1.9389765154370114e-05,
    5.335776903911443e-07,
    -2.858373675797647e-06,
    1.799307969508171e-07,
    4.3198286106019766e-07,
    -4.288995693153094e-08,
    -6.79068276620542e-08,
    6.24085843469784e-09,
    9.584765169690603e-09,
    -5.902399605036757e-10,
    -8.252783905149117e-10,
    2.5272341424472078e-11,
)

#: Coefficients of AS 241, those of the highest power first: near the median, in the tails, and far out in them.
CENTRE_TOP = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
)
CENTRE_BOTTOM = (
    5226.495278852545925,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
)
TAIL_TOP = (
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
)
TAIL_BOTTOM = (
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
)
FAR_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
)
FAR_BOTTOM = (
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
)


@inlined
def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    value = coefficients[0]
    for i in range(1, len(coefficients)):
        value = value * x + coefficients[i]
    return value


@inlined
def normal_quantile(p: float) -> float:
    """Return z with P(Z <= z) = p for a standard normal Z and 0 < p < 1.

    Examples
    --------
    >>> round(normal_quantile(0.975), 12)
    1.95996398454
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top, bottom = _polynomial(CENTRE_TOP, r), _polynomial(CENTRE_BOTTOM, r)
        return q * top / bottom
    tail = p if q < 0.0 else 1.0 - p
    r = math.sqrt(-log(tail))
    if r <= 5.0:
        r -= 1.6
        top, bottom = _polynomial(TAIL_TOP, r), _polynomial(TAIL_BOTTOM, r)
    else:
        r -= 5.0
        top, bottom = _polynomial(FAR_TOP, r), _polynomial(FAR_BOTTOM, r)
    z = top / bottom
    return -z if q < 0.0 else z


@kernel
def normal_cdf(z: float) -> float:
    """Return P(Z <= z) of a standard normal Z, precise in the lower tail."""
    t = abs(z)
    if t > 39.0:
        return 0.0 if z < 0.0 else 1.0
    w = (t - 5.0) / (t + 5.0)
    ratio = MILLS_RATIO[-1]
    for power in range(len(MILLS_RATIO) - 2, -1, -1):
        ratio = ratio * w + MILLS_RATIO[power]
    square, error = product(t, t)
    tail = ratio / (1.0 + 2.0 * t) * exp_sum(-0.5 * square, -0.5 * error)
    return tail if z < 0.0 else 1.0 - tail


@kernel
def normal_density(z: float) -> float:
    """Return the density of a standard normal variable."""
    return ROOT_TWO_PI_INVERSE * exp(-0.5 * z * z)


@kernel
def biased_normal(k: float, u: float) -> float:
    """Return w with F(w) = u, where F has the density proportional to w·φ(w − k) on w > 0.

    That is the length-biased form of a normal variable of mean k and deviation 1 truncated at 0. It has no inverse in closed form:
    bisection runs until two neighbouring doubles remain (about 60 steps).
    """
    total = normal_density(k) + k * normal_cdf(k)
    low = 0.0
    high = max(k, 0.0) + 40.0
    target = u * total
    for _ in range(1100):  # enough to walk down to the smallest double
        w = 0.5 * (low + high)
        if w <= low or w >= high:
            break
        z = w - k
        if z < 0.0:  # each side measures its own tail, which keeps the small one precise
            below = k * (normal_cdf(z) - normal_cdf(-k)) - (normal_density(z) - normal_density(k)) < target
        else:
            below = normal_density(z) + k * normal_cdf(-z) > (1.0 - u) * total
        if below:
            low = w
        else:
            high = w
    return high
