"""The use of shared links: rates and times by hand, over replicates, and the capacities of a scenario."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rolloutsim.analysis import link_capacities, link_use
from rolloutsim.errors import UsageError

from .synthetic import synthetic_tables
from .synthetic_links import linked_tables, with_links


def test_one_replicate_is_exact() -> None:
    rows = [(0, "berlin", 0.0, 0.0), (0, "berlin", 20.0, 50.0), (0, "berlin", 30.0, 100.0), (0, "berlin", 60.0, 0.0), (0, "lyon", 5.0, 7.0)]
    use = link_use(linked_tables([100.0], rows, {"berlin": 100.0}), "berlin")
    assert use.t_s.tolist() == [0, 20, 30, 60, 100]
    assert use.median.tolist() == [0, 50, 100, 0, 0]
    assert np.isnan(use.low_50).all()
    assert (use.busy.tolist(), use.saturated.tolist()) == ([0.4], [0.3])


def test_only_the_time_of_the_job_counts_and_rounding_does_not() -> None:
    full, nothing = 100.0 * (1 - 1e-12), 1e-9
    rows = [(0, None, 0.0, full), (0, None, 10.0, nothing), (0, None, 70.0, full), (0, None, 200.0, 0.0), (0, "berlin", 0.0, 9.0)]
    use = link_use(linked_tables([80.0], rows, {None: 100.0}), None)
    assert use.saturated.tolist() == use.busy.tolist() == [0.25]
    assert use.t_s[-1] == 80.0


def test_replicates_in_any_order_and_those_without_rows() -> None:
    rows = [(2, None, 10.0, 0.0), (0, None, 4.0, 0.0), (2, None, 0.0, 10.0), (0, None, 0.0, 10.0)]
    use = link_use(linked_tables([20.0, 20.0, 20.0], rows, {None: 10.0}), None, points=3)
    assert use.t_s.tolist() == [0, 10, 20]
    assert use.saturated.tolist() == [0.2, 0.0, 0.5]
    assert use.median.tolist() == [10.0, 0.0, 0.0]
    assert (use.low_50.tolist(), use.high_50.tolist()) == ([0.0, 0.0, 0.0], [10.0, 0.0, 0.0])


def test_median_and_bands_are_order_statistics_of_the_rates() -> None:
    tables = with_links(synthetic_tables(19, 30))
    use = link_use(tables, "yard", points=50)
    rows = tables.link_use[tables.link_use["site"] == "yard"]
    for i in (0, 7, 20, 49):
        now = rows[(rows["t_s"] <= use.t_s[i]) & (rows["until_s"] > use.t_s[i])].set_index("replicate")
        mean = 8 * now["bytes"] / (now["until_s"] - now["t_s"])
        rates = np.sort(mean.reindex(range(19), fill_value=0.0))
        assert use.median[i] == rates[9]
        # (20 · 5 %) = 1 and (20 · 25 %) = 5: the extremes, and the 5th from either end.
        assert [use.low_90[i], use.high_90[i], use.low_50[i], use.high_50[i]] == [rates[0], rates[-1], rates[4], rates[-5]]
    assert (use.saturated <= use.busy).all()
    assert use.saturated.max() > 0.1


def test_rounded_sums_never_make_more_than_all_of_the_time() -> None:
    rng = np.random.default_rng(2)
    ends, rows = [], []
    for replicate in range(30):
        instants = np.cumsum(rng.random(300))
        ends.append(float(instants[-1]))
        rows += [(replicate, None, t, 10.0) for t in [0.0, *instants]]
    use = link_use(linked_tables(ends, rows, {None: 10.0}), None)
    assert use.saturated.max() == use.busy.max() == 1.0
    assert use.saturated.min() == pytest.approx(1.0)


def test_a_job_without_time_has_no_shares() -> None:
    use = link_use(linked_tables([0.0], [(0, None, 0.0, 0.0)]), None)
    assert math.isnan(use.saturated[0])
    nothing = link_use(linked_tables([], []), None, points=4)
    assert len(nothing.saturated) == 0
    assert np.isnan(nothing.median).all()


def test_tables_without_the_use_of_links() -> None:
    with pytest.raises(UsageError, match="the table link_use is not among these results"):
        link_use(synthetic_tables(1, 1)._replace(link_use=None), None)  # type: ignore[arg-type]


def test_the_rate_of_a_replicate_that_was_not_recorded_is_the_mean_of_its_cells() -> None:
    tables = linked_tables([4.0], [(0, None, 0.5, 8.0), (0, None, 2.0, 4.0)], {None: 8.0})
    use = link_use(tables._replace(timeline=None), None)  # type: ignore[arg-type]
    assert use.t_s.tolist() == [0, 1, 2, 3, 4]
    assert use.median.tolist() == [4, 8, 4, 4, 0]
    assert (use.busy.tolist(), use.saturated.tolist()) == ([0.875], [0.375])


@pytest.mark.parametrize(
    ("network", "capacities"),
    [
        ({}, {}),
        ({"network": {"sites": {}}}, {}),
        ({"network": {"sites": {"berlin": {"outages": {}}}}}, {}),
        ({"network": {"origin": "1 Gbit/s"}}, {None: 1e9}),
        ({"network": {"sites": {"origin": {"downlink": "5000 bit/s"}}, "origin": None}}, {"origin": 5e3}),
    ],
)
def test_capacities_are_those_of_limited_links(network: dict[str, Any], capacities: dict[str | None, float]) -> None:
    assert link_capacities(network) == capacities
