"""The section on distributions in the reference of the scenario file."""

from __future__ import annotations

from distribution_pictures import picture
from ruamel.yaml import YAML

from rolloutsim.distributions import FORMS, Distribution, Form
from rolloutsim.scenario.reading.distribution_io import parse_distribution
from rolloutsim.scenario.reading.units import DIMENSIONS, NUMBER

__all__ = ["distribution_section", "pictures"]

DISTRIBUTIONS = """\
## Distributions

Where a table shows *distribution*, a quantity alone is a constant. One uniform number makes one variate, by the inverse of the
distribution function. A picture shows the density of the example from 0 to its 99 % quantile; for values with a probability of their
own it shows lines.
"""

#: By name: an example, and the mean in terms of the parameters.
FAMILIES: dict[str, tuple[str, str]] = {
    "constant": ("{constant: {value: 20 s}}", "value"),
    "uniform": ("{uniform: {low: 10 s, high: 30 s}}", "(low + high) / 2"),
    "triangular": ("{triangular: {low: 10 s, mode: 15 s, high: 35 s}}", "(low + mode + high) / 3"),
    "exponential": ("{exponential: {mean: 20 s}}", "mean"),
    "lognormal": ("{lognormal: {median: 20 s, sigma: 0.5}}", "median · exp(sigma² / 2), or mean"),
    "weibull": ("{weibull: {shape: 0.7, scale: 20 s}}", "scale · Γ(1 + 1 / shape)"),
    "gamma": ("{gamma: {shape: 2, scale: 10 s}}", "shape · scale"),
    "normal": ("{normal: {mean: 20 s, sd: 5 s}}", "mean, slightly more where the cut at 0 matters"),
    "pareto": ("{pareto: {shape: 2.5, scale: 12 s}}", "scale · shape / (shape - 1), infinite up to shape 1"),
    "beta": ("{beta: {mean: 0.2, concentration: 10}}", "mean, or a / (a + b)"),
    "empirical": ("{empirical: {values: [10 s, 12 s, 15 s, 30 s]}}", "the mean of the values"),
    "mixture": ("{mixture: [{weight: 0.8, of: {exponential: {mean: 10 s}}}, {weight: 0.2, of: 60 s}]}", "the weighted mean of the parts"),
    "truncated": ("{truncated: {of: {exponential: {mean: 20 s}}, high: 40 s}}", "the mean between low and high"),
    "shifted": ("{shifted: {of: {exponential: {mean: 10 s}}, by: 10 s}}", "the mean of the other one, plus by"),
}


def _family(name: str) -> tuple[str, Distribution, str]:
    """Return an example, what it is, and the mean as a formula."""
    if name not in FAMILIES:
        raise KeyError(f"the distribution {name} has no example: add one to FAMILIES in docs/distribution_section.py")
    example, mean = FAMILIES[name]
    dimension = NUMBER if all(form.dimensionless for form in FORMS[name]) else DIMENSIONS["time"]
    return example, parse_distribution(YAML(typ="safe").load(example), dimension), mean


def pictures() -> dict[str, str]:
    """Return the picture of each distribution by its name, as SVG."""
    return {name: picture(_family(name)[1]) for name in FORMS}


def _form_text(form: Form) -> str:
    keys = (f"`{p.name}`" + (" (optional)" if p.default is not None else "") for p in form.parameters)
    return ", ".join(keys)


def distribution_section() -> list[str]:
    """Return the lines of the section."""
    lines = [DISTRIBUTIONS]
    for name in FORMS:
        example, distribution, mean = _family(name)
        doc = (type(distribution).__doc__ or "").split("\n")[0]
        value = f"{distribution.mean():.4g}" + ("" if all(form.dimensionless for form in FORMS[name]) else " s")
        lines += [
            f"### `{name}`",
            "",
            doc,
            "",
            f"![density of {name}](distributions/{name}.svg)",
            "",
            f"- Parameters: {'; or '.join(map(_form_text, FORMS[name]))}",
            f"- Mean: {mean}",
            f"- Example: `{example}`, with mean {value}",
            "",
        ]
    return lines
