"""The distributions that every contract test runs through. A new one enters by its example, whose third moment must be finite."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML

from rolloutsim.distributions import (
    FAMILIES,
    Beta,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    Normal,
    Pareto,
    Shifted,
    TableBuilder,
    Triangular,
    Truncated,
    Uniform,
    Weibull,
    ppf,
)
from rolloutsim.randomness import entity_word, replicate_key, uniform
from rolloutsim.scenario.reading.distribution_io import parse_distribution

PLAIN: dict[str, Distribution] = {
    "constant": Constant(3.0),
    "uniform": Uniform(1.0, 4.0),
    "uniform from 0": Uniform(0.0, 4.0),
    "uniform of one value": Uniform(4.0, 4.0),
    "triangular": Triangular(1.0, 2.0, 7.0),
    "triangular rising": Triangular(0.0, 5.0, 5.0),
    "triangular falling": Triangular(2.0, 2.0, 5.0),
    "triangular of one value": Triangular(5.0, 5.0, 5.0),
    "exponential": Exponential(5.0),
    "lognormal": Lognormal(20.0, 0.4),
    "lognormal wide": Lognormal(2.0, 1.0),
    "lognormal of one value": Lognormal(2.0, 0.0),
    "weibull": Weibull(0.7, 120.0),
    "weibull steep": Weibull(3.0, 2.0),
    "gamma": Gamma(2.0, 5.0),
    "gamma steep": Gamma(0.2, 5.0),
    "normal": Normal(10.0, 1.0),
    "normal cut": Normal(1.0, 2.0),
    "normal far": Normal(-10.0, 2.0),
    "pareto": Pareto(4.5, 60.0),
    "beta": Beta(0.5, 49.5),
    "beta scaled": Beta(2.0, 3.0, 8.0),
    "empirical": Empirical((5.0, 1.0, 2.0, 2.0, 0.0)),
}
MADE: dict[str, Distribution] = {
    "mixture": Mixture(((1.0, Exponential(5.0)), (2.0, Uniform(2.0, 3.0)), (1.0, Constant(4.0)), (0.0, Constant(99.0)))),
    "shifted": Shifted(Weibull(2.0, 3.0), 10.0),
    "truncated lognormal": Truncated(Lognormal(20.0, 1.0), 5.0, 100.0),
    "truncated normal": Truncated(Normal(10.0, 3.0), 2.0, 9.0),
    "truncated gamma": Truncated(Gamma(3.0, 2.0), 4.0),
    "truncated uniform": Truncated(Uniform(0.0, 10.0), 4.0, 20.0),
    "truncated triangular": Truncated(Triangular(1.0, 2.0, 7.0), 1.5, 5.0),
    "truncated empirical": Truncated(Empirical((1.0, 2.0, 2.0, 5.0)), 2.0, 9.0),
    "truncated pareto": Truncated(Pareto(4.5, 1.0), 2.0),
    "truncated pareto, mean infinite": Truncated(Pareto(0.9, 1.0), high=100.0),
    "truncated pareto, logarithmic": Truncated(Pareto(1.0, 1.0), high=100.0),
    "truncated mixture": Truncated(Mixture(((1.0, Lognormal(5.0, 1.0)), (3.0, Shifted(Exponential(2.0), 1.0)))), 2.0, 9.0),
    "truncated shifted mixture": Truncated(Shifted(Mixture(((1.0, Gamma(2.0, 1.0)), (1.0, Constant(3.0)))), 1.0), 1.5, 4.5),
    "truncated twice": Truncated(Truncated(Exponential(5.0), 1.0, 20.0), 0.5, 6.0),
    "truncated in vain": Truncated(Truncated(Exponential(5.0), 1.0, 20.0), 0.0, 60.0),
    "mixture of mixtures": Mixture(
        ((1.0, Mixture(((1.0, Gamma(2.0, 1.0)), (3.0, Constant(7.0))))), (2.0, Truncated(Weibull(2.0, 3.0), 1.0)))
    ),
}
COVERED = {type(of) for of in (*PLAIN.values(), *MADE.values())}
NEW = {name: parse_distribution(YAML(typ="safe").load(family.example)) for name, family in FAMILIES.items() if family not in COVERED}
BASE = PLAIN | MADE | NEW
BIASED = {f"{name}, length-biased": of.length_biased() for name, of in BASE.items()}
ALL = BASE | BIASED

EDGES = (2.0**-53, 3 * 2.0**-53, 1e-12, 1e-6, 0.25, 0.5, 0.75, 1.0 - 1e-6, 1.0 - 1e-12, 1.0 - 2.0**-52, 1.0 - 2.0**-53)

TAIL = tuple(1.0 - 10.0**-k for k in range(2, 13))


def has_inverse(of: Distribution) -> bool:
    """Whether `ppf` ascends in u (a mixture's does not) and the distribution has no atoms."""
    if isinstance(of, Truncated | Shifted):
        return has_inverse(of.of)
    return not (isinstance(of, Mixture) or of.is_constant or hasattr(of, "values"))


def draws(of: Distribution, us: tuple[float, ...]) -> list[float]:
    builder = TableBuilder()
    row = of.encode(builder)
    table = builder.build_lists()
    return [ppf(table, row, u) for u in us]


@cache
def uniforms(n: int, name: str = "a test") -> tuple[float, ...]:
    key = replicate_key(seed=20240607, replicate=0, entity=entity_word(name))
    return tuple(uniform(key, 0, index) for index in range(n))


def by_name(cases: dict[str, Distribution]) -> dict[str, Any]:
    """Return the arguments of `pytest.mark.parametrize` for a dictionary of cases."""
    return {"argnames": "of", "argvalues": list(cases.values()), "ids": list(cases)}


def knots(of: Distribution) -> list[float]:
    """Return points between which the distribution function is smooth enough for quadrature, up to probability 1 - 1e-12."""
    match of:
        case Mixture():
            return sorted({point for weight, part in of.parts if weight for point in knots(part)})
        case Shifted():
            return sorted({0.0, *(point + of.by for point in knots(of.of))})
        case Truncated():
            points = sorted({0.0, *(min(max(point, of.low), of.high) for point in knots(of.of)), *draws(of, TAIL)})
            # Quadrature needs intervals that are longer than the rounding of their ends.
            return [a for a, b in pairwise([*points, 2 * points[-1] + 1]) if b - a > 1e-12 * b]
        case _:
            return sorted(
                {0.0, of.support()[0], *getattr(of, "values", ()), *draws(of, (1e-9, 1e-6, 1e-3, *(i / 64 for i in range(1, 64)), *TAIL))}
            )
