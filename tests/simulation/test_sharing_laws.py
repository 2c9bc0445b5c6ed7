"""Fair sharing: what holds whatever happens, and the same compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.kernel import kernel
from rolloutsim.simulation.compilation import compiled
from rolloutsim.simulation.fairshare.layout import FLOW_WIDTH, KIND
from rolloutsim.simulation.fairshare.sharing import (
    finish,
    join,
    leave,
    make_sharing,
    next_finish,
    rate,
    used,
    with_kinds,
)
from tests.simulation.test_sharing import SITES, drain, limit


def story(seed: int, capacities: list[float], origin: float, caps: list[float], n: int = 60) -> tuple[Any, ...]:
    """Draw instants, kinds of events, flows, sites, caps and sizes."""
    generator = np.random.default_rng(seed)
    return (
        np.cumsum(generator.exponential(1.0, n)),
        generator.choice(3, n, p=[0.6, 0.2, 0.2]),
        generator.integers(0, 12, n),
        generator.integers(0, len(capacities), n),
        generator.choice(caps, n),
        generator.exponential(20.0, n),
    )


@kernel
def play(s: Any, times: Any, whats: Any, flows: Any, sites: Any, caps: Any, sizes: Any, flowing: Any, seen: Any) -> int:
    """Play a story; keeps rows of time, flow and bytes (size at a beginning, minus those left at an end)."""
    s = with_kinds(s)
    rows = 0
    for event in range(len(times) + 1):
        now = times[event] if event < len(times) else math.inf
        while next_finish(s)[0] <= now and next_finish(s)[1] >= 0:
            t, flow = finish(s)
            flowing[flow] = 0
            seen[rows][0], seen[rows][1], seen[rows][2] = t, flow, 0.0
            rows += 1
        if event == len(times):
            break
        flow = flows[event]
        if not flowing[flow]:
            flowing[flow] = 1
            join(s, now, flow, sites[event], caps[event], sizes[event])
            seen[rows][0], seen[rows][1], seen[rows][2] = now, flow, sizes[event]
            rows += 1
        elif whats[event] == 1:
            flowing[flow] = 0
            seen[rows][0], seen[rows][1], seen[rows][2] = now, flow, -leave(s, now, flow)
            rows += 1
        elif whats[event] == 2:
            join(s, now, flow, sites[event], caps[event], leave(s, now, flow))
    return rows


WORLDS = [
    ([5.0], math.inf, [1.0, 2.0, math.inf]),
    ([5.0, 2.0, 9.0], 8.0, [0.3, 1.0, 1.0, 4.0, math.inf]),
    ([math.inf, 3.0], 4.0, [1.0 / 3.0, math.inf]),
    ([3.0, math.inf, 1.0], math.inf, [0.1, 0.7, 2.0]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("capacities", "origin", "caps"), WORLDS)
def test_compiled_is_the_same_bit_for_bit(capacities: list[float], origin: float, caps: list[float]) -> None:
    for seed in range(20):
        events = story(seed, capacities, origin, caps)
        seen = np.zeros((200, 3))
        s = make_sharing(12, capacities, origin, arrays=True)
        rows = compiled(play)(s, *events, np.zeros(12, np.int64), seen)
        plain: list[list[float]] = [[0.0] * 3 for _ in range(200)]
        lists = make_sharing(12, capacities, origin)
        assert play(lists, *(e.tolist() for e in events), [0] * 12, plain) == rows
        assert rows > 30
        assert seen.tolist() == plain
        assert s.x.tolist() == lists.x
        assert s.w.tolist() == lists.w


@pytest.mark.parametrize(("capacities", "origin", "caps"), WORLDS)
def test_bytes_are_conserved(capacities: list[float], origin: float, caps: list[float]) -> None:
    """The integral of all rates over time is what was sent: sizes minus what was left."""
    for seed in range(5):
        times, _, flows, sites, own, sizes = (e.tolist() for e in story(seed, capacities, origin, caps))
        s = make_sharing(60, capacities, origin)
        now, integral, sent = 0.0, 0.0, 0.0
        for flow, t in enumerate([*times, math.inf]):
            while True:
                soonest, done = next_finish(s)
                until = min(soonest, t)
                if until < math.inf:
                    integral += sum(used(s, site) for site in range(len(capacities)) if used(s, site) < math.inf) * (until - now)
                    now = until
                if done < 0 or soonest > t:
                    break
                finish(s)
            if t == math.inf:
                break
            if flows[flow] < 3 and flow and s.w[(flow - 1) * 5 + 4] >= 0:
                sent -= leave(s, t, flow - 1)
            join(s, t, flow, sites[flow], own[flow], sizes[flow])
            sent += sizes[flow] if own[flow] < math.inf or capacities[sites[flow]] < math.inf or origin < math.inf else 0.0
        assert integral == pytest.approx(sent, rel=1e-12)


@pytest.mark.slow
def test_nothing_piles_up() -> None:
    """A million flows that overlap, with caps that no double holds exactly: when they are gone, nothing of them is left."""
    s = make_sharing(4, [2.0], arrays=True)
    compiled(churn)(s, 1_000_000)
    s = s._replace(kinds={(s.first_site, 0.125): s.w[3 * FLOW_WIDTH + KIND]})
    assert used(s, 0) == 0.125
    t = 1_000_000.0
    leave(s, t, 3)
    join(s, t, 0, 0, 0.25, 1.0)
    join(s, t, 1, 0, math.inf, 7.0)
    assert (rate(s, 0), rate(s, 1)) == (0.25, 1.75)
    assert drain(s) == [(t + 4.0, 0), (t + 4.0, 1)]
    assert len(s.kinds) == 0


@kernel
def churn(s: Any, n: int) -> None:
    """A flow that stays and three at a time, each for three seconds."""
    s = with_kinds(s)
    join(s, 0.0, 3, 0, 0.125, 1e9)
    for number in range(n):
        if number >= 3:
            leave(s, float(number), number % 3)
        join(s, float(number), number % 3, 0, 0.1 + (number % 97) / 331.0, 1e9)
    for flow in range(3):
        leave(s, float(n), flow)


@given(
    st.lists(st.tuples(st.integers(0, SITES - 1), st.sampled_from([1, 2, 3, 5, None]), st.integers(1, 60)), min_size=1, max_size=8),
    st.data(),
)
def test_more_capacity_is_never_later_for_flows_of_one_link(flows: list[tuple[int, int | None, int]], data: st.DataObject) -> None:
    """At one link; on two levels it is false: what helps the one site's flows may delay another's."""
    less, more = sorted((data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))))
    ends = []
    for capacity in (less, more):
        s = make_sharing(len(flows), [float(capacity)])
        for flow, (_, cap, size) in enumerate(flows):
            join(s, 0.0, flow, 0, limit(cap), float(size))
        ends.append({flow: t for t, flow in drain(s)})
    assert all(ends[1][flow] <= ends[0][flow] * (1 + 1e-12) for flow in ends[0])


def test_sites_do_not_notice_each_other() -> None:
    """Without a limit of the origin, a site's state does not depend on what happens elsewhere, not even in the last bit."""
    alone, together = make_sharing(4, [3.0]), make_sharing(4, [3.0, 7.0])
    for s, others in ((alone, False), (together, True)):
        for flow in range(4):
            if flow % 2 == 0:
                join(s, 0.1 * flow, flow, 0, math.inf, 1.0 + flow)
            elif others:
                join(s, 0.1 * flow, flow, 1, math.inf, 2.7)
    assert drain(alone) == [(t, flow) for t, flow in drain(together) if flow % 2 == 0]
