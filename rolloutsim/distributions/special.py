"""The normal distribution and the special functions behind inverse distribution functions, each in plain Python and compiled.

The normal quantile is Wichura's algorithm AS 241 (PPND16, *Applied Statistics* 37, 1988), whose relative error is about 1e-16. The
inverse incomplete gamma and beta functions are scipy's: plain Python calls them through `scipy.special.cython_special`, compiled code
calls the same machine code by its address, so both lives return the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from rolloutsim.kernel import compiled_as, inlined, kernel

__all__ = ["betaincinv", "biased_normal", "gammaincinv", "normal_cdf", "normal_density", "normal_quantile"]

ROOT_HALF = 0.7071067811865476
ROOT_TWO_PI_INVERSE = 0.3989422804014327


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
        top = 2509.0809287301226727 * r + 33430.575583588128105
        top = top * r + 67265.770927008700853
        top = top * r + 45921.953931549871457
        top = top * r + 13731.693765509461125
        top = top * r + 1971.5909503065514427
        top = top * r + 133.14166789178437745
        top = top * r + 3.387132872796366608
        bottom = 5226.495278852545925 * r + 28729.085735721942674
        bottom = bottom * r + 39307.89580009271061
        bottom = bottom * r + 21213.794301586595867
        bottom = bottom * r + 5394.1960214247511077
        bottom = bottom * r + 687.1870074920579083
        bottom = bottom * r + 42.313330701600911252
        bottom = bottom * r + 1.0
        return q * top / bottom
    tail = p if q < 0.0 else 1.0 - p
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        r -= 1.6
        top = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        top = top * r + 0.24178072517745061177
        top = top * r + 1.27045825245236838258
        top = top * r + 3.64784832476320460504
        top = top * r + 5.7694972214606914055
        top = top * r + 4.6303378461565452959
        top = top * r + 1.42343711074968357734
        bottom = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        bottom = bottom * r + 0.0151986665636164571966
        bottom = bottom * r + 0.14810397642748007459
        bottom = bottom * r + 0.68976733498510000455
        bottom = bottom * r + 1.6763848301838038494
        bottom = bottom * r + 2.05319162663775882187
        bottom = bottom * r + 1.0
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        top = top * r + 0.0012426609473880784386
        top = top * r + 0.026532189526576123093
        top = top * r + 0.29656057182850489123
        top = top * r + 1.7848265399172913358
        top = top * r + 5.4637849111641143699
        top = top * r + 6.6579046435011037772
        bottom = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        bottom = bottom * r + 1.8463183175100546818e-5
        bottom = bottom * r + 7.868691311456132591e-4
        bottom = bottom * r + 0.0148753612908506148525
        bottom = bottom * r + 0.13692988092273580531
        bottom = bottom * r + 0.59983220655588793769
        bottom = bottom * r + 1.0
    z = top / bottom
    return -z if q < 0.0 else z


@kernel
def normal_cdf(z: float) -> float:
    """Return P(Z <= z) of a standard normal Z, precise in the lower tail."""
    return 0.5 * math.erfc(-z * ROOT_HALF)


@kernel
def normal_density(z: float) -> float:
    """Return the density of a standard normal variable."""
    return ROOT_TWO_PI_INVERSE * math.exp(-0.5 * z * z)


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


@cache
def _library() -> Any:
    from scipy.special import cython_special

    return cython_special


def _from_library(name: str, parameters: int) -> Callable[[], Callable[..., Any]]:
    """Return what gives compiled code a function of `scipy.special.cython_special` by its address.

    The address goes to LLVM as a symbol: unlike an address taken with ctypes, that leaves numba free to cache the caller on disk.
    """

    def form() -> Callable[..., Any]:
        import ctypes

        from llvmlite import binding
        from numba import types

        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        signature = b"double (" + b"double, " * parameters + b"int __pyx_skip_dispatch)"
        # Functions with a variant for float carry a prefix that Cython chose.
        (capsule,) = (c for key, c in _library().__pyx_capi__.items() if key.endswith(name) and f'"{signature.decode()}"' in repr(c))
        symbol = f"rolloutsim_{name}"
        binding.add_symbol(symbol, pointer(capsule, signature))
        external: Any = types.ExternalFunction(symbol, types.float64(*[types.float64] * parameters, types.int32))
        if parameters == 2:
            return lambda a, u: external(a, u, 0)
        return lambda a, b, u: external(a, b, u, 0)

    return form


@compiled_as(_from_library("gammaincinv", 2))
def gammaincinv(shape: float, u: float) -> float:
    """Return x with P(X <= x) = u for a gamma variable of scale 1."""
    return float(_library().gammaincinv(shape, u))


@compiled_as(_from_library("betaincinv", 3))
def betaincinv(a: float, b: float, u: float) -> float:
    """Return x with P(X <= x) = u for a beta variable."""
    return float(_library().betaincinv(a, b, u))
