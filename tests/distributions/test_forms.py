"""The registry by which scenario files are read."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rolloutsim import distributions
from rolloutsim.distributions import FAMILIES, Constant, Distribution, Form, Lognormal, Normal, Truncated

SAMPLES: dict[str, Any] = {
    "of": Constant(0.5),
    "parts": ((1.0, Constant(0.5)),),
    "values": (0.1, 0.2),
    "low": 0.1,
    "mode": 0.4,
    "high": 0.7,
}


def build(form: Form, **changed: Any) -> Distribution:
    written = {parameter.name: SAMPLES.get(parameter.name, 0.3) for parameter in form.parameters}
    return form.build(**(written | changed))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_form_builds_and_draws(name: str) -> None:
    for form in FAMILIES[name].forms:
        of = build(form)
        assert type(of).__name__.lower() == name
        assert math.isfinite(of.ppf(0.3))


@pytest.mark.parametrize("name", FAMILIES)
def test_quantities_scale_and_plain_numbers_do_not(name: str) -> None:
    for form in FAMILIES[name].forms:
        written = {p.name: SAMPLES.get(p.name, 0.3) for p in form.parameters if p.kind == "quantity"}
        nested = any(p.kind not in ("quantity", "plain") for p in form.parameters)
        if written and not nested:
            assert build(form, **{n: 2.0 * value for n, value in written.items()}) == build(form).scaled(2.0)


def test_forms_of_one_name_differ_in_their_parameters() -> None:
    for family in FAMILIES.values():
        names = [frozenset(p.name for p in form.parameters if p.default is None) for form in family.forms]
        assert len(set(names)) == len(names)


def test_every_public_distribution_can_be_written() -> None:
    public = {of for of in vars(distributions).values() if isinstance(of, type) and issubclass(of, Distribution)}
    assert set(FAMILIES.values()) == public - {Distribution}


def test_defaults_and_names() -> None:
    (form,) = FAMILIES["truncated"].forms
    of = Constant(3.0)
    assert form.build(of=of, **{p.name: p.default for p in form.parameters if p.default is not None}) == Truncated(of)
    assert FAMILIES["normal"].forms[0].build(mean=3.0, sd=1.0) == Normal(3.0, 1.0)
    assert FAMILIES["lognormal"].forms[1].build(mean=3.0, sd=1.0) == Lognormal.from_moments(3.0, 1.0)
