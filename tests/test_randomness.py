"""Draws are pure functions of (seed, replicate, entity, cause, index), and look random along each of these axes.

The statistical tests have fixed keys and a false-alarm rate of 1e-6 each.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rolloutsim import kernel, randomness
from rolloutsim.randomness import CAUSES, child_key, entity_word, replicate_key, uniform

FALSE_ALARM = 1e-6
N = 65_536
ROBOTS = entity_word("robots")

AXES: dict[str, Callable[[int], float]] = {
    "seeds": lambda i: uniform(replicate_key(i, 0, ROBOTS), 3, 0),
    "replicates": lambda i: uniform(replicate_key(1, i, ROBOTS), 3, 0),
    "far replicates": lambda i: uniform(replicate_key(1, 10**12 + 2**20 * i, ROBOTS), 3, 0),
    "robots": lambda i: uniform(child_key(replicate_key(1, 0, ROBOTS), i), 3, 0),
    "robots of robots": lambda i: uniform(child_key(child_key(replicate_key(1, 0, ROBOTS), i), 0), 3, 0),
    "names": lambda i: uniform(replicate_key(1, 0, entity_word(f"cohort {i}")), 3, 0),
    "causes": lambda i: uniform(child_key(replicate_key(1, 0, ROBOTS), i // CAUSES), i % CAUSES, 0),
    "indices": lambda i: uniform(replicate_key(1, 0, ROBOTS), 3, i),
    "seed 0": lambda i: uniform(replicate_key(0, 0, 0), 0, i),
}


@pytest.fixture(scope="module", params=list(AXES))
def sequence(request: pytest.FixtureRequest) -> Sequence[float]:
    axis = AXES[request.param]
    return [axis(i) for i in range(N)]


def chi_square(counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
    return float(stats.chisquare(counts.ravel()).pvalue)


def detected(cells: int, draws: int, off: float) -> float:
    """Return the probability that a chi-square test finds cells that are wrong by a share `off`, up or down."""
    limit = stats.chi2.isf(FALSE_ALARM, cells - 1)
    return float(stats.ncx2.sf(limit, cells - 1, draws * off * off))


def test_frequencies(sequence: Sequence[float]) -> None:
    """Finds cells of 1/64 that are wrong by 5 % with probability 0.999."""
    counts = np.bincount((np.array(sequence) * 64).astype(int), minlength=64)
    assert detected(64, N, 0.05) > 0.999
    assert chi_square(counts) > FALSE_ALARM


def test_low_bits(sequence: Sequence[float]) -> None:
    """The same for the last six of the 52 bits."""
    counts = np.bincount([int(u * 2**52) & 63 for u in sequence], minlength=64)
    assert chi_square(counts) > FALSE_ALARM


def test_neighbours_are_independent(sequence: Sequence[float]) -> None:
    """Serial test of pairs: finds cells of 1/256 that are wrong by 9 % with probability 0.999."""
    pairs = (np.array(sequence).reshape(-1, 2) * 16).astype(int)
    counts = np.bincount(pairs[:, 0] * 16 + pairs[:, 1], minlength=256)
    assert detected(256, N // 2, 0.09) > 0.999
    assert chi_square(counts) > FALSE_ALARM


def test_correlations_of_neighbours(sequence: Sequence[float]) -> None:
    """Lags 1, 2 and 1024: finds a correlation of 0.032 with probability 0.999 (z of 4.9 and 3.1)."""
    centred = np.array(sequence) - 0.5
    for lag in (1, 2, 1024):
        correlation = float(np.mean(centred[lag:] * centred[:-lag])) * 12.0
        assert abs(correlation) * (N - lag) ** 0.5 < stats.norm.isf(FALSE_ALARM / 6)


def test_no_two_draws_are_equal(sequence: Sequence[float]) -> None:
    """Two of 65,536 draws of 52 bits agree by chance with probability 5e-7."""
    assert len(set(sequence)) == N


def test_these_tests_find_a_weak_generator() -> None:
    """Counting up by an irrational number fills the line evenly, and its pairs lie on a few lines."""
    weak = np.modf(np.arange(N) * 0.6180339887498949)[0]
    pairs = (weak.reshape(-1, 2) * 16).astype(int)
    assert chi_square(np.bincount(pairs[:, 0] * 16 + pairs[:, 1], minlength=256)) < FALSE_ALARM
    assert chi_square(np.bincount((np.array([u**1.05 for u in weak]) * 64).astype(int), minlength=64)) < FALSE_ALARM


@pytest.mark.parametrize("other", ["the next robot", "the next replicate", "the next seed", "another cause", "another entity"])
def test_streams_of_neighbours_are_independent(other: str) -> None:
    """Two whole streams: finds a correlation of 0.032 with probability 0.999."""
    key = child_key(replicate_key(1, 7, ROBOTS), 41)
    neighbour, cause = {
        "the next robot": (child_key(replicate_key(1, 7, ROBOTS), 42), 3),
        "the next replicate": (child_key(replicate_key(1, 8, ROBOTS), 41), 3),
        "the next seed": (child_key(replicate_key(2, 7, ROBOTS), 41), 3),
        "another cause": (key, 4),
        "another entity": (child_key(replicate_key(1, 7, entity_word("robotr")), 41), 3),
    }[other]
    a = np.array([uniform(key, 3, i) for i in range(N)])
    b = np.array([uniform(neighbour, cause, i) for i in range(N)])
    assert abs(np.corrcoef(a, b)[0, 1]) * N**0.5 < stats.norm.isf(FALSE_ALARM / 2)
    counts = np.bincount((a * 16).astype(int) * 16 + (b * 16).astype(int), minlength=256)
    assert chi_square(counts) > FALSE_ALARM


def test_order_does_not_matter() -> None:
    asked = [(replicate, robot, cause, index) for replicate in range(4) for robot in range(5) for cause in range(6) for index in range(3)]

    def draw(replicate: int, robot: int, cause: int, index: int) -> float:
        return uniform(child_key(replicate_key(9, replicate, ROBOTS), robot), cause, index)

    first = {question: draw(*question) for question in asked}
    random.Random(1).shuffle(asked)
    assert {question: draw(*question) for question in asked[::2]}.items() <= first.items()
    assert len(set(first.values())) == len(first)


def test_a_far_replicate_needs_no_others() -> None:
    direct = uniform(child_key(replicate_key(5, 1_000_000, ROBOTS), 3), 2, 1)
    for replicate in range(999_990, 1_000_001):
        last = uniform(child_key(replicate_key(5, replicate, ROBOTS), 3), 2, 1)
    assert last == direct


def test_nothing_is_remembered() -> None:
    before = {name: value for name, value in vars(randomness).items() if isinstance(value, int | list | dict)}
    state = random.getstate(), np.random.get_state()[1].tolist()
    uniform(replicate_key(5, 6, ROBOTS), 7, 8)
    assert {name: value for name, value in vars(randomness).items() if isinstance(value, int | list | dict)} == before
    assert (random.getstate(), np.random.get_state()[1].tolist()) == state


def test_seed_0_is_a_seed() -> None:
    assert replicate_key(0, 0, 0) != 0
    keys = {replicate_key(seed, replicate, entity) for seed in range(8) for replicate in range(8) for entity in range(8)}
    assert len(keys) == 512


def test_the_largest_seed_is_a_seed() -> None:
    assert 0.0 < uniform(replicate_key(2**64 - 1, 10**12, 2**64 - 1), CAUSES - 1, 10**12) < 1.0


def test_the_mixing_function_is_splitmix64() -> None:
    """The published first outputs of splitmix64 with seed 1234567."""
    state = 1234567
    outputs = []
    for _ in range(3):
        state = (state + randomness.GOLDEN) & randomness.MASK
        outputs.append(randomness.mix(state))
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_definition_does_not_drift() -> None:
    """Every golden table rests on these numbers; changing them is a new model version."""
    key = child_key(replicate_key(1, 2, entity_word("dock")), 3)
    assert (key, uniform(key, 4, 5)) == GOLDEN_DRAW


GOLDEN_DRAW = (9957232403242369183, 0.14776531577056728)


@pytest.mark.parametrize(("bits", "expected"), [(0, 2.0**-53), (randomness.MASK, 1.0 - 2.0**-53)])
def test_neither_0_nor_1_can_occur(monkeypatch: pytest.MonkeyPatch, bits: int, expected: float) -> None:
    monkeypatch.setattr(randomness, "mix", lambda _: bits)
    assert uniform(1, 2, 3) == expected


@given(st.integers(0, 2**31), st.integers(0, CAUSES - 1), st.integers(0, 2**31), st.integers(0, CAUSES - 1))
def test_causes_and_indices_never_share_a_number(index: int, cause: int, other_index: int, other_cause: int) -> None:
    same = (index, cause) == (other_index, other_cause)
    assert (uniform(77, cause, index) == uniform(77, other_cause, other_index)) == same


def test_a_name_stands_for_the_start_of_its_hash() -> None:
    assert entity_word("dock") == int(hashlib.sha256(b"dock").hexdigest()[:16], 16)
    assert entity_word("Dock") != entity_word("dock")


def test_plain_and_compiled_draws_agree_to_the_last_bit() -> None:
    kernel.enable()
    import numba

    @numba.njit
    def compiled(seed, replicate, entity, robot, cause, index):
        key = child_key(replicate_key(seed, replicate, entity), robot)
        return key, uniform(key, cause, index)

    rng = random.Random(3)
    for _ in range(2000):
        seed, entity = rng.getrandbits(64), rng.getrandbits(64)
        replicate, robot, cause, index = rng.randrange(10**9), rng.randrange(10**6), rng.randrange(CAUSES), rng.randrange(10**5)
        key = child_key(replicate_key(seed, replicate, entity), robot)
        assert compiled(np.uint64(seed), replicate, np.uint64(entity), robot, cause, index) == (key, uniform(key, cause, index))
