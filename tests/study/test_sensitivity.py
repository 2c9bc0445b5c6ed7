"""Sensitivity of scenarios: against a response in closed form, and what is reported of what cannot be done."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rolloutsim.errors import ScenarioError, SimulationError, UsageError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.study import sensitivity

# One robot takes validating + extracting + launching: with uniform inputs of widths 6, 12 and 18 s the variances are as 1 : 4 : 9.
STEPS = {"validating": (1, 7), "extracting": (10, 22), "launching": (20, 38)}
VARIED = {f"application.steps.{phase}.duration": {"uniform": {"low": f"{a} s", "high": f"{b} s"}} for phase, (a, b) in STEPS.items()}
IDLE = {"application.bundle": {"lognormal": {"median": "1 MB", "sigma": 1.0}}}


def scenario(uncertainties: Any, robots: int = 1, launching: Any = "25 s", more: str = "") -> Scenario:
    """A fleet without a limited link, so that its bundle's size does nothing."""
    return parse(
        f"{{fleet: [{{cohort: a, robots: {robots}}}], application: {{bundle: 1 MB, steps: {{launching: {{duration: {json.dumps(launching)}"
        f"{more}}}}}}}, seed: 9, sweep: {{uncertainties: {json.dumps(uncertainties)}}}}}"
    )


def indices(found: Any, metric: str = "time_to_complete.mean") -> dict[tuple[str, str], Any]:
    rows = found.frame[found.frame["metric"] == metric]
    return {(row.input, row.index): row for row in rows.rename(columns={"index": "name"}).itertuples() for row in [_named(row)]}


def _named(row: Any) -> Any:
    from types import SimpleNamespace

    values = row._asdict()
    return SimpleNamespace(**values | {"index": values["name"]})


def test_morris_finds_the_width_of_each_input() -> None:
    found = sensitivity(scenario(VARIED | IDLE), size=5, replicates=2)
    told = indices(found)
    for phase, (low, high) in STEPS.items():
        row = told[f"application.steps.{phase}.duration", "mu_star"]
        assert (row.low, row.best, row.high) == pytest.approx([high - low] * 3)
        assert (row.decided, row.direction, row.n) == (True, "rises", 5)
        assert row.floor == pytest.approx(0, abs=1e-9)
    idle = told["application.bundle", "mu_star"]
    assert (idle.best, idle.decided, idle.direction) == (0.0, False, "")
    assert next(iter(found.effects[0].inputs)) == "application.steps.launching.duration"


@pytest.mark.slow
def test_sobol_finds_the_shares_of_the_variance() -> None:
    told = indices(sensitivity(scenario(VARIED), method="sobol", size=32, replicates=2))
    for (phase, _), share in zip(STEPS.items(), (1 / 14, 4 / 14, 9 / 14), strict=True):
        for index in ("S1", "ST"):
            row = told[f"application.steps.{phase}.duration", index]
            assert row.best == pytest.approx(share, abs=0.15)
            assert row.low <= share <= row.high


def test_points_are_the_quantiles_of_the_distributions() -> None:
    found = sensitivity(scenario({"application.steps.launching.duration": {"exponential": {"mean": "10 s"}}}), size=8, replicates=2)
    rows = found.responses.sort_values("best")
    expected = [-10 * np.log1p(-u) for u in (0.125, 0.375, 0.625, 0.875)]
    assert rows["application.steps.launching.duration"].tolist() == pytest.approx(expected)
    assert rows["best"].tolist() == pytest.approx(expected)
    assert rows["n"].tolist() == [2] * 4
    assert found.size == 2  # of eight: there are no more of one input
    assert indices(found)["application.steps.launching.duration", "mu_star"].n == 2


def test_the_same_luck_at_every_point() -> None:
    # Launching takes its mean times a draw: with other draws at other points the effect would not be the same along all trajectories.
    varied = {"application.steps.launching.duration.exponential.mean": {"uniform": {"low": "10 s", "high": "20 s"}}}
    found = sensitivity(scenario(varied, launching={"exponential": {"mean": "1 s"}}), size=10, replicates=5)
    (row,) = [row for key, row in indices(found).items() if key[1] == "sigma"]
    assert row.best == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
@pytest.mark.numbers
def test_noise_is_seen_where_the_luck_is_other() -> None:
    # Robots toss coins of their own, so that how many of 20 fail is luck, and other luck where the coin is another.
    varied = {"application.steps.extracting.failures.ExtractingBundleFailure": {"uniform": {"low": 0.05, "high": 0.15}}}
    few, many = (sensitivity(scenario(varied, robots=20), ["failed_share"], size=6, replicates=n) for n in (10, 160))
    by_index = [{row.index: row for row in indices(found, "failed_share.mean").values()} for found in (few, many)]
    # Noise falls with the root of the number of replicates: 16 times as many, a quarter.
    assert 2 < by_index[0]["mu_star"].floor / by_index[1]["mu_star"].floor < 8
    assert few.effects[0].noise > 4 * many.effects[0].noise > 0
    assert by_index[1]["mu_star"].decided
    # Of 160 replicates of 20 robots the difference of the shares at two points has a standard error of 0.4 %, an effect the double of it.
    assert by_index[1]["mu_star"].best == pytest.approx(0.1, abs=0.02)


def test_several_metrics_of_one_simulation() -> None:
    told: list[tuple[int, int]] = []
    found = sensitivity(
        scenario(VARIED), ["time_to_complete.p50", "abort_probability"], size=3, replicates=6, progress=lambda *at: told.append(at)
    )
    assert [str(effects.query) for effects in found.effects] == ["time_to_complete.p50", "abort_probability.probability"]
    points = len(found.responses) // 2
    assert told[-1] == (points, points)
    assert told == sorted(told)
    assert indices(found, "time_to_complete.p50")["application.steps.launching.duration", "mu_star"].best == pytest.approx(18)
    assert np.isnan(found.effects[1].noise)
    assert found.effects[1].low == found.effects[1].high == 0


@pytest.mark.numbers
@pytest.mark.parametrize("metric", ["failed_share[bad]", "time_to_reach_99.p50"])
def test_noise_that_few_replicates_do_not_show(metric: str) -> None:
    """Draws have no response if none of their replicates is a bad release (3 of 16 are), or if most never reach 99 % (7 of 16 do not)."""
    varied = {"application.steps.launching.duration": VARIED["application.steps.launching.duration"]}
    base = scenario(varied).replace(
        "application.release", {"bad": {"probability": 0.3, "steps": {"extracting": {"failures": {"ExtractingBundleFailure": 1.0}}}}}
    )
    few = sensitivity(base, [metric, "slot"], replicates=16)
    noise, slot = few.effects
    assert noise.floor_needs > 16
    assert slot.floor_needs == 0
    assert np.isnan(noise.noise)
    assert few.to_json()["metrics"][0]["floor_needs"] == noise.floor_needs
    assert not any(row.decided for row in indices(few, str(noise.query)).values() if row.index != "mu")
    assert sensitivity(base, [metric], replicates=noise.floor_needs).effects[0].floor_needs == 0


def test_json_holds_everything() -> None:
    found = sensitivity(scenario(VARIED), size=3, replicates=2)
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (told["seed"], told["replicates"], told["method"], told["size"]) == (9, 2, "morris", 3)
    (metric,) = told["metrics"]
    assert metric["inputs"][0]["input"] == "application.steps.launching.duration"
    assert metric["inputs"][0]["mu_star"]["best"] == pytest.approx(18)
    assert metric["inputs"][0]["mu_star"]["floor"] < 1e-9


def test_another_seed_is_another_design_and_recorded() -> None:
    unnamed = scenario(VARIED).replace("seed", None)
    first, second = (sensitivity(unnamed, size=3, replicates=2, seed=seed) for seed in (None, 2))
    assert [found.manifest["seed"] for found in (first, second)] == [1, 2]
    assert not first.responses.equals(second.responses)
    again = sensitivity(scenario(VARIED), size=3, replicates=2, seed=1)
    assert again.responses.equals(first.responses)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"metrics": ["time_to_nowhere", "bytes_lost"]}, "(?s)time_to_nowhere.*bytes_lost"),
        ({"metrics": ["time_to_complete.p95"]}, "time_to_complete.p95 needs at least 72 replicates of each point, not 20"),
        ({"replicates": 1}, "time_to_complete.mean needs at least 2 replicates of each point, not 1"),
        ({"metrics": ["time_to_complet"]}, "did you mean time_to_complete?"),
        ({"metrics": []}, "no metric to look at"),
        (
            {"metrics": ["time_to_reach_100.mean"], "replicates": 2},
            r"time_to_reach_100.mean is never at application.steps.launching.failures",
        ),
        ({"metrics": ["time_to_complete[bad]"]}, r"is not estimable at .*none of the 20 replicates meets the conditions"),
    ],
)
def test_what_is_invalid_is_reported(arguments: dict[str, Any], said: str) -> None:
    varied = {"application.steps.launching.failures.MissingRobotDeploymentResource": {"uniform": {"low": 0.9, "high": 1.0}}}
    base = scenario(varied, more=", failures: {MissingRobotDeploymentResource: 0.95}")
    with pytest.raises(UsageError, match=said):
        sensitivity(base, size=2, **arguments)


def test_a_point_is_printed_as_people_would_write_it() -> None:
    varied = {"application.bundle": {"uniform": {"low": "100 MB", "high": "200 MB"}}}
    with pytest.raises(UsageError, match=r"at application.bundle=1\d\d MB \("):
        sensitivity(scenario(varied, more=", failures: {MissingRobotDeploymentResource: 1.0}"), ["time_to_reach_100.mean"], size=2)


def test_responses_know_the_units_of_the_inputs() -> None:
    found = sensitivity(scenario(IDLE), ["slot", "time_to_complete"], size=2, replicates=2)
    assert found.responses.attrs["units"] == {"application.bundle": "B"}


def test_nothing_to_vary_is_reported() -> None:
    with pytest.raises(UsageError, match="has no uncertainties to vary: add"):
        sensitivity(parse("{fleet: [{cohort: a, robots: 1}], application: {bundle: 1 MB}}"))


def test_a_point_that_is_no_scenario_is_reported() -> None:
    failing = "application.steps.extracting.failures.ExtractingBundleFailure"
    with pytest.raises(ScenarioError, match=rf"{failing}: found 1\.\d+; a probability lies between 0 and 1"):
        sensitivity(scenario({failing: {"uniform": {"low": 0.5, "high": 1.4}}}), size=2)


def test_a_crash_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: Replicator, replicate: int) -> Any:
        raise RuntimeError("no luck")

    monkeypatch.setattr(Replicator, "run", crash)
    with pytest.raises(SimulationError, match="replicate 0 of seed 9 crashed with RuntimeError: no luck"):
        sensitivity(scenario(VARIED), size=2, replicates=2)
