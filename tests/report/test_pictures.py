"""What pictures show of their scenario: its name, its clock, its stages and what stopped its jobs; and that two results share a curve."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import rolloutsim
from rolloutsim.analysis import completion_curve
from rolloutsim.analysis.stage_times import JobStages, stage_times, what_stopped
from rolloutsim.report.plots import PLOTS, STUDY_PLOTS, plot_difference, plot_failure_codes, plot_tornado
from rolloutsim.scenario import build
from rolloutsim.scenario.local_time import LocalClock
from tests.report.study_frames import PERCENTAGE, TOLD, differences, indices
from tests.report.test_study_plots import FRAMES

#: Prepared after 5 s; a robot takes 10 s of downloading and 20 s of launching. Two robots, an hour; three, half an hour; five.
STAGED = {
    "scenario": "by hand",
    "fleet": [
        {"cohort": "canary", "robots": 2, "link": {"rate": "8 Mbit/s"}},
        {"cohort": "dock", "robots": 8, "link": {"rate": "8 Mbit/s"}},
    ],
    "application": {"bundle": "10 MB", "steps": {"preparing": {"duration": "5 s"}, "launching": {"duration": "20 s"}}},
    "rules": {
        "concurrency": "10 robots",
        "start": "2026-01-05 22:10",
        "stages": [{"cohorts": ["canary"], "soak": "1 h", "max_failures": 0}, {"robots": 3, "soak": "30 min"}],
    },
}
SHUT = STAGED | {"fleet": [STAGED["fleet"][0] | {"architecture": "none"}, STAGED["fleet"][1]]}
BREACHED = SHUT | {"rules": {"concurrency": "1 robots", "failure_limit": 1}}


def simulated(scenario, **more):
    return rolloutsim.simulate(build(scenario), replicates=2, seed=1, executor=1, **more)


@pytest.fixture(scope="module")
def staged():
    return simulated(STAGED)


@pytest.fixture(scope="module")
def shut():
    return simulated(SHUT)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def ticks(ax):
    ax.figure.draw_without_rendering()
    low, high = ax.get_xlim()
    return [label.get_text() for tick, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True) if low <= tick <= high]


def test_stages_begin_soak_and_open_their_gates_at_these_times(staged):
    stages = JobStages.of(build(STAGED))
    assert stages == JobStages((2, 3, 5), (3600.0, 1800.0, 0.0), (True, False, False))
    found = stage_times(staged.tables, stages)
    expected = [(1, 5.0, 35.0, 3635.0, "open"), (2, 3635.0, 3665.0, 5465.0, ""), (3, 5465.0, 5495.0, np.nan, "")]
    for one, times in zip(found, expected, strict=True):
        assert (one.number, one.gate) == (times[0], times[4])
        np.testing.assert_allclose(one[1:4], times[1:4])
    one = stage_times(staged.tables, stages, replicate=1)  # nothing is drawn, so every replicate is the median
    assert [time[:3] for time in one] == [time[:3] for time in found]


def test_a_shut_gate_is_where_the_job_stops(shut):
    stages = JobStages.of(build(SHUT))
    (only,) = stage_times(shut.tables, stages, replicate=0)
    assert (only.number, only.gate, only.soaked_s) == (1, "shut", shut.jobs["breached_s"][0])
    assert only.soaked_s == only.deployed_s + 3600


@pytest.mark.parametrize(
    ("scenario", "reason", "label"),
    [
        (SHUT, "gate", "gate shut, 60.1 min"),
        (BREACHED, "threshold", "threshold breached, 5 s"),
        (SHUT | {"rules": SHUT["rules"] | {"stop": [{"exceeds": "0 robots"}]}}, "stop 1", "stop 1 breached, 5 s"),
        (SHUT | {"rules": SHUT["rules"] | {"stages": [{"cohorts": ["canary"], "max_failures": 0}]}}, "gate", "gate shut, 5 s"),
    ],
)
def test_what_stops_a_job_is_named(scenario, reason, label):
    results = simulated(scenario)
    job, robots = results.jobs.iloc[0], results.robots[results.robots["replicate"] == 0]
    assert what_stopped(job, robots, JobStages.of(build(scenario))) == reason
    assert label in texts(results.plot.gantt())


def test_without_the_scenario_a_gate_is_known_by_the_soak_before_it(shut, staged):
    robots = shut.robots[shut.robots["replicate"] == 0]
    assert what_stopped(shut.jobs.iloc[0], robots) == "gate"
    assert what_stopped(staged.jobs.iloc[0], staged.robots[:10]) == ""


@pytest.mark.parametrize("name", ["gantt", "robots_by_state", "completion_curve"])
def test_stages_soaks_and_gates_are_marked(name, staged):
    ax = getattr(staged.plot, name)()
    assert {"stage 2", "stage 3"} <= set(texts(ax))
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"] == [3635.0, 5465.0]
    (note,) = [text for text in texts(ax) if text.startswith("Stages: ")]
    assert note.startswith("Stages: lines: stages begin, grey: soaks, ▼ gate open at 60.6 min")


def test_a_shut_gate_is_marked(shut):
    (note,) = [text for text in texts(shut.plot.gantt()) if text.startswith("Stages: ")]
    assert note == "Stages: grey: soaks, ✕ gate shut at 60.1 min."


@pytest.mark.parametrize("name", [name for name, entry in PLOTS.items() if not entry.sites and not entry.links])
def test_pictures_name_the_scenario_and_show_the_local_time(name, staged):
    ax = getattr(staged.plot, name)()
    assert ax.get_title(loc="left").splitlines()[0].endswith(" · by hand")
    if name != "failure_codes":
        shown = [text.split("\n") for text in ticks(ax)]
        assert shown[:2] == [["0", "Mon 22:10"], ["15", "22:25"]]
        assert ax.get_xlabel().startswith("local time, and ")


def test_another_day_is_named():
    ax = simulated(STAGED | {"rules": STAGED["rules"] | {"start": "2026-01-05 23:30"}}).plot.completion_curve()
    assert [text.split("\n")[1] for text in ticks(ax)][:5] == ["Mon 23:30", "23:45", "Tue 00:00", "00:15", "00:30"]


def test_without_a_start_there_is_no_clock():
    rules = {key: value for key, value in STAGED["rules"].items() if key != "start"}
    ax = simulated(STAGED | {"rules": rules}).plot.completion_curve()
    assert ticks(ax)[:2] == ["0", "15"]
    assert ax.get_xlabel() == "time since the job was created (min)"


def test_a_long_name_stands_above_the_title():
    ax = simulated(STAGED | {"scenario": "a-name-of-sixty-four-letters-" * 2 + "-ends"}).plot.completion_curve()
    assert ax.get_title(loc="left").splitlines()[1] == "Completion of the fleet"
    ax.figure.draw_without_rendering()
    assert ax.title.get_window_extent().x1 <= ax.figure.bbox.x1


def test_times_begin_at_zero_and_a_narrow_spread_is_magnified(tables):
    jobs = tables.jobs.assign(time_to_complete_s=np.linspace(18000, 18180, len(tables.jobs)))
    ax = rolloutsim.report.plots.plot_time_to_complete(tables._replace(jobs=jobs))
    assert ax.get_xlim()[0] == 0
    assert "All jobs end between 5.000 and 5.050 h, within 3 min." in [text.replace("180 s", "3 min") for text in texts(ax)]
    (panel,) = ax.child_axes
    assert panel.get_xlim()[0] > 17900
    assert not rolloutsim.report.plots.plot_time_to_complete(tables).child_axes


def test_two_results_share_a_curve(staged):
    other = simulated(STAGED | {"scenario": "all at once", "rules": {"concurrency": "10 robots"}})
    ax = staged.plot.completion_curve(other)
    lines = {line.get_label(): line for line in ax.lines}
    for name, results in (("by hand", staged), ("all at once", other)):
        line = lines[f"median of {name}"]
        np.testing.assert_array_equal(line.get_ydata(), completion_curve(results.tables, t_s=line.get_xdata()).median)
    assert lines["median of by hand"].get_color() != lines["median of all at once"].get_color()
    assert [line.partition(":")[0] for line in ax.get_title(loc="left").splitlines()[1:]] == ["by hand", "all at once"]


def test_the_same_scenario_with_a_change_is_the_other(staged):
    ax = staged.plot.completion_curve(staged)
    assert {"median of by hand", "median of the other by hand"} <= {line.get_label() for line in ax.lines}


def test_parts_of_many_cohorts_look_different():
    fleet = [{"cohort": f"c{k:02}", "robots": 2, "architecture": "none"} for k in range(40)]
    results = simulated({"fleet": fleet, "application": {"bundle": "1 MB"}})
    ax = plot_failure_codes(results.tables)
    looks = [(container[0].get_facecolor(), container[0].get_hatch()) for container in ax.containers]
    assert len(looks) == len(set(looks)) == 12


def test_a_large_difference_does_not_flatten_the_others():
    frame = differences().iloc[:2]
    large = frame.assign(metric="downtime_per_robot.mean", low=-9e5, best=-8e5, high=-7e5).iloc[:1]
    ax = plot_difference(pd.concat([large, frame]))
    first, second = ax.child_axes
    assert first.get_xlim()[0] < -9e5 < -900 < second.get_xlim()[0]
    assert [label.get_text() for label in second.get_yticklabels()] == ["time_to_complete.p95", "time_to_complete.mean"]


def test_texts_of_differences_stay_within_the_axes():
    frame = differences().assign(metric=["time_to_reach_95_reachable.p50", *differences()["metric"][1:]])
    ax = plot_difference(pd.concat([frame, frame.assign(alternative="a rather long name of an alternative")]))
    ax.figure.draw_without_rendering()
    for panel in ax.child_axes:
        page = panel.get_window_extent()
        for text in panel.texts:
            assert page.x0 <= text.get_window_extent().x0
            assert text.get_window_extent().x1 <= page.x1


def test_names_of_inputs_are_whole():
    frame = indices().assign(input=lambda rows: rows["input"].replace("a.b", PERCENTAGE))
    assert PERCENTAGE in [label.get_text().replace("\n", "") for label in plot_tornado(frame).get_yticklabels()]


@pytest.mark.parametrize("name", ["response", "heat_map", "frontier", "difference", "tornado"])
def test_pictures_of_studies_name_the_scenario(name):
    frames = {"difference": differences, "tornado": indices}
    levers = {"a.b": [1, 2], "c.d": [3, 4]}
    points = pd.DataFrame(
        [
            (a, c, metric, 1.0, 2.0, 3.0, 9)
            for metric in ("time_to_complete.p50", "failed.mean")
            for a in levers["a.b"]
            for c in levers["c.d"]
        ],
        columns=[*levers, *TOLD],
    )
    frame = frames.get(name, lambda: points)()
    frame.attrs["scenario"] = "warehouse-night"
    keywords = {"metric": "failed.mean"} if name in ("response", "heat_map") else {}
    assert "warehouse-night" in rolloutsim.report.STUDY_PLOTS[name](frame, **keywords).get_title(loc="left")


INSTANTS = {"response": "y", "heat_map": "y", "frontier": "x", "difference": "", "tornado": ""}


@pytest.mark.parametrize("name", STUDY_PLOTS)
def test_pictures_of_studies_show_the_clock_where_a_value_is_an_instant(name):
    frame = FRAMES[name]()
    frame.attrs["clock"] = (1767643200.0, "Europe/Berlin")  # Monday, 21:00
    axes = STUDY_PLOTS[name](frame, **({"metric": "time_to_complete.p95"} if name == "response" else {}))
    axes.figure.draw_without_rendering()
    every = (axes, *axes.child_axes)
    shown = [axis.axis_name for each in every for axis in (each.xaxis, each.yaxis) if axis.get_label_text().startswith("local time, and")]
    assert shown == list(INSTANTS[name])
    texts = [text.get_text() for each in every for axis in (each.xaxis, each.yaxis) for text in axis.get_ticklabels()]
    assert any(re.search(r"^\d+\n(Mon )?2\d:00$", text) for text in texts) == bool(shown)


def test_frames_of_studies_know_the_clock_of_their_scenario():
    scenario = build(STAGED | {"replicates": 2})
    study = rolloutsim.sweep(scenario, levers={"rules.offline": ["hold", "skip"]}, executor=1)
    clock = LocalClock.from_json(study.frame("time_to_complete.mean").attrs["clock"])
    assert clock == LocalClock.of(scenario)
    moved = rolloutsim.sweep(scenario, levers={"rules.start": ["2026-01-05 21:00", "2026-01-05 22:00"]}, executor=1)
    assert "clock" not in moved.frame("time_to_complete.mean").attrs
    found = rolloutsim.plan(
        scenario, "time_to_complete.mean", levers={"rules.offline": ["hold", "skip"]}, replicates=2, max_replicates=2, executor=1
    )
    assert found.frame.attrs["clock"] == clock.to_json()
