"""The frontier: its points, its front, and labels that can be read."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from rolloutsim.report.plots import plot_frontier
from tests.report.study_frames import PERCENTAGE, both, inside, points, some


def test_settings_stand_where_their_metrics_are_with_their_labels():
    frame = both(some(PERCENTAGE, "network.origin"))
    ax = plot_frontier(frame)
    (marks,) = [line for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.array(marks.get_data()), [frame["best"][:8], frame["best"][8:]])
    labels = {text.get_text(): text.xy for text in ax.texts}
    assert labels["20, 500 Mbit/s"] == pytest.approx((6 * 3600, 0.06))
    assert len(labels) == 8


def test_intervals_of_both_metrics_are_drawn():
    frame = both(some(PERCENTAGE))
    ax = plot_frontier(frame)
    drawn = {tuple(map(tuple, np.round(line.get_data(), 9))) for line in ax.lines if len(line.get_xdata()) == 2}
    assert ((3000.0, 4200.0), (0.01, 0.01)) in drawn
    assert ((3600.0, 3600.0), (round(0.01 * 3000 / 3600, 9), round(0.01 * 4200 / 3600, 9))) in drawn


def test_the_front_joins_what_nothing_else_beats_in_both():
    frame = both(some(PERCENTAGE))
    frame.loc[frame["metric"] != "time_to_complete.p95", "best"] = [0.04, 0.05, 0.02, 0.03]
    (front,) = [line for line in plot_frontier(frame).lines if line.get_linestyle() == "--"]
    assert list(zip(*front.get_data(), strict=True)) == [(3600.0, 0.04), (10800.0, 0.02)]


def test_states_of_a_plan_are_distinguished():
    frame = both(some(PERCENTAGE)).assign(state=["best", "near", "worse", "infeasible"] * 2)
    ax = plot_frontier(frame)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["best", "near", "worse", "infeasible"]
    assert len([text for text in ax.texts if "," not in text.get_text()]) == 4


def test_long_names_of_levers_stay_in_the_picture():
    prefix = "deployment.deploymentConfig."
    names = [prefix + name for name in ("failureThresholdPercentage", "robotDeploymentTimeoutInSeconds")]
    levers = {PERCENTAGE: [5, 10], names[0]: [10, 20], names[1]: [3600, 7200]}
    assert inside(plot_frontier(both(points(levers))).figure)


def placed(ax):
    """Return the boxes of the labels after seeing that they lie in the axes and do not cover each other."""
    ax.figure.draw_without_rendering()
    labels = [text for text in ax.texts if "," in text.get_text()]
    boxes, page = [Text.get_window_extent(text) for text in labels], ax.get_window_extent()  # without their lines
    assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)
    return boxes


def test_labels_do_not_cover_each_other():
    frame = both(some(PERCENTAGE, "network.origin"))
    near = frame["metric"] == "time_to_complete.p95"
    frame.loc[near, ["low", "best", "high"]] = [[3500 + 60 * k, 3600 + 60 * k, 3700 + 60 * k] for k in (0, 1, 2, 3, 4, 5, 6, 40)]
    frame.loc[~near, ["low", "best", "high"]] = [[0.01, 0.02 + k / 1000, 0.05] for k in range(8)]
    assert len(placed(plot_frontier(frame))) == 8


def test_labels_are_placed_where_the_layout_has_put_their_points():
    # A long title takes a good part of a small figure, so that the points, one above the other, move closer together.
    frame = both(points({f"a.{'very_long_' * 5}{word}": [f"{word} {n}" for n in range(12)] for word in ("one", "two")}))
    frame = pd.concat([rows.iloc[::13] for _, rows in frame.groupby("metric", sort=False)])
    time = frame["metric"] == "time_to_complete.p95"
    frame.loc[time, ["low", "best", "high"]] = [3500.0, 3600.0, 3700.0]
    frame.loc[~time, ["low", "best", "high"]] = [[0.1 + n / 100] * 3 for n in range(12)]
    assert len(placed(plot_frontier(frame, ax=Figure(figsize=(5, 2.7), layout="constrained").add_subplot()))) >= 5


def crowd():
    """Thirty settings close together, of which twenty are on the front."""
    frame = both(points({"a.b": [f"a rather long word {n}" for n in range(10)], "c.d": [1, 2, 3], "e.f": ["constant"]}))
    time = frame["metric"] == "time_to_complete.p95"
    at = np.arange(30)
    frame.loc[time, ["low", "best", "high"]] = (3600.0 + 10 * at + np.array([[-5], [0], [5]])).T
    share = np.where(at < 20, 0.05 - 0.001 * at, 0.06)
    frame.loc[~time, ["low", "best", "high"]] = (share + np.array([[-0.01], [0], [0.01]])).T
    return frame


def test_of_many_settings_only_those_on_the_front_are_labelled():
    ax = plot_frontier(crowd())
    labels = {text.get_text() for text in ax.texts}
    assert len(placed(ax)) >= 12
    assert "a rather long word 0, 1" in labels  # what varies, and nothing else
    assert labels <= {f"a rather long word {n // 3}, {n % 3 + 1}" for n in range(20)}


def test_of_a_plan_the_best_and_the_near_ones_are_labelled_first():
    states = ["worse"] * 25 + ["near", "near", "worse", "best", "infeasible"]
    labels = [text.get_text() for text in plot_frontier(crowd().assign(state=states * 2)).texts]
    assert labels[0] == "a rather long word 9, 2"
    assert {"a rather long word 8, 2", "a rather long word 8, 3"} <= set(labels)
    assert not {"a rather long word 9, 1", "a rather long word 9, 3"} & set(labels)
