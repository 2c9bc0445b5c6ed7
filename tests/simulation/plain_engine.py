"""The loop of the compiled engine as plain Python, on lists and objects: slower than SimPy, and seen by a debugger."""

from __future__ import annotations

from typing import Any

import numpy as np

from rolloutsim.scenario import Scenario
from rolloutsim.simulation.engines.compiled.event_queue import NO_ROBOT
from rolloutsim.simulation.engines.compiled.loop import run_job
from rolloutsim.simulation.engines.compiled.state import BLOCK, STEPS, UNKNOWN, UNMADE, WIDTHS, Counters, EngineState, Lane
from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.fairshare.sharing import make_sharing
from rolloutsim.simulation.model.draw_block import DRAWN
from rolloutsim.simulation.model.draws import PHASE_COUNT
from rolloutsim.simulation.model.groups import Cell
from rolloutsim.simulation.model.job import Job
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.make_tables import make_plan
from rolloutsim.simulation.model.robot import Robot
from rolloutsim.simulation.model.stages import Staging
from rolloutsim.simulation.records.link_totals import LinkTotals, new_totals
from rolloutsim.simulation.records.log import JOB_FIELDS, REGRESSION_FIELDS, ROBOT_FIELDS, Columns, Counted, Written
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.records.traffic import Traffic

__all__ = ["plain_room", "plain_tables", "run_plainly"]


def plain_room(scenario: Scenario, seed: int, replicate: int, *, rows: int = 3000, steps: bool = True) -> EngineState:
    """Return a state in which nothing has happened; `rows` is the size of each buffer."""
    plan, rules, links = make_plan(scenario), make_rules(scenario), make_links(scenario)
    line = Staging(scenario, plan).line(seed, replicate)
    robots = len(plan.cohort)
    counters = Counters(seed=seed, replicate=replicate, keeps=steps, groups=len(links.sites))
    pool: list[Any] = [Robot([0.0] * PHASE_COUNT, [-1.0] * PHASE_COUNT) for _ in range(robots + 1)]
    sizes = [rows * width for width in WIDTHS]
    totals = new_totals(links)
    return EngineState(
        rules=rules,
        job=Job(),
        traffic=Traffic(),
        counters=counters,
        gates=rules.gates,
        stops=rules.stops,
        limits=rules.limits,
        opening=rules.opening,
        grants=[0.0] * rules.kept_grants,
        line=line.robots.tolist(),
        bounds=line.bounds.tolist(),
        lanes=[Lane() for _ in range(rules.lanes)],
        lane_of=[rules.lane_of[cohort] for cohort in plan.cohort] if rules.grouped else [],
        cell_of=rules.cell_of,
        cells=[Cell(group.row, group.robots) for group in rules.groups],
        marks=[0] * robots,
        lined_up=[0] * rules.lanes,
        watched=[Robot([0.0] * PHASE_COUNT, [-1.0] * PHASE_COUNT) for _ in range(robots + 1)],
        watch_x=[0.0] * (NODE_WIDTH * robots),
        watch_w=[0] * (NODE_WIDTH * robots),
        ahead=[NO_ROBOT] * robots,
        behind=[NO_ROBOT] * robots,
        link_x=[0.0] * (NODE_WIDTH * robots),
        link_w=[0] * (NODE_WIDTH * robots),
        upcoming=[0] * rules.concurrency,
        pool=pool,
        free=[0] * (robots + 1),
        times=[0.0] * robots,
        keys=[0] * robots,
        where=[NO_ROBOT] * robots,
        place=[UNMADE] * robots,
        stage_of=[0] * robots,
        batch_of=[0] * robots,
        regressions=[-1.0] * (robots * len(REGRESSION_FIELDS)),
        stream_keys=[0] * (1 + 3 * len(plan.cohorts)),
        drawn=[0.0] * (robots * DRAWN),
        is_drawn=[0] * (robots // BLOCK + 1),
        block_keys=[0] * BLOCK,
        block_u=[0.0] * BLOCK,
        block_x=[0.0] * BLOCK,
        reachable=[UNKNOWN] * robots,
        job_row=[0.0] * len(JOB_FIELDS),
        robots=[-1.0] * (robots * len(ROBOT_FIELDS)),
        attempts=[0.0] * sizes[0],
        holds=[0.0] * sizes[1],
        flows=[0.0] * sizes[2],
        uses=[0.0] * sizes[3],
        steps=[0.0] * sizes[4],
        totals_x=totals.x.tolist(),
        totals_w=totals.w.tolist(),
        ends=[0] * len(WIDTHS),
        sizes=sizes,
        stop_flag=[0],
    )


def run_plainly(scenario: Scenario, state: EngineState) -> None:
    links = make_links(scenario)
    run_job(make_plan(scenario), state, make_sharing(state.rules.robots, links.capacities, links.origin), [None] * 3)


def plain_tables(scenario: Scenario, seed: int, replicate: int, *, steps: bool = True, full: int | None = None) -> Tables:
    """Run a replicate; with `full` the numbers of flows from which on they are counted, and then only tables without robots are kept."""
    state = plain_room(scenario, seed, replicate, steps=steps)
    if full is not None:
        state.counters.full = full
    run_plainly(scenario, state)
    assert all(end <= size for end, size in zip(state.ends, state.sizes, strict=True)), "ask for more rows"
    buffers = (
        np.array(buffer, np.float64) for buffer in (state.robots, state.regressions, state.attempts, state.holds, state.flows, state.uses)
    )
    counted = None
    if full is not None:
        totals = LinkTotals(np.array(state.totals_x), np.array(state.totals_w))
        counted = Counted(state.traffic, totals, np.array(state.steps), state.ends[STEPS])
    recorder = Recorder(scenario, record=[replicate], keep="all" if full is None else "jobs")
    columns = Columns(state.job_row, Written(*buffers, ends=state.ends), state.stream_keys[3::3], counted)
    recorder.add(replicate, columns, [value == 1 for value in state.reachable])
    return recorder.tables()
