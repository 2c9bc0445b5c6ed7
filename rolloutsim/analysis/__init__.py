"""Evidence: from the result tables to numbers with intervals.

`estimates` turns one value per replicate into an estimate; `metrics` and `expressions` turn tables into such values by name; `codes`,
`curves`, `states`, `slots` and `links` analyse failures, time, the fleet, what held the slots, and shared links; `summary` answers the
usual questions together. `bounds` defines what is demanded of a metric, `deciding` whether it holds, `stopping` how many replicates
that takes, and `paired` how two scenarios differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.analysis.bounds import Check as Check
    from rolloutsim.analysis.bounds import Tolerance as Tolerance
    from rolloutsim.analysis.codes import CodeCounts as CodeCounts
    from rolloutsim.analysis.codes import CodeShare as CodeShare
    from rolloutsim.analysis.codes import code_counts as code_counts
    from rolloutsim.analysis.codes import code_shares as code_shares
    from rolloutsim.analysis.codes import job_code_shares as job_code_shares
    from rolloutsim.analysis.curves import CompletionCurve as CompletionCurve
    from rolloutsim.analysis.curves import Ecdf as Ecdf
    from rolloutsim.analysis.curves import completion_curve as completion_curve
    from rolloutsim.analysis.curves import ecdf as ecdf
    from rolloutsim.analysis.deciding import Verdict as Verdict
    from rolloutsim.analysis.deciding import decide as decide
    from rolloutsim.analysis.estimates import CONFIDENCE as CONFIDENCE
    from rolloutsim.analysis.estimates import Estimate as Estimate
    from rolloutsim.analysis.estimates import bootstrap as bootstrap
    from rolloutsim.analysis.estimates import mean as mean
    from rolloutsim.analysis.estimates import proportion as proportion
    from rolloutsim.analysis.estimates import quantile as quantile
    from rolloutsim.analysis.estimates import quantile_needs as quantile_needs
    from rolloutsim.analysis.estimates import share as share
    from rolloutsim.analysis.expressions import RELEASE as RELEASE
    from rolloutsim.analysis.expressions import Query as Query
    from rolloutsim.analysis.expressions import estimate as estimate
    from rolloutsim.analysis.expressions import estimate_row as estimate_row
    from rolloutsim.analysis.expressions import evaluate as evaluate
    from rolloutsim.analysis.expressions import least_replicates as least_replicates
    from rolloutsim.analysis.expressions import parse_metric as parse_metric
    from rolloutsim.analysis.expressions import parse_metrics as parse_metrics
    from rolloutsim.analysis.expressions import values as values
    from rolloutsim.analysis.group_summary import GroupLine as GroupLine
    from rolloutsim.analysis.group_summary import GroupSummary as GroupSummary
    from rolloutsim.analysis.groups import Group as Group
    from rolloutsim.analysis.groups import group_names as group_names
    from rolloutsim.analysis.links import LinkUse as LinkUse
    from rolloutsim.analysis.links import link_capacities as link_capacities
    from rolloutsim.analysis.links import link_use as link_use
    from rolloutsim.analysis.metrics import METRICS as METRICS
    from rolloutsim.analysis.metrics import Metric as Metric
    from rolloutsim.analysis.paired import Contrast as Contrast
    from rolloutsim.analysis.paired import Side as Side
    from rolloutsim.analysis.paired import contrast as contrast
    from rolloutsim.analysis.paired import holm as holm
    from rolloutsim.analysis.premises import UNKNOWN as UNKNOWN
    from rolloutsim.analysis.premises import Premises as Premises
    from rolloutsim.analysis.replicates import ResultTables as ResultTables
    from rolloutsim.analysis.slots import slot_shares as slot_shares
    from rolloutsim.analysis.states import STATES as STATES
    from rolloutsim.analysis.states import RobotStates as RobotStates
    from rolloutsim.analysis.states import robots_by_state as robots_by_state
    from rolloutsim.analysis.stopping import Reached as Reached
    from rolloutsim.analysis.stopping import first_look as first_look
    from rolloutsim.analysis.stopping import looks as looks
    from rolloutsim.analysis.stopping import reached as reached
    from rolloutsim.analysis.summary import CodeLine as CodeLine
    from rolloutsim.analysis.summary import LinkLoad as LinkLoad
    from rolloutsim.analysis.summary import OtherCodes as OtherCodes
    from rolloutsim.analysis.summary import Reach as Reach
    from rolloutsim.analysis.summary import Stages as Stages
    from rolloutsim.analysis.summary import Summary as Summary
    from rolloutsim.analysis.summary import summarize as summarize
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "bounds": ["Check", "Tolerance"],
            "codes": ["CodeCounts", "CodeShare", "code_counts", "code_shares", "job_code_shares"],
            "curves": ["CompletionCurve", "Ecdf", "completion_curve", "ecdf"],
            "deciding": ["Verdict", "decide"],
            "estimates": ["CONFIDENCE", "Estimate", "bootstrap", "mean", "proportion", "quantile", "quantile_needs", "share"],
            "expressions": [
                "Query",
                "RELEASE",
                "estimate",
                "estimate_row",
                "evaluate",
                "least_replicates",
                "parse_metric",
                "parse_metrics",
                "values",
            ],
            "group_summary": ["GroupLine", "GroupSummary"],
            "groups": ["Group", "group_names"],
            "links": ["LinkUse", "link_capacities", "link_use"],
            "metrics": ["METRICS", "Metric"],
            "paired": ["Contrast", "Side", "contrast", "holm"],
            "premises": ["Premises", "UNKNOWN"],
            "replicates": ["ResultTables"],
            "slots": ["slot_shares"],
            "states": ["RobotStates", "STATES", "robots_by_state"],
            "stopping": ["Reached", "first_look", "looks", "reached"],
            "summary": ["CodeLine", "LinkLoad", "OtherCodes", "Reach", "Stages", "Summary", "summarize"],
        },
    )
