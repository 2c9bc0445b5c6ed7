"""Where a bad release is drawn, the pictures of failure codes and of states and the summary weight both releases alike."""

from __future__ import annotations

import re

import pytest

from rolloutsim import simulate
from rolloutsim.analysis import STATES, robots_by_state
from rolloutsim.analysis.codes import code_counts, code_shares, share_of_replicates, weights_of_replicates
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.report.plots import plot_failure_codes
from rolloutsim.report.sections import summary_sections
from rolloutsim.scenario import build

CODE = "MissingRobotDeploymentResource"
SCENARIO = {
    "fleet": [{"cohort": name, "robots": 10, "site": site} for name, site in (("dock", "s1"), ("yard", "s2"))],
    "application": {
        "bundle": "1 MB",
        "release": {"bad": {"probability": 0.5, "steps": {"launching": {"failures": {CODE: {"probability": 0.6, "per": "robot"}}}}}},
        "steps": {"launching": {"failures": {CODE: {"probability": 0.1, "per": "robot"}}}},
    },
    "rules": {"concurrency": "20 robots"},
    "deployment": {"deploymentConfig": {"failureThresholdPercentage": 100}},
}


@pytest.fixture(scope="module")
def results():
    found = simulate(build(SCENARIO), replicates=19, seed=3, executor=1)
    assert 0 < (found.jobs["release"] == "bad").sum() != 19 / 2
    return found


def test_bars_and_their_labels_are_the_summary(results):
    summary = results.summary()
    (line,) = [line for line in summary.failure_codes if line.code == CODE]
    plain = code_shares(results.tables)[0].share.best
    assert abs(line.share.best - plain) > 0.005  # the mean without weights is another one
    ax = results.plot.failure_codes()
    ends = [bar.get_x() + bar.get_width() for bar in ax.containers[-1]]
    assert ends == pytest.approx([line.share.best])
    widths = [bar.get_width() for container in ax.containers for bar in container]
    # Both cohorts have as many robots, so the fleet's share is the mean of theirs.
    assert widths == pytest.approx([line.by_cohort[name].best / 2 for name in ("dock", "yard")])
    (interval,) = [drawn for drawn in ax.lines if drawn.get_marker() == "|"]
    assert list(interval.get_xdata()) == [line.share.low, line.share.high]
    assert f"failed: {_printed(summary, 'Robots', 'failed')}" in ax.get_title(loc="left")
    assert _printed(summary, "Failure codes", CODE) in [text.get_text() for text in ax.texts]


def _printed(summary, title, label):
    (section,) = [section for section in summary_sections(summary) if section.title.startswith(title)]
    row = next(row for row in section.rows if row.label == label)
    return f"{row.value} {row.interval}"


def test_bars_by_site_are_the_metrics(results):
    ax = results.plot.failure_codes_by_site()
    for panel in ax.child_axes:
        site = panel.get_title(loc="left")
        (bar,) = panel.patches
        assert bar.get_width() == pytest.approx(results.estimate(f"failure_share[{CODE}][site={site}]").best)


def test_weights_give_the_mean_of_the_estimate(results):
    shares = code_counts(results.tables).shares().sum(axis=1)
    for premises in (Premises.of(results.scenario), UNKNOWN):
        weights = weights_of_replicates(results.tables, premises)
        assert weights.sum() == pytest.approx(1)
        assert weights @ shares == pytest.approx(share_of_replicates(shares, results.tables, premises).best)


def test_without_premises_every_replicate_counts_the_same(results):
    ax = plot_failure_codes(results.tables)
    assert re.search(r"failed: ([\d.]+)", ax.get_title(loc="left"))[1] == f"{100 * results.jobs['failed'].mean() / 20:.3g}"


def test_robots_by_state_are_the_summary(results):
    states = robots_by_state(results.tables, premises=Premises.of(results.scenario))
    succeeded = states.robots[STATES.index("InSync"), -1] / 20
    assert succeeded == pytest.approx(results.summary().robot_outcomes["succeeded"].best)
    assert succeeded != pytest.approx(results.jobs["succeeded"].mean() / 20)
    assert states.robots.sum(axis=0) == pytest.approx(20)
    texts = [text.get_text() for text in results.plot.robots_by_state().get_legend().get_texts()]
    assert f"InSync {20 * succeeded:.1f}" in texts
    one = robots_by_state(results.tables, premises=Premises.of(results.scenario), replicate=0)
    assert one.robots[STATES.index("InSync"), -1] == results.jobs["succeeded"].iloc[0]
