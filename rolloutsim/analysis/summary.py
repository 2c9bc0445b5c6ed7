"""The summary of a run: all that one asks first, each number with its interval, ready for a terminal, a page or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.codes import (
    CodeCounts,
    code_counts,
    code_shares,
    job_code_shares,
    share_of_replicates,
    shares_by_cohort,
    stopping_shares,
)
from rolloutsim.analysis.detail import Detail
from rolloutsim.analysis.estimates import Estimate, plain, proportion, quantile
from rolloutsim.analysis.expressions import evaluate, values
from rolloutsim.analysis.group_summary import GroupSummary, codes_by_group, summarize_groups
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.replicates import ResultTables
from rolloutsim.analysis.slots import slot_shares
from rolloutsim.formatting import percent
from rolloutsim.notebook import html_of
from rolloutsim.vocabulary import CODES, JOB_STATUSES

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis.groups import Group

__all__ = ["CodeLine", "LinkLoad", "OtherCodes", "Reach", "Stages", "Summary", "summarize"]

#: Quantiles of the time to complete.
QUANTILES = ("p50", "p90", "p95", "p99")

#: Shares of the fleet, in percent, for which the summary shows when they are reached.
REACHED = (90, 95, 99)


class Reach(NamedTuple):
    """When a share of the robots is InSync.

    Attributes
    ----------
    p50, p95
        Quantiles over replicates, in s; infinite where that share is never reached in so many.
    not_reached
        Probability that it is never reached.
    """

    p50: Estimate
    p95: Estimate
    not_reached: Estimate


class Stages(NamedTuple):
    """How far a staged rollout comes, by condition: ``all``, and ``good`` and ``bad`` if both releases occur.

    Attributes
    ----------
    reached
        By condition, then by the number of the stage, from 2: probability that it begins.
    exposed
        Mean number of robots that have got a slot when the job ends.
    """

    reached: dict[str, dict[str, Estimate]]
    exposed: dict[str, Estimate]


class LinkLoad(NamedTuple):
    """How busy the shared links of limited capacity were, as means per job.

    Attributes
    ----------
    utilisation_mean, utilisation_peak
        Used share of the busiest link: on average from the job's creation to its end, and at most.
    saturated
        Time for which at least one link was fully used, in s.
    peak_downloads
        Most simultaneous downloads.
    """

    utilisation_mean: Estimate
    utilisation_peak: Estimate
    saturated: Estimate
    peak_downloads: Estimate


class CodeLine(NamedTuple):
    """A failure code that occurred.

    Attributes
    ----------
    code
        Its name.
    share
        Of the robots, over replicates.
    replicates_with
        Replicates in which it occurred.
    by_cohort
        The same share of each cohort.
    by_group
        The same share of each site and class that the fleet has: by kind (``site``, ``class``), then by name.
    differing
        Those of these groups that differ from the others of their kind, the most different first.
    """

    code: str
    share: Estimate
    replicates_with: int
    by_cohort: dict[str, Estimate]
    by_group: dict[str, dict[str, Estimate]]
    differing: tuple[Group, ...]


class OtherCodes(NamedTuple):
    """The failure codes that did not occur, neither of robots nor of jobs.

    Attributes
    ----------
    codes
        Their names.
    share
        What is known of each one of them.
    text
        That in a sentence.
    """

    codes: tuple[str, ...]
    share: Estimate
    text: str


class Summary(NamedTuple):
    """What a run has shown.

    Attributes
    ----------
    scenario
        Its name.
    replicates, robots
        Their numbers; the robots of the largest fleet, should they differ.
    time_to_complete
        By condition (``all``, ``succeeded``), then by quantile (``p50``, ``p90``, ``p95``, ``p99``), in s.
    time_to_reach
        By base (``fleet``, ``reachable``), then by percent (``90``, ``95``, ``99``).
    abort_probability
        ``all``, and ``good`` and ``bad`` if both releases occur.
    job_statuses, job_codes
        Probability of each status (Succeeded, Failed, Canceled and any other that occurs), and of each code that occurs.
    stopped_by
        Of jobs that were stopped by the threshold or a gate: shares of their robots' failures by code, the largest first.
    stages
        How far the job comes; None for a job without stages.
    robot_outcomes
        Shares of robots: ``succeeded``, ``failed``, ``not_started``, ``converged_late`` (part of the failed), and, if robots may fail after
        they have succeeded, ``regressed``.
    failure_codes, other_codes
        Of robots, the most frequent first, and what did not occur at all (None if every code did).
    slot_time
        Share of the slots' time by phase; empty without the table of steps.
    slot_offline
        Share of the slots' time in which the robot was offline.
    links
        How busy they were; None where no capacity is limited.
    bytes
        ``sent``, ``useful``, ``wasted``: mean per replicate, in B.
    wasted_share
        Part of the bytes sent that was not useful.
    downtime, downtime_per_robot
        Mean time without a running application, in s: of all robots together, and a robot.
    left_down
        Mean number of robots left without a running application.
    sites, classes
        Each of them beside the others; None where the fleet has none.
    detail
        What the first replicate shows of single robots; None if that is not known.
    """

    scenario: str
    replicates: int
    robots: int
    time_to_complete: dict[str, dict[str, Estimate]]
    time_to_reach: dict[str, dict[str, Reach]]
    abort_probability: dict[str, Estimate]
    job_statuses: dict[str, Estimate]
    job_codes: dict[str, Estimate]
    stopped_by: dict[str, Estimate]
    stages: Stages | None
    robot_outcomes: dict[str, Estimate]
    failure_codes: tuple[CodeLine, ...]
    other_codes: OtherCodes | None
    slot_time: dict[str, Estimate]
    slot_offline: Estimate
    links: LinkLoad | None
    bytes: dict[str, Estimate]
    wasted_share: Estimate
    downtime: Estimate
    downtime_per_robot: Estimate
    left_down: Estimate
    sites: GroupSummary | None
    classes: GroupSummary | None
    detail: Detail | None

    def _repr_html_(self) -> str:
        return html_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return dicts, lists, numbers and strings alone, of the same shape; NaN becomes null and infinity ``"inf"``.

        What is about groups is only there if the fleet has some.
        """
        found: dict[str, Any] = _jsonable(self)
        return found


#: What is left out of JSON where it is empty.
_OF_GROUPS = ("sites", "classes", "by_group", "differing")


def _jsonable(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: _jsonable(part) for key, part in value._asdict().items() if part or key not in _OF_GROUPS}
    if isinstance(value, dict):
        return {str(key): _jsonable(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_jsonable(part) for part in value]
    return plain(value) if isinstance(value, float) else value


def summarize(
    tables: ResultTables, *, scenario_name: str = "", stages: int = 0, premises: Premises = UNKNOWN, detail: Detail | None = None
) -> Summary:
    """Summarise the tables of a run.

    Parameters
    ----------
    tables
        Anything with the tables `jobs`, `cohorts` and `failure_codes`; with `robots` and `steps` it includes what held the slots.
    scenario_name
        To print.
    stages
        How many the job has; 0 if it has none.
    premises
        Of the scenario.
    detail
        Of the first replicate.
    """
    jobs = tables.jobs
    counts = code_counts(tables)
    codes, others = _codes(tables, counts, premises)
    releases = [release for release in ("good", "bad") if (jobs["release"] == release).any()]
    conditions = ["all", *releases] if len(releases) == 2 else ["all"]
    regresses = premises.regresses or bool(jobs["regressed"].any())
    outcomes = ("succeeded", "failed", "not_started", "converged_late", *(("regressed",) if regresses else ()))
    return Summary(
        scenario=scenario_name,
        replicates=len(jobs),
        robots=int(jobs["robots"].max()) if len(jobs) else 0,
        time_to_complete={
            name: {q: evaluate(f"time_to_complete{condition}.{q}", tables, premises) for q in QUANTILES}
            for name, condition in (("all", ""), ("succeeded", "[succeeded]"))
        },
        time_to_reach={
            base: {str(x): _reach(jobs, f"time_to_reach_{x}{suffix}_s", premises) for x in REACHED}
            for base, suffix in (("fleet", ""), ("reachable", "_reachable"))
        },
        abort_probability={name: evaluate("abort_probability" + _condition(name), tables, premises) for name in conditions},
        job_statuses=_statuses(jobs, premises),
        job_codes={line.code: line.share for line in job_code_shares(tables, counts=counts, premises=premises) if line.replicates_with},
        stopped_by=stopping_shares(counts, tables, premises),
        stages=_stages(tables, stages, conditions, premises) if stages else None,
        robot_outcomes={name: evaluate(f"{name}_share", tables, premises) for name in outcomes},
        failure_codes=codes,
        other_codes=others,
        slot_time={phase: share_of_replicates(shares, tables, premises) for phase, shares in slot_shares(tables).items()},
        slot_offline=evaluate("offline_share", tables, premises),
        links=LinkLoad(*(evaluate(name, tables, premises) for name in LinkLoad._fields))
        if jobs["utilisation_peak"].notna().any()
        else None,
        bytes={name: evaluate(f"bytes_{name}", tables, premises) for name in ("sent", "useful", "wasted")},
        wasted_share=evaluate("wasted_share", tables, premises),
        downtime=evaluate("downtime", tables, premises),
        downtime_per_robot=evaluate("downtime_per_robot", tables, premises),
        left_down=evaluate("left_down", tables, premises),
        sites=summarize_groups("site", tables, premises),
        classes=summarize_groups("class", tables, premises),
        detail=detail,
    )


def _condition(name: str) -> str:
    return "" if name == "all" else f"[{name}]"


def _stages(tables: ResultTables, count: int, conditions: list[str], premises: Premises) -> Stages:
    reached = {name: values("stages_reached" + _condition(name), tables).to_numpy() for name in conditions}
    return Stages(
        {
            name: {str(k): proportion(int((numbers >= k).sum()), len(numbers), exact=premises.exact) for k in range(2, count + 1)}
            for name, numbers in reached.items()
        },
        {name: evaluate("robots_exposed" + _condition(name), tables, premises) for name in conditions},
    )


def _reach(jobs: pd.DataFrame, column: str, premises: Premises) -> Reach:
    times = jobs[column].to_numpy(dtype=float)
    never = proportion(int(np.isnan(times).sum()), len(times), exact=premises.exact)
    p50, p95 = (quantile(times, q, unit="s", exact=premises.exact) for q in (0.5, 0.95))
    return Reach(p50, p95, never)


def _statuses(jobs: pd.DataFrame, premises: Premises) -> dict[str, Estimate]:
    counts = {status: int((jobs["status"] == status).sum()) for status in JOB_STATUSES}
    # Succeeded first, and those always, for to know that none failed is to know something.
    order = sorted(JOB_STATUSES, key=("Succeeded", "Failed", "Canceled", "InProgress", "Preparing", "Pending").index)
    shown = order[:3] + [status for status in order[3:] if counts[status]]
    return {status: proportion(counts[status], len(jobs), exact=premises.exact) for status in shown}


def _codes(tables: ResultTables, counts: CodeCounts, premises: Premises) -> tuple[tuple[CodeLine, ...], OtherCodes | None]:
    lines = code_shares(tables, counts=counts, premises=premises)
    occurred = tuple(
        CodeLine(
            line.code,
            line.share,
            line.replicates_with,
            shares_by_cohort(counts, line.code, tables, premises),
            *codes_by_group(counts, line.code, tables, premises),
        )
        for line in lines
        if line.replicates_with
    )
    # A code that no robot but some job ended with did occur; `job_codes` has it.
    absent = [line for line in lines if not line.replicates_with and not counts.jobs[:, CODES.index(line.code)].any()]
    if not absent:
        return occurred, None
    each = absent[0].share
    n = each.n
    which = (
        f"all {len(CODES)} codes" if len(absent) == len(CODES) else f"the other {len(absent)} codes" if len(absent) > 1 else absent[0].code
    )
    bound = f", < {percent(each.high)}{' each' if len(absent) > 1 else ''}" if each.high > 0 else ""
    return occurred, OtherCodes(tuple(line.code for line in absent), each, f"{which}: 0 of {n} replicates{bound}")
