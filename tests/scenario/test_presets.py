"""Presets: the published fits, as they were published, and never called more than that."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from rolloutsim.distributions import Gamma, Lognormal, Weibull
from rolloutsim.scenario import Renewal, Scenario, build, parse
from rolloutsim.scenario.parts.presets import FITS, PRESETS
from rolloutsim.scenario.words.links import connectivity_line

PUBLISHED = Path(__file__).parents[2].parent / "shared" / "data" / "09_fta_fitted_distributions.csv"


def fleet(connectivity: str) -> Scenario:
    return parse(f"fleet: [{{cohort: a, robots: 1, connectivity: {connectivity}}}]\napplication: {{bundle: 1 MB}}")


def test_a_preset_is_a_renewal_process() -> None:
    by_name = fleet("{preset: skype06}")
    assert by_name.fleet[0].connectivity == Renewal(up=Weibull(0.64, 10.86 * 3600), down=Weibull(0.63, 9.48 * 3600))
    lognormal = fleet("{preset: {system: skype06, fit: lognormal}}").fleet[0].connectivity
    assert lognormal == Renewal(up=Lognormal(math.exp(1.6) * 3600, 1.57), down=Lognormal(math.exp(1.4) * 3600, 1.73))
    gamma = fleet("{preset: {system: pl05, fit: gamma}}").fleet[0].connectivity
    assert gamma == Renewal(up=Gamma(0.2, 788.03 * 3600), down=Gamma(0.21, 237.65 * 3600))
    written = build(by_name.resolved())
    assert written.fleet == by_name.fleet
    assert written.fingerprint() == by_name.fingerprint()


@pytest.mark.parametrize("system", PRESETS)
@pytest.mark.parametrize("fit", FITS)
def test_every_preset_has_an_equilibrium(system: str, fit: str) -> None:
    connectivity = fleet(f"{{preset: {{system: {system}, fit: {fit}}}}}").fleet[0].connectivity
    assert isinstance(connectivity, Renewal)
    assert 0.1 < connectivity.availability < 1


def test_show_names_the_source_and_promises_nothing() -> None:
    text = connectivity_line(fleet("{preset: skype06}").fleet[0]).text
    assert text.endswith(
        "preset skype06, weibull fit of the Failure Trace Archive (Javadi, Kondo et al., JPDC 2013): measured on other systems,"
        " not calibrated for robots"
    )


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published table lies in ../shared/data beside the checkout, which is not there")
def test_the_table_is_as_published() -> None:
    published: dict[str, dict[str, list[tuple[float, ...]]]] = {}
    with PUBLISHED.open() as stream:
        for row in csv.DictReader(stream):
            numbers = tuple(float(row[name]) for name in ("param1", "param2") if row[name])
            published.setdefault(row["trace"].lower(), {}).setdefault(row["distribution"].lower(), []).append(numbers)
    assert {system: {fit: list(spells) for fit, spells in fits.items()} for system, fits in PRESETS.items()} == published
