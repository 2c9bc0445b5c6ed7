"""Evidence: from the result tables to numbers with intervals.

`estimates` turns one value per replicate into an estimate; `metrics` and `expressions` turn tables into such values by name; `codes`,
`curves`, `states`, `slots` and `links` analyse failures, time, the fleet, what held the slots, and shared links; `summary` answers the
usual questions together. `bounds` defines what is demanded of a metric, `deciding` whether it holds, `stopping` how many replicates
that takes, and `paired` how two scenarios differ.
"""

from __future__ import annotations

from rolloutsim.analysis.bounds import Check, Tolerance
from rolloutsim.analysis.codes import CodeCounts, CodeShare, code_counts, code_shares, job_code_shares
from rolloutsim.analysis.curves import CompletionCurve, Ecdf, completion_curve, ecdf
from rolloutsim.analysis.deciding import Verdict, decide
from rolloutsim.analysis.estimates import CONFIDENCE, Estimate, bootstrap, mean, proportion, quantile, quantile_needs, share
from rolloutsim.analysis.expressions import (
    RELEASE,
    Query,
    estimate,
    estimate_row,
    evaluate,
    least_replicates,
    parse_metric,
    parse_metrics,
    values,
)
from rolloutsim.analysis.links import LinkUse, link_capacities, link_use
from rolloutsim.analysis.metrics import METRICS, Metric
from rolloutsim.analysis.paired import Contrast, Side, contrast, holm
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.replicates import ResultTables
from rolloutsim.analysis.slots import slot_shares
from rolloutsim.analysis.states import STATES, RobotStates, robots_by_state
from rolloutsim.analysis.stopping import Reached, first_look, looks, reached
from rolloutsim.analysis.summary import CodeLine, LinkLoad, OtherCodes, Reach, Stages, Summary, summarize

__all__ = [
    "CONFIDENCE",
    "METRICS",
    "RELEASE",
    "STATES",
    "UNKNOWN",
    "Check",
    "CodeCounts",
    "CodeLine",
    "CodeShare",
    "CompletionCurve",
    "Contrast",
    "Ecdf",
    "Estimate",
    "LinkLoad",
    "LinkUse",
    "Metric",
    "OtherCodes",
    "Premises",
    "Query",
    "Reach",
    "Reached",
    "ResultTables",
    "RobotStates",
    "Side",
    "Stages",
    "Summary",
    "Tolerance",
    "Verdict",
    "bootstrap",
    "code_counts",
    "code_shares",
    "completion_curve",
    "contrast",
    "decide",
    "ecdf",
    "estimate",
    "estimate_row",
    "evaluate",
    "first_look",
    "holm",
    "job_code_shares",
    "least_replicates",
    "link_capacities",
    "link_use",
    "looks",
    "mean",
    "parse_metric",
    "parse_metrics",
    "proportion",
    "quantile",
    "quantile_needs",
    "reached",
    "robots_by_state",
    "share",
    "slot_shares",
    "summarize",
    "values",
]
