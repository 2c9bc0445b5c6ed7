"""Distributions as files write them, by the registry of `rolloutsim.distributions`: reading, and writing back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rolloutsim.distributions import FAMILIES, Constant, Distribution, Empirical, Mixture, Parameter
from rolloutsim.scenario.reading.csv_columns import read_samples
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.packed import is_packed, unpack
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, parse_at, parse_each, read_mapping, refuse
from rolloutsim.scenario.reading.quantities import NUMBER, TIME, Dimension, format_quantity, parse_number, parse_quantity

__all__ = ["note_missing_duration", "parse_distribution", "parse_unit", "write_distribution"]


def parse_distribution(raw: Any, dimension: Dimension = TIME, folder: DataFolder | None = None) -> Distribution:
    """Return the distribution that a file spells out; a bare quantity is a constant.

    Parameters
    ----------
    raw
        E.g. ``"20 s"`` or ``{"exponential": {"mean": "20 s"}}``.
    dimension
        What is distributed.
    folder
        To which the files of ``empirical`` are relative.

    Raises
    ------
    ProblemError or pydantic.ValidationError
        It is not a distribution, or its parameters are wrong: each at its place.

    Examples
    --------
    >>> parse_distribution({"lognormal": {"median": "1 min", "sigma": 0.5}})
    Lognormal(median=60.0, sigma=0.5)
    """
    if not isinstance(raw, dict):
        if isinstance(raw, str) and raw in FAMILIES:
            raise ProblemError("missing-key", "a distribution needs its parameters", f"write {_sample(raw, dimension)}")
        if isinstance(raw, list) or raw is None:
            raise ProblemError(
                "wrong-type", f"{dimension.phrase} or a distribution is needed", f"write e.g. {_sample('exponential', dimension)}"
            )
        return Constant(parse_quantity(raw, dimension))
    if len(raw) != 1:
        found = ", ".join(map(str, raw)) or "{}"
        hint = did_you_mean(next((key for key in raw if key not in FAMILIES), ""), FAMILIES, "distributions")
        raise ProblemError(
            "wrong-type", "one distribution is needed", f"write e.g. {_sample('exponential', dimension)}; {hint}", found=found
        )
    ((name, parameters),) = raw.items()
    if name not in FAMILIES:
        hint = did_you_mean(name, FAMILIES, "distributions")
        refuse(name, ProblemError("unknown-name", "no such distribution", hint, key=True, found=str(name)))
    return parse_at(name, _READERS.get(name, _parse_form), parameters, name, dimension, folder)


def _sample(name: str, dimension: Dimension) -> str:
    """Return an example of a form."""
    quantity, unit = ("0.1", "") if dimension is NUMBER else ("20", f" {dimension.examples[1]}")
    if name == "mixture":
        return f"{{mixture: [{{weight: 0.9, of: {quantity}{unit}}}, …]}}"
    given = (
        f"{p.name}: {'0.5' if p.kind == 'plain' else '…' if p.kind != 'quantity' else quantity + unit}"
        for p in FAMILIES[name].forms[0].parameters
    )
    return f"{{{name}: {{{', '.join(given)}}}}}"


def _parse_form(raw: Any, name: str, dimension: Dimension, folder: DataFolder | None) -> Distribution:
    forms = [form for form in FAMILIES[name].forms if dimension is NUMBER or not form.dimensionless]
    if not forms:
        raise ProblemError(
            "does-not-fit",
            f"{name} describes probabilities, not {dimension.phrase}",
            "use e.g. triangular or truncated",
            key=True,
            found=name,
        )
    if not isinstance(raw, dict):
        raise ProblemError("wrong-type", f"{name} needs its parameters by name", f"write {_sample(name, dimension)}")
    form = max(forms, key=lambda form: len({parameter.name for parameter in form.parameters} & set(raw)))
    problems = Problems()
    known = {parameter.name: parameter for parameter in form.parameters}
    required = [parameter.name for parameter in form.parameters if parameter.default is None]
    others = {parameter.name for other in forms for parameter in other.parameters}
    for key in raw.keys() & others - known.keys():
        options = " or ".join("{" + ", ".join(parameter.name for parameter in other.parameters) + "}" for other in forms)
        problems.add(
            (key,), ProblemError("conflicting-keys", f"{key} belongs to another form of {name}", f"write {options}", key=True, found=key)
        )
    given = {key: value for key, value in raw.items() if key in known or key not in others}
    values = {
        key: problems.attempt((key,), _parse_parameter, value, known[key], dimension, folder)
        for key, value in read_mapping(given, known, required, problems).items()
    }
    problems.check()
    try:
        return form.build(**values)
    except ValueError as error:
        quantities = [key for key in values if known[key].kind == "quantity" and dimension is not NUMBER]
        raise ProblemError(
            "wrong-parameters", _as_written(str(error), {key: raw[key] for key in quantities}), "correct the parameters"
        ) from None


def _as_written(message: str, quantities: dict[str, Any]) -> str:
    """Return a message of a distribution, which knows numbers only, with quantities as the file has them.

    >>> _as_written("low is 5e+08: it must not be above high (4e+08)", {"low": "500 MB", "high": "400 MB"})
    'low is 500 MB: it must not be above high (400 MB)'
    """
    for key, written in quantities.items():
        message = re.sub(rf"\b{key}( is | \()[-+.\de]+(?=[:)])", rf"{key}\g<1>{written}", message)
    return message


def _parse_parameter(raw: Any, parameter: Parameter, dimension: Dimension, folder: DataFolder | None) -> Any:
    if parameter.kind == "quantity":
        return parse_quantity(raw, dimension)
    if parameter.kind == "plain":
        return parse_number(raw)
    assert parameter.kind == "distribution"
    return parse_distribution(raw, dimension, folder)


def _parse_mixture(raw: Any, name: str, dimension: Dimension, folder: DataFolder | None) -> Distribution:
    if not isinstance(raw, list):
        raise ProblemError("wrong-type", "a mixture is a list of its parts", f"write {_sample(name, dimension)}")
    return _built(Mixture, tuple(parse_each(_parse_part, enumerate(raw), dimension, folder).values()))


def _parse_part(raw: Any, dimension: Dimension, folder: DataFolder | None) -> tuple[float, Distribution]:
    problems = Problems()
    given = read_mapping(raw, ("weight", "of"), ("weight", "of"), problems)
    weight = problems.attempt(("weight",), parse_number, given["weight"]) if "weight" in given else None
    of = problems.attempt(("of",), parse_distribution, given["of"], dimension, folder) if "of" in given else None
    problems.check()
    assert weight is not None
    assert of is not None
    return weight, of


def _parse_empirical(raw: Any, name: str, dimension: Dimension, folder: DataFolder | None) -> Distribution:
    """Read samples: ``{file, column, unit}``, or ``{values: [...]}`` with units, or ``{values: [...], unit}``."""
    problems = Problems()
    from_file = not (isinstance(raw, dict) and "values" in raw)
    known = ("file", "column", "unit") if from_file else ("values", "unit")
    required = (("file", "column", "unit") if dimension is not NUMBER else ("file", "column")) if from_file else ("values",)
    given = read_mapping(raw, known, required, problems)
    factor = problems.attempt(("unit",), parse_unit, given["unit"], dimension) if "unit" in given else None
    problems.check()
    if from_file:
        return read_samples(given["file"], given["column"], 1.0 if factor is None else factor, folder or DataFolder.at())
    if is_packed(given["values"]):
        numbers = parse_at("values", unpack, given["values"])
        return _built(Empirical, tuple(number * (1.0 if factor is None else factor) for number in numbers))
    if not isinstance(given["values"], list) or not given["values"]:
        refuse("values", ProblemError("empty", "a list of at least one value is needed", f"write [{_example(dimension)}, …]"))
    parse = (lambda item: parse_quantity(item, dimension)) if factor is None else (lambda item: _scaled(item, factor))
    listed = [problems.attempt(("values", number), parse, item) for number, item in enumerate(given["values"])]
    problems.check()
    return _built(Empirical, tuple(listed))


def _example(dimension: Dimension) -> str:
    return str(format_quantity(20.0, dimension))


def _scaled(raw: Any, factor: float) -> float:
    value = parse_number(raw)
    if value < 0:
        raise ProblemError("out-of-range", "a sample is not negative", "remove it")
    return value * factor


def note_missing_duration(raw: Any, problems: Problems) -> Any:
    """Note what stands where its key `duration` is missing.

    Parameters
    ----------
    raw
        A mapping that has a key `duration`.

    Returns
    -------
    raw
        Without what was noted.

    Raises
    ------
    ProblemError
        It is a duration itself.
    """
    if isinstance(raw, str | int | float) and not isinstance(raw, bool) and str(raw)[:1].isdigit():
        raise ProblemError("wrong-type", "a mapping is needed", f"write {{duration: {raw}}}")
    if not isinstance(raw, dict):
        return raw
    for name in raw.keys() & FAMILIES.keys():
        why = "a distribution of durations has its own key"
        problems.add((name,), ProblemError("misplaced-key", why, f"write {{duration: {{{name}: …}}}}", key=True, found=name))
    return {key: value for key, value in raw.items() if key not in FAMILIES}


def parse_unit(raw: Any, dimension: Dimension) -> float:
    """Return how much a unit is in SI units."""
    if not isinstance(raw, str):
        raise ProblemError("wrong-unit", "a unit is needed", f"units of {dimension.name}: {' '.join(dimension.units)}")
    return parse_quantity(f"1 {raw}", dimension)


def _built(build: Callable[..., Distribution], *arguments: Any, **parameters: Any) -> Distribution:
    try:
        return build(*arguments, **parameters)
    except ValueError as error:
        raise ProblemError("wrong-parameters", str(error), "correct the parameters") from None


_Reader = Callable[[Any, str, Dimension, DataFolder | None], Distribution]
_READERS: dict[str, _Reader] = {"mixture": _parse_mixture, "empirical": _parse_empirical}


def write_distribution(distribution: Distribution, dimension: Dimension = TIME) -> Any:
    """Return a distribution as a file can spell it, exact to the last bit.

    Examples
    --------
    >>> write_distribution(parse_distribution({"exponential": {"mean": "1 min"}}))
    {'exponential': {'mean': '60 s'}}
    """
    if isinstance(distribution, Constant):
        return format_quantity(distribution.value, dimension)
    name = type(distribution).__name__.lower()
    if isinstance(distribution, Mixture):
        return {name: [{"weight": weight, "of": write_distribution(of, dimension)} for weight, of in distribution.parts]}
    if isinstance(distribution, Empirical):
        unit = {"unit": dimension.unit} if dimension.unit else {}
        return {name: {"values": list(distribution.values), **unit}}
    names = {parameter.name for parameter in distribution.parameters.values()}
    form = max(distribution.forms, key=lambda form: len({parameter.name for parameter in form.parameters} & names))
    written = {}
    for field, parameter in distribution.parameters.items():
        value = getattr(distribution, field)
        if parameter not in form.parameters or value == parameter.default:
            continue
        if parameter.kind == "distribution":
            written[parameter.name] = write_distribution(value, dimension)
        else:
            written[parameter.name] = format_quantity(value, dimension) if parameter.kind == "quantity" else value
    return {name: written}
