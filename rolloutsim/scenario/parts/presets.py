"""Connectivity from published measurements of other systems: fits of the Failure Trace Archive.

The parameters are those that OpenDC ships (https://github.com/atlarge-research/opendc, MIT License), published by Javadi, Kondo, Iosup
and Epema, *The Failure Trace Archive: enabling the comparison of failure measurements and models of distributed systems*, Journal of
Parallel and Distributed Computing, 2013. They describe clusters, desktops, peers and web sites, not robots: a starting point, no
calibration.
"""

from __future__ import annotations

from collections.abc import Callable

from rolloutsim.distributions import Distribution, Exponential, Gamma, Lognormal, Weibull
from rolloutsim.elementary import exp

__all__ = ["DEFAULT_FIT", "FITS", "PRESETS", "SOURCE", "fit_of", "name_of_fit"]

SOURCE = "Failure Trace Archive (Javadi, Kondo et al., JPDC 2013)"

HOUR = 3600.0

#: By name of a fit: the distribution (s) of its parameters, which are in hours.
FITS: dict[str, Callable[..., Distribution]] = {
    "exponential": lambda mean: Exponential(HOUR * mean),
    "weibull": lambda shape, scale: Weibull(shape, HOUR * scale),
    "lognormal": lambda mu, sigma: Lognormal(HOUR * exp(mu), sigma),
    "gamma": lambda shape, scale: Gamma(shape, HOUR * scale),
}
DEFAULT_FIT = "weibull"

#: By system and fit: the parameters of the times between failures, taken as spells online, and of the failures, as spells offline.
#: Exponential: mean. Weibull, gamma: shape, scale. Lognormal: mean and standard deviation of the logarithm. Hours.
PRESETS: dict[str, dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "g5k06": {
        "exponential": ((32.41,), (7.41,)),
        "weibull": ((0.48, 14.37), (0.35, 0.47)),
        "lognormal": ((1.51, 2.42), (-2.0, 2.2)),
        "gamma": ((0.34, 94.35), (0.19, 39.92)),
    },
    "lanl05": {
        "exponential": ((1779.99,), (5.92,)),
        "weibull": ((0.48, 816.6), (0.58, 2.18)),
        "lognormal": ((5.56, 2.39), (0.05, 1.42)),
        "gamma": ((0.35, 5102.71), (0.38, 15.44)),
    },
    "ldns04": {
        "exponential": ((141.06,), (8.61,)),
        "weibull": ((0.51, 79.3), (0.63, 5.62)),
        "lognormal": ((3.25, 2.33), (0.91, 1.64)),
        "gamma": ((0.39, 362.43), (0.51, 16.87)),
    },
    "microsoft99": {
        "exponential": ((67.01,), (16.49,)),
        "weibull": ((0.55, 35.3), (0.6, 9.34)),
        "lognormal": ((2.62, 1.84), (1.42, 1.54)),
        "gamma": ((0.41, 162.19), (0.46, 35.52)),
    },
    "nd07cpu": {
        "exponential": ((13.73,), (4.25,)),
        "weibull": ((0.45, 4.16), (0.51, 0.74)),
        "lognormal": ((0.3, 2.2), (-1.02, 1.27)),
        "gamma": ((0.3, 46.16), (0.28, 15.07)),
    },
    "overnet03": {
        "exponential": ((2.29,), (12.0,)),
        "weibull": ((0.85, 2.04), (0.44, 2.98)),
        "lognormal": ((0.19, 0.98), (0.08, 1.8)),
        "gamma": ((0.91, 2.53), (0.29, 41.64)),
    },
    "pl05": {
        "exponential": ((159.49,), (49.61,)),
        "weibull": ((0.33, 19.35), (0.36, 5.59)),
        "lognormal": ((1.44, 2.86), (0.4, 2.45)),
        "gamma": ((0.2, 788.03), (0.21, 237.65)),
    },
    "skype06": {
        "exponential": ((16.27,), (14.31,)),
        "weibull": ((0.64, 10.86), (0.63, 9.48)),
        "lognormal": ((1.6, 1.57), (1.4, 1.73)),
        "gamma": ((0.53, 30.79), (0.5, 28.53)),
    },
    "websites02": {
        "exponential": ((11.85,), (1.18,)),
        "weibull": ((0.46, 3.68), (0.65, 0.61)),
        "lognormal": ((0.23, 2.02), (-1.12, 1.13)),
        "gamma": ((0.31, 38.67), (0.5, 2.37)),
    },
}


def fit_of(system: str, fit: str = DEFAULT_FIT) -> tuple[Distribution, Distribution]:
    """Return the lengths of spells online and offline (s) of a system.

    Examples
    --------
    >>> fit_of("skype06")
    (Weibull(shape=0.64, scale=39096.0), Weibull(shape=0.63, scale=34128.0))
    """
    up, down = PRESETS[system][fit]
    return FITS[fit](*up), FITS[fit](*down)


def name_of_fit(up: Distribution, down: Distribution) -> str:
    """Return the system and the fit with these lengths of spells; empty if there is none.

    >>> name_of_fit(*fit_of("skype06"))
    'skype06, weibull fit'
    """
    return next((f"{system}, {fit} fit" for system in PRESETS for fit in FITS if fit_of(system, fit) == (up, down)), "")
