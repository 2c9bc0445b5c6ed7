"""How each distribution is written: its name, its parameters, what kind of value each takes, and what builds it.

The scenario layer reads files by this registry, so a new distribution needs a class and an entry here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rolloutsim.distributions.base import Distribution
from rolloutsim.distributions.composite import Empirical, Mixture, Shifted, Triangular, Truncated
from rolloutsim.distributions.families import Beta, Constant, Exponential, Gamma, Lognormal, Normal, Pareto, Uniform, Weibull

__all__ = ["FORMS", "Form", "Parameter", "ParameterType"]

#: quantity: a number with the unit of the variate; plain: a bare number; quantities: a list of quantities (or a file and column of
#: them); distribution: a nested distribution; parts: a list of ``{weight, of}``.
ParameterType = Literal["quantity", "plain", "quantities", "distribution", "parts"]


@dataclass(frozen=True)
class Parameter:
    """A parameter as it is written in a file; without a default it is required."""

    name: str
    kind: ParameterType
    default: float | None = None


@dataclass(frozen=True)
class Form:
    """One way to write a distribution.

    Attributes
    ----------
    parameters
        What may be written.
    build
        Called with the parameters by keyword, in SI units; raises ValueError if they are wrong.
    dimensionless
        Whether it describes probabilities only.
    """

    parameters: tuple[Parameter, ...]
    build: Callable[..., Distribution]
    dimensionless: bool = False


def _exponential(mean: float) -> Distribution:
    return Exponential(mean)


def _normal(mean: float, sd: float) -> Distribution:
    return Normal(mean, sd)


def _quantity(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "quantity") for name in names)


def _plain(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "plain") for name in names)


_SHAPE_AND_SCALE = (*_plain("shape"), *_quantity("scale"))
_OF = Parameter("of", "distribution")

#: For each name in a file the forms it can take, distinguished by the names of their parameters.
FORMS: dict[str, tuple[Form, ...]] = {
    "constant": (Form(_quantity("value"), Constant),),
    "uniform": (Form(_quantity("low", "high"), Uniform),),
    "triangular": (Form(_quantity("low", "mode", "high"), Triangular),),
    "exponential": (Form(_quantity("mean"), _exponential),),
    "lognormal": (
        Form((*_quantity("median"), *_plain("sigma")), Lognormal),
        Form(_quantity("mean", "sd"), Lognormal.from_moments),
    ),
    "weibull": (Form(_SHAPE_AND_SCALE, Weibull),),
    "gamma": (Form(_SHAPE_AND_SCALE, Gamma),),
    "normal": (Form(_quantity("mean", "sd"), _normal),),
    "pareto": (Form(_SHAPE_AND_SCALE, Pareto),),
    "beta": (
        Form(_plain("mean", "concentration"), Beta.from_mean, dimensionless=True),
        Form(_plain("a", "b"), Beta, dimensionless=True),
    ),
    "empirical": (Form((Parameter("values", "quantities"),), Empirical),),
    "mixture": (Form((Parameter("parts", "parts"),), Mixture),),
    "truncated": (Form((_OF, Parameter("low", "quantity", 0.0), Parameter("high", "quantity", math.inf)), Truncated),),
    "shifted": (Form((_OF, *_quantity("by")), Shifted),),
}
