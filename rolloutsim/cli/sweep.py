"""``rolloutsim sweep``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from rolloutsim.cli.completion import MetricText, PathText, ScenarioText
from rolloutsim.cli.options import print_seed_note, print_without_effect, study_options
from rolloutsim.cli.output import echo, echo_json, fold
from rolloutsim.cli.progress import progress_bar
from rolloutsim.cli.scenarios import for_option, load_scenario, print_warnings
from rolloutsim.cli.types import MOST_SHARDS, REPLICATES, Count
from rolloutsim.errors import Gathered, UsageError

if TYPE_CHECKING:
    from rolloutsim.analysis import Estimate, Query
    from rolloutsim.study import ExecutorLike
    from rolloutsim.study.execution.work import Done
    from rolloutsim.study.study import Study
    from rolloutsim.study.sweep import SweepPlan

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
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option(
    "--lever",
    "levers",
    metavar="PATH=V1,V2…",
    type=PathText(),
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
    help="How uncertainties are sampled.",
)
@click.option("--replicates", "-n", type=REPLICATES, help="Replicates of each point. [default: the scenario's]")
@click.option(
    "--metric",
    "metrics",
    metavar="EXPR",
    type=MetricText(),
    multiple=True,
    help=f"Metric in the table; may be repeated. [default: {', '.join(METRICS)}]",
)
@click.option(
    "--shard", metavar="I/N", default="1/1", callback=_shard, help="Simulate only this part of the replicates of each point; see combine."
)
@click.option("--dry-run", is_flag=True, help="Measure a sample and estimate the cost of the whole.")
@study_options(out="Folder for the results; what is there is not simulated again.")
def sweep(
    file: str,
    levers: tuple[str, ...],
    samples: int,
    method: Literal["lhs", "sobol", "random", "grid"],
    replicates: int | None,
    metrics: tuple[str, ...],
    shard: tuple[int, int],
    dry_run: bool,
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Simulate SCENARIO at every setting of its levers, each with the same samples of what is uncertain and the same random numbers.

    With --out the results are saved as they finish: the same command goes on where it was interrupted, and does nothing when it is
    complete. With more replicates or values it simulates only what is new.
    """
    from tempfile import TemporaryDirectory

    if shard[1] > 1 and out is None:
        raise UsageError("--shard needs a folder for its part of the results: add --out DIR")
    scenario = load_scenario(file, assignments)
    print_warnings(scenario, options={"--lever": levers}, notes=False)
    from rolloutsim.analysis import Premises, group_names, parse_metrics
    from rolloutsim.study.context import STUDY_SEED
    from rolloutsim.study.measuring import refuse_quantiles
    from rolloutsim.study.settings import parse_levers
    from rolloutsim.study.study import Study
    from rolloutsim.study.sweep import plan_sweep, run_sweep

    shown = metrics or METRICS
    wrong = Gathered()
    queries = wrong.attempt(for_option("--metric", parse_metrics), shown, groups=group_names(scenario))
    chosen = wrong.attempt(for_option("--lever", parse_levers), levers)
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
        wrong.attempt(for_option("--metric", refuse_quantiles), asked, plan.definition.replicates, exact=exact)
    wrong.check()
    assert plan is not None
    if plan.seed == STUDY_SEED:
        print_seed_note(scenario, seed)
    if dry_run:
        _print_cost(plan, out, as_json=as_json)
        return
    with TemporaryDirectory() as temporary:
        folder = out or Path(temporary)
        done, estimates = 0, _LiveEstimates(plan, shown)
        try:
            with progress_bar("replicates") as progress:
                for missing, finished in run_sweep(plan, folder, executor=executor, notify=partial(echo, err=True)):
                    done += sum(len(request.replicates) for request, _ in finished)
                    if progress is not None:
                        progress(done, missing, estimates(finished, last=done == missing))
            _print_result(Study(folder), shown, as_json=as_json, out=out)
        except KeyboardInterrupt:
            if out is None:
                raise
            echo(f"interrupted; what is done is in {out}, and the same command goes on from there", err=True)
            raise click.exceptions.Exit(130) from None


class _LiveEstimates:
    """Lines below the progress bar: metrics of the point that was simulated last, with their intervals so far.

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
        self._points = [plan.definition.fingerprints.index(fingerprint) for fingerprint in plan.scenarios]
        self._samples = [Sample(self._queries, Premises.of(each)) for each in plan.scenarios.values()]
        self._shown, self._lines = 0.0, [""]

    def __call__(self, finished: Done, *, last: bool) -> list[str]:
        """Add a finished task and return the lines; they change every second, and for the last task."""
        for request, outcomes in finished:
            self._samples[request.key].take(outcomes.tables())
        now = time.monotonic()
        if last or now - self._shown > 1.0:  # estimates cost more than a bar
            self._lines = [self._line(finished[-1][0].key, query) for query in self._queries]
            self._shown = now
        return self._lines

    def _line(self, key: int, query: Query) -> str:
        return f"point {self._points[key]}: {_estimate_text(query, self._samples[key].estimate(query))}"


#: How long a sample of each point takes, in seconds, before the rest is estimated by it.
_SAMPLE_S = 0.2


def _print_cost(plan: SweepPlan, out: Path | None, *, as_json: bool) -> None:
    """Measure some replicates of a few points and print what everything that is missing will take."""
    from rolloutsim.study.execution.chunk import run_chunk
    from rolloutsim.study.store.store_reader import Contents

    left = plan.missing(None if out is None else Contents(out, lambda *_: None))
    work, missing = sum(request.size for request in left), sum(len(request.replicates) for request in left)
    run = partial(run_chunk, engine=plan.context(left).engine, work=work)
    measured, size, seconds = 0, 0, 0.0
    for number, request in enumerate(left[:: max(1, len(left) // 3)][:3]):
        if not number:
            run(request.scenario, 0, range(1))  # whatever is loaded or compiled once
        count, spent = 0, 0.0
        while spent < _SAMPLE_S and count < len(request.replicates):  # more and more, because every chunk has its costs
            count = min(2 * count or 1, len(request.replicates))
            begun = time.perf_counter()
            run(request.scenario, 0, range(count))
            spent = time.perf_counter() - begun
        measured, size, seconds = measured + count, size + count * request.scenario.robots, seconds + spent
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
        echo_json({"estimates": rows, "units": study.units, "without_effect": idle, "crashes": crashes}, default=str)
    else:
        from rolloutsim.report.sweep_headline import sweep_headline
        from rolloutsim.report.sweep_sections import sweep_lines

        for line in sweep_lines(study, metrics, frame, sweep_headline(study, frame)):
            echo(fold(line, "    "))
    print_without_effect(idle, "the jobs")
    if out is not None:
        from rolloutsim.report.studies import save_sweep

        save_sweep(frame, out)
        echo(f"points, jobs, cohorts, failure_codes and plots are in {out}", err=True)
    if crashes:
        echo(f"{crashes} replicates crashed and are missing; crashes.parquet has why", err=True)
        raise click.exceptions.Exit(3)


def _estimate_text(query: Query, estimate: Estimate) -> str:
    from rolloutsim.report.rows import estimate_row

    row = estimate_row(query, estimate, str(query))
    return f"{row.label:<34} {row.value:>10} {row.interval:<18} {row.evidence}"
