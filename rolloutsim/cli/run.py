"""``rolloutsim run``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import click

from rolloutsim.cli.options import changed, json_option, set_option, tell_warnings, workers_option

__all__ = ["run"]


@click.command()
@click.argument("file", metavar="SCENARIO")
@click.option("--replicates", "-n", type=click.IntRange(min=1), help="How many replicates. [default: the scenario's]")
@click.option(
    "--seed", type=click.IntRange(0, 2**64 - 1), help="Seed of all draws. [default: the scenario's, or one is drawn and recorded]"
)
@click.option("--engine", type=click.Choice(["auto", "simpy", "compiled"]), default="auto", show_default=True, help="What runs the model.")
@click.option(
    "--tables",
    type=click.Choice(["auto", "all", "jobs"]),
    default="auto",
    show_default=True,
    help="Which tables to keep: all, or jobs (without robots, steps and timeline, so memory does not grow with the fleet); "
    "auto: all, up to 2,000,000 robots in all replicates.",
)
@workers_option
@set_option
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables, summary, manifest and plots.")
@click.option("--csv", is_flag=True, help="With --out: also write the tables as CSV.")
@json_option
def run(
    file: str,
    replicates: int | None,
    seed: int | None,
    engine: str,
    tables: Literal["auto", "all", "jobs"],
    workers: int | None,
    assignments: tuple[str, ...],
    out: Path | None,
    csv: bool,
    as_json: bool,
) -> None:
    """Simulate SCENARIO and print how long it takes and how it fails, each figure with its 95 % interval.

    Ctrl-C ends the simulation; the replicates that are done are evaluated and saved.
    """
    from rolloutsim.errors import StoreError, UsageError

    if csv and out is None:
        raise UsageError("--csv needs a folder to write to: add --out DIR")
    scenario = changed(file, assignments)
    tell_warnings(scenario)
    from rolloutsim.results import Results
    from rolloutsim.study import choose_tables, make_folder, run_replicates

    if out is not None:
        make_folder(out)  # now, not when hours of work are to be saved

    count = scenario.replicates if replicates is None else replicates
    kept = choose_tables(tables, scenario.robots * count)
    if kept == "jobs" != tables:
        click.echo(
            f"{count:,} replicates of {scenario.robots:,} robots: the tables robots, steps and timeline are not kept; "
            "--tables all keeps them",
            err=True,
        )
    with _progress(count) as progress:
        done = run_replicates(
            scenario,
            replicates=count,
            seed=seed,
            engine=engine,
            tables=kept,
            workers=workers,
            progress=progress,
            keep_on_interrupt=True,
        )
    results = Results(done.tables, done.manifest)
    if out is not None:
        results.save(out, csv=csv)
        try:
            results.plot.save(out)
        except OSError as error:
            raise StoreError(f"{out}: the plots cannot be written ({error.strerror or error}); tables and summary are there") from error
    if as_json:
        click.echo(json.dumps(results.summary().to_json(), indent=2, allow_nan=False, ensure_ascii=False))
    else:
        from rolloutsim.report import print_summary

        print_summary(results.summary())
    click.echo("seed {seed}, engine {engine}, rolloutsim {rolloutsim}".format_map(results.manifest), err=True)
    if out is not None:
        click.echo(f"tables, summary and plots are in {out}", err=True)
        if left_out := results.plot.left_out():
            click.echo(f"plots that need --tables all were left out: {', '.join(left_out)}", err=True)
    if done.interrupted:
        click.echo(
            f"interrupted after {len(results.jobs)} of {done.manifest['replicates']} replicates; these are shown"
            + (" and saved" if out else ""),
            err=True,
        )
        raise click.exceptions.Exit(130)
    if done.crashes:
        first = done.crashes[0]
        click.echo(
            f"{len(done.crashes)} of {done.manifest['replicates']} replicates crashed and are missing; "
            f"the first is replicate {first.replicate}: {first.type}: {first.message}"
            + (f"; the tracebacks are in {out / 'manifest.json'}" if out else ""),
            err=True,
        )
        raise click.exceptions.Exit(3)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("replicates"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replicates", total=total)
        yield lambda _: bar.advance(task)
