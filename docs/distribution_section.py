"""The section on distributions in the reference of the scenario file."""

from __future__ import annotations

from distribution_pictures import picture
from ruamel.yaml import YAML

from rolloutsim.distributions import FAMILIES, Distribution, Form
from rolloutsim.scenario.reading.distribution_io import parse_distribution
from rolloutsim.scenario.reading.units import DIMENSIONS, NUMBER

__all__ = ["distribution_section", "pictures"]

DISTRIBUTIONS = """\
## Distributions

Where a table shows *distribution*, a quantity alone is a constant. One uniform number makes one variate, by the inverse of the
distribution function. A picture shows the density of the example from 0 to its 99 % quantile; for values with a probability of their
own it shows lines.
"""


def _example(family: type[Distribution]) -> Distribution:
    dimension = NUMBER if all(form.dimensionless for form in family.forms) else DIMENSIONS["time"]
    return parse_distribution(YAML(typ="safe").load(family.example), dimension)


def pictures() -> dict[str, str]:
    """Return the picture of each distribution by its name, as SVG."""
    return {name: picture(_example(family)) for name, family in FAMILIES.items()}


def _form_text(form: Form) -> str:
    keys = (f"`{p.name}`" + (" (optional)" if p.default is not None else "") for p in form.parameters)
    return ", ".join(keys)


def distribution_section() -> list[str]:
    """Return the lines of the section."""
    lines = [DISTRIBUTIONS]
    for name, family in FAMILIES.items():
        doc = (family.__doc__ or "").split("\n")[0]
        value = f"{_example(family).mean():.4g}" + ("" if all(form.dimensionless for form in family.forms) else " s")
        lines += [
            f"### `{name}`",
            "",
            doc,
            "",
            f"![density of {name}](distributions/{name}.svg)",
            "",
            f"- Parameters: {'; or '.join(map(_form_text, family.forms))}",
            f"- Mean: {family.mean_formula}",
            f"- Example: `{family.example}`, with mean {value}",
            "",
        ]
    return lines
