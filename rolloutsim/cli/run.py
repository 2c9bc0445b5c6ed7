"""``rolloutsim run``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from rolloutsim.cli.numbers import REPLICATES
from rolloutsim.cli.options import (
    changed,
    json_option,
    named,
    print_warnings,
    replicates_bar,
    seed_option,
    set_option,
    tell_notes,
    where_options,
)
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.paths import PathOption

if TYPE_CHECKING:
    from rolloutsim.simulation.records.tables import Keep

__all__ = ["run"]


def _record(ctx: click.Context, option: click.Parameter, text: str) -> tuple[int, ...]:
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in text.split(",")):
        raise click.BadParameter(f"{text!r}: write numbers of replicates with commas between them, e.g. 0,7")
    return tuple(sorted({int(part) for part in text.split(",")}))


def pictures_and_csv() -> list[str]:
    """Return the names of the files in the folder of a run that are made of its tables, and that nothing reads."""
    from rolloutsim.report import PLOTS
    from rolloutsim.simulation.records.tables import SCHEMA

    return [*(f"{name}.png" for name in PLOTS), *(f"{name}.csv" for name in SCHEMA)]


@click.command()
@click.argument("file", metavar="SCENARIO")
@click.option("--replicates", "-n", type=REPLICATES, help="Number of replicates. [default: the scenario's]")
@click.option(
    "--precision",
    metavar='"EXPR SIZE"',
    multiple=True,
    help='Run until the half-width of the 95 % interval is at most this, e.g. "time_to_complete.p95 5%" or "abort_probability 0.005"; '
    "may be repeated.",
)
@click.option(
    "--max-replicates", type=REPLICATES, help="With --precision: largest number of replicates. [default: ten times the scenario's]"
)
@seed_option
@click.option(
    "--engine",
    type=click.Choice(["auto", "simpy", "compiled"]),
    default="auto",
    show_default=True,
    help="Engine that runs the model; results are identical.",
)
@click.option(
    "--tables",
    type=click.Choice(["all", "jobs"]),
    default="all",
    show_default=True,
    help="Tables that --out writes: all, or jobs (jobs, cohorts and failure_codes), which is the least work.",
)
@click.option(
    "--record",
    metavar="N,M…",
    default="0",
    show_default=True,
    callback=_record,
    help="Replicates for which the timeline holds exact bit rates.",
)
@where_options
@set_option
@click.option("--out", type=PathOption(), help="Folder for tables, summary, manifest and plots.")
@click.option("--overwrite", is_flag=True, help="With --out: remove the run that the folder holds; other files stay.")
@click.option("--csv", is_flag=True, help="With --out: also write the tables as CSV.")
@json_option
def run(
    file: str,
    replicates: int | None,
    precision: tuple[str, ...],
    max_replicates: int | None,
    seed: int | None,
    engine: str,
    tables: Literal["all", "jobs"],
    record: tuple[int, ...],
    where: dict[str, Any],
    assignments: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    csv: bool,
    as_json: bool,
) -> None:
    """Simulate SCENARIO and print how long it takes and how it fails, each figure with its 95 % interval.

    With --out the tables are written while the run goes on. The same command resumes a run that was killed, extends one if more replicates
    are asked for, and else prints it again. Ctrl-C ends the simulation; the replicates that are done are evaluated and saved. Exits with 4
    if a --precision is not reached.
    """
    from rolloutsim.errors import StoreError, UsageError

    if csv and out is None:
        raise UsageError("--csv needs a folder to write to: add --out DIR")
    if overwrite and out is None:
        raise UsageError("--overwrite is about a folder: add --out DIR")
    if precision and replicates is not None:
        raise UsageError("--precision decides how many replicates there will be: leave out --replicates, or limit them by --max-replicates")
    if max_replicates is not None and not precision:
        raise UsageError('--max-replicates limits what --precision asks for: add e.g. --precision "time_to_complete.p95 5%"')
    scenario = changed(file, assignments)
    print_warnings(scenario)
    from rolloutsim.results import Results
    from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
    from rolloutsim.study import ExecutorSpec, SavedTables, run_into, run_replicates, run_to_precision
    from rolloutsim.study.precision import MORE_AT_MOST, parse_tolerances

    tell_notes(named("--precision", parse_tolerances)(scenario, precision))
    count = scenario.replicates if replicates is None else replicates
    most = (max_replicates or MORE_AT_MOST * scenario.replicates) if precision else count
    choice = choose_engine(engine, estimate_work(scenario, most))
    echo(f"engine {choice.engine}: {choice.why}", err=True)
    with replicates_bar(None if precision else count) as progress:
        common: dict[str, Any] = {
            "seed": seed,
            "engine": choice.engine,
            "record": record,
            "progress": progress,
            "where": ExecutorSpec(**where),
        }
        printed: Keep = "jobs" if tables == "jobs" else "summary"
        if out is not None:
            common |= {"keep": tables, "overwrite": overwrite, "stale": pictures_and_csv(), "notify": partial(echo, err=True)}
            wanted: dict[str, Any] = {"precision": precision, "max_replicates": most} if precision else {"replicates": count}
            done = run_into(out, scenario, **wanted, **common)
        elif precision:
            done = run_to_precision(scenario, precision, max_replicates=most, keep=printed, keep_on_interrupt=True, **common)
        else:
            done = run_replicates(scenario, replicates=count, keep=printed, keep_on_interrupt=True, **common)
    results = Results(done.tables, done.manifest)
    unsaved = done.unsaved
    if out is not None and unsaved is None:
        try:
            if csv:
                SavedTables(out).write_csv()
            results.plot.save(out, redraw=False)
        except StoreError as error:
            unsaved = error
    if as_json:
        told = results.summary().to_json() | ({"precision": [each.to_json() for each in done.precision]} if precision else {})
        echo_json(told)
    else:
        from rolloutsim.report import print_summary
        from rolloutsim.report.verdicts import reached_line

        print_summary(results.summary())
        if precision:
            echo("\nPrecision", fg="cyan", bold=True)
        for reached in done.precision:
            echo(reached_line(reached))
    echo("seed {seed}, rolloutsim {rolloutsim}".format_map(results.manifest), err=True)
    if unsaved is not None:
        echo(str(unsaved), err=True)
    elif out is not None:
        echo(f"tables, summary and plots are in {out}", err=True)
        if left_out := results.plot.left_out():
            echo(f"plots that need all tables were left out: {', '.join(left_out)}", err=True)
    if done.interrupted:
        echo(
            f"interrupted after {len(results.jobs)} of {done.manifest['replicates']} replicates; these are shown"
            + (" and saved" if out and unsaved is None else ""),
            err=True,
        )
        raise click.exceptions.Exit(130)
    if done.crashes:
        first = done.crashes[0]
        echo(
            f"{len(done.crashes)} of {done.manifest['replicates']} replicates crashed and are missing; "
            f"the first is replicate {first.replicate}: {first.type}: {first.message}"
            + (f"; the tracebacks are in {out / 'manifest.json'}" if out else ""),
            err=True,
        )
        raise click.exceptions.Exit(3)
    if unsaved is not None:
        raise click.exceptions.Exit(unsaved.exit_code)
    if not all(reached.met for reached in done.precision):
        raise click.exceptions.Exit(4)
