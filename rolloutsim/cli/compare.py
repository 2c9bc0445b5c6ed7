"""``rolloutsim compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rolloutsim.cli.check import EXIT_CODES
from rolloutsim.cli.numbers import REPLICATES
from rolloutsim.cli.options import (
    all_changed,
    changed_again,
    json_option,
    naming,
    print_warnings,
    replicates_bar,
    set_option,
    study_seed_option,
    tell_notes,
    tell_seed,
    where_options,
)
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.paths import PathOption

__all__ = ["compare"]


@click.command()
@click.argument("files", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--metric", "metrics", metavar="EXPR", multiple=True, help="Metric to compare, e.g. time_to_complete.p95; may be repeated.")
@click.option("--replicates", "-n", type=REPLICATES, help="Number of replicates of each. [default: the reference's]")
@study_seed_option
@where_options
@click.option(
    "--fail-if-worse",
    metavar='"EXPR SIZE"',
    multiple=True,
    help='Exit with 1 if a metric is worse by more, e.g. "time_to_complete.p95 5%" (of the reference) or "abort_probability 0.01"; may be '
    "repeated.",
)
@click.option("--baseline", type=PathOption(), metavar="DIR", help="Compare with the results in a folder of run --out.")
@click.option(
    "--against",
    metavar="PATH=VALUE",
    multiple=True,
    help="Compare SCENARIO with itself after this change, e.g. --against rules.dispatch=batch; may be repeated.",
)
@set_option
@json_option
def compare(
    files: tuple[str, ...],
    metrics: tuple[str, ...],
    replicates: int | None,
    seed: int | None,
    where: dict[str, Any],
    fail_if_worse: tuple[str, ...],
    baseline: Path | None,
    against: tuple[str, ...],
    assignments: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare scenarios with the first one, with a saved result, or one scenario with itself after a change
    (--against): all have the same luck, and are compared replicate by replicate. --set changes all of them.

    \b
    Exits with the first of these that is true:
      2  a scenario or a metric is wrong (nothing is simulated)
      3  some replicates crashed
      1  a metric of --fail-if-worse is worse by more than that, and significantly so
      4  a metric of --fail-if-worse cannot be estimated
      0  none of these
    """
    from rolloutsim.errors import UsageError

    scenarios = all_changed(files, assignments)
    if against:
        if len(scenarios) > 1 or baseline is not None:
            raise UsageError("--against makes the second scenario of the first one: name one scenario, and no --baseline")
        scenarios.append(changed_again(scenarios[0], against))
    for scenario in scenarios:
        print_warnings(scenario, notes=False)
    if baseline is None:
        tell_seed(scenarios[0], seed)
    from rolloutsim.study import compare as study

    count = replicates or scenarios[0].replicates
    options = {"--metric": metrics, "--fail-if-worse": fail_if_worse}
    with naming(options), replicates_bar(None if baseline else count * len(scenarios)) as progress:
        found = study(
            *scenarios,
            metrics=metrics,
            fail_if_worse=fail_if_worse,
            baseline=baseline,
            replicates=replicates,
            seed=seed,
            progress=progress,
            **where,
        )
    tell_notes(gate.tolerance for gate in found.alternatives[0].gates)
    if as_json:
        echo_json(found.to_json())
    else:
        from rolloutsim.report.comparison_sections import comparison_heading, comparison_sections
        from rolloutsim.report.terminal import print_sections

        print_sections(*comparison_heading(found), comparison_sections(found))
    for name, crashes in [(found.reference, found.crashes), *((each.name, each.crashes) for each in found.alternatives)]:
        if crashes:
            echo(
                f"{name}: {len(crashes)} replicates crashed and are missing; the first is replicate {crashes[0].replicate}: "
                f"{crashes[0].type}: {crashes[0].message}",
                err=True,
            )
    raise click.exceptions.Exit(EXIT_CODES[found.outcome])
