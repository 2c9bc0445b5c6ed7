"""Evidence: from the result tables to numbers with intervals.

`estimates` turns one value a replicate into an estimate; `metrics` and `expressions` turn tables into such values by name; `codes`,
`curves` and `slots` look at failures, at time and at what held the slots; `summary` puts together what one asks first.
"""

from __future__ import annotations

from rolloutsim.analysis.codes import CodeCounts, CodeShare, code_counts, code_shares, job_code_shares
from rolloutsim.analysis.curves import CompletionCurve, Ecdf, completion_curve, ecdf
from rolloutsim.analysis.estimates import CONFIDENCE, Estimate, bootstrap, mean, proportion, quantile, quantile_needs, share
from rolloutsim.analysis.expressions import Query, evaluate, parse_metric, values
from rolloutsim.analysis.metrics import METRICS, Metric
from rolloutsim.analysis.replicates import ResultTables
from rolloutsim.analysis.slots import slot_shares
from rolloutsim.analysis.summary import CodeLine, OtherCodes, Reach, Stages, Summary, summarize

__all__ = [
    "CONFIDENCE",
    "METRICS",
    "CodeCounts",
    "CodeLine",
    "CodeShare",
    "CompletionCurve",
    "Ecdf",
    "Estimate",
    "Metric",
    "OtherCodes",
    "Query",
    "Reach",
    "ResultTables",
    "Stages",
    "Summary",
    "bootstrap",
    "code_counts",
    "code_shares",
    "completion_curve",
    "ecdf",
    "evaluate",
    "job_code_shares",
    "mean",
    "parse_metric",
    "proportion",
    "quantile",
    "quantile_needs",
    "share",
    "slot_shares",
    "summarize",
    "values",
]
