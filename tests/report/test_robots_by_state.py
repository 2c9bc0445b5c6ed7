"""Robots by state: the areas are the numbers of the analysis, and can be distinguished."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rolloutsim.analysis import STATES, robots_by_state
from rolloutsim.report.plots import plot_robots_by_state
from tests.analysis.synthetic import synthetic_tables


def areas(ax):
    """Return (instants, lower edge, upper edge) of all areas by state."""
    found = {}
    for area in ax.collections:
        corners = area.get_paths()[0].vertices
        t_s = np.unique(corners[:, 0])
        edges = [(corners[corners[:, 0] == t, 1].min(), corners[corners[:, 0] == t, 1].max()) for t in t_s]
        found[area.get_label()] = t_s, *np.array(edges).T
    return found


def test_areas_are_the_numbers_of_the_analysis_one_upon_the_other(tables):
    end = 1.03 * tables.jobs["time_to_complete_s"].max()
    states = robots_by_state(tables, until_s=end)
    ax = plot_robots_by_state(tables)
    drawn = areas(ax)
    assert list(drawn) == [name for name, robots in zip(STATES, states.robots, strict=True) if robots.any()]
    floor = np.zeros(len(states.t_s))
    for name, robots in zip(STATES, states.robots, strict=True):
        if name in drawn:
            t_s, low, high = drawn[name]
            np.testing.assert_array_equal(t_s, states.t_s)
            # At an instant the area has both values, before it and from it on.
            np.testing.assert_allclose(low, np.minimum(floor, np.append(floor[0], floor[:-1])))
            floor = floor + robots
            np.testing.assert_allclose(high, np.maximum(floor, np.append(floor[0], floor[:-1])))
    assert ax.get_ylim() == (0, pytest.approx(50))


def test_the_legend_shows_the_numbers_at_the_right_edge(tables):
    ax = plot_robots_by_state(tables, replicate=0)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    job = tables.jobs.iloc[0]
    assert f"InSync {job['succeeded']}" in texts
    assert "downloading" in texts
    assert "replicate 0, 1 of n = 100: 50 robots" in ax.get_title(loc="left")
    assert ax.get_ylabel() == "robots"


def test_robots_that_an_aborted_job_left_alone_are_shown():
    ax = plot_robots_by_state(synthetic_tables(20, 50, cancel_probability=1.0, preparing_failure=0))
    ((_, low, high),) = [area for name, area in areas(ax).items() if name == "not started"]
    assert high[-1] - low[-1] > 5


def test_neighbouring_states_differ_in_grey(tables):
    ax = plot_robots_by_state(tables)
    looks = [(float(np.dot(area.get_facecolor()[0, :3], [0.299, 0.587, 0.114])), area.get_hatch()) for area in ax.collections]
    assert len(looks) >= 6
    assert all(abs(one[0] - other[0]) > 0.12 or one[1] != other[1] for one, other in pairwise(looks))
