"""One rollout over time, small enough to be embedded in a page: the states of all robots, progress, failures and the use of links.

`Replay.to_json` gives a dict of plain values, at most 500 kB as text. Time is divided into `frames`; frame f is the instant
``f * end_s / (frames - 1)``. Its keys:

``scenario``, ``replicate``, ``status``, ``robots``
    What is shown: names, the number of the replicate, how the job ended, robots of the fleet.
``end_s``, ``frames``, ``clock``
    When the job ended (s), the number of frames, and what the local clock shows at each frame (empty without `rules.start`).
``states``
    List of ``[name, colour]``; a state is a position in it. Before its first change a cell is in the state ``initial``.
``robots_per_cell``, ``groups``
    A cell is so many robots of one group, the last of a group perhaps fewer. A group is ``{"site", "class", "robots", "cells"}``: the
    robots of one site and class (of one cohort where the fleet has no classes; the site is empty where there are none).
``panels``
    How the cells are laid out, ``{"title", "rows", "width", "blocks"}``: a panel has ``width`` cells side by side. Each block, ``[first
    cell, number of cells]``, begins a new row; ``rows`` names the blocks, and is empty for a single one.
``cells``
    For each cell, group by group, a flat list ``[frame, state, frame, state, …]`` of its changes in the order of time. The state of several
    robots is that of most of them, of equally many the later one of the list of states.
``counts``
    For each state the number of robots in it at each frame.
``threshold``
    Failed robots that stop the job, null if it is not a number of robots of the fleet.
``links``, ``shared_links``
    For shared links, the fullest first, at most eight: ``{"name", "capacity_bit_per_s", "use"}``, the used share at each frame; and how
    many there are.
``marks``
    ``[frame, text]`` of stages, gates and what stopped the job.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.links import link_capacities, link_use
from rolloutsim.analysis.stage_times import JobStages, stage_times, what_stopped
from rolloutsim.analysis.states import STATES, robot_histories
from rolloutsim.formatting import count, duration
from rolloutsim.report.plots.palette import STATE_COLOURS
from rolloutsim.report.replay_html import replay_html
from rolloutsim.report.replay_panels import panels_of
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.rules import FLEET
from rolloutsim.vocabulary import FAILURE_KINDS, VERDICT_KINDS

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray, IntArray
    from rolloutsim.analysis.states import RobotHistories
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Tables

__all__ = ["INITIAL", "Replay", "replay_of"]

#: Cells, links and bytes at most, and numbers of frames, of which the largest is taken that leaves it at so many bytes.
MOST_CELLS, MOST_LINKS, MOST_BYTES = 2000, 8, 500_000
FRAMES = (400, 200, 100, 50)

INITIAL = STATES.index("not started")
_FAILED = tuple(STATES.index(name) for name in ("NoResponse", "Failed", "converged late", "regressed"))

#: What stopped a job, in the words of marks; a row of the rules by its own name.
_STOPPED = {"gate": "gate shut", "threshold": "threshold breached"}


class Replay(NamedTuple):
    """One rollout over time, as the keys of `to_json` describe it.

    Attributes
    ----------
    groups
        Site, class and robots of each group.
    cells
        For each cell the frames of its changes, and its states from then on.
    counts
        Shape (states, frames): robots.
    links
        Name, capacity (bit/s) and used share at each frame.
    shared_links
        How many there are, with those that are not among `links`.
    """

    scenario: str
    replicate: int
    status: str
    robots: int
    end_s: float
    frames: int
    clock: tuple[str, ...]
    robots_per_cell: int
    groups: tuple[tuple[str, str, int], ...]
    cells: tuple[tuple[IntArray, IntArray], ...]
    counts: IntArray
    threshold: float | None
    links: tuple[tuple[str, float, FloatArray], ...]
    shared_links: int
    marks: tuple[tuple[int, str], ...]

    @property
    def t_s(self) -> FloatArray:
        """The instants of the frames (s)."""
        return np.linspace(0.0, self.end_s, self.frames)

    @property
    def failed(self) -> IntArray:
        """Robots that have failed, at each frame; those that converged late have failed before, and those that regressed after success."""
        failed: IntArray = self.counts[list(_FAILED)].sum(axis=0)
        return failed

    @property
    def sizes(self) -> list[int]:
        """Cells of each group."""
        return [-(-robots // self.robots_per_cell) for _, _, robots in self.groups]

    def at(self, frame: int) -> IntArray:
        """Return the state of each cell at a frame."""
        return np.array(
            [own[1][place] if (place := int(np.searchsorted(own[0], frame, side="right")) - 1) >= 0 else INITIAL for own in self.cells]
        )

    def tally(self, frame: int) -> str:
        """Return how many robots are InSync, and how many went wrong in which way: no robot is counted twice."""
        of = dict(zip(STATES, self.counts[:, frame].tolist(), strict=True))
        others = [f"{count(of[name])} {name}" for name in ("converged late", "regressed") if of[name]]
        lost = f"{count(of['NoResponse'] + of['Failed'])} NoResponse or Failed"
        return ", ".join([f"{count(of['InSync'])} of {count(self.robots)} robots InSync", *others, lost])

    def words(self) -> str:
        """Return in words how the rollout ends."""
        marks = "".join(f"; {text} at {duration(float(self.t_s[frame]))}" for frame, text in self.marks)
        return (
            f"{self.scenario}, replicate {self.replicate}: the job {self.status.lower()} after {duration(self.end_s)}; at the end "
            f"{self.tally(-1)}{marks}."
        )

    def _repr_html_(self) -> str:
        return replay_html(self.to_json(), self.words())

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON; its keys are described above."""
        return {
            "scenario": self.scenario,
            "replicate": self.replicate,
            "status": self.status,
            "robots": self.robots,
            "end_s": self.end_s,
            "frames": self.frames,
            "clock": list(self.clock),
            "states": [[name, STATE_COLOURS[name]] for name in STATES],
            "initial": INITIAL,
            "robots_per_cell": self.robots_per_cell,
            "groups": [
                {"site": site, "class": label, "robots": robots, "cells": cells}
                for (site, label, robots), cells in zip(self.groups, self.sizes, strict=True)
            ],
            "panels": [panel.to_json() for panel in panels_of(self.groups, self.robots_per_cell)],
            "cells": [np.column_stack(own).ravel().tolist() for own in self.cells],
            "counts": self.counts.tolist(),
            "threshold": self.threshold,
            "links": [
                {"name": name, "capacity_bit_per_s": capacity, "use": np.round(use, 3).tolist()} for name, capacity, use in self.links
            ],
            "shared_links": self.shared_links,
            "marks": [list(mark) for mark in self.marks],
        }


def replay_of(tables: Tables, scenario: Scenario, *, frames: int | None = None) -> Replay:
    """Return the replay of a replicate.

    Parameters
    ----------
    tables
        All tables of it, and of no other one.
    scenario
        What was simulated.
    frames
        Instants; by default as many as there is room for.
    """
    for number in FRAMES if frames is None else (frames,):
        found = _replay(tables, scenario, number)
        if len(json.dumps(found.to_json(), separators=(",", ":"))) <= MOST_BYTES:
            break
    return found


def _replay(tables: Tables, scenario: Scenario, frames: int) -> Replay:
    assert tables.robots is not None  # of `simulate_one`
    job = tables.jobs.iloc[0]
    replicate, end = int(job["replicate"]), float(job["time_to_complete_s"])
    t_s = np.linspace(0.0, end, frames)
    histories = robot_histories(tables, replicate)
    states = _states(histories, t_s, len(tables.robots))
    groups, members = _groups(scenario)
    per_cell = -(-scenario.robots // MOST_CELLS)
    cells = tuple(_changes(_common(states[own[first : first + per_cell]])) for own in members for first in range(0, len(own), per_cell))
    clock = LocalClock.of(scenario)
    return Replay(
        scenario.name,
        replicate,
        str(job["status"]),
        scenario.robots,
        end,
        frames,
        () if clock is None else tuple(clock.at(float(t)) for t in t_s),
        per_cell,
        groups,
        cells,
        np.array([np.bincount(column, minlength=len(STATES)) for column in states.T]).T,
        _threshold(scenario),
        _links(tables, scenario, t_s),
        len(link_capacities(scenario.resolved())),
        _marks(tables, scenario, t_s),
    )


def _states(histories: RobotHistories, t_s: FloatArray, robots: int) -> IntArray:
    """Return the state of each robot at each instant, of shape (robots, frames)."""
    frames = len(t_s)
    frame = np.searchsorted(t_s, histories.t_s, side="left")
    there = frame < frames
    # Of the changes between two frames the last one holds: later rows overwrite earlier ones.
    places = np.full((robots, frames), -1, dtype=np.int64)
    places[histories.robot[there], frame[there]] = histories.state[there]
    known = np.where(places >= 0, np.arange(frames), 0)
    last = np.maximum.accumulate(known, axis=1)
    found = np.take_along_axis(places, last, axis=1)
    return np.where(found >= 0, found, INITIAL)


def _groups(scenario: Scenario) -> tuple[tuple[tuple[str, str, int], ...], list[IntArray]]:
    """Return the groups, and the robots of each; groups of one site stand together."""
    with_classes = any(cohort.class_ is not None for cohort in scenario.fleet)
    found: dict[tuple[str, str], list[IntArray]] = {}
    first = 0
    for cohort in scenario.fleet:
        label = (cohort.class_ or cohort.name) if with_classes else cohort.name
        found.setdefault((cohort.site or "", label), []).append(np.arange(first, first + cohort.robots))
        first += cohort.robots
    sites = list(dict.fromkeys(site for site, _ in found))
    keys = sorted(found, key=lambda key: sites.index(key[0]))
    members = [np.concatenate(found[key]) for key in keys]
    return tuple((*key, len(own)) for key, own in zip(keys, members, strict=True)), members


def _common(states: IntArray) -> IntArray:
    """Return the state of most robots at each frame; of equally many the last one."""
    counts = np.stack([(states == state).sum(axis=0) for state in range(len(STATES))])
    found: IntArray = len(STATES) - 1 - np.argmax(counts[::-1], axis=0)
    return found


def _changes(states: IntArray) -> tuple[IntArray, IntArray]:
    """Return the frames at which a cell changes its state, and the states."""
    frames = np.flatnonzero(states != np.concatenate([[INITIAL], states[:-1]]))
    return frames, states[frames]


def _threshold(scenario: Scenario) -> float | None:
    """Return how many failed robots of the fleet stop the job; None if it is another number that stops it."""
    rows = make_rules(scenario).stops
    shown = {FAILURE_KINDS.index(kind) for kind in (FAILURE_KINDS if scenario.fails_after_success else VERDICT_KINDS)}
    if len(rows) != 1 or any(not (rows[0].kinds >> kind) & 1 for kind in shown) or (rows[0].of != FLEET and not rows[0].absolute):
        return None
    return float(rows[0].threshold) if rows[0].absolute else rows[0].threshold * scenario.robots / 10_000


def _links(tables: Tables, scenario: Scenario, t_s: FloatArray) -> tuple[tuple[str, float, FloatArray], ...]:
    found = []
    for site, capacity in link_capacities(scenario.resolved()).items():
        use = link_use(tables, site, until_s=float(t_s[-1]))
        rate = use.median[np.searchsorted(use.t_s, t_s, side="right") - 1] / capacity
        found.append(("origin" if site is None else site, capacity, rate))
    fullest = sorted(found, key=lambda link: -float(link[2].mean()))[:MOST_LINKS]
    return tuple(fullest)


def _marks(tables: Tables, scenario: Scenario, t_s: FloatArray) -> tuple[tuple[int, str], ...]:
    job, stages = tables.jobs.iloc[0], JobStages.of(scenario)
    assert tables.robots is not None
    marks = [(time.began_s, f"stage {time.number} begins") for time in stage_times(tables, stages) if time.number > 1]
    reason = what_stopped(job, tables.robots, stages)
    if reason:
        marks.append((float(job["breached_s"]), _STOPPED.get(reason, f"{reason} breached")))
    found = []
    for instant, text in sorted(marks):
        frame = min(int(np.searchsorted(t_s, instant, side="left")), len(t_s) - 1)
        found.append((frame, text))
    return tuple(found)
