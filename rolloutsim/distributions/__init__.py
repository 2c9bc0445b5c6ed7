"""Distributions of durations, rates and probabilities: immutable values with an inverse, a mean and a length-biased form.

One uniform number makes one variate, as scale times a standard variate, so that scaling every parameter by 2 scales every variate exactly.
`TableBuilder` turns distributions into rows of a flat table that plain Python and compiled code read with the same function, `ppf`.
"""

from __future__ import annotations

from rolloutsim.distributions.base import Distribution
from rolloutsim.distributions.composite import Empirical, Mixture, Shifted, Triangular, Truncated
from rolloutsim.distributions.families import Beta, Constant, Exponential, Gamma, Lognormal, Normal, Pareto, Uniform, Weibull
from rolloutsim.distributions.forms import FORMS, Form, Parameter, ParameterType
from rolloutsim.distributions.table import Table, TableBuilder, ppf

__all__ = [
    "FORMS",
    "Beta",
    "Constant",
    "Distribution",
    "Empirical",
    "Exponential",
    "Form",
    "Gamma",
    "Lognormal",
    "Mixture",
    "Normal",
    "Parameter",
    "ParameterType",
    "Pareto",
    "Shifted",
    "Table",
    "TableBuilder",
    "Triangular",
    "Truncated",
    "Uniform",
    "Weibull",
    "ppf",
]
