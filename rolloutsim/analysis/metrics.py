"""Metrics: functions of the result tables that give one value per replicate, in one registry.

The numeric columns of the table `jobs` are metrics under their name without the unit; beside them there are probabilities (a yes or no per
replicate) and shares. To add one, add one entry to `METRICS`; a test holds every entry to empty, one-row and censored tables.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import numpy as np

from rolloutsim.analysis.codes import code_counts
from rolloutsim.analysis.groups import GROUP_TABLES, Group, GroupKind, kinds_with
from rolloutsim.analysis.replicates import ratio
from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.vocabulary import CODES, JOB_ONLY_CODES, PHASE_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rolloutsim.analysis.premises import Premises
    from rolloutsim.analysis.replicates import FloatArray, Replicates

__all__ = ["BAD_RELEASE", "METRICS", "Metric"]


#: Codes that a job can end with.
JOB_CODES = tuple(code for code in CODES if code in PHASE_CODES["preparing"] or code in JOB_ONLY_CODES)


class Metric(NamedTuple):
    """A number that every replicate has.

    Attributes
    ----------
    name
        As in expressions, e.g. ``time_to_reach_95``.
    unit
        SI unit; empty for counts, shares and probabilities.
    better
        Which way is better, or ``neither``.
    kind
        ``quantity``, ``probability`` (0 or 1 per replicate) or ``share`` (between 0 and 1).
    missing
        What NaN means: ``never`` (it counts as infinite) or ``undefined`` (the replicate has no such value, and the note mentions it).
    meaning
        One sentence.
    of_fleet
        Computes the values, one per replicate.
    of_group
        The same for the robots of a group, …
    groups
        … which is of one of these kinds; there are none where the tables do not contain the values.
    codes
        Codes one of which the expression names, as in ``failure_share[CODE]``; empty if it names none.
    most
        The largest value that there can be: all robots, all slots, all stages, 1, or ``""`` if there is none. The least is 0.
    formula
        The value of a replicate in columns of the result tables, for `rolloutsim explain`.
    """

    name: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    kind: Literal["quantity", "probability", "share"]
    missing: Literal["never", "undefined"]
    meaning: str
    of_fleet: Callable[[Replicates, str], FloatArray]
    of_group: Callable[[Replicates, Group, str], FloatArray] | None = None
    groups: tuple[GroupKind, ...] = ()
    codes: tuple[str, ...] = ()
    most: Literal["", "robots", "slots", "stages", "one"] = ""
    formula: str = ""

    @property
    def printed_unit(self) -> str:
        """The unit in which values are printed: the SI unit, or ``%``; see `rolloutsim.formatting.scale_of`."""
        return self.unit if self.kind == "quantity" else "%"

    @property
    def is_instant(self) -> bool:
        """Whether it is the time from the creation of the job to an event, which a clock can show.

        >>> [name for name in ("time_to_complete", "time_to_reach_95", "slot", "failed") if METRICS[name].is_instant]
        ['time_to_complete', 'time_to_reach_95']
        """
        return self.name == "breached" or self.name.startswith("time_to_")

    def bounds(self, premises: Premises, group: Group | None = None) -> tuple[float, float]:
        """Return between which values its nature keeps it; the upper one is infinite where there is none, or the premises lack it.

        >>> from rolloutsim.analysis.premises import UNKNOWN
        >>> ten = UNKNOWN._replace(cohorts={"dock": 10})
        >>> METRICS["left_down"].bounds(ten), METRICS["bytes_sent"].bounds(ten)
        ((0.0, 10.0), (0.0, inf))
        """
        if self.kind != "quantity" or self.most == "one":
            return 0.0, 1.0
        known = {"robots": premises.robots(group), "slots": premises.slots, "stages": premises.stages}.get(self.most, 0)
        return 0.0, float(known) if known else math.inf

    def values(self, view: Replicates, *, group: Group | None = None, code: str = "") -> FloatArray:
        """Return the values in the order of `jobs`, NaN as `missing` defines.

        Raises
        ------
        UsageError
            If a table that it needs is not there, or no such group.
        """
        if group is None:
            return self.of_fleet(view, code)
        if self.of_group is None or group.kind not in self.groups:
            raise ValueError(f"{self.name} is not known by {group.kind}")
        return self.of_group(view, group, code)


_HIGHER = {"succeeded", "bytes_useful", "reachable"}
_NEITHER = {
    "breached",
    "peak_in_flight",
    "peak_bit_rate",
    "peak_downloads",
    "utilisation_peak",
    "utilisation_mean",
    "not_started",
    "converged_late",
    "stages_reached",
}


_ROBOTS = {
    "reachable",
    "succeeded",
    "failed",
    "not_started",
    "converged_late",
    "regressed",
    "overshoot",
    "peak_downloads",
    "left_down",
    "robots_exposed",
}
_OF_ALL = {"utilisation_peak", "utilisation_mean"}

#: Metrics that some jobs do not have: without a breach there is no overshoot, and without a limit nothing to use of it.
_UNDEFINED = {"overshoot", "peak_bit_rate", "saturated", *_OF_ALL}


def _job_column(name: str, view: Replicates, code: str) -> FloatArray:
    return view.column(name)


def _is(column: str, value: str, view: Replicates, code: str) -> FloatArray:
    return np.array(view.tables.jobs[column] == value, dtype=np.float64)


def _job_ended_with(view: Replicates, code: str) -> FloatArray:
    return _is("failure_code", code, view, code)


def _column_ratio(part: str, whole: str, view: Replicates, code: str) -> FloatArray:
    return ratio(view.column(part), view.column(whole))


def _failure_share(view: Replicates, code: str) -> FloatArray:
    return code_counts(view.tables).shares()[:, CODES.index(code)]


def _failure_share_of_group(view: Replicates, group: Group, code: str) -> FloatArray:
    return code_counts(view.tables).shares(group)[:, CODES.index(code)]


def _group_column(name: str, view: Replicates, group: Group, code: str) -> FloatArray:
    return view.group_column(group, name)


def _group_ratio(part: str, whole: str, view: Replicates, group: Group, code: str) -> FloatArray:
    return ratio(view.group_column(group, part), view.group_column(group, whole))


#: What `Metric` takes of groups.
OfGroup = tuple["Callable[[Replicates, Group, str], FloatArray] | None", tuple[GroupKind, ...]]


def _by_group(function: Callable[..., FloatArray], *columns: str) -> OfGroup:
    """Return a function of columns that the tables of some groups have as `jobs` has them for the fleet, and the kinds of these groups."""
    kinds = kinds_with(*columns)
    return partial(function, *columns) if kinds else None, kinds


def _columns() -> list[Metric]:
    """Return the numeric columns of `jobs` as metrics."""
    found = []
    for column in SCHEMA["jobs"]:
        if column.dtype not in ("int64", "float64") or column.name in ("replicate", "robots"):
            continue
        name = column.name.removesuffix("_" + column.unit.replace("/", "_per_")) if column.unit else column.name
        found.append(
            Metric(
                name,
                column.unit,
                _better(name),
                "quantity",
                "undefined" if name in _UNDEFINED else "never",
                column.meaning,
                partial(_job_column, column.name),
                *_by_group(_group_column, column.name),
                most=_most(name),
                formula=f"jobs.{column.name}",
            )
        )
    return found


def _most(name: str) -> Literal["", "robots", "slots", "stages", "one"]:
    if name in ("peak_in_flight", "stages_reached"):
        return "slots" if name == "peak_in_flight" else "stages"
    return "robots" if name in _ROBOTS else "one" if name in _OF_ALL else ""


def _better(name: str) -> Literal["lower", "higher", "neither"]:
    return "higher" if name in _HIGHER else "neither" if name in _NEITHER else "lower"


def _outcome_shares() -> list[Metric]:
    return [
        Metric(
            f"{name}_share",
            "",
            _better(name),
            "share",
            "undefined",
            f"The column `{name}` as a share of the robots.",
            partial(_column_ratio, name, "robots"),
            *_by_group(_group_ratio, name, "robots"),
            formula=f"jobs.{name} / jobs.robots",
        )
        for name in ("succeeded", "failed", "not_started", "converged_late", "regressed")
    ]


def _probability(
    name: str, better: str, meaning: str, values: Callable[[Replicates, str], FloatArray], formula: str, codes: tuple[str, ...] = ()
) -> Metric:
    direction = cast("Literal['lower', 'higher']", better)
    return Metric(name, "", direction, "probability", "undefined", meaning, values, codes=codes, formula=formula)


_ALL = [
    *_columns(),
    Metric(
        "downtime_per_robot",
        "s",
        "lower",
        "quantity",
        "undefined",
        "Time without a running application, per robot.",
        partial(_column_ratio, "downtime_s", "robots"),
        *_by_group(_group_ratio, "downtime_s", "robots"),
        formula="jobs.downtime_s / jobs.robots",
    ),
    _probability(
        "abort_probability",
        "lower",
        "Whether the job ended with FailureThresholdBreached.",
        partial(_is, "failure_code", "FailureThresholdBreached"),
        "jobs.failure_code = FailureThresholdBreached",
    ),
    _probability(
        "success_probability",
        "higher",
        "Whether the job ended as Succeeded.",
        partial(_is, "status", "Succeeded"),
        "jobs.status = Succeeded",
    ),
    _probability(
        "job_failure_probability", "lower", "Whether the job ended with the code.", _job_ended_with, "jobs.failure_code = CODE", JOB_CODES
    ),
    *_outcome_shares(),
    Metric(
        "failure_share",
        "",
        "lower",
        "share",
        "undefined",
        "Robots whose deployment ended with the code, as a share of the robots.",
        _failure_share,
        _failure_share_of_group,
        tuple(GROUP_TABLES),
        tuple(code for code in CODES if code not in JOB_ONLY_CODES),
        formula="failure_codes.count of the code / jobs.robots",
    ),
    Metric(
        "left_down_share",
        "",
        "lower",
        "share",
        "undefined",
        "Robots left without a running application, as a share of the robots.",
        partial(_column_ratio, "left_down", "robots"),
        formula="jobs.left_down / jobs.robots",
    ),
    Metric(
        "offline_share",
        "",
        "lower",
        "share",
        "undefined",
        "The part of the slots' time in which the robot was offline.",
        partial(_column_ratio, "slot_offline_s", "slot_s"),
        *_by_group(_group_ratio, "slot_offline_s", "slot_s"),
        formula="jobs.slot_offline_s / jobs.slot_s",
    ),
    Metric(
        "wasted_share",
        "",
        "lower",
        "share",
        "undefined",
        "The part of the bytes sent that was not useful.",
        partial(_column_ratio, "bytes_wasted", "bytes_sent"),
        formula="jobs.bytes_wasted / jobs.bytes_sent",
    ),
]

#: Which release a replicate drew; estimates of means are stratified by it.
BAD_RELEASE = _probability(
    "bad_release", "lower", "Whether the bad release was drawn.", partial(_is, "release", "bad"), "jobs.release = bad"
)

#: All metrics by name.
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
