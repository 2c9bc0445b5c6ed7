"""Indices of sensitivity against functions whose indices are known, and the noise floor against noise that was put in."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from SALib.analyze import morris as salib_morris

from rolloutsim.errors import UsageError
from rolloutsim.study import designs
from rolloutsim.study.designs import Design, indices, noise_share

WEIGHTS = np.array([3.0, -1.0, 0.25, 0.0])


def ishigami(u: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Ishigami and Homma (1990), a = 7 and b = 0.1, and a fourth input that does nothing."""
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


# The variances of its parts.
PARTS = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 7**2 / 8, 0.1**2 * np.pi**8 * 8 / 225
ISHIGAMI = {
    "S1": [PARTS[0] / sum(PARTS), PARTS[1] / sum(PARTS), 0.0, 0.0],
    "ST": [(PARTS[0] + PARTS[2]) / sum(PARTS), PARTS[1] / sum(PARTS), PARTS[2] / sum(PARTS), 0.0],
}


def by_name(design: Design, response: Any, resampled: Any = None) -> list[dict[str, designs.Index]]:
    return [{index.name: index for index in found} for found in indices(design, response, resampled)]


def test_elementary_effects_of_a_line_are_its_slopes() -> None:
    design = designs.morris(4, 10, seed=1)
    for weight, found in zip(WEIGHTS, by_name(design, design.points @ WEIGHTS), strict=True):
        assert found["mu_star"].estimate[:3] == pytest.approx([abs(weight)] * 3)
        assert found["mu"].estimate[:3] == pytest.approx([weight] * 3)
        assert found["sigma"].estimate[:3] == (0.0, 0.0, 0.0)
        assert found["mu_star"].decided == (weight != 0)
        assert found["mu_star"].estimate.n == 10


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_all_trajectories_have_every_effect_of_the_grid_once(inputs: int) -> None:
    design = designs.morris(inputs, 1000, seed=1)
    assert design.pairs.shape[1] == designs.most_trajectories(inputs)
    levels = {0.125, 0.375}
    for number, pairs in enumerate(design.pairs):
        edges = [frozenset(map(tuple, design.points[pair].tolist())) for pair in pairs]
        every = {
            frozenset((*others[:number], start + step, *others[number:]) for step in (0, 0.5))
            for others in itertools.product((*levels, *(level + 0.5 for level in levels)), repeat=inputs - 1)
            for start in levels
        }
        assert len(edges) == len(every)
        assert set(edges) == every


def test_no_two_trajectories_have_an_effect_in_common() -> None:
    for seed in range(20):
        design = designs.morris(2, 4, seed)
        for pairs in design.pairs:
            assert len({frozenset(map(tuple, design.points[pair].tolist())) for pair in pairs}) == 4


def test_trajectories_move_the_inputs_in_any_order() -> None:
    # The first to move is any of three, by a third of 300 each: within 50 of 100, six standard deviations.
    first = [int(np.flatnonzero(np.diff(designs.morris(3, 2, seed).points, axis=0)[0])[0]) for seed in range(300)]
    assert np.bincount(first).tolist() == pytest.approx([100] * 3, abs=50)


def test_equal_effects_have_no_interval_to_speak_of() -> None:
    design = designs.morris(2, 5, seed=1)
    line, bent = (by_name(design, response)[0]["mu_star"].estimate.note for response in (design.points[:, 0], design.points.prod(axis=1)))
    assert (line, bent) == ("the same in all 5", "")


def test_elementary_effects_are_those_of_salib() -> None:
    design = designs.morris(4, 30, seed=2)
    response = ishigami(design.points)
    oracle = salib_morris.analyze(designs._problem(4), design.points, response, num_levels=4, seed=1)
    for number, found in enumerate(by_name(design, response)):
        for name in ("mu_star", "mu", "sigma"):
            # SALib measures the step on the grid, where it is 2/3; in the unit cube it is 1/2.
            assert found[name].estimate.best == pytest.approx(oracle[name][number] * 4 / 3)


def test_sobol_indices_of_ishigami() -> None:
    design = designs.sobol(4, 2048, seed=3)
    found = by_name(design, ishigami(design.points))
    for name, exact in ISHIGAMI.items():
        best = [entry[name].estimate.best for entry in found]
        assert best == pytest.approx(exact, abs=0.02)
        for entry, value in zip(found, exact, strict=True):
            assert entry[name].estimate.low <= value <= entry[name].estimate.high
    assert [entry["ST"].decided for entry in found] == [True, True, True, False]


def test_intervals_of_sobol_hold_the_truth() -> None:
    # 40 designs × 6 intervals of 95 %, as if each were on its own: P(fewer than 215 of 240) < 1e-4.
    held = 0
    for seed in range(40):
        design = designs.sobol(4, 128, seed=seed)
        found = by_name(design, ishigami(design.points))
        for name, exact in ISHIGAMI.items():
            held += sum(
                entry[name].estimate.low <= value <= entry[name].estimate.high for entry, value in zip(found[:3], exact, strict=False)
            )
    assert held >= 215


def test_pairs_differ_in_their_input_only() -> None:
    for design in (designs.morris(5, 8, seed=4), designs.sobol(5, 16, seed=4)):
        for number, pairs in enumerate(design.pairs):
            for first, second in pairs:
                assert np.flatnonzero(design.points[first] != design.points[second]).tolist() == [number]


def test_points_stay_off_the_edges() -> None:
    for design in (designs.morris(3, 10, seed=5), designs.sobol(3, 256, seed=5)):
        assert design.points.min() > 0
        assert design.points.max() < 1


def test_a_design_is_a_function_of_its_seed() -> None:
    for make in (designs.morris, designs.sobol):
        first, again, other = make(3, 16, 2**40), make(3, 16, 2**40), make(3, 16, 7)
        np.testing.assert_array_equal(first.points, again.points)
        assert not np.array_equal(first.points, other.points)
        assert indices(first, ishigami(first.points)) == indices(again, ishigami(again.points))


def test_a_seed_of_zero_is_a_seed() -> None:
    design = designs.sobol(3, 16, 0)
    assert indices(design, ishigami(design.points)) == indices(design, ishigami(design.points))


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_an_input_that_only_stirs_the_luck_is_at_its_floor(method: str) -> None:
    """The second input decides which noise a point gets and nothing else: its index is noise, and of the size of the floor.

    The indices of 40 designs are averaged, of which each has a relative deviation of about 20 %: the mean lies within 20 % of the floor,
    six of its deviations.
    """
    ratios, decided = [], 0
    for seed in range(40):
        design = getattr(designs, method)(2, 16, seed)
        rng = np.random.default_rng(seed)
        keys, place = np.unique(design.points[:, 1], return_inverse=True)
        noise = rng.normal(size=(len(keys) if method == "sobol" else len(design.points), 25))
        values = design.points[:, [0]] + (noise[place] if method == "sobol" else noise)
        drawn = np.array([values[:, rng.integers(25, size=25)].mean(axis=1) for _ in range(400)]).T
        _, found = by_name(design, values.mean(axis=1), drawn)
        index = found["mu_star" if method == "morris" else "ST"]
        ratios.append(index.estimate.best / index.floor)
        decided += index.decided
    # Drawing again from 25 shows 24/25 of the variance.
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.2)
    assert decided <= 8


def test_luck_that_all_points_share_is_no_noise() -> None:
    design = designs.morris(2, 10, seed=6)
    shared = np.random.default_rng(1).normal(size=(1, 300))
    response = design.points @ WEIGHTS[:2]
    found = by_name(design, response, response[:, None] + shared)
    assert [entry["mu_star"].floor for entry in found] == pytest.approx([0, 0], abs=1e-12)
    assert noise_share(response, response[:, None] + shared) == pytest.approx(0, abs=1e-12)


def test_share_of_noise() -> None:
    # A response of variance 4 with noise of variance 1 has 1/4 of noise; 300 draws at 500 points show it to 1 %.
    rng = np.random.default_rng(2)
    response = 2 * rng.normal(size=500)
    assert noise_share(response, response[:, None] + rng.normal(size=(500, 300))) == pytest.approx(1 / np.var(response), rel=0.02)


def test_a_response_that_does_not_vary_has_no_shares() -> None:
    design = designs.sobol(2, 16, seed=7)
    constant = np.full(len(design.points), 5.0)
    for found in by_name(design, constant):
        assert math.isnan(found["ST"].estimate.best)
        assert found["ST"].estimate.note == "the response does not vary"
        assert not found["ST"].decided
    assert math.isnan(noise_share(constant, constant[:, None].repeat(3, axis=1)))


@pytest.mark.parametrize(("samples", "near"), [(100, 128), (3, 4), (1, 2)])
def test_samples_are_a_power_of_two(samples: int, near: int) -> None:
    with pytest.raises(UsageError, match=f"{samples} samples: .* powers of two only: ask for {near}"):
        designs.sobol(2, samples, 1)


def test_one_trajectory_is_none() -> None:
    with pytest.raises(UsageError, match="1 trajectories have no spread: ask for at least 2"):
        designs.morris(2, 1, 1)


def test_without_salib_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    def refuse(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(UsageError, match=r"need SALib, which is not installed: pip install 'rolloutsim\[sensitivity\]'"):
        designs.sobol(2, 16, 1)


def test_effects_that_differ_by_rounding_are_equal() -> None:
    # Along trajectories of sevenths on thousands, differences carry rounding errors; an interval of these would be one of nothing.
    design = designs.morris(3, 20, seed=8)
    for found in by_name(design, 1e3 / 7 + design.points @ np.array([1 / 3, 1 / 7, 1e-3])):
        assert found["mu_star"].estimate.low == found["mu_star"].estimate.high
        assert found["sigma"].estimate.best == 0
