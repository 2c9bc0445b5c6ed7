"""Distributions of durations, rates and probabilities: immutable values with an inverse, a mean and a length-biased form.

One uniform number makes one variate, as scale times a standard variate, so that scaling every parameter by 2 scales every variate exactly.
`TableBuilder` turns distributions into rows of a flat table that plain Python and compiled code read with the same function, `ppf`.
`FAMILIES` holds those that files may contain.
"""

from __future__ import annotations

from rolloutsim.distributions.base import Distribution as Distribution
from rolloutsim.distributions.base import Form as Form
from rolloutsim.distributions.base import Parameter as Parameter
from rolloutsim.distributions.base import ParameterType as ParameterType
from rolloutsim.distributions.base import families as _families
from rolloutsim.distributions.bounded import Constant as Constant
from rolloutsim.distributions.bounded import Triangular as Triangular
from rolloutsim.distributions.bounded import Uniform as Uniform
from rolloutsim.distributions.composite import Empirical as Empirical
from rolloutsim.distributions.composite import Mixture as Mixture
from rolloutsim.distributions.composite import Shifted as Shifted
from rolloutsim.distributions.composite import Truncated as Truncated
from rolloutsim.distributions.families import Beta as Beta
from rolloutsim.distributions.families import Exponential as Exponential
from rolloutsim.distributions.families import Gamma as Gamma
from rolloutsim.distributions.families import Lognormal as Lognormal
from rolloutsim.distributions.families import Normal as Normal
from rolloutsim.distributions.families import Pareto as Pareto
from rolloutsim.distributions.families import Weibull as Weibull
from rolloutsim.distributions.table import Table as Table
from rolloutsim.distributions.table import TableBuilder as TableBuilder
from rolloutsim.distributions.table import ppf as ppf
from rolloutsim.distributions.table import ppf_many as ppf_many

#: By their names in files; those that are made of others or of values come last.
FAMILIES: dict[str, type[Distribution]] = {
    family.__name__.lower(): family
    for family in sorted(_families, key=lambda of: not all(parameter.kind in ("quantity", "plain") for parameter in of.parameters.values()))
}
