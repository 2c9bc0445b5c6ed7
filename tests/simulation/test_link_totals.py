"""What is counted of shared links as a replicate goes on is what its changes add up to."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.simulation.compilation import compiled
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.records.link_totals import count_uses, link_columns, new_totals
from tests.searches import search

Row = tuple[float, int, float]
Steps = list[tuple[float, float]]

changes = st.tuples(st.sampled_from([0.0, 1.0, 0.1, 1e-9, 1e6]), st.integers(0, 4), st.sampled_from([0.0, 0.1, 1 / 3, 2.0, 5.0, 1e9]))
capacities = st.lists(st.sampled_from([2.0, 5.0, 1e9, math.inf]), min_size=1, max_size=5)


def counted(rows: list[Row], links: Links, ended: float, *, by_machine_code: bool) -> tuple[dict[str, float], Steps]:
    """Return the columns of `jobs`, and the steps of what all links carry together."""
    totals, groups = new_totals(links), len(links.sites)
    uses = [float(number) for row in rows for number in (*row, 1)]
    steps = [0.0] * (2 * len(rows) + 2)
    if by_machine_code:
        buffer = np.array(steps)
        count = compiled(count_uses)(totals.x, totals.w, groups, np.array(uses), len(rows), ended, buffer, 0)
        steps = buffer.tolist()
    else:
        x, w = totals.x.tolist(), totals.w.tolist()
        count = count_uses(x, w, groups, uses, len(rows), ended, steps, 0)
        totals = totals._replace(x=np.array(x), w=np.array(w))
    return link_columns(totals.x, totals.w, groups, ended), list(zip(steps[0 : 2 * count : 2], steps[1 : 2 * count : 2], strict=True))


def by_hand(rows: list[Row], links: Links, ended: float) -> tuple[dict[str, float], Steps]:
    """Return the same from the rates at every instant, after all that changes then."""
    instants = sorted({0.0, *(row[0] for row in rows)})
    rates = [[0.0] * len(links.sites)]
    for t in instants:
        now = list(rates[-1])
        for _, group, rate in [row for row in rows if row[0] == t]:
            now[group] = rate
        rates.append(now)
    del rates[0]
    together = [in_pairs(now) for now in rates]
    lines = [([now[group] for now in rates], capacity) for group, capacity in enumerate(links.capacities)] + [(together, links.origin)]
    limited = [(line, capacity) for line, capacity in lines if capacity < math.inf]
    steps = [
        (t, total)
        for t, total, now, before in zip(instants, together, rates, [[0.0] * len(links.sites), *rates], strict=False)
        if now != before
    ]
    if not limited:
        return dict.fromkeys(("utilisation_peak", "utilisation_mean", "saturated_s"), math.nan), steps
    means = []
    for line, capacity in limited:
        spans = zip(line, pairwise([*instants, max(ended, instants[-1])]), strict=True)
        means.append(sum(Fraction(rate) * Fraction(max(0.0, min(end, ended) - t)) for rate, (t, end) in spans) / Fraction(capacity))
    full = [any(line[k] >= capacity * (1.0 - 1e-9) for line, capacity in limited) for k in range(len(instants))]
    return {
        "utilisation_peak": max(min(1.0, max(line) / capacity) for line, capacity in limited),
        "utilisation_mean": min(1.0, float(max(means)) / ended),
        "saturated_s": math.fsum(end - t for is_full, (t, end) in zip(full, pairwise(instants), strict=False) if is_full),
    }, steps


def in_pairs(rates: list[float]) -> float:
    while len(rates) > 1:
        rates = [sum(rates[place : place + 2]) for place in range(0, len(rates), 2)]
    return rates[0]


@search(20)
@given(st.lists(changes, max_size=25), capacities, st.sampled_from([7.0, math.inf]), st.sampled_from([0.5, 3.0, 2e6]))
def test_random_changes(steps: list[Row], of_groups: list[float], origin: float, ended: float) -> None:
    rows, t = [], 0.0
    for wait, group, rate in steps:
        t += wait
        rows.append((t, group % len(of_groups), rate))
    rows += [(t + 1.0, group, 0.0) for group in range(len(of_groups))]  # in the end nothing flows
    links = Links(tuple(map(str, range(len(of_groups)))), tuple(of_groups), origin, ())
    found = counted(rows, links, ended, by_machine_code=False)
    np.testing.assert_equal(counted(rows, links, ended, by_machine_code=True), found)
    expected, of_all = by_hand(rows, links, ended)
    assert found[1] == of_all
    for name, value in expected.items():
        np.testing.assert_allclose(found[0][name], value, rtol=1e-13, err_msg=name)


def test_of_what_is_added_nothing_is_rounded_off() -> None:
    """A byte per second for a second, ten times, after 1e16 bytes, to which a double cannot add one."""
    rows = [(0.0, 0, 1e16), (1.0, 0, 0.0)]
    for second in range(2, 22, 2):
        rows += [(float(second), 0, 1.0), (second + 1.0, 0, 0.0)]
    found, _ = counted(rows, Links(("hall",), (1e16,), math.inf, ()), 1e6, by_machine_code=False)
    assert found["utilisation_mean"] == (1e16 + 10.0) / 1e16 / 1e6 > 1e16 / 1e16 / 1e6
