"""When the stages of a job begin, soak and meet their gates, and what stops a job because of failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.replicates import Replicates, ResultTables
from rolloutsim.scenario.stage_sizes import stage_sizes
from rolloutsim.simulation.model.make_rules import make_rules

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario

__all__ = ["GATE", "THRESHOLD", "JobStages", "StageTime", "stage_times", "what_stopped"]

#: What stops a job because of failures, unless it is a row of the rules, such as ``stop 1``.
GATE, THRESHOLD = "gate", "threshold"


class JobStages(NamedTuple):
    """The stages of a job, in order.

    Attributes
    ----------
    sizes
        Robots of each; empty for a job without stages.
    soaks
        How long each is watched after its last verdict (s).
    gated
        Whether each has a gate at the end of its soak.
    """

    sizes: tuple[int, ...]
    soaks: tuple[float, ...]
    gated: tuple[bool, ...]

    @classmethod
    def of(cls, scenario: Scenario) -> JobStages:
        """Return the stages of a scenario.

        Examples
        --------
        >>> import rolloutsim
        >>> JobStages.of(rolloutsim.load("scenarios/canary-soak-fleet.yaml"))
        JobStages(sizes=(10, 20, 270), soaks=(86400.0, 86400.0, 0.0), gated=(True, True, False))
        """
        sizes = stage_sizes(scenario)
        gates = make_rules(scenario).gates if sizes else ()
        return cls(sizes, tuple(gate.soak for gate in gates), tuple(gate.max_failures >= 0 or gate.share_of >= 0 for gate in gates))


class StageTime(NamedTuple):
    """When a stage begins, and what comes after it.

    Attributes
    ----------
    number
        From 1.
    began_s
        When its first robot may start.
    deployed_s
        When the last of its robots has its verdict and the soak begins; NaN if the job ends before.
    soaked_s
        When the soak is over; NaN if the job ends before, or there is none.
    gate
        Whether its gate is ``open`` or ``shut`` then; empty without a gate, or if the job ends before.
    """

    number: int
    began_s: float
    deployed_s: float
    soaked_s: float
    gate: str


def stage_times(tables: ResultTables, stages: JobStages, *, replicate: int | None = None) -> list[StageTime]:
    """Return when the stages of a job begin, soak and meet their gates.

    Parameters
    ----------
    tables
        With the tables `jobs` and `robots`.
    stages
        Of the scenario.
    replicate
        The one to look at. By default all: a time is the median over the replicates that have it, and a gate is open if it opens in any.

    Returns
    -------
    stages
        Those that begin; none for a job without stages.

    Raises
    ------
    UsageError
        If the tables hold no robots.
    """
    if not stages.sizes:
        return []
    view = Replicates(tables)
    found: list[list[StageTime]] = []
    for (robots,) in view.pieces("robots"):
        at = view.positions(robots)
        for place in np.unique(at[at >= 0]) if replicate is None else np.flatnonzero(view.numbers == replicate):
            rows = robots[at == place]
            if len(rows):
                found.append(_of_replicate(tables.jobs.iloc[place], rows, stages))
    by_stage = [[times[k] for times in found if len(times) > k] for k in range(len(stages.sizes))]
    return [_median(k + 1, times) for k, times in enumerate(by_stage) if times]


def _median(number: int, times: list[StageTime]) -> StageTime:
    def middle(values: list[float]) -> float:
        known = [value for value in values if np.isfinite(value)]
        return float(np.median(known)) if known else np.nan

    gates = {time.gate for time in times}
    return StageTime(
        number,
        middle([time.began_s for time in times]),
        middle([time.deployed_s for time in times]),
        middle([time.soaked_s for time in times]),
        next((gate for gate in ("open", "shut") if gate in gates), ""),
    )


def _of_replicate(job: pd.Series[Any], robots: pd.DataFrame, stages: JobStages) -> list[StageTime]:
    granted, reported = (robots[name].to_numpy(dtype=float) for name in ("granted_s", "reported_s"))
    # Robots of a stage have their verdicts before the first one of the next starts, so the sizes alone show which robots a stage has.
    order = np.argsort(granted, kind="stable")  # NaN last
    granted, reported = granted[order], reported[order]
    bounds = np.cumsum([0, *stages.sizes])
    reached = int(job["stages_reached"])
    stopped_at_gate = what_stopped(job, robots, stages) == GATE
    found: list[StageTime] = []
    for k in range(reached):
        previous = found[-1] if found else None
        # The first of all: its first robot starts when the job is prepared.
        began = _begin(granted) if previous is None else previous.deployed_s + stages.soaks[k - 1]
        passed, shut = k + 1 < reached, k + 1 == reached and stopped_at_gate
        over = passed or shut or (k + 1 == len(stages.sizes) and job["status"] == "Succeeded")
        deployed = float(np.nanmax(reported[: bounds[k + 1]])) if over and len(reported) else np.nan
        soaked = deployed + stages.soaks[k] if stages.soaks[k] > 0 else np.nan
        gate = ("shut" if shut else "open") if stages.gated[k] and over else ""
        found.append(StageTime(k + 1, began, deployed, soaked, gate))
    return found


def _begin(granted: FloatArray) -> float:
    return float(granted[0]) if len(granted) else np.nan


def what_stopped(job: pd.Series[Any], robots: pd.DataFrame, stages: JobStages | None = None) -> str:
    """Return what stops a job because of failures.

    Parameters
    ----------
    job
        Its row of the table `jobs`.
    robots
        Its rows of the table `robots`.
    stages
        Of the scenario, if it is known.

    Returns
    -------
    reason
        `GATE`, `THRESHOLD`, a row of the rules such as ``stop 1`` or ``limits 2``, or empty if failures do not stop it.
    """
    breached = float(job["breached_s"])
    if np.isnan(breached):
        return ""
    if isinstance(named := job.get("stopped_by"), str):
        # Without rows of its own, a scenario has one row: its threshold.
        return named
    if stages is not None and not any(stages.gated):
        return THRESHOLD
    # The threshold is breached by a verdict, a gate shuts at the end of a soak, when no robot is in flight.
    at_verdict = bool((robots["reported_s"].to_numpy(dtype=float) == breached).any())
    if not at_verdict:
        return GATE
    if stages is None:
        return THRESHOLD
    # A gate without a soak is met with the last verdict of its stage.
    last = int(job["stages_reached"]) - 1
    whole = int(robots["granted_s"].notna().sum()) == sum(stages.sizes[: last + 1]) and float(robots["reported_s"].max()) == breached
    return GATE if whole and stages.gated[last] and stages.soaks[last] == 0 else THRESHOLD
