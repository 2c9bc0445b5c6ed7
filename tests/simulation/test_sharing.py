"""Fair sharing against closed forms and against exact progressive filling."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.kernel import kernel
from rolloutsim.simulation.compilation import compiled
from rolloutsim.simulation.fairshare.sharing import (
    Sharing,
    finish,
    join,
    leave,
    left,
    make_sharing,
    next_finish,
    rate,
    used,
    with_kinds,
)
from tests.searches import search
from tests.simulation.filling import Event, Twin, fair_rates

FLOWS, SITES = 6, 3


def limit(value: int | None) -> float:
    return math.inf if value is None else float(value)


def drain(s: Sharing) -> list[tuple[float, int]]:
    """End all flows that ever end."""
    done = []
    while next_finish(s)[1] >= 0:
        done.append(finish(s))
    return done


# Closed forms


@pytest.mark.parametrize("n", [1, 2, 7, 100])
@pytest.mark.parametrize("cap", [math.inf, 1000.0, 5.0])
def test_equal_sizes_that_start_together_end_together(n: int, cap: float) -> None:
    s = make_sharing(n, [300.0])
    for flow in reversed(range(n)):
        join(s, 0.0, flow, 0, cap, 6000.0)
    end = 6000.0 / min(cap, 300.0 / n)
    done = drain(s)
    assert done == [(done[0][0], flow) for flow in range(n)], "at one instant, in order of their numbers"
    assert done[0][0] == pytest.approx(end, rel=1e-15)


def test_unequal_sizes_end_by_size() -> None:
    """With sizes s1 <= s2 <= … flow k ends at (s1 + … + sk-1 + (n - k + 1) sk) / C."""
    sizes = [40.0, 10.0, 30.0, 20.0]
    s = make_sharing(4, [8.0])
    for flow, size in enumerate(sizes):
        join(s, 0.0, flow, 0, math.inf, size)
    assert drain(s) == [(5.0, 1), (8.75, 3), (11.25, 2), (12.5, 0)]


def test_water_filling_at_one_link() -> None:
    """Bertsekas and Gallager: 10 among demands 2, 2.6, 4, 5 gives 2, 2.6, 2.7, 2.7."""
    s = make_sharing(4, [10.0])
    for flow, cap in enumerate((2.0, 2.6, 4.0, 5.0)):
        join(s, 0.0, flow, 0, cap, 100.0)
    assert [rate(s, flow) for flow in range(4)] == pytest.approx([2.0, 2.6, 2.7, 2.7], rel=1e-15)
    assert used(s, 0) == pytest.approx(10.0, rel=1e-15)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (math.inf, [5.0, 5.0, 3.0, 27.0]),  # nothing but the sites
        (40.0, [5.0, 5.0, 3.0, 27.0]),  # just enough
        (33.0, [5.0, 5.0, 3.0, 20.0]),  # the origin limits the fastest
        (21.0, [5.0, 5.0, 3.0, 8.0]),  # site 0 is still full
        (15.0, [4.0, 4.0, 3.0, 4.0]),  # the origin limits all but the capped flow
        (8.0, [2.0, 2.0, 2.0, 2.0]),  # all flows
        (0.0, [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_water_filling_on_two_levels(origin: float, expected: list[float]) -> None:
    s = make_sharing(4, [10.0, 30.0], origin)
    for flow, (site, cap) in enumerate([(0, math.inf), (0, 9.0), (1, 3.0), (1, 50.0)]):
        join(s, 0.0, flow, site, cap, 100.0)
    assert [rate(s, flow) for flow in range(4)] == pytest.approx(expected, rel=1e-14)


def test_a_level_that_falls_and_rises() -> None:
    """Worked by hand: 90 B at 9 B/s alone; from 5 s with another at 5 B/s each; 8 s: it leaves; 10 s: the cap falls to 2 B/s."""
    s = make_sharing(2, [10.0])
    join(s, 0.0, 0, 0, 9.0, 90.0)
    assert next_finish(s) == (10.0, 0)
    join(s, 5.0, 1, 0, math.inf, 1000.0)
    assert (rate(s, 0), rate(s, 1)) == (5.0, 5.0)
    assert left(s, 7.0, 0) == 35.0
    assert leave(s, 8.0, 1) == 985.0
    assert left(s, 8.0, 0) == 30.0
    join(s, 10.0, 0, 0, 2.0, leave(s, 10.0, 0))
    assert left(s, 10.0, 0) == 12.0
    assert drain(s) == [(16.0, 0)]


def test_flows_that_are_due_at_one_count_of_bytes_end_at_one_instant() -> None:
    """Whatever the arithmetic leaves over: 200 links with awkward numbers, flows that share and flows that are capped."""
    generator = np.random.default_rng(5)
    for _ in range(200):
        capacity, start, size, other = generator.exponential(1.0, 4).tolist()
        for cap in (math.inf, capacity / 1000.0):
            s = make_sharing(12, [capacity])
            join(s, 0.0, 11, 0, math.inf, start * capacity / 2.0 + other)
            for flow in range(11):
                join(s, start, flow, 0, cap, size)
            done = [pair for pair in drain(s) if pair[1] < 11]
            assert done == [(done[0][0], flow) for flow in range(11)]


def test_a_level_of_the_origin_that_rises_above_a_cap() -> None:
    s = make_sharing(3, [math.inf], 12.0)
    for flow, cap in enumerate((5.0, math.inf, math.inf)):
        join(s, 0.0, flow, 0, cap, 100.0)
    assert [rate(s, flow) for flow in range(3)] == [4.0, 4.0, 4.0]
    leave(s, 1.0, 2)
    assert [rate(s, flow) for flow in range(2)] == [5.0, 7.0]
    assert used(s, 0) == 12.0


@pytest.mark.parametrize(
    ("spread", "n", "shift"),
    [
        (False, 50_000, 0.2),
        pytest.param(False, 1_000_000, 0.04, marks=pytest.mark.slow),
        pytest.param(True, 1_000_000, 0.08, marks=pytest.mark.slow),
    ],
)
def test_processor_sharing_with_random_arrivals(spread: bool, n: int, shift: float) -> None:
    """M/G/1-PS: the mean sojourn is E[S] / (1 - rho), whatever the distribution of sizes: here 1 / (1 - 0.6) = 2.5 s.

    The error is that of the mean of 40 blocks of flows, with 4.9 standard errors for a false alarm of 1e-6 and 3.1 more for a miss of 1e-3;
    `shift` is the relative error of the model that is found with that. A million flows are worth machine code.
    """
    rho, numbers, fast = 0.6, 1000, n >= 1_000_000
    generator = np.random.default_rng(20260101)
    arrivals = np.cumsum(generator.exponential(1 / rho, n))
    size = generator.exponential(1.0, n)
    if spread:
        size *= np.where(generator.random(n) < 0.9, 0.5, 5.5)  # mean 1 again
    ended = np.full(n, np.nan)
    (compiled(serve) if fast else serve)(make_sharing(numbers, [1.0], arrays=fast), arrivals, size, ended, np.full(numbers, -1))
    blocks = (ended - arrivals).reshape(40, -1).mean(axis=1)
    error = blocks.std(ddof=1) / math.sqrt(40)
    assert (4.9 + 3.1) * error < shift * 2.5, "too few to tell"
    assert abs(blocks.mean() - 2.5) < 4.9 * error


@kernel
def serve(s: Any, arrivals: Any, sizes: Any, ended: Any, serves: Any) -> None:
    """Let flows come and go, with numbers used again and again."""
    s = with_kinds(s)
    for arrival in range(len(arrivals)):
        while next_finish(s)[0] <= arrivals[arrival]:
            t, flow = finish(s)
            ended[serves[flow]] = t
            serves[flow] = -1
        flow = arrival % len(serves)
        if serves[flow] >= 0:
            return  # too many at once: the missing times show it
        serves[flow] = arrival
        join(s, arrivals[arrival], flow, 0, math.inf, sizes[arrival])
    while next_finish(s)[1] >= 0:
        t, flow = finish(s)
        ended[serves[flow]] = t


# Against the twin


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[int | None], int | None, list[Event]]:
    """Draw links and what happens to them; every flow is limited by something."""
    capacity = st.integers(0, 12)
    sites = draw(st.lists(st.one_of(st.none(), capacity), min_size=1, max_size=SITES))
    origin = draw(st.one_of(st.none(), st.integers(0, 25)))
    caps = st.sampled_from([None, 0, 1, 2, 3, 3, 5, 8])
    events, t = [], 0
    for _ in range(draw(st.integers(1, 14))):
        t += draw(st.sampled_from([0, 0, 1, 2, 5, 30]))
        what = draw(st.sampled_from(["join", "join", "join", "leave", "cap"]))
        flow = draw(st.integers(0, FLOWS - 1))
        site = draw(st.integers(0, len(sites) - 1))
        to = draw(caps)
        if to is None and origin is None and None in sites:
            to = 4
        events.append(Event(t, what, flow, site, to, draw(st.sampled_from([0, 6, 6, 12, 30, 100]))))
    return sites, origin, events


def close(a: float, b: Fraction | float) -> bool:
    return math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-8)


@search(80)
@given(stories())
def test_every_story_goes_as_by_progressive_filling(story: tuple[list[int | None], int | None, list[Event]]) -> None:
    sites, origin, events = story
    twin, s = Twin(sites, origin), make_sharing(FLOWS, [limit(c) for c in sites], limit(origin))
    done: list[tuple[float, int]] = []
    latest = 0.0
    for event in events:
        flowing = event.flow in twin.caps
        twin.run(Fraction(event.t))
        # What is due at the instant in exact arithmetic may be due a hair later in doubles.
        while next_finish(s)[0] <= event.t + 1e-9:
            done.append(finish(s))
            latest = max(latest, done[-1][0])
        t = max(float(event.t), latest)
        flowing = event.flow in twin.caps
        remaining = twin.apply(event)
        if event.what == "join" and not flowing:
            join(s, t, event.flow, event.site, limit(event.limit), float(event.size))
        elif event.what == "cap" and flowing:
            join(s, t, event.flow, twin.site[event.flow], limit(event.limit), leave(s, t, event.flow))
        elif event.what == "leave" and flowing:
            assert remaining is not None
            assert close(leave(s, t, event.flow), remaining)
        for flow, expected in twin.rates.items():
            if twin.left[flow] > 0:
                assert close(rate(s, flow), expected) or due(s, t, twin)
                assert close(left(s, t, flow), twin.left[flow])
    twin.run(None)
    done += drain(s)
    assert [flow for _, flow in sorted((round(t, 6), f) for t, f in done)] == [
        flow for _, flow in sorted((round(float(t), 6), f) for t, f in twin.done)
    ]
    ours, exact = sorted((flow, t) for t, flow in done), sorted((flow, t) for t, flow in twin.done)
    assert all(a[0] == b[0] and close(a[1], b[1]) for a, b in zip(ours, exact, strict=True))
    assert all(a[0] <= b[0] for a, b in pairwise(done)), "time does not go back"


def due(s: Sharing, t: float, twin: Twin) -> bool:
    """Return whether a flow of 0 bytes takes part at this very instant: it has no rate in the twin."""
    return next_finish(s)[0] <= t and 0 in twin.left.values()


@given(st.lists(st.tuples(st.integers(0, SITES - 1), st.sampled_from([None, 0, 1, 2, 3, 5])), max_size=8), st.data())
def test_shares_are_fair(flows: list[tuple[int, int | None]], data: st.DataObject) -> None:
    """A flow that gets less than its cap has a full link on which none gets more: the property that defines max-min fairness."""
    capacities = data.draw(st.lists(st.integers(0, 12), min_size=SITES, max_size=SITES))
    origin = data.draw(st.integers(0, 25))
    s = make_sharing(len(flows), [float(c) for c in capacities], float(origin))
    for flow, (site, cap) in enumerate(flows):
        join(s, 0.0, flow, site, limit(cap), 1.0)
    rates = [rate(s, flow) for flow in range(len(flows))]
    of_site = [[r for (at, _), r in zip(flows, rates, strict=True) if at == site] for site in range(SITES)]
    assert all(sum(of) <= capacity + 1e-12 for of, capacity in zip(of_site, capacities, strict=True))
    assert [used(s, site) for site in range(SITES)] == pytest.approx([sum(of) for of in of_site], abs=1e-12)
    assert sum(rates) <= origin + 1e-12
    for (site, cap), own in zip(flows, rates, strict=True):
        assert own <= limit(cap)
        bound = [of for of, capacity in [(of_site[site], capacities[site]), (rates, origin)] if sum(of) >= capacity - 1e-12]
        assert own == limit(cap) or any(own >= max(of) - 1e-12 for of in bound)
    exact = fair_rates(
        {f: cap for f, (_, cap) in enumerate(flows)},
        {f: site for f, (site, _) in enumerate(flows)},
        dict(enumerate(capacities)) | {-1: origin},
    )
    assert rates == pytest.approx([float(exact[flow]) for flow in range(len(flows))], rel=1e-14)
