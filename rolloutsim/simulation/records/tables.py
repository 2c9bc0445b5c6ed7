"""The result tables: one schema, from which the documentation is made and against which every table is validated.

Times are seconds since the job was created; the unit is in the column's name. "Never happened" is NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from rolloutsim.scenario.systems.statuses import NATIVE_STATUSES
from rolloutsim.vocabulary import CODES, ENDED_BY, JOB_STATUSES, PHASES, ROBOT_STATUSES, STEPS, STOPPED_BY

if TYPE_CHECKING:
    pass

__all__ = [
    "DETAILS",
    "GROUPS",
    "KEPT",
    "REACH",
    "SCHEMA",
    "Column",
    "Keep",
    "markdown",
    "row_bytes",
]

#: Shares of the fleet, in percent, whose time to be reached is a column of `jobs`.
REACH = (50, 90, 95, 99, 100)


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    name
        With the unit at its end, e.g. ``granted_s``.
    dtype
        ``int64``, ``float64``, ``bool``, or ``category``.
    unit
        SI unit, or an empty string.
    meaning
        One sentence.
    categories
        All values that a category can have, or None where they depend on the scenario (cohorts, sites).
    optional
        Whether the table of a scenario may lack it.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    categories: tuple[str, ...] | None = None
    optional: bool = False


def _reach(whose: str) -> list[Column]:
    meaning = f"First instant at which {{}} % of the {whose} (rounded up) are InSync, late ones included."
    return [Column(f"time_to_reach_{x}_s", "float64", "s", meaning.format(x)) for x in REACH]


def _reach_reachable() -> list[Column]:
    meaning = "The same for {} % of the robots that are online at some instant up to `observe`."
    return [Column(f"time_to_reach_{x}_reachable_s", "float64", "s", meaning.format(x)) for x in REACH]


_REPLICATE = Column("replicate", "int64", "", "Number of the replicate, from 0.")
_ROBOT = Column("robot", "int64", "", "Index of the robot in the fleet, as listed, from 0.")
_COHORT = Column("cohort", "category", "", "Name of the cohort.")
_SITE = Column("site", "category", "", "Name of the site.")
_CLASS = Column("class", "category", "", "Name of the class.")
_RELEASES = ("good", "bad")
_PHASE = Column("phase", "category", "", "Phase of the model; see `rolloutsim codes`.", PHASES)
_STEP = Column("step", "category", "", "RoboMaker's step for the phase, where it has one.", STEPS)
_CODE = Column("failure_code", "category", "", "Failure code, missing for a success or what never ran.", CODES)
_NATIVE = Column(
    "native_status",
    "category",
    "",
    "The status in the words of `deployment.system`; empty for RoboMaker, whose word is `status`.",
    NATIVE_STATUSES,
)

# The columns that jobs, cohorts, sites and classes share.
_OUTCOMES = (
    Column("succeeded", "int64", "", "Robots whose deployment ended InSync."),
    Column("failed", "int64", "", "Robots whose deployment ended with a failure code."),
    Column("not_started", "int64", "", "Robots that never got a slot."),
    Column("converged_late", "int64", "", "Failed robots that turned InSync after their timer, up to `observe`."),
    Column(
        "regressed",
        "int64",
        "",
        "Robots that turned InSync, late ones included, and failed after that, until the end of the job or up to `observe`.",
    ),
)
_BYTES_SENT = Column("bytes_sent", "float64", "B", "All bytes sent to robots.")
_TIMES = (
    Column("slot_s", "float64", "s", "Sum of the times for which slots were held."),
    Column("slot_offline_s", "float64", "s", "The part of it in which the robot was offline."),
    Column("downtime_s", "float64", "s", "Sum over robots of the time without a running application."),
)
_EXPOSED = Column("robots_exposed", "int64", "", "Robots that had got a slot when the job ended.")


def _of_group(name: Column, *labels: Column) -> tuple[Column, ...]:
    """Return the columns of a table with a row per replicate and group of robots."""
    robots = Column("robots", "int64", "", f"Robots of the {name.name}.")
    return (_REPLICATE, name, *labels, robots, *_OUTCOMES, *_reach(name.name), _EXPOSED, _BYTES_SENT, *_TIMES)


#: What is kept of replicates: the reduced tables; those and what the summary shows of the slots; everything.
Keep = Literal["jobs", "summary", "all"]

#: Quantities of `timeline` and `link_use`: what is sent to a cohort, to a site, and by the origin.
BIT_RATES = ("bit_rate", "site_bit_rate", "origin_bit_rate")

SCHEMA: dict[str, tuple[Column, ...]] = {
    "jobs": (
        _REPLICATE,
        Column("status", "category", "", "Terminal status of the job.", JOB_STATUSES),
        _CODE,
        _NATIVE,
        Column("release", "category", "", "Whether the bad release was drawn.", _RELEASES),
        Column(
            "sites_bad",
            "int64",
            "",
            "Sites at which the release is bad; only there if the scenario has `release.bad.sites`.",
            optional=True,
        ),
        Column("time_to_complete_s", "float64", "s", "From the job's creation to its terminal status, whatever that is."),
        Column("robots", "int64", "", "Robots of the fleet."),
        Column("reachable", "int64", "", "Robots that are online at some instant up to `observe`."),
        *_OUTCOMES,
        Column("breached_s", "float64", "s", "When the failure threshold was breached."),
        Column("overshoot", "float64", "", "Counted failures at the end minus at the breach."),
        *_reach("fleet"),
        *_reach_reachable(),
        Column("peak_in_flight", "int64", "", "Most slots held at one instant."),
        Column(
            "peak_bit_rate_bit_per_s",
            "float64",
            "bit/s",
            "Largest sum of the rates of simultaneous downloads; unlimited links do not count.",
        ),
        Column("peak_downloads", "int64", "", "Most simultaneous downloads; those over unlimited links take no time and do not count."),
        Column("utilisation_peak", "float64", "", "Largest used share of any limited link (site or origin); NaN if there is none."),
        Column(
            "utilisation_mean",
            "float64",
            "",
            "Used share, averaged from 0 to `time_to_complete_s`, of the limited link (site or origin) for which it is largest.",
        ),
        Column("saturated_s", "float64", "s", "Time for which at least one limited link (site or origin) was fully used."),
        _BYTES_SENT,
        Column("bytes_useful", "float64", "B", "Bundle size times robots that end InSync, late ones included."),
        Column("bytes_wasted", "float64", "B", "Bytes sent that were not useful."),
        *_TIMES,
        Column("left_down", "int64", "", "Robots left without a running application."),
        Column(
            "stages_reached",
            "int64",
            "",
            "Stages begun, from 1; a job without stages is one stage, and one that fails while preparing reaches none.",
        ),
        _EXPOSED,
        Column(
            "stopped_by",
            "category",
            "",
            "What stopped the job: a row of `rules.stop` or `rules.limits`, a gate, or a policy; only there if the scenario has such rows.",
            STOPPED_BY,
            optional=True,
        ),
    ),
    "cohorts": _of_group(
        _COHORT,
        _SITE._replace(meaning="Site of the cohort, missing without one; only there if the fleet has sites.", optional=True),
        _CLASS._replace(meaning="Class of the cohort; only there if the fleet has classes.", optional=True),
    ),
    "sites": (
        *_of_group(
            _SITE,
            Column(
                "release",
                "category",
                "",
                "Whether the release is bad at the site; only there if the scenario has `release.bad.sites`.",
                _RELEASES,
                optional=True,
            ),
        ),
        Column(
            "peak_bit_rate_bit_per_s",
            "float64",
            "bit/s",
            "Largest sum of the rates of simultaneous downloads at the site; NaN if neither its downlink nor the origin is limited.",
        ),
        Column("utilisation_peak", "float64", "", "Largest used share of the site's downlink; NaN without a limit."),
        Column(
            "utilisation_mean",
            "float64",
            "",
            "Used share of the site's downlink, averaged from 0 to the end of the job; NaN without a limit.",
        ),
    ),
    "classes": _of_group(_CLASS),
    "robots": (
        _REPLICATE,
        _ROBOT,
        _COHORT,
        _SITE._replace(meaning="Site of the cohort, missing without one."),
        Column("name", "category", "", "Name of the robot; only there if the fleet lists names.", optional=True),
        Column(
            "status",
            "category",
            "",
            "The deployment's verdict on the robot; a late convergence shows in `converged_s` only.",
            ROBOT_STATUSES,
        ),
        _CODE,
        _NATIVE,
        Column("ended_by", "category", "", "What ended the deployment to the robot; missing if it never started.", ENDED_BY),
        Column("phase", "category", "", "Last phase entered before the verdict.", PHASES),
        Column("step", "category", "", "RoboMaker's step for it, where it has one.", STEPS),
        Column("granted_s", "float64", "s", "When the robot got its slot (the last time, if it got more than one)."),
        Column("reached_s", "float64", "s", "When the agent's handshake was complete."),
        Column("finished_s", "float64", "s", "When work ended on the robot; the deadline, if it was stopped."),
        Column("reported_s", "float64", "s", "When the verdict was in the cloud and the slot was free."),
        Column("converged_s", "float64", "s", "When the robot turned InSync; after `reported_s` if late."),
        Column("regressed_s", "float64", "s", "When its failure after that was known, until the end of the job or up to `observe`."),
        Column("attempts", "int64", "", "Attempts begun, a late one included."),
        Column("bytes", "float64", "B", "Bytes sent to the robot in all attempts."),
        Column("slot_s", "float64", "s", "Time for which the robot held slots."),
        Column("offline_s", "float64", "s", "Time offline while holding a slot."),
        Column("downtime_s", "float64", "s", "Time without a running application."),
    ),
    "steps": (
        _REPLICATE,
        _ROBOT,
        Column("attempt", "int64", "", "Number of the attempt, from 0."),
        _PHASE,
        _STEP,
        Column("started_s", "float64", "s", "When the phase was entered."),
        Column("ended_s", "float64", "s", "When it was left."),
        _CODE,
    ),
    "timeline": (
        _REPLICATE,
        Column("t_s", "float64", "s", "From this instant on …"),
        Column(
            "quantity",
            "category",
            "",
            "… this quantity …",
            ("in_flight", "completed", "failed", *BIT_RATES),
        ),
        Column("cohort", "category", "", "… of this cohort (missing for what a site or the origin sends) …"),
        Column("site", "category", "", "… or of this site (missing also for its robots without a site) …"),
        Column(
            "value",
            "float64",
            "",
            "… has this value (robots, or bit/s). Bit rates have rows in recorded replicates only (`--record`). `bit_rate` is an average "
            "over each transfer, if that shares a link.",
        ),
    ),
    "link_use": (
        _REPLICATE,
        Column("quantity", "category", "", "Whose bit rate: that of a cohort, of a site or of the origin.", BIT_RATES),
        Column("cohort", "category", "", "Name of the cohort; missing for a site and the origin."),
        Column("site", "category", "", "Name of the site; missing also for its robots without a site."),
        Column(
            "t_s",
            "float64",
            "s",
            "Begin of the cell. At most 512 cells cover a job: they are 1 s wide, or twice as wide until they do. Without traffic: no row.",
        ),
        Column(
            "until_s", "float64", "s", "End of the cell. The last cell of a job ends with it; what is sent after that is in one more cell."
        ),
        Column("bytes", "float64", "B", "Bytes sent in the cell."),
        Column("peak_bit_per_s", "float64", "bit/s", "Largest bit rate in the cell."),
        Column("busy_s", "float64", "s", "Time in the cell in which anything is sent."),
        Column("saturated_s", "float64", "s", "Time in the cell in which all of the link's capacity is used; NaN without a limit."),
    ),
    "slot_time": (
        _REPLICATE,
        _PHASE,
        Column("slot_s", "float64", "s", "Sum of the times for which robots held slots in this phase; every phase has a row."),
    ),
    "failure_codes": (
        _REPLICATE,
        Column("level", "category", "", "Whose code it is.", ("job", "robot")),
        Column("cohort", "category", "", "Name of the cohort; missing for the job."),
        Column("code", "category", "", "Failure code; every code has a row, also with count 0.", CODES),
        Column("count", "int64", "", "Robots (or jobs) that ended with it."),
    ),
}

#: Tables with a row per replicate and group of cohorts, which are there if the fleet has such groups: what names a group.
GROUPS = {"sites": "site", "classes": "class"}

#: The other tables that are kept, by `Keep`.
KEPT: dict[Keep, tuple[str, ...]] = {"jobs": ("jobs", "cohorts", "failure_codes")}
KEPT["summary"] = (*KEPT["jobs"], "slot_time")
KEPT["all"] = tuple(name for name in SCHEMA if name not in GROUPS)

#: Tables that are kept on request only.
DETAILS = tuple(name for name in KEPT["all"] if name not in KEPT["jobs"])


def row_bytes(name: str) -> int:
    """Return the bytes of a row of a table in memory.

    Examples
    --------
    >>> row_bytes("slot_time")
    17
    """
    return sum(8 if column.dtype in ("int64", "float64") else 1 for column in SCHEMA[name] if not column.optional)


def markdown() -> str:
    """Return the documentation of all tables in Markdown, made from the schema."""
    parts = []
    for name, columns in SCHEMA.items():
        rows = [f"| `{c.name}` | {c.dtype} | {c.unit} | {c.meaning} |" for c in columns]
        parts.append("\n".join([f"## `{name}`", "", "| column | dtype | unit | meaning |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"
