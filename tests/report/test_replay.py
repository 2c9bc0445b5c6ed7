"""The replay of one rollout, and the moving picture of it: they agree with the tables, whatever the size of the fleet."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

import rolloutsim
from rolloutsim.analysis import STATES, robots_by_state
from rolloutsim.analysis.replicates import median_replicate
from rolloutsim.errors import UsageError
from rolloutsim.report import animation
from rolloutsim.report.animation import MOST_FRAMES, Scene, animate, frames_of
from rolloutsim.report.plots.palette import STATE_COLOURS
from rolloutsim.report.replay import INITIAL, MOST_BYTES, MOST_CELLS, replay_of
from rolloutsim.report.replay_panels import panels_of
from rolloutsim.scenario import build
from rolloutsim.study.run import simulate_one

#: Prepared after 5 s; then two at a time: 10 s of downloading, 20 s of launching; the fleet has two sites and two classes.
HAND = {
    "scenario": "by hand",
    "sites": {"defaults": {"robots": 4, "downlink": "16 Mbit/s"}, "names": "s1..s2"},
    "fleet": [
        {"cohort": "steady", "at": "all", "robots": "rest", "link": {"rate": "8 Mbit/s"}},
        {"cohort": "off", "at": "all", "robots": "25 %", "connectivity": "never"},
    ],
    "application": {"bundle": "10 MB", "steps": {"preparing": {"duration": "5 s"}, "launching": {"duration": "20 s"}}},
    "deployment": {"deploymentConfig": {"failureThresholdPercentage": 50, "robotDeploymentTimeoutInSeconds": 60}},
    "rules": {"concurrency": "8 robots", "start": "2026-01-05 22:10"},
}


def large(robots):
    return HAND | {"sites": {"defaults": {"robots": robots}, "names": "s1..s2"}, "rules": {"concurrency": f"{robots} robots"}}


@pytest.fixture(scope="module")
def results():
    return rolloutsim.simulate(build(HAND), replicates=3, seed=1, executor=1)


def named(states):
    return [STATES[state] for state in states]


def test_each_robot_is_a_cell_in_its_state(results):
    replay = results.replay(1)
    assert (replay.replicate, replay.robots, replay.robots_per_cell, replay.end_s) == (1, 8, 1, 65.0)
    assert replay.groups == (("s1", "steady", 3), ("s1", "off", 1), ("s2", "steady", 3), ("s2", "off", 1))
    at = {t: int(np.searchsorted(replay.t_s, t)) for t in (4.7, 10.0, 20.0, 40.0, 65.0)}
    for t, steady, off in (
        (4.7, "not started", "not started"),
        (20.0, "other in flight", "waiting to be reached"),
        (40.0, "InSync", "waiting to be reached"),
        (65.0, "InSync", "NoResponse"),
    ):
        assert named(replay.at(at[t])) == [*[steady] * 3, off, *[steady] * 3, off]
    assert named(replay.at(at[10.0]))[0] == "downloading"
    assert replay.failed[-1] == 2
    assert replay.threshold == 4
    assert replay.clock[0] == "Mon 22:10"


def test_counts_are_those_of_the_analysis(results):
    replay = results.replay(0)
    states = robots_by_state(results.tables, replicate=0, t_s=replay.t_s)
    np.testing.assert_array_equal(replay.counts, states.robots)
    for frame in (0, 100, 399):
        np.testing.assert_array_equal(np.bincount(replay.at(frame), minlength=len(STATES)), replay.counts[:, frame])


def test_no_robot_is_counted_twice(results):
    replay = results.replay(0)
    counts = replay.counts.copy()
    for name, robots in (("InSync", 3), ("converged late", 2), ("regressed", 1), ("NoResponse", 1), ("Failed", 1)):
        counts[STATES.index(name), -1] = robots
    assert replay._replace(counts=counts).tally(-1) == "3 of 8 robots InSync, 2 converged late, 1 regressed, 2 NoResponse or Failed"
    assert replay._replace(counts=counts).failed[-1] == 5


def test_links_are_full_while_their_robots_download(results):
    replay = results.replay(0)
    (name, capacity, use), _ = replay.links
    assert (name, capacity) == ("s1", 16e6)
    np.testing.assert_allclose(use[(replay.t_s > 6) & (replay.t_s < 19)], 1.0)  # three of 8 Mbit/s share 16
    assert use[-1] == 0


def test_the_replay_is_what_the_page_needs_to_draw_it(results):
    found = json.loads(json.dumps(results.replay().to_json()))
    assert found["groups"][1] == {"site": "s1", "class": "off", "robots": 1, "cells": 1}
    assert [found["states"][state][0] for state in found["cells"][3][1::2]] == ["waiting to be reached", "NoResponse"]
    assert found["cells"][3][0] / (found["frames"] - 1) * found["end_s"] == pytest.approx(5, abs=found["end_s"] / (found["frames"] - 1))
    assert {len(row) for row in found["counts"]} == {found["frames"]}
    assert found["states"][found["initial"]][0] == "not started"
    assert found["shared_links"] == 2


def test_without_steps_the_replicate_is_simulated_again(results):
    jobs = rolloutsim.simulate(build(HAND), replicates=3, seed=1, executor=1, keep="jobs")
    assert jobs.replay(2).to_json() == results.replay(2).to_json()


def test_of_large_fleets_a_cell_is_several_robots_in_the_state_of_most():
    replay = replay_of(simulate_one(build(large(2100)), 1, 0), build(large(2100)))
    assert replay.robots_per_cell == 3
    assert len(replay.cells) == sum(replay.sizes) <= MOST_CELLS
    assert sum(replay.sizes) == 2 * (525 + 175)
    assert named(replay.at(replay.frames - 1))[524:526] == ["InSync", "NoResponse"]
    assert replay.counts[:, -1].sum() == 4200


def test_a_replay_that_would_be_too_large_has_fewer_frames(monkeypatch, results):
    monkeypatch.setattr("rolloutsim.report.replay.MOST_BYTES", 12_000)
    replay = results.replay()
    assert replay.frames in (100, 200)
    assert replay.counts.shape == (len(STATES), replay.frames)
    assert MOST_BYTES == 500_000


def test_the_median_replicate_is_the_faster_one_of_two_in_the_middle(tables):
    jobs = tables.jobs.iloc[:4].assign(time_to_complete_s=[30.0, 10.0, 20.0, 40.0])
    assert median_replicate(tables._replace(jobs=jobs)) == jobs["replicate"].iloc[2]
    with pytest.raises(UsageError, match="no replicates"):
        median_replicate(tables._replace(jobs=jobs.iloc[:0]))


def test_a_job_that_fails_while_preparing_has_a_replay():
    scenario = build(
        HAND | {"application": {"bundle": "1 MB", "steps": {"preparing": {"duration": "5 s", "failures": {"BadPermissionError": 1}}}}}
    )
    replay = replay_of(simulate_one(scenario, 1, 0), scenario)
    assert replay.status == "Failed"
    assert set(replay.at(replay.frames - 1)) == {INITIAL}


def test_marks_are_stages_gates_and_the_threshold():
    stages = [{"sites": ["s1"], "soak": "1 h", "max_failures": 0}]
    scenario = build(HAND | {"rules": HAND["rules"] | {"stages": stages}})
    assert [text for _, text in replay_of(simulate_one(scenario, 1, 0), scenario).marks] == ["gate shut"]
    scenario = scenario.replace("rules.stages", [{"sites": ["s1"], "soak": "1 h", "max_failures": 1}])
    assert [text for _, text in replay_of(simulate_one(scenario, 1, 0), scenario).marks] == ["stage 2 begins"]


def test_states_have_colours_of_their_own():
    assert list(STATE_COLOURS) == list(STATES)
    assert len(set(STATE_COLOURS.values())) == len(STATES)


def test_panels_are_sites_with_blocks_of_classes(results):
    replay = results.replay()
    panels = panels_of(replay.groups, replay.robots_per_cell)
    assert [(panel.title, panel.rows) for panel in panels] == [("s1", "steady, off"), ("s2", "steady, off")]
    assert sorted(cell for panel in panels for cell in panel.places.ravel() if cell >= 0) == list(range(8))


@pytest.mark.parametrize(
    ("groups", "titles"),
    [
        ([("", "dock", 5), ("", "yard", 2)], ["dock", "yard"]),
        ([("berlin", "dock", 5), ("", "yard", 2)], ["berlin", "without a site"]),
        ([(f"s{k}", "abc"[k % 3], 2) for k in range(60)], ["a", "b", "c"]),
        ([(f"s{k}", f"c{k}", 3) for k in range(60)], ["all robots"]),
    ],
)
def test_of_many_sites_panels_are_classes_and_of_many_of_both_there_is_one(groups, titles):
    panels = panels_of(groups, 2)
    assert [panel.title for panel in panels] == titles
    cells = sum(-(-robots // 2) for _, _, robots in groups)
    assert sorted(cell for panel in panels for cell in panel.places.ravel() if cell >= 0) == list(range(cells))


def test_the_scene_shows_the_states_of_a_frame(results):
    replay = results.replay()
    scene = Scene(replay)
    scene.show(replay.frames - 1)
    shown = [cells.get_array().ravel() for cells, _ in scene._cells]
    for (_, places), values in zip(scene._cells, shown, strict=True):
        there = places.ravel() >= 0
        np.testing.assert_array_equal(values[there] - 1, replay.at(replay.frames - 1)[places.ravel()[there]])
        assert (values[~there] == 0).all()
    title = scene._title.get_text()
    assert "6 of 8 robots InSync, 2 NoResponse or Failed, job succeeded" in title
    assert "by hand, replicate 1: 65 s (Mon 22:11)" in title


def test_the_picture_moves_and_is_small(results, tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "MOST_FRAMES", 12)
    path = tmp_path / "rollout.gif"
    results.animate(path)
    with Image.open(path) as picture:
        assert picture.n_frames <= 12
        first = picture.convert("RGB").tobytes()
        picture.seek(picture.n_frames - 1)
        assert picture.convert("RGB").tobytes() != first
    assert [file.name for file in tmp_path.iterdir()] == ["rollout.gif"]


def test_another_kind_of_file_is_refused(results, tmp_path):
    with pytest.raises(UsageError, match=r"is a \.gif or an \.mp4 file"):
        animate(results.replay(), tmp_path / "rollout.webm")


def test_there_are_at_most_so_many_frames_with_both_ends(results):
    found = frames_of(results.replay())
    assert len(found) == MOST_FRAMES
    assert (found[0], found[-1]) == (0, 399)


@pytest.mark.skipif(find_spec("imageio_ffmpeg") is None, reason="needs imageio-ffmpeg")
def test_a_video_is_written(results, tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "MOST_FRAMES", 5)
    animate(results.replay(), tmp_path / "rollout.mp4")
    assert (tmp_path / "rollout.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rollout.png", "a moving picture is a .gif or an .mp4 file"),
        ("nowhere/rollout.gif", "there is no folder"),
        ("rollout.mp4", "pip install"),
    ],
)
def test_a_path_that_cannot_be_written_is_an_error_before_anything_is_simulated(name, said, results, tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "find_spec", lambda name: None)
    monkeypatch.setattr(rolloutsim.Results, "replay", lambda *_: pytest.fail("simulated"))
    with pytest.raises(UsageError, match=said):
        results.animate(tmp_path / name)
