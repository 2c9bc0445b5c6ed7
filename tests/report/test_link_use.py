"""Shared links: rates below their capacities, in strips of their own, and what is printed about them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from rolloutsim.errors import UsageError
from rolloutsim.report.plots import Plotter, plot_link_use, plot_robots_by_state
from tests.analysis.synthetic import synthetic_tables
from tests.analysis.synthetic_links import CAPACITIES, linked_tables, with_links

#: No traffic.
IDLE = [(0, None, 0.0, 0.0)]


def heights(ax):
    return [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"]


def test_one_replicate_is_drawn_as_it_is_below_its_capacity():
    rows = [(0, "berlin", 0.0, 0.0), (0, "berlin", 20.0, 1e8), (0, "berlin", 30.0, 2e8), (0, "berlin", 60.0, 0.0)]
    tables = linked_tables([100.0], rows, {"berlin": 2e8})
    ax = plot_link_use(tables, capacities={"berlin": 2e8})
    (line,) = [line for line in ax.lines if line.get_label() == "the one replicate"]
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [0, 20, 30, 60, 103]
    (capacity,) = heights(ax)
    np.testing.assert_allclose(line.get_ydata() / capacity, [0, 0.5, 1, 0, 0])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "100", "200"]
    np.testing.assert_allclose(ax.get_yticks() / capacity, [0, 0.5, 1])
    assert ax.get_ylabel() == "bit rate (Mbit/s)"
    assert [text.get_text() for text in ax.texts] == [
        "berlin downlink: 200 Mbit/s capacity, saturated 30 % of the job's time, 75 % of the time in use"
    ]


def test_each_link_has_its_strip_and_its_line():
    capacities = {None: 1e9, "lyon": 1e8, "berlin": 2e8}
    tables = linked_tables([100.0] * 20, [(k, site, 0.0, 1e8) for k in range(20) for site in (None, "lyon")], capacities)
    ax = plot_link_use(tables, capacities=capacities)
    low, high = ax.get_ylim()
    assert heights(ax) == sorted(heights(ax), reverse=True)
    assert len(set(heights(ax))) == 3
    assert low < min(heights(ax)) < max(heights(ax)) < high
    assert [text.get_text() for text in ax.texts] == [
        "origin: 1 Gbit/s capacity, never saturated in n = 20",
        "lyon downlink: 100 Mbit/s capacity, saturated > 83.2 % of the job's time, > 83.2 % of the time in use",
        "berlin downlink: 200 Mbit/s capacity, never used",
    ]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["90 % of replicates", "50 % of replicates", "median", "capacity"]
    assert all(band.get_edgecolor()[0][3] > 0.5 > band.get_facecolor()[0][3] for band in ax.collections)  # pale, but with a rim


def test_of_many_links_the_busiest_are_drawn_and_the_others_counted():
    sites = [f"site{k:02}" for k in range(12)]
    rows = [(0, site, t, rate) for k, site in enumerate(sites) for t, rate in ((0.0, 1e6), (10.0 + k, 0.0))]
    ax = plot_link_use(linked_tables([100.0], rows, dict.fromkeys(sites, 1e6)), capacities=dict.fromkeys(sites, 1e6))
    names = [text.get_text().partition(" ")[0] for text in ax.texts]
    assert names[:8] == sites[4:]
    assert ax.texts[8].get_text() == "4 more links, saturated for no longer than these."
    assert len(ax.get_yticks()) == 16


@pytest.mark.parametrize(
    ("capacities", "unit", "ticks"),
    [
        ({None: 40e9, "a": 2.5e9}, "Gbit/s", ["0", "20", "40", "0", "1.25", "2.5"]),
        ({None: 10e9, "a": 10e6}, "Mbit/s", ["0", "5,000", "10,000", "0", "5", "10"]),
        ({"a": 5e2}, "bit/s", ["0", "250", "500"]),
        ({"a": 0.5}, "bit/s", ["0", "0.25", "0.5"]),
    ],
)
def test_rates_have_the_unit_of_the_smallest_capacity(capacities, unit, ticks):
    ax = plot_link_use(linked_tables([9.0], IDLE), capacities=capacities)
    assert ax.get_ylabel() == f"bit rate ({unit})"
    assert [label.get_text() for label in ax.get_yticklabels()] == ticks


def test_text_about_a_link_is_shortened_to_fit(tables):
    linked, widths = with_links(tables), {}
    for inches in (9.0, 5.5, 3.0):
        figure = Figure(figsize=(inches, 4), layout="constrained")
        ax = plot_link_use(linked, capacities=CAPACITIES, ax=figure.add_subplot())
        figure.draw_without_rendering()
        assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in ax.texts)
        widths[inches] = [len(text.get_text()) for text in ax.texts]
    assert widths[9.0] > widths[5.5] > widths[3.0]


def test_stragglers_and_missing_bands_are_reported():
    ax = plot_link_use(linked_tables([10.0] * 9 + [900.0], IDLE), capacities={None: 1e6})
    assert "Ends of jobs: 1 beyond the right edge, up to 15 min." in [text.get_text() for text in ax.texts]
    assert "90 % of replicates: needs 19" in [text.get_text() for text in ax.get_legend().get_texts()]
    ax = plot_robots_by_state(synthetic_tables(10, 1)._replace(jobs=linked_tables([10.0] * 9 + [900.0], []).jobs))
    assert "Ends of jobs: 1 beyond the right edge, up to 15 min." in [text.get_text() for text in ax.texts]


def test_results_without_shared_links_show_a_note(tables):
    with pytest.raises(UsageError, match=r"no shared links to draw: give network\.origin, or downlink of a site"):
        Plotter(tables).link_use()
    with pytest.raises(UsageError, match="the table link_use is not among these results"):
        Plotter(tables._replace(link_use=None), CAPACITIES).link_use()
