"""``rolloutsim compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rolloutsim.cli.check import EXIT_CODES
from rolloutsim.cli.completion import MetricText, PathText, ScenarioText
from rolloutsim.cli.options import print_seed_note, print_tolerance_notes, study_options
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.progress import replicates_bar
from rolloutsim.cli.scenarios import load_scenarios, naming_options, print_warnings, with_changes
from rolloutsim.cli.types import REPLICATES, PathOption
from rolloutsim.errors import UsageError

if TYPE_CHECKING:
    from rolloutsim.study import ExecutorLike


@click.command()
@click.argument("files", metavar="SCENARIO...", nargs=-1, required=True, type=ScenarioText())
@click.option(
    "--metric",
    "metrics",
    metavar="EXPR",
    type=MetricText(),
    multiple=True,
    help="What to compare, e.g. time_to_complete.p95; may be repeated.",
)
@click.option("--replicates", "-n", type=REPLICATES, help="Replicates of each scenario. [default: the reference's]")
@click.option(
    "--fail-if-worse",
    metavar='"EXPR SIZE"',
    type=MetricText(),
    multiple=True,
    help='Exit with 1 if a metric is worse by more, e.g. "time_to_complete.p95 5%" (of the reference) or "abort_probability 0.01"; may be '
    "repeated.",
)
@click.option("--baseline", type=PathOption(), metavar="DIR", help="Compare with the results in a folder of run --out.")
@click.option(
    "--against",
    metavar="PATH=VALUE",
    type=PathText(),
    multiple=True,
    help="Compare SCENARIO with itself after this change, e.g. --against rules.dispatch=batch; repeat it to change more at once.",
)
@study_options()
def compare(
    files: tuple[str, ...],
    metrics: tuple[str, ...],
    replicates: int | None,
    fail_if_worse: tuple[str, ...],
    baseline: Path | None,
    against: tuple[str, ...],
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare scenarios with the first one, with a saved result, or one scenario with itself after a change
    (--against): all use the same random numbers, and are compared replicate by replicate. --set changes all of them.

    \b
    Exits with the first of these that is true:
      2  a scenario or a metric is wrong (nothing is simulated)
      3  some replicates crashed
      1  a metric of --fail-if-worse is worse by more than that, and significantly so
      4  a metric of --fail-if-worse cannot be estimated
      0  none of these
    """
    scenarios = load_scenarios(files, assignments)
    if against:
        if len(scenarios) > 1 or baseline is not None:
            raise UsageError("--against makes the second scenario of the first one: name one scenario, and no --baseline")
        scenarios.append(with_changes(scenarios[0], against))
    print_warnings(*scenarios, options={"--fail-if-worse": fail_if_worse}, notes=False)
    if baseline is None:
        print_seed_note(scenarios[0], seed)
    from rolloutsim.study import compare as study

    count = replicates or scenarios[0].replicates
    options = {"--metric": metrics, "--fail-if-worse": fail_if_worse}
    with naming_options(options), replicates_bar(None if baseline else count * len(scenarios)) as progress:
        found = study(
            *scenarios,
            metrics=metrics,
            fail_if_worse=fail_if_worse,
            baseline=baseline,
            replicates=replicates,
            seed=seed,
            progress=progress,
            executor=executor,
        )
    print_tolerance_notes(gate.tolerance for gate in found.alternatives[0].gates)
    if as_json:
        echo_json(found.to_json())
    else:
        from rolloutsim.report.comparison_sections import comparison_heading, comparison_sections
        from rolloutsim.report.study_headlines import comparison_headline
        from rolloutsim.report.terminal import print_sections

        heading = comparison_heading(found, assignments, "all" if baseline is None else "the others")
        print_sections(*heading, comparison_sections(found), sentences=comparison_headline(found))
    for name, crashes in [(found.reference, found.crashes), *((each.name, each.crashes) for each in found.alternatives)]:
        if crashes:
            echo(
                f"{name}: {len(crashes)} replicates crashed and are missing; the first is replicate {crashes[0].replicate}: "
                f"{crashes[0].type}: {crashes[0].message}",
                err=True,
            )
    raise click.exceptions.Exit(EXIT_CODES[found.outcome])
