"""What holds for every plot, and that each draws the numbers of its tables."""

from __future__ import annotations

import math
import re
from inspect import signature

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from rolloutsim import simulate
from rolloutsim.analysis import completion_curve, quantile
from rolloutsim.errors import StoreError, UsageError
from rolloutsim.report.plots import PLOTS, Plotter, plot_completion_curve, plot_failure_codes, plot_gantt, plot_time_to_complete
from rolloutsim.report.plots.gantt import OUTCOMES, assign_slots, outcome
from rolloutsim.scenario import build
from tests.analysis.synthetic import synthetic_tables
from tests.analysis.synthetic_links import CAPACITIES, with_links

#: The plots of any fleet; those of sites have tests of their own.
PLAIN = [name for name, entry in PLOTS.items() if not entry.sites]

UNIT = re.compile(r"\((s|min|h|d|%|[kMG]?bit/s)\)$")


def drawable(name, tables):
    """A replicate that is not there cannot be drawn; everything else can."""
    return name != "gantt" or len(tables.jobs) > 0


@pytest.fixture(scope="module")
def linked(tables):
    """Tables to which rates of shared links are added."""
    return with_links(tables)


def draw(name, tables, **keywords):
    return getattr(Plotter(tables, CAPACITIES), name)(**keywords)


def test_there_is_a_plot_for_each_of_the_six_questions():
    assert sorted(PLAIN) == ["completion_curve", "failure_codes", "gantt", "link_use", "robots_by_state", "time_to_complete"]


@pytest.mark.parametrize("name", PLAIN)
def test_draws_on_the_given_axes_and_opens_no_figure(name, linked):
    before = pyplot.get_fignums()
    figure = Figure()
    ax, other = figure.subplots(1, 2)
    assert draw(name, linked, ax=ax) is ax
    assert figure.axes == [ax, other]
    assert not other.has_data()
    assert ax.has_data()
    assert pyplot.get_fignums() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN)
def test_makes_a_figure_of_its_own_each_time(name, linked):
    first, second = draw(name, linked), draw(name, linked)
    assert first.figure is not second.figure
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", PLAIN)
def test_axes_have_units_and_the_title_shows_n(name, linked):
    ax = draw(name, linked)
    assert UNIT.search(ax.get_xlabel())
    assert "n = 100" in ax.get_title(loc="left")
    assert name in ("failure_codes", "gantt", "robots_by_state") or UNIT.search(ax.get_ylabel())


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN)
def test_edges_are_drawn_and_laid_out_inside_the_figure(name, edge):
    if not drawable(name, edge):
        return
    ax = draw(name, with_links(edge))
    figure = ax.figure
    figure.draw_without_rendering()
    box, page = ax.get_tightbbox(), figure.bbox
    assert box.x0 >= page.x0 - 2
    assert box.x1 <= page.x1 + 2
    assert box.y0 >= page.y0 - 2
    assert box.y1 <= page.y1 + 2
    assert all(math.isfinite(limit) for limit in (*ax.get_xlim(), *ax.get_ylim()))


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN)
def test_two_results_can_share_axes(name, linked):
    ax = draw(name, linked)
    assert draw(name, linked, ax=ax) is ax


# Time to complete ----------------------------------------------------------------------------------------------------------------------


def test_curve_steps_at_the_times_of_the_table(tables):
    ax = plot_time_to_complete(tables)
    (line,) = [line for line in ax.lines if line.get_label() == "all jobs"]
    times = np.sort(tables.jobs["time_to_complete_s"].to_numpy())
    x, y = line.get_data()
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(x[1:], np.unique(times))
    np.testing.assert_allclose(y, [0, *(np.searchsorted(times, np.unique(times), side="right") / 100)])


def test_quantiles_are_marked_at_their_values_and_intervals(tables):
    ax = plot_time_to_complete(tables)
    for q in (0.5, 0.95):
        estimate = quantile(tables.jobs["time_to_complete_s"], q)
        marks = [line for line in ax.lines if len(line.get_ydata()) and np.all(np.asarray(line.get_ydata()) == q)]
        assert sorted(tuple(line.get_xdata()) for line in marks) == sorted([(estimate.low, estimate.high), (estimate.best,)])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["P50 5.980 h [5.943, 6.012]", "P95 6.28 h [6.20, 6.41]"]


def test_failed_and_canceled_jobs_are_marked_one_by_one(tables):
    ax = plot_time_to_complete(tables)
    for status in ("Failed", "Canceled"):
        times = tables.jobs.loc[tables.jobs["status"] == status, "time_to_complete_s"]
        (rug,) = [line for line in ax.lines if line.get_label() == f"{status.lower()}: {len(times)} of 100"]
        assert sorted(rug.get_xdata()) == sorted(times)
        assert max(rug.get_ydata()) < 0
    assert "succeeded 79, failed 18, canceled 3" in ax.get_title(loc="left")


def test_too_few_replicates_for_a_quantile_are_reported():
    ax = plot_time_to_complete(synthetic_tables(10, 10))
    assert "P95 not estimable, needs 72" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_straggler_does_not_squeeze_the_others_and_is_reported(tables):
    jobs = tables.jobs.copy()
    jobs.loc[3, "time_to_complete_s"] = 30 * 86400.0
    ax = plot_time_to_complete(tables._replace(jobs=jobs))
    assert ax.get_xlim()[1] < 2 * 86400
    assert "Jobs: 1 beyond the right edge, up to 30 d." in [text.get_text() for text in ax.texts]


# Failure codes -------------------------------------------------------------------------------------------------------------------------


def test_bars_are_shares_of_the_fleet_stacked_by_cohort(tables):
    ax = plot_failure_codes(tables)
    names = [label.get_text() for label in ax.get_yticklabels()]
    robots = tables.robots
    shares = robots.groupby(["failure_code", "cohort"], observed=False).size() / len(robots)
    assert set(names) == {code for code in robots["failure_code"].cat.categories if shares[code].sum() > 0}
    assert [container.get_label() for container in ax.containers] == ["dock", "courier", "workshop"]
    for container in ax.containers:
        widths = [bar.get_width() for bar in container]
        np.testing.assert_allclose(widths, [shares[name, container.get_label()] for name in names])
    lengths = [bar.get_x() + bar.get_width() for bar in ax.containers[-1]]
    assert lengths == sorted(lengths, reverse=True)
    np.testing.assert_allclose(lengths, [shares[name].sum() for name in names])


def test_of_many_cohorts_the_largest_have_a_part_and_the_others_share_one():
    """40 cohorts of 10 robots; all robots of the last twenty fail, and a fifth of the others."""
    fleet = [{"cohort": f"c{k:02}", "robots": 10, "architecture": "none" if k >= 20 else "X86_64"} for k in range(40)]
    steps = {"extracting": {"failures": {"ExtractingBundleFailure": 0.2}}}
    tables = simulate(build({"fleet": fleet, "application": {"bundle": "1 MB", "steps": steps}}), replicates=2, seed=1, executor=1).tables
    ax = plot_failure_codes(tables)
    ax.figure.draw_without_rendering()
    labels = [container.get_label() for container in ax.containers]
    assert len(labels) == 12
    assert set(labels[:-1]) <= {f"c{k:02}" for k in range(20, 40)}
    assert labels[-1] == "the other 29 cohorts"
    ends = [bar.get_x() + bar.get_width() for bar in ax.containers[-1]]
    names = [label.get_text() for label in ax.get_yticklabels()]
    counts = tables.robots["failure_code"].value_counts()
    np.testing.assert_allclose(ends, [counts[name] / len(tables.robots) for name in names])


def test_codes_that_did_not_occur_are_named_below_with_those_of_jobs(tables):
    ax = plot_failure_codes(tables)
    (note,) = [" ".join(text.get_text().split()) for text in ax.texts if "Not seen" in text.get_text()]
    assert "Codes of jobs, n = 100: FailureThresholdBreached 17, BadPermissionError 1." in note
    not_seen = note.partition("Not seen: ")[2]
    assert "EtagMismatch" in not_seen
    assert "PostLaunchFileFailure" not in not_seen
    assert "BadPermissionError" not in not_seen


def test_long_list_of_codes_stays_in_the_picture(tables):
    codes = tables.failure_codes.copy()
    seen = codes["code"].isin(["MissingRobotApplicationArchitecture", "PreLaunchFileFailure"])
    codes.loc[~seen, "count"] = 0
    codes.loc[codes["code"] == "MissingRobotApplicationArchitecture", "count"] = 1
    ax = plot_failure_codes(tables._replace(failure_codes=codes))
    ax.figure.draw_without_rendering()
    (note,) = [text for text in ax.texts if "Not seen" in text.get_text()]
    assert note.get_window_extent().x1 <= ax.figure.bbox.x1


def test_no_failure_is_a_bound_and_not_zero():
    tables = synthetic_tables(30, 2, bad_probability=0, failure=0, late=0, cancel_probability=0, preparing_failure=0)
    ax = plot_failure_codes(tables)
    assert "no robot failed in n = 30 (fewer than 11.6 % of replicates have a failure)" in [text.get_text() for text in ax.texts]


# Completion curve ----------------------------------------------------------------------------------------------------------------------


def test_median_and_bands_are_those_of_the_analysis(tables):
    ax = plot_completion_curve(tables)
    (line,) = [line for line in ax.lines if line.get_label() == "median"]
    curve = completion_curve(tables, t_s=line.get_xdata())
    np.testing.assert_array_equal(line.get_ydata(), curve.median)
    for label, low, high in (("90 % of replicates", curve.low_90, curve.high_90), ("50 % of replicates", curve.low_50, curve.high_50)):
        (band,) = [band for band in ax.collections if band.get_label() == label]
        corners = band.get_paths()[0].vertices
        assert {tuple(corner) for corner in np.stack([curve.t_s, low], 1)} <= {tuple(corner) for corner in corners}
        assert {tuple(corner) for corner in np.stack([curve.t_s, high], 1)} <= {tuple(corner) for corner in corners}


def test_goal_that_half_of_the_replicates_miss_is_reported(tables):
    assert "95 % of the fleet, P50: never, not reached in 84 of 100" in plot_completion_curve(tables).get_title(loc="left")


def test_goal_is_marked_where_half_of_the_replicates_have_it():
    tables = synthetic_tables(30, 24, bad_probability=0, failure=0, late=0, cancel_probability=0, preparing_failure=0)
    ax = plot_completion_curve(tables)
    best = quantile(tables.jobs["time_to_reach_95_s"], 0.5).best
    assert (best, 0.95) in [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]


# Gantt ---------------------------------------------------------------------------------------------------------------------------------


def bars(ax):
    """Return (start, end) of all bars by outcome."""
    return {
        collection.get_label(): sorted((path.vertices[0, 0], path.vertices[1, 0]) for path in collection.get_paths())
        for collection in ax.collections
        if isinstance(collection, PolyCollection)
    }


def test_a_bar_is_a_hold_in_the_colour_of_its_outcome(tables):
    replicate = next(r for r in tables.jobs["replicate"] if tables.jobs["breached_s"].notna()[r])
    ax = plot_gantt(tables, replicate=replicate)
    robots = tables.robots[tables.robots["replicate"] == replicate]
    kinds = outcome(robots)
    drawn = bars(ax)
    assert set(drawn) == set(kinds) - {""}
    for kind in drawn:
        holds = robots[kinds == kind]
        np.testing.assert_allclose(drawn[kind], sorted(zip(holds["granted_s"], holds["reported_s"], strict=True)))
    legend = {text.get_text() for text in ax.get_legend().get_texts()}
    assert {f"{kind} {(kinds == kind).sum()}" for kind in drawn} <= legend
    job = tables.jobs.loc[replicate]
    assert {line.get_xdata()[0] for line in ax.lines} == {job["breached_s"], job["time_to_complete_s"]}


def test_outcomes_are_distinguished(tables):
    robots = tables.robots
    kinds = outcome(robots)
    assert set(kinds) == {*OUTCOMES, ""}
    assert set(robots["status"][kinds == "succeeded"]) == {"InSync"}
    assert set(robots["ended_by"][kinds == "failed"]) == {"own"}
    assert set(robots["ended_by"][kinds == "aborted"]) == {"cancel"}
    assert set(robots["failure_code"][kinds == "no response"]) == {"RobotDeploymentNoResponse"}
    assert set(robots["ended_by"][kinds == "timeout"]) == {"robot_timer"}
    assert robots["granted_s"][kinds == ""].isna().all()


def test_slots_never_hold_two_robots_and_are_as_few_as_can_be():
    rng = np.random.default_rng(5)
    granted = rng.integers(0, 50, 400).astype(float)
    freed = granted + rng.integers(0, 9, 400)
    slots = assign_slots(granted, freed)
    for slot in range(slots.max() + 1):
        mine = np.lexsort((freed[slots == slot], granted[slots == slot]))
        start, end = granted[slots == slot][mine], freed[slots == slot][mine]
        assert (start[1:] >= end[:-1]).all()
    peak = max(int(((granted <= t) & (freed > t)).sum()) for t in range(60))
    # What takes no time at an instant may need a slot of its own then.
    instant = max(int(((granted == t) & (freed == t)).any()) for t in range(60))
    assert peak <= slots.max() + 1 <= peak + instant


def test_an_error_lists_which_replicates_there_are(tables):
    with pytest.raises(UsageError, match="the tables hold no replicate 100; they hold 0 to 99"):
        plot_gantt(tables, replicate=100)


def test_earlier_holds_of_retried_robots_are_confessed(tables):
    robots = tables.robots.assign(slot_s=tables.robots["slot_s"] * 2)
    ax = plot_gantt(tables._replace(robots=robots))
    started = int(robots[robots["replicate"] == 0]["granted_s"].notna().sum())
    assert f"Only the last hold of a robot is drawn; {started} robots had held a slot before." in [text.get_text() for text in ax.texts]


# All of them together ------------------------------------------------------------------------------------------------------------------


def test_plotter_offers_every_plot_by_name(tables):
    plotter = Plotter(tables)
    assert list(plotter) == [*PLOTS]
    assert dir(plotter) == sorted([*PLOTS, "drawable", "left_out", "save"])
    assert "replicate 3" in plotter.gantt(replicate=3).get_title(loc="left")
    with pytest.raises(AttributeError, match="there is no plot gant; there are completion_by_site"):
        plotter.gant()


@pytest.mark.slow
def test_saving_writes_every_plot_whole_and_nothing_else(linked, tmp_path):
    paths = Plotter(linked, CAPACITIES).save(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [f"{name}.png" for name in PLAIN]
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(path.name for path in paths)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


@pytest.mark.slow
def test_links_without_a_limit_are_no_picture(linked, tmp_path):
    assert [path.stem for path in Plotter(linked, {}).save(tmp_path)] == [name for name in PLAIN if name != "link_use"]


@pytest.mark.slow
def test_saving_removes_pictures_of_earlier_results(tables, linked, tmp_path):
    Plotter(linked, CAPACITIES).save(tmp_path)
    (tmp_path / "mine.png").touch()
    Plotter(tables).save(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {*PLAIN, "mine"} - {"link_use"}


def test_saving_leaves_out_what_cannot_be_drawn(tables, tmp_path):
    plotter = Plotter(tables._replace(robots=None))
    assert [path.stem for path in plotter.save(tmp_path)] == ["failure_codes", "time_to_complete"]
    assert plotter.left_out() == ["completion_curve", "gantt", "robots_by_state"]
    assert Plotter(tables._replace(link_use=None)).left_out() == []
    assert Plotter(tables._replace(link_use=None), CAPACITIES).left_out() == ["link_use"]


def test_failed_write_keeps_the_old_file_and_leaves_no_rest(tables, tmp_path, monkeypatch):
    old = tmp_path / "time_to_complete.png"
    old.write_bytes(b"old")

    def full_disk(self, target, **options):
        target.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(Figure, "savefig", full_disk)
    with pytest.raises(StoreError, match="no space left"):
        Plotter(tables._replace(robots=None, failure_codes=None)).save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["time_to_complete.png"]
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize("name", list(PLOTS))
def test_help_of_a_plot_shows_its_own_signature(name):
    method = getattr(Plotter(None), name)
    _tables, *parameters = signature(PLOTS[name].draw).parameters
    assert list(signature(method).parameters) == [each for each in parameters if each not in ("capacities", "premises", "stages")]
    assert (method.__name__, method.__doc__) == (name, PLOTS[name].draw.__doc__)
