"""``rolloutsim sweep``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from rolloutsim.cli.numbers import MOST_SHARDS, REPLICATES, Count
from rolloutsim.cli.options import (
    changed,
    json_option,
    named,
    print_warnings,
    progress_bar,
    set_option,
    study_seed_option,
    tell_seed,
    tell_without_effect,
    where_options,
)
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.paths import PathOption

if TYPE_CHECKING:
    from rolloutsim.analysis import Estimate, Query
    from rolloutsim.study.execution.work import Done
    from rolloutsim.study.study import Study
    from rolloutsim.study.sweep import SweepPlan

__all__ = ["sweep"]

#: What the table shows by default.
METRICS = ("time_to_complete.p50", "time_to_complete.p95", "abort_probability")


def _shard(ctx: click.Context, option: click.Parameter, text: str) -> tuple[int, int]:
    number, slash, of = text.partition("/")
    from rolloutsim.scenario.reading.numbers import read_whole

    part, parts = read_whole(number), read_whole(of)
    if not slash or part is None or parts is None or not 1 <= part <= parts <= MOST_SHARDS:
        raise click.BadParameter(f"{text!r} is not I/N with I from 1 to N, and N at most {MOST_SHARDS:,}, e.g. 2/4")
    return part, parts


@click.command()
@click.argument("file", metavar="SCENARIO")
@click.option(
    "--lever",
    "levers",
    metavar="PATH=V1,V2…",
    multiple=True,
    help="A lever and its values, in addition to those of the scenario; may be repeated.",
)
@click.option(
    "--sample", "samples", type=Count(1, 1_000_000), default=16, show_default=True, help="Number of samples of the uncertainties."
)
@click.option(
    "--method",
    type=click.Choice(["lhs", "sobol", "random", "grid"]),
    default="lhs",
    show_default=True,
    help="How the uncertainties are sampled.",
)
@click.option("--replicates", "-n", type=REPLICATES, help="Number of replicates of each point. [default: the scenario's]")
@study_seed_option
@set_option
@click.option("--metric", "metrics", metavar="EXPR", multiple=True, help=f"Metric to show for each point. [default: {', '.join(METRICS)}]")
@click.option("--out", type=PathOption(), help="Folder for the results; finished work in it is not repeated.")
@where_options
@click.option(
    "--shard", metavar="I/N", default="1/1", callback=_shard, help="Simulate only this part of the replicates of each point; see combine."
)
@click.option("--dry-run", is_flag=True, help="Measure a sample and print what the whole sweep would cost.")
@json_option
def sweep(
    file: str,
    levers: tuple[str, ...],
    samples: int,
    method: Literal["lhs", "sobol", "random", "grid"],
    replicates: int | None,
    seed: int | None,
    assignments: tuple[str, ...],
    metrics: tuple[str, ...],
    out: Path | None,
    where: dict[str, Any],
    shard: tuple[int, int],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Simulate SCENARIO at every setting of its levers, each with the same samples of what is uncertain, and with the same luck.

    With --out the results are kept as they are finished: the same command goes on where it was interrupted, and does nothing when it is
    complete; more replicates or values compute only what is new.
    """
    from tempfile import TemporaryDirectory

    from rolloutsim.errors import Gathered, UsageError

    if shard[1] > 1 and out is None:
        raise UsageError("--shard needs a folder for its part of the results: add --out DIR")
    scenario = changed(file, assignments)
    print_warnings(scenario, notes=False)
    from rolloutsim.analysis import Premises, parse_metrics
    from rolloutsim.study import ExecutorSpec
    from rolloutsim.study.levers import parse_levers
    from rolloutsim.study.measuring import STUDY_SEED, refuse_quantiles
    from rolloutsim.study.study import Study
    from rolloutsim.study.sweep import plan_sweep, run_sweep

    shown = metrics or METRICS
    wrong = Gathered()
    queries = wrong.attempt(named("--metric", parse_metrics), shown, cohorts=[cohort.name for cohort in scenario.fleet])
    chosen = wrong.attempt(named("--lever", parse_levers), levers)
    plan = None
    if chosen is not None:
        plan = wrong.attempt(
            plan_sweep,
            scenario,
            levers=chosen,
            method=method,
            samples=samples,
            replicates=replicates,
            seed=seed,
            shard=shard,
            out=out,
        )
    if plan is not None and metrics and queries is not None:
        asked = list(zip(metrics, queries, strict=True))
        exact = all(Premises.of(each).exact for each in plan.scenarios.values())
        wrong.attempt(named("--metric", refuse_quantiles), asked, plan.definition.replicates, exact=exact)
    wrong.check()
    assert plan is not None
    if plan.seed == STUDY_SEED:
        tell_seed(scenario, seed)
    if dry_run:
        _tell_cost(plan, out, as_json=as_json)
        return
    with TemporaryDirectory() as temporary:
        folder = out or Path(temporary)
        done, watch = 0, _Watch(plan, shown)
        try:
            with progress_bar("replicates") as progress:
                for missing, finished in run_sweep(plan, folder, where=ExecutorSpec(**where), notify=partial(echo, err=True)):
                    done += sum(len(request.replicates) for request, _ in finished.chunks)
                    if progress is not None:
                        progress(done, missing, watch(finished, last=done == missing))
            _print_result(Study(folder), shown, as_json=as_json, out=out)
        except KeyboardInterrupt:
            if out is None:
                raise
            echo(f"interrupted; what is done is in {out}, and the same command goes on from there", err=True)
            raise click.exceptions.Exit(130) from None


class _Watch:
    """The lines below the bar: the watched metrics of the latest point, with their intervals so far.

    Parameters
    ----------
    plan
        The sweep.
    metrics
        Expressions.
    """

    def __init__(self, plan: SweepPlan, metrics: Sequence[str]) -> None:
        from rolloutsim.analysis import Premises, parse_metric
        from rolloutsim.study.measuring import Sample

        self._queries = [parse_metric(metric) for metric in metrics]
        self._points = {id(scenario): plan.definition.fingerprints.index(name) for name, scenario in plan.scenarios.items()}
        self._samples = {self._points[id(each)]: Sample(self._queries, Premises.of(each)) for each in plan.scenarios.values()}
        self._told, self._lines = 0.0, [""]

    def __call__(self, finished: Done, *, last: bool) -> list[str]:
        """Take in a finished task and return the lines; they change once per second, and for the last task."""
        for request, chunk in finished.chunks:
            point = self._points[id(request.scenario)]
            self._samples[point].take(chunk.tables)
        now = time.monotonic()
        if last or now - self._told > 1.0:  # estimates cost more than a bar
            self._lines = [self._line(point, query) for query in self._queries]
            self._told = now
        return self._lines

    def _line(self, point: int, query: Query) -> str:
        return f"point {point}: {_estimate_text(query, self._samples[point].estimate(query))}"


#: How long a sample of each point takes, in seconds, before the rest is estimated by it.
_SAMPLE_S = 0.2


def _tell_cost(plan: SweepPlan, out: Path | None, *, as_json: bool) -> None:
    """Measure some replicates of a few points and print what all missing ones will cost."""
    from rolloutsim.study.execution.chunk import run_chunk
    from rolloutsim.study.store.store_reader import Contents

    left = plan.missing(None if out is None else Contents(out, lambda *_: None))
    work, missing = sum(request.size for request in left), sum(len(request.replicates) for request in left)
    measured, size, seconds = 0, 0, 0.0
    for number, (scenario, _, replicates) in enumerate(left[:: max(1, len(left) // 3)][:3]):
        if not number:
            run_chunk(scenario, 0, range(1), work=work)  # whatever is loaded or compiled once
        count, spent = 0, 0.0
        while spent < _SAMPLE_S and count < len(replicates):  # more and more, because every batch has its costs
            count = min(2 * count or 1, len(replicates))
            begun = time.perf_counter()
            run_chunk(scenario, 0, range(count), work=work)
            spent = time.perf_counter() - begun
        measured, size, seconds = measured + count, size + count * scenario.robots, seconds + spent
    seconds *= work / max(size, 1)
    points, wanted = len(plan.scenarios), len(plan.scenarios) * len(plan.shard)
    if as_json:
        cost = {"points": points, "replicates": wanted, "missing": missing, "robot_deployments": work, "core_hours": seconds / 3600}
        echo_json(cost)
        return
    there = f", of which {wanted - missing:,} are there" if missing < wanted else ""
    echo(f"{points:,} points x {len(plan.shard):,} replicates = {wanted:,}{there}; {work:,} robot-deployments")
    echo(f"about {seconds / 3600:.2g} core-hours ({seconds:,.0f} s on one core), by {measured:,} replicates that were measured")


def _print_result(study: Study, metrics: tuple[str, ...], *, as_json: bool, out: Path | None) -> None:
    from rolloutsim.analysis.estimates import plain

    frame = study.frame(*metrics)
    crashes, idle = len(study.crashes), study.without_effect
    if as_json:
        rows = [
            {key: plain(value) if isinstance(value, float) else value for key, value in row.items()} for row in frame.to_dict("records")
        ]
        told = {"estimates": rows, "units": study.units, "without_effect": idle, "crashes": crashes}
        echo_json(told, default=str)
    else:
        from rolloutsim.report.sweep_sections import sweep_heading, sweep_sections
        from rolloutsim.report.terminal import print_sections

        print_sections(*sweep_heading(study), sweep_sections(study, metrics, frame))
    tell_without_effect(idle, "the jobs")
    if out is not None:
        echo(f"points, jobs, cohorts and failure_codes are in {out}", err=True)
    if crashes:
        echo(f"{crashes} replicates crashed and are missing; crashes.parquet has why", err=True)
        raise click.exceptions.Exit(3)


def _estimate_text(query: Query, estimate: Estimate) -> str:
    from rolloutsim.report.sections import estimate_row

    row = estimate_row(query, estimate, str(query))
    return f"{row.label:<34} {row.value:>10} {row.interval:<18} {row.evidence}"
