"""``rolloutsim metrics``."""

from __future__ import annotations

import click

from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json, wrap


@click.command()
@json_option
def metrics(as_json: bool) -> None:
    """List the metrics of which expressions are made, e.g. time_to_reach_95[courier].p90: a metric, conditions, a statistic.

    \b
    Conditions:  [good] [bad]  the release; [succeeded] [failed] [canceled]  the job;
                 [NAME]  the robots of a cohort; [site=NAME]  at a site; [class=NAME]  of a class
    Statistics:  .mean  .p50  .p95 …, of a probability .probability
    """
    from rolloutsim.analysis.metrics import METRICS
    from rolloutsim.scenario.reading.quantities import words

    if as_json:
        rows = [
            {"metric": metric.name, "unit": metric.unit, "kind": metric.kind, "better": metric.better, "missing": metric.missing}
            | {"groups": metric.groups, "codes": metric.codes, "meaning": metric.meaning}
            for metric in METRICS.values()
        ]
        echo_json(rows)
        return
    for metric in METRICS.values():
        name = metric.name + ("[CODE]" if metric.codes else "")
        about = [metric.unit or metric.kind, *([f"by {words(metric.groups)}"] if metric.groups else [])]
        echo(name, nl=False, bold=True)
        echo(f"  ({', '.join(about)})")
        echo(wrap(metric.meaning, "    "))
