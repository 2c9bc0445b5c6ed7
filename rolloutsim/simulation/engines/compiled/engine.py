"""The compiled engine from Python's side: the state that it is given, and the columns that come back."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from operator import le
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.simulation.compilation import compiled_for, new_records, record_dtype, record_of
from rolloutsim.simulation.engines.compiled.loop import STOP, run_job
from rolloutsim.simulation.engines.compiled.robot_steps import FAR
from rolloutsim.simulation.engines.compiled.state import (
    ATTEMPTS,
    BLOCK,
    FLOWS,
    HOLDS,
    STEPS,
    USES,
    WIDTHS,
    Counters,
    EngineState,
    Lane,
)
from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.fairshare.sharing import Sharing, make_sharing
from rolloutsim.simulation.model.draw_block import DRAWN
from rolloutsim.simulation.model.groups import Cell
from rolloutsim.simulation.model.job import Job
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import Robot
from rolloutsim.simulation.model.rules import Gate, JobRules, LimitRow, StopRow
from rolloutsim.simulation.model.stages import Line
from rolloutsim.simulation.records.counting_log import LEAST
from rolloutsim.simulation.records.link_totals import LinkTotals, new_totals
from rolloutsim.simulation.records.log import JOB_FIELDS, REGRESSION_FIELDS, ROBOT_FIELDS, Columns, Counted, Written
from rolloutsim.simulation.records.traffic import Traffic

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["Machine"]

#: Robots from which on a replicate takes so long that Ctrl-C must not have to wait for its end.
LONG = 20_000

BUFFERS = "attempts", "holds", "flows", "uses", "steps"


class Machine:
    """Runs replicates of one scenario with `rolloutsim.simulation.engines.compiled.loop`.

    Arrays are allocated at their maximum, because untouched pages are free. Only the number of rows that a replicate leaves is unknown: if
    they do not fit, it is run again with larger buffers, because it is a pure function.

    Parameters
    ----------
    plan
        Of arrays.
    rules
        The rules of the job.
    links
        What the robots share.
    steps
        Whether to keep a record of each phase, and of when slots were held.
    flows
        Whether to keep a record of each transfer, and of what shared links carry; without, they are counted as the replicate runs.
        Without either, the records of a replicate are valid until the next one is run, which uses the same memory.
    """

    def __init__(self, plan: ModelTables, rules: JobRules, links: Links, *, steps: bool, flows: bool = True) -> None:
        self._plan, self._links = plan, links
        self._holders = tuple(np.zeros(2 * size, np.int64) for size in (len(plan), len(EngineState._fields), 5))
        robots = len(plan.cohort)
        gates = _records(Gate, rules.gates)
        pool = np.empty(robots + 1, record_dtype())
        pool[:1] = new_records()
        sizes = [4 * robots * WIDTHS[which] if which == FLOWS or steps else 0 for which in (ATTEMPTS, HOLDS, FLOWS)]
        sizes += [16 * robots * WIDTHS[USES] if links.sites and flows else 0, 0]
        # One after the other, so that they are copied at once.
        records = [new_records(kind) for kind in (Job, Counters, Traffic)]
        self._begun = np.frombuffer(bytearray(b"".join(record.tobytes() for record in records)), np.uint8)
        ends = np.cumsum([record.nbytes for record in records]).tolist()
        job, counters, traffic = (self._begun[end - r.nbytes : end].view(r.dtype) for r, end in zip(records, ends, strict=True))
        self._counts = not flows
        if self._counts:
            counters["full"] = full = max(4 * robots, LEAST) * WIDTHS[FLOWS]
            # Twice what is left after counting: what robots in flight have ahead of them, of which every other event is a flow.
            sizes[FLOWS] = 2 * full + FAR * rules.concurrency * WIDTHS[FLOWS]
            sizes[STEPS] = 2 * full if links.sites else 0
        counters["keeps"], counters["groups"] = steps, len(links.sites)
        self._at_first = self._begun.copy()
        self._alone = make_sharing(0, (), arrays=True)
        self._reuses = not steps and not flows
        self._regressions = len(REGRESSION_FIELDS) * robots if rules.regresses else 0
        self._line: Line | None = None
        self._arrays: dict[str, Any] = {
            "rules": record_of(rules),
            "job": job[0],
            "traffic": traffic[0],
            "counters": counters[0],
            "gates": gates,
            "stops": _records(StopRow, rules.stops),
            "limits": _records(LimitRow, rules.limits),
            "opening": np.array(rules.opening, np.float64),
            "grants": np.empty(rules.kept_grants),
            "line": np.empty(robots, np.int64),
            "bounds": np.empty(len(gates) + 1, np.int64),
            "lanes": new_records(Lane, rules.lanes),
            **_groups(plan, rules),
            "ahead": np.empty(robots, np.int64),
            "behind": np.empty(robots, np.int64),
            "link_x": np.empty(NODE_WIDTH * robots),
            "link_w": np.empty(NODE_WIDTH * robots, np.int64),
            "upcoming": np.empty(rules.concurrency, np.int64),
            "pool": pool,
            "free": np.empty(robots + 1, np.int64),
            "times": np.empty(robots),
            "keys": np.empty(robots, np.int64),
            "where": np.empty(robots, np.int64),
            "place": np.empty(robots, np.int64),
            "stream_keys": np.zeros(1 + 3 * len(plan.cohorts), np.uint64),
            "drawn": np.empty(robots * DRAWN),
            "is_drawn": np.empty(robots // BLOCK + 1, np.uint8),
            "block_keys": np.empty(BLOCK, np.uint64),
            "block_u": np.empty(BLOCK),
            "block_x": np.empty(BLOCK),
            "reachable": np.empty(robots, np.uint8),
            "stage_of": np.empty(robots if rules.follows else 1, np.int64),
            "batch_of": np.empty(robots if rules.follows else 1, np.int64),
            "ends": np.zeros(len(WIDTHS), np.int64),
            "sizes": np.array(sizes),
            "stop_flag": np.zeros(1, np.int64),
        }
        self._make_buffers()
        self._run = compiled_for(run_job, self._arguments())

    def run(self, line: Line, rules: JobRules, seed: int, replicate: int) -> tuple[Columns, Array]:
        """Run one replicate.

        Parameters
        ----------
        line
            How its robots stand in line.
        rules
            Those of the scenario, except for when the job is canceled and how preparing ends.
        seed, replicate
            Of all draws.

        Returns
        -------
        columns, reachable
            Its records, and for each robot of the fleet whether it is online at some instant of the observation.
        """
        if not self._reuses:
            self._make_buffers()
        arrays = self._arrays
        while True:
            self._prepare(line, rules, seed, replicate)
            self._call()
            ends = arrays["ends"].tolist()
            if all(map(le, ends, self._sizes)):
                break
            grown = np.maximum(self._sizes, 2 * arrays["ends"])
            if self._counts:  # from where a buffer was full on nothing was counted
                grown[FLOWS], grown[STEPS] = (min(grown[which], 2 * self._sizes[which]) for which in (FLOWS, STEPS))
            arrays["sizes"][:] = grown
            self._make_buffers()
        robots, regressions = arrays["robots"], arrays["regressions"]
        written = Written(robots, regressions, arrays["attempts"], arrays["holds"], arrays["flows"], arrays["uses"], ends)
        reachable, counted = arrays["reachable"].view(np.bool_), None
        if not self._reuses:
            reachable = reachable.copy()
        if self._counts:
            traffic = arrays["traffic"] if self._reuses else arrays["traffic"].copy()
            counted = Counted(traffic, LinkTotals(arrays["totals_x"], arrays["totals_w"]), arrays["steps"], ends[STEPS])
        return Columns(arrays["job_row"], written, arrays["stream_keys"][3::3].tolist(), counted), reachable

    def _arguments(self) -> tuple[ModelTables, EngineState, Sharing, tuple[Array, ...]]:
        return self._plan, self._state, self._sharing(), self._holders

    def _call(self) -> None:
        arguments = self._arguments()
        if len(self._plan.cohort) < LONG or threading.current_thread() is not threading.main_thread():
            self._run(*arguments)
            return
        with ThreadPoolExecutor(1) as worker:
            job = worker.submit(self._run, *arguments)
            try:
                while not job.done():
                    wait([job], timeout=0.1)
                job.result()
            except BaseException:
                self._arrays["stop_flag"][STOP] = 1
                raise
            finally:
                worker.shutdown()
                self._arrays["stop_flag"].fill(0)

    def _make_buffers(self) -> None:
        """Make memory for what a replicate leaves."""
        self._sizes = self._arrays["sizes"].tolist()
        self._arrays |= {name: np.empty(size) for name, size in zip(BUFFERS, self._sizes, strict=True)}
        self._arrays["totals_x"], self._arrays["totals_w"] = new_totals(self._links)
        sizes = {"robots": len(self._plan.cohort) * len(ROBOT_FIELDS), "job_row": len(JOB_FIELDS), "regressions": self._regressions}
        self._arrays |= {name: np.empty(size) for name, size in sizes.items()}
        self._state = EngineState(**self._arrays)

    def _prepare(self, line: Line, rules: JobRules, seed: int, replicate: int) -> None:
        """Undo what a replicate has left behind, as far as `run_job` does not."""
        self._begun[:] = self._at_first
        counters, in_force = self._arrays["counters"], self._arrays["rules"]
        in_force["cancel_at"], in_force["preparing_code"] = rules.cancel_at, rules.preparing_code
        counters["seed"], counters["replicate"] = seed, replicate
        if self._links.sites:
            self._arrays["totals_x"][:], self._arrays["totals_w"][:] = new_totals(self._links)
        if line is not self._line:
            self._line = line
            self._arrays["line"][:], self._arrays["bounds"][:] = line

    def _sharing(self) -> Sharing:
        """Return links on which nothing flows."""
        links = self._links
        return make_sharing(len(self._plan.cohort), links.capacities, links.origin, arrays=True) if links.sites else self._alone


def _groups(plan: ModelTables, rules: JobRules) -> dict[str, Array]:
    """Return what the state has of groups; without groups next to nothing."""
    cells = new_records(Cell, max(1, rules.cells))
    for number, group in enumerate(rules.groups):
        cells["row"][number], cells["robots"][number] = group
    robots = len(plan.cohort) if rules.grouped else 1
    watched = robots if rules.watches else 0
    return {
        "lane_of": np.array(rules.lane_of, np.int64)[plan.cohort] if rules.grouped else np.zeros(1, np.int64),
        "cell_of": np.array(rules.cell_of or (-1,), np.int64),
        "cells": cells,
        "marks": np.zeros(robots, np.int64),
        "lined_up": np.zeros(rules.lanes, np.int64),
        "watched": new_records(Robot, watched + 1),
        "watch_x": np.empty(NODE_WIDTH * max(1, watched)),
        "watch_w": np.empty(NODE_WIDTH * max(1, watched), np.int64),
    }


def _records(kind: type[tuple[Any, ...]], rows: Sequence[tuple[Any, ...]]) -> Array:
    """Return named tuples as records."""
    return np.array([tuple(row) for row in rows], record_dtype(kind))
