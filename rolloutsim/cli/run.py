"""``rolloutsim run``."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from rolloutsim.cli.advice import advice_on
from rolloutsim.cli.completion import MetricText, ScenarioText
from rolloutsim.cli.options import executor_option, json_option, print_tolerance_notes, seed_option, set_option
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.progress import replicates_bar
from rolloutsim.cli.scenarios import for_option, load_scenario, print_warnings
from rolloutsim.cli.types import REPLICATES, PathOption
from rolloutsim.errors import StoreError, UsageError

if TYPE_CHECKING:
    from rolloutsim.cli.questions import Answers
    from rolloutsim.results import Results
    from rolloutsim.scenario import Scenario
    from rolloutsim.study import Comparison, ExecutorLike


def _record(ctx: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in text.split(",")):
        raise click.BadParameter(f"{text!r}: write numbers of replicates with commas between them, e.g. 0,7")
    return tuple(sorted({int(part) for part in text.split(",")}))


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option("--replicates", "-n", type=REPLICATES, help="Number of replicates. [default: the scenario's]")
@click.option(
    "--precision",
    metavar='"EXPR SIZE"',
    type=MetricText(),
    multiple=True,
    help='Run until the half-width of the 95 % interval is at most SIZE, e.g. "time_to_complete.p95 5%" (of the value) or '
    '"abort_probability 0.005"; may be repeated.',
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
    help="Which tables --out writes: all, or jobs (with cohorts and failure_codes), which takes the least work.",
)
@click.option(
    "--record",
    metavar="N,M…",
    callback=_record,
    help="With --out: replicates whose exact bit rates are in the timeline. [default: 0]",
)
@click.option(
    "--metric",
    "metrics",
    metavar="EXPR",
    type=MetricText(),
    multiple=True,
    help="Print this metric only, e.g. time_to_reach_95.p90; may be repeated.",
)
@click.option(
    "--by",
    metavar="TIME",
    help='Print the probability that --metric [default: time_to_complete] is reached by then: "06:00" by the local clock, or "8 h" after '
    "the start.",
)
@click.option(
    "--latest-start", is_flag=True, help="With --by: also find the latest start in the 24 h before that keeps it with at least 95 %."
)
@executor_option
@set_option
@click.option("--out", type=PathOption(), help="Folder for tables, summary, manifest and plots.")
@click.option("--overwrite", is_flag=True, help="With --out: remove the run that the folder holds; other files stay.")
@click.option("--csv", is_flag=True, help="With --out: also write the tables as CSV.")
@click.option("--details", is_flag=True, help="Print all rows of the summary, not only ten.")
@click.option(
    "--advise",
    is_flag=True,
    help="Also simulate at most three other settings with the same random numbers: without the robots that are never online, with half the "
    "robot timeout (or, if a site with a full link holds the slots, with sites that share them), with twice the rate on the fullest link.",
)
@json_option
def run(
    file: str,
    replicates: int | None,
    precision: tuple[str, ...],
    max_replicates: int | None,
    seed: int | None,
    engine: str,
    tables: Literal["all", "jobs"],
    record: tuple[int, ...] | None,
    metrics: tuple[str, ...],
    by: str | None,
    latest_start: bool,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    csv: bool,
    details: bool,
    advise: bool,
    as_json: bool,
) -> None:
    """Simulate SCENARIO and print what it means in a few sentences, then how long it takes and how it fails, each figure with its 95 %
    interval.

    With --out the tables are written while the run goes on. The same command resumes a run that was killed, extends one if you ask for more
    replicates, and else prints it again. Ctrl-C ends the simulation; the replicates that are done are evaluated and saved.

    \b
    Exits with the first of these that is true:
      130  interrupted
      3    some replicates crashed
      2    the scenario, an option or a path is wrong (nothing is simulated),
           or the results could not be written (the summary is shown)
      4    a --precision is not reached
      0    none of these
    """
    of_folder = {
        "--csv needs a folder to write to": csv,
        "--tables chooses what is written": tables != "all",
        "--record chooses what is written": record is not None,
        "--overwrite needs a folder": overwrite,
    }
    for why, given in of_folder.items():
        if given and out is None:
            raise UsageError(f"{why}: add --out DIR")
    if precision and replicates is not None:
        raise UsageError("--precision decides how many replicates there will be: leave out --replicates, or limit them by --max-replicates")
    if max_replicates is not None and not precision:
        raise UsageError('--max-replicates limits what --precision asks for: add e.g. --precision "time_to_complete.p95 5%"')
    scenario = load_scenario(file, assignments)
    print_warnings(scenario, options={"--by": () if by is None else (by,), "--precision": precision})
    from rolloutsim.cli.questions import Questions

    questions = Questions.parse(scenario, metrics, by, latest=latest_start)
    from rolloutsim.simulating import simulate
    from rolloutsim.study.precision import parse_tolerances
    from rolloutsim.study.store.saved_tables import SavedTables

    print_tolerance_notes(for_option("--precision", parse_tolerances)(scenario, precision))
    questions.check_reach(None if precision else replicates or scenario.replicates)
    with replicates_bar(None if precision else replicates or scenario.replicates) as progress:
        results = simulate(
            scenario,
            replicates=replicates,
            precision=precision,
            max_replicates=max_replicates,
            seed=seed,
            engine=engine,
            keep="summary" if out is None else tables,
            record=(0,) if record is None else record,
            executor=executor,
            progress=progress,
            out=out,
            overwrite=overwrite,
            keep_on_interrupt=True,
            notify=partial(echo, err=True),
        )
    unsaved = results.unsaved
    if out is not None and unsaved is None:
        try:
            if csv:
                SavedTables(out).write_csv()
            results.plot.save(out, redraw=False)
        except StoreError as error:
            unsaved = error
    found = questions.latest_start(replicates=len(results.jobs), seed=results.manifest["seed"], executor=executor)
    answers = questions.answers(results, found)
    advice = advice_on(scenario, results, executor) if advise else None
    if as_json:
        _print_json(results, answers, advice)
    else:
        _print_result(results, answers, _closing(scenario, results, file, assignments, advice, asked=advise), details=details)
    echo("seed {seed}, rolloutsim {rolloutsim}".format_map(results.manifest), err=True)
    if unsaved is not None:
        echo(str(unsaved), err=True)
    elif out is not None:
        echo(f"tables, summary and plots are in {out}", err=True)
        if left_out := results.plot.left_out():
            echo(f"plots that need all tables were left out: {', '.join(left_out)}", err=True)
    if results.interrupted:
        echo(
            f"interrupted after {len(results.jobs)} of {results.manifest['replicates']} replicates; these are shown"
            + (" and saved" if out and unsaved is None else ""),
            err=True,
        )
        raise click.exceptions.Exit(130)
    if results.crashes:
        first = results.crashes[0]
        echo(
            f"{len(results.crashes)} of {results.manifest['replicates']} replicates crashed and are missing; "
            f"the first is replicate {first.replicate}: {first.type}: {first.message}"
            + (f"; the tracebacks are in {out / 'manifest.json'}" if out else ""),
            err=True,
        )
        raise click.exceptions.Exit(3)
    if unsaved is not None:
        raise click.exceptions.Exit(unsaved.exit_code)
    if not all(reached.met for reached in results.precision):
        raise click.exceptions.Exit(4)


def _closing(
    scenario: Scenario, results: Results, file: str, assignments: tuple[str, ...], advice: Comparison | None, *, asked: bool
) -> tuple[str, ...]:
    """Return the last sentences of the headline: what was found of other settings, or the command to try next."""
    if advice is not None:
        from rolloutsim.report.study_headlines import advice_sentences

        return advice_sentences(advice)
    if asked:
        return ("None of the changes that --advise tries applies to this scenario.",)
    from rolloutsim.report.next_step import next_step

    step = next_step(results.summary(), scenario)
    options = [*step.options, *(part for assignment in assignments for part in ("--set", assignment))]
    return (f"{step.question} Try:", f"  {shlex.join(['rolloutsim', step.command, file, *options])}")


def _print_json(results: Results, answers: Answers, advice: Comparison | None) -> None:
    precision = {"precision": [each.to_json() for each in results.precision]} if results.precision else {}
    advised = {} if advice is None else {"advice": [alternative.to_json() for alternative in advice.alternatives]}
    echo_json(results.summary().to_json() | precision | advised | answers.to_json())


def _print_result(results: Results, answers: Answers, closing: tuple[str, ...], *, details: bool) -> None:
    from rolloutsim.report.headline import run_headline
    from rolloutsim.report.sections import heading
    from rolloutsim.report.terminal import NOTE, print_sections, print_summary
    from rolloutsim.report.verdicts import reached_line

    if answers.asked:
        print_sections(heading(results.summary()), NOTE, answers.sections())
    else:
        sentences = (*run_headline(results.summary(), results.scenario), *closing)
        print_summary(results.summary(), answers.clock, sentences=sentences, details=details)
    if results.precision:
        echo("\nPrecision", fg="cyan", bold=True)
    for reached in results.precision:
        echo(reached_line(reached))
