"""The compiled engine from Python's side: the state that it is given, and the columns that come back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.simulation.compilation import compiled, new_records, record_dtype, record_of
from rolloutsim.simulation.engines.compiled.event_queue import NO_ROBOT
from rolloutsim.simulation.engines.compiled.loop import STOP, run_job
from rolloutsim.simulation.engines.compiled.robot_steps import FAR
from rolloutsim.simulation.engines.compiled.state import ATTEMPTS, FLOWS, HOLDS, STEPS, UNKNOWN, UNMADE, USES, WIDTHS, Counters, EngineState
from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.fairshare.sharing import Sharing, make_sharing
from rolloutsim.simulation.model.job import Job
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.rules import Gate, JobRules
from rolloutsim.simulation.model.stages import Line
from rolloutsim.simulation.records.link_totals import LinkTotals, new_totals
from rolloutsim.simulation.records.log import ROBOT_FIELDS, Columns, Counted, job_record, make_columns
from rolloutsim.simulation.records.traffic import Traffic

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["Machine"]

#: Robots from which on a replicate takes so long that Ctrl-C must not have to wait for its end.
LONG = 20_000

#: Rows of flows from which on it is worth while to count them.
LEAST = 1024

GRANTED = ROBOT_FIELDS.index("granted")
BUFFERS = "attempts", "holds", "flows", "uses", "steps"


class Machine:
    """Runs replicates of one scenario with `rolloutsim.simulation.engines.compiled.loop`.

    Arrays are made as large as they could ever have to be, because memory that is not used costs nothing; only of the rows that a
    replicate leaves the number is unknown. If they do not fit it is run again with more state: it is a pure function.

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
    """

    def __init__(self, plan: ModelTables, rules: JobRules, links: Links, *, steps: bool, flows: bool = True) -> None:
        self._plan, self._links = plan, links
        self._run = compiled(run_job)
        self._holders = tuple(np.zeros(2 * size, np.int64) for size in (len(plan), len(EngineState._fields), 5))
        robots = len(plan.cohort)
        gates = np.zeros(len(rules.gates), record_dtype(Gate))
        for number, gate in enumerate(rules.gates):
            gates[number] = tuple(gate)
        pool = np.empty(robots + 1, record_dtype())
        pool[:1] = new_records()
        sizes = [4 * robots * WIDTHS[which] if which == FLOWS or steps else 0 for which in (ATTEMPTS, HOLDS, FLOWS)]
        sizes += [16 * robots * WIDTHS[USES] if links.sites and flows else 0, 0]
        self._job, self._desk, self._traffic = new_records(Job), new_records(Counters), new_records(Traffic)
        self._counts = not flows
        if self._counts:
            self._desk["full"] = full = max(4 * robots, LEAST) * WIDTHS[FLOWS]
            # Twice what is left after counting: what robots in flight have ahead of them, of which every other event is a flow.
            sizes[FLOWS] = 2 * full + FAR * rules.concurrency * WIDTHS[FLOWS]
            sizes[STEPS] = 2 * full if links.sites else 0
        self._desk["keeps"], self._desk["groups"] = steps, len(links.sites)
        self._new_job, self._new_desk = self._job.copy(), self._desk.copy()
        self._alone = make_sharing(0, (), arrays=True)
        self._room = EngineState(
            rules=record_of(rules),
            job=None,
            traffic=None,
            counters=None,
            gates=gates,
            line=np.empty(robots, np.int64),
            bounds=np.empty(len(gates) + 1, np.int64),
            ahead=np.empty(robots, np.int64),
            behind=np.empty(robots, np.int64),
            link_x=np.empty(NODE_WIDTH * robots),
            link_w=np.empty(NODE_WIDTH * robots, np.int64),
            upcoming=np.empty(rules.concurrency, np.int64),
            pool=pool,
            free=np.empty(robots + 1, np.int64),
            times=np.empty(robots),
            keys=np.empty(robots, np.int64),
            where=np.empty(robots, np.int64),
            place=np.empty(robots, np.int64),
            stream_keys=np.zeros(1 + 2 * len(plan.rate), np.uint64),
            reachable=np.empty(robots, np.uint8),
            **dict.fromkeys(("robots", *BUFFERS, "totals_x", "totals_w")),
            ends=np.zeros(len(WIDTHS), np.int64),
            sizes=np.array(sizes),
            stop_flag=np.zeros(1, np.int64),
        )

    def run(self, line: Line, seed: int, replicate: int) -> tuple[Columns, Array]:
        """Run one replicate.

        Returns
        -------
        columns, reachable
            Its records, and for each robot of the fleet whether it is online at some instant of the observation.
        """
        while True:
            state = self._prepared(line, seed, replicate)
            self._call(state)
            if (state.ends <= state.sizes).all():
                break
            grown = np.maximum(state.sizes, 2 * state.ends)
            if self._counts:  # from where a buffer was full on nothing was counted
                grown[FLOWS], grown[STEPS] = (min(grown[which], 2 * state.sizes[which]) for which in (FLOWS, STEPS))
            state.sizes[:] = grown
        record = job_record(Job(*state.job.item()), int(state.counters["release"]))
        robots = state.robots.reshape(len(ROBOT_FIELDS), -1).T
        started = robots[:, GRANTED] >= 0.0
        *rows, steps = [getattr(state, name)[:end] for name, end in zip(BUFFERS, state.ends, strict=True)]
        columns = make_columns(record, robots if started.all() else robots[started], *rows)
        if self._counts:
            totals = LinkTotals(state.totals_x, state.totals_w)
            columns = columns._replace(counted=Counted(Traffic(*state.traffic.item()), totals, steps.reshape(-1, 2)))
        return columns, state.reachable != 0

    def _call(self, state: EngineState) -> None:
        arguments = self._plan, state, self._sharing(), self._holders
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
                state.stop_flag[STOP] = 1
                raise
            finally:
                worker.shutdown()
                state.stop_flag.fill(0)

    def _prepared(self, line: Line, seed: int, replicate: int) -> EngineState:
        """Return the state in which nothing has happened yet."""
        self._job[:], self._desk[:] = self._new_job, self._new_desk
        self._traffic[:] = 0
        job, counters = self._job[0], self._desk[0]
        counters["seed"], counters["replicate"] = seed, replicate
        # What a replicate leaves behind is not overwritten by the next.
        buffers = {name: np.empty(size) for name, size in zip(BUFFERS, self._room.sizes.tolist(), strict=True)}
        buffers["robots"] = np.empty(len(self._plan.cohort) * len(ROBOT_FIELDS))
        buffers["totals_x"], buffers["totals_w"] = new_totals(self._links)
        state = self._room._replace(job=job, traffic=self._traffic[0], counters=counters, **buffers)
        state.line[:] = line.robots
        state.bounds[:] = line.bounds
        state.where.fill(NO_ROBOT)
        state.place.fill(UNMADE)
        state.reachable.fill(UNKNOWN)
        state.robots.reshape(len(ROBOT_FIELDS), -1)[GRANTED] = -1.0
        state.ends.fill(0)
        return state

    def _sharing(self) -> Sharing:
        """Return links on which nothing flows."""
        links = self._links
        return make_sharing(len(self._plan.cohort), links.capacities, links.origin, arrays=True) if links.sites else self._alone
