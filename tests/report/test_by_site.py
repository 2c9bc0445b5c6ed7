"""Plots by site: a panel per site, the most different first, with the values of its robots."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from rolloutsim import UsageError, simulate
from rolloutsim.analysis import Group, completion_curve, evaluate
from rolloutsim.report.plots import PLOTS, plot_failure_codes
from rolloutsim.report.plots.axes import new_axes
from rolloutsim.report.plots.panels import columns_of
from rolloutsim.report.plots.plotter import draw_into
from rolloutsim.scenario import build
from rolloutsim.vocabulary import CODES

BY_SITE = [name for name, entry in PLOTS.items() if entry.sites]
CODE = "MissingRobotDeploymentResource"


def fleet(sites, failing="s2"):
    """Return sites with two cohorts of two robots; those of one site fail with a probability of 0.8."""
    steps = {"launching": {"failures": {CODE: {"probability": 0.8, "per": "robot"}}}}
    cohorts = [
        {"cohort": f"{kind}@s{site}", "class": kind, "robots": 2, "site": f"s{site}"} | ({"steps": steps} if f"s{site}" == failing else {})
        for site in range(sites)
        for kind in ("a", "b")
    ]
    application = {"bundle": "1 MB", "steps": {"launching": {"duration": "10 s", "failures": {CODE: {"probability": 0.0, "per": "robot"}}}}}
    return build({"fleet": cohorts, "application": application, "rules": {"concurrency": "60 robots"}})


@pytest.fixture(scope="module")
def results():
    return simulate(fleet(4), replicates=20, seed=1)


@pytest.fixture(scope="module")
def many():
    return simulate(fleet(15), replicates=2, seed=1)


def panels_of(ax):
    return ax.child_axes or [ax]


def titles(ax):
    return [panel.get_title(loc="left") for panel in panels_of(ax)]


@pytest.mark.parametrize("name", BY_SITE)
def test_a_panel_per_site_the_most_different_first(name, results):
    ax = getattr(results.plot, name)()
    assert titles(ax) == ["s2", "s0", "s1", "s3"]
    assert "n = 20 replicates of 16 robots; all 4 sites, the most different first" in ax.get_title(loc="left")
    assert ax.get_xlabel().endswith(("(%)", "(s)", "(min)", "(h)"))


@pytest.mark.parametrize("name", BY_SITE)
def test_sites_can_be_chosen(name, results):
    assert titles(getattr(results.plot, name)(sites=["s3", "s2"])) == ["s3", "s2"]
    single = getattr(results.plot, name)(sites=["s3"])
    assert not single.child_axes
    assert single.get_title(loc="left").splitlines()[0].split(" · ")[0].endswith("of s3")
    for sites, said in ((["s9"], "the fleet has no site s9"), ([], "sites: name at least one")):
        with pytest.raises(UsageError, match=said):
            getattr(results.plot, name)(sites=sites)


@pytest.mark.parametrize("name", BY_SITE)
def test_there_are_at_most_twelve_panels(name, many):
    ax = getattr(many.plot, name)()
    assert len(titles(ax)) == 12
    assert "12 of 15 sites" in ax.get_title(loc="left")


@pytest.mark.parametrize("name", BY_SITE)
def test_draws_on_the_given_axes_and_inside_the_figure(name, results):
    figure = Figure(figsize=(12, 7), layout="constrained")
    ax = figure.subplots()
    assert getattr(results.plot, name)(ax=ax) is ax
    assert figure.axes == [ax]
    assert pyplot.get_fignums() == []
    figure.draw_without_rendering()
    box, page = ax.get_tightbbox(), figure.bbox
    assert box.x0 >= page.x0 - 2
    assert box.y1 <= page.y1 + 2


def test_curves_are_those_of_the_sites(results):
    ax = results.plot.completion_by_site()
    for panel, site in zip(panels_of(ax), titles(ax), strict=True):
        own, fleet_line = panel.lines
        expected = completion_curve(results.tables, group=Group("site", site), t_s=own.get_xdata())
        np.testing.assert_array_equal(own.get_ydata(), expected.median)
        np.testing.assert_array_equal(fleet_line.get_ydata(), completion_curve(results.tables, t_s=own.get_xdata()).median)


def test_bars_are_the_shares_of_the_sites(results):
    ax = results.plot.failure_codes_by_site()
    for panel, site in zip(panels_of(ax), titles(ax), strict=True):
        (bar,) = panel.patches
        assert bar.get_width() == pytest.approx(evaluate(f"failure_share[{CODE}][site={site}]", results.tables).best)
    outer = [panel for number, panel in enumerate(panels_of(ax)) if number % columns_of(4) == 0]
    assert all([label.get_text() for label in panel.get_yticklabels()] == [CODE] for panel in outer)


def test_the_number_stands_at_the_end_of_its_own_bar(results):
    for panel in panels_of(results.plot.failure_codes_by_site()):
        (fleet_lines,) = panel.collections
        (below,) = [segment[0][1] for segment in fleet_lines.get_segments()]
        for bar, label in zip([bar for bar in panel.patches if bar.get_width()], panel.texts, strict=True):
            assert label.xy == (bar.get_width(), pytest.approx(bar.get_y() + bar.get_height() / 2))
            assert bar.get_y() + bar.get_height() < below


def test_pictures_of_sites_are_written_where_there_are_some(results, tmp_path, monkeypatch):
    monkeypatch.setattr("rolloutsim.report.plots.plotter.draw_into", lambda _folder, drawings: list(drawings))
    assert set(results.plot.save(tmp_path)) >= set(BY_SITE)
    for name in BY_SITE:
        (tmp_path / f"{name}.png").touch()
    plain = simulate(build({"fleet": [{"cohort": "a", "robots": 1}], "application": {"bundle": "1 MB"}}), replicates=1, seed=1)
    assert not set(plain.plot.save(tmp_path)) & set(BY_SITE)
    assert not list(tmp_path.iterdir())
    assert plain.plot.left_out() == []
    with pytest.raises(UsageError, match="the fleet has no sites"):
        plain.plot.completion_by_site()


def test_a_name_with_a_slash_is_no_folder(tmp_path):
    assert draw_into(tmp_path, {"response_failed[site=a/b]": new_axes}) == [tmp_path / "response_failed[site=a_b].png"]


def test_bars_of_many_cohorts_are_stacked_by_class(many):
    ax = plot_failure_codes(many.tables)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    shares = [evaluate(f"failure_share[{CODE}][class={name}]", many.tables).best / 2 for name in ("a", "b")]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(shares)
    assert math.fsum(shares) > 0
    assert CODE in CODES
