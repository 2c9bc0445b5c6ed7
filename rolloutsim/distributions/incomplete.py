"""Incomplete gamma and beta functions and their inverses, in plain arithmetic.

Density factors are written with the deviance of Loader (*Fast and accurate computation of binomial probabilities*, 2000), which keeps its
digits for large shapes; integrals are the power series and the continued fractions of Abramowitz and Stegun (6.5.29, 6.5.31, 26.5.8). An
inverse is found by Newton's method between two bounds, for the logarithm of the smaller tail: gamma variables on a logarithmic scale and
beta variables on that of log-odds have log-concave densities, so that it converges from anywhere.
"""

from __future__ import annotations

import math

from rolloutsim.distributions.normal import normal_quantile
from rolloutsim.elementary import exp, log
from rolloutsim.kernel import kernel

__all__ = ["beta_density_factor", "beta_tails", "betaincinv", "gamma_density_factor", "gamma_tails", "gammaincinv", "log_gamma"]

TWO_PI = 6.283185307179586
HALF_LOG_TWO_PI = 0.9189385332046727
LEAST = 1e-17  # a term that no longer changes its sum
MOST_TERMS = 1_000_000
MOST_STEPS = 200
SURE = 1e-9  # Newton's next step is the square of this one
FARTHEST = 700.0  # of a logarithm: beyond it an exponential and what is made of it would leave the normal doubles


@kernel
def _stirling_series(x: float) -> float:
    """Return log Γ(x) − (x − 1/2) log x + x − log(2π)/2 of an x >= 12."""
    z = 1.0 / (x * x)
    tail = z * (1 / 1188 - z * (691 / 360360 - z * (1 / 156 - z * (3617 / 122400))))
    return (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - tail)))) / x


@kernel
def log_gamma(x: float) -> float:
    """Return the logarithm of the gamma function of an x > 0.

    Examples
    --------
    >>> round(log_gamma(5.0), 12) == round(math.log(24.0), 12)
    True
    """
    product = 1.0
    while x < 12.0:
        product *= x
        x += 1.0
    return (x - 0.5) * log(x) - x + HALF_LOG_TWO_PI + _stirling_series(x) - log(product)


@kernel
def _stirling_error(a: float) -> float:
    """Return log Γ(a) less its approximation (a − 1/2) log a − a + log(2π)/2."""
    if a >= 12.0:
        return _stirling_series(a)
    return log_gamma(a + 1.0) - (a + 0.5) * log(a) + a - HALF_LOG_TWO_PI


@kernel
def _deviance(a: float, x: float) -> float:
    """Return a log(a/x) + x − a, which is 0 where x is a."""
    difference = a - x
    if abs(difference) >= 0.1 * (a + x):
        return a * log(a / x) - difference
    v = difference / (a + x)
    total = difference * v
    term = 2.0 * a * v
    for n in range(1, 40):
        term *= v * v
        part = term / (2.0 * n + 1.0)
        if abs(part) < LEAST * total:
            break
        total += part
    return total


@kernel
def gamma_density_factor(a: float, x: float) -> float:
    """Return x times the density of a gamma variable of scale 1 and shape a, at an x > 0."""
    return math.sqrt(a / TWO_PI) * exp(-_stirling_error(a) - _deviance(a, x))


@kernel
def gamma_tails(a: float, x: float) -> tuple[float, float]:
    """Return P(X <= x) and P(X > x) of a gamma variable of scale 1 and shape a.

    Examples
    --------
    >>> below, above = gamma_tails(1.0, 2.0)
    >>> round(above, 12) == round(math.exp(-2.0), 12), round(below + above, 12)
    (True, 1.0)
    """
    if not x > 0.0:
        return 0.0, 1.0
    if x == math.inf:
        return 1.0, 0.0
    factor = gamma_density_factor(a, x)
    if factor == 0.0:
        return (0.0, 1.0) if x < a else (1.0, 0.0)
    if x < a + 1.0:
        term = 1.0 / a
        total = term
        for n in range(1, MOST_TERMS):
            term *= x / (a + n)
            total += term
            if term < LEAST * total:
                break
        below = min(factor * total, 1.0)
        return below, 1.0 - below
    b = x + 1.0 - a
    c = 1e300
    d = 1.0 / b
    fraction = d
    for n in range(1, MOST_TERMS):
        step = n * (a - n)
        b += 2.0
        d = 1.0 / (step * d + b)
        c = b + step / c
        fraction *= d * c
        if abs(d * c - 1.0) < 2e-16:
            break
    above = min(factor * fraction, 1.0)
    return 1.0 - above, above


@kernel
def beta_density_factor(a: float, b: float, x: float, y: float) -> float:
    """Return x·y times the density of a beta variable at x > 0, where y = 1 − x > 0."""
    n = a + b
    errors = _stirling_error(n) - _stirling_error(a) - _stirling_error(b)
    return math.sqrt(a / n * b / TWO_PI) * exp(errors - _deviance(a, n * x) - _deviance(b, n * y))


@kernel
def _beta_fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of a·P(X <= x) / (x·y·density), below the mean."""
    c = 1.0
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for n in range(1, MOST_TERMS):
        step = n * (b - n) * x / ((a + 2.0 * n - 1.0) * (a + 2.0 * n))
        d = 1.0 / (1.0 + step * d)
        c = 1.0 + step / c
        fraction *= d * c
        step = -(a + n) * (a + b + n) * x / ((a + 2.0 * n) * (a + 2.0 * n + 1.0))
        d = 1.0 / (1.0 + step * d)
        c = 1.0 + step / c
        fraction *= d * c
        if abs(d * c - 1.0) < 2e-16:
            break
    return fraction


@kernel
def beta_tails(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """Return P(X <= x) and P(X > x) of a beta variable, where y = 1 − x.

    Examples
    --------
    >>> below, above = beta_tails(1.0, 2.0, 0.25, 0.75)
    >>> round(below, 12), round(above, 12)
    (0.4375, 0.5625)
    """
    if not x > 0.0:
        return 0.0, 1.0
    if not y > 0.0:
        return 1.0, 0.0
    factor = beta_density_factor(a, b, x, y)
    if x < (a + 1.0) / (a + b + 2.0):
        below = min(factor * _beta_fraction(a, b, x) / a, 1.0)
        return below, 1.0 - below
    above = min(factor * _beta_fraction(b, a, y) / b, 1.0)
    return 1.0 - above, above


@kernel
def _newton_step(below: float, above: float, slope: float, u: float) -> float:
    """Return Newton's step for the logarithm of the smaller tail, given the density at a place; NaN or infinite where it has none."""
    if slope <= 0.0:
        return math.inf
    if u <= 0.5:
        return -log(below / u) * below / slope
    return log(above / (1.0 - u)) * above / slope


@kernel
def _gamma_start(a: float, u: float, z: float) -> float:
    """Return a logarithm near that of the quantile: of the power series' first term, or by Wilson and Hilferty."""
    first = (log(u) + log_gamma(a + 1.0)) / a
    root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * math.sqrt(a))
    return max(first, log(a) + 3.0 * log(root)) if root > 0.0 else first


@kernel
def gammaincinv(a: float, u: float) -> float:
    """Return x with P(X <= x) = u for a gamma variable of scale 1.

    Examples
    --------
    >>> round(gammaincinv(1.0, 0.5), 12)
    0.69314718056
    """
    y = _gamma_start(a, u, normal_quantile(u))
    low = -FARTHEST
    high = log(a + 10.0 * math.sqrt(a) + 50.0)
    if y <= low:
        return 0.0
    y = min(y, high)
    for _ in range(MOST_STEPS):
        x = exp(y)
        below, above = gamma_tails(a, x)
        step = _newton_step(below, above, gamma_density_factor(a, x), u)
        if abs(step) < SURE:
            return x * exp(step)
        if (below < u) if u <= 0.5 else (above > 1.0 - u):
            low = y
        else:
            high = y
        y = y + step if low < y + step < high else 0.5 * (low + high)
    return exp(y)


@kernel
def _beta_start(a: float, b: float, u: float, z: float) -> float:
    """Return log-odds near those of the quantile, u being at most 1/2: of the power series' first term, or those of a normal variable."""
    first = (log(u) + log(a) + log_gamma(a) + log_gamma(b) - log_gamma(a + b)) / a
    return first if a < 1.0 else max(first, log(a / b) + z * math.sqrt(1.0 / a + 1.0 / b))


@kernel
def betaincinv(a: float, b: float, u: float) -> float:
    """Return x with P(X <= x) = u for a beta variable.

    Examples
    --------
    >>> round(betaincinv(1.0, 2.0, 0.4375), 12)
    0.25
    """
    low = -FARTHEST
    high = FARTHEST
    z = normal_quantile(u)
    y = _beta_start(a, b, u, z) if u <= 0.5 else -_beta_start(b, a, 1.0 - u, -z)
    if not low < y < high:
        return 0.0 if y < 0.0 else 1.0
    odds = 0.0
    for _ in range(MOST_STEPS):
        odds = exp(y)
        below, above = beta_tails(a, b, odds / (1.0 + odds), 1.0 / (1.0 + odds))
        step = _newton_step(below, above, beta_density_factor(a, b, odds / (1.0 + odds), 1.0 / (1.0 + odds)), u)
        if abs(step) < SURE:
            odds *= exp(step)
            break
        if (below < u) if u <= 0.5 else (above > 1.0 - u):
            low = y
        else:
            high = y
        y = y + step if low < y + step < high else 0.5 * (low + high)
    return odds / (1.0 + odds)
