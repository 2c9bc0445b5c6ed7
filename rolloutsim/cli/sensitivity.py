"""``rolloutsim sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from rolloutsim.cli.numbers import Count
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

__all__ = ["sensitivity"]


@click.command()
@click.argument("file", metavar="SCENARIO")
@click.option(
    "--metric",
    "metrics",
    metavar="EXPR",
    multiple=True,
    default=["time_to_complete.mean"],
    show_default=True,
    help="Metric to explain, e.g. abort_probability; may be repeated without further simulation.",
)
@click.option(
    "--method",
    type=click.Choice(["morris", "sobol"]),
    default="morris",
    show_default=True,
    help="morris finds what matters, sobol divides the variance among the inputs.",
)
@click.option("--trajectories", type=Count(2, 10_000), help="With morris: number of trajectories; few inputs have fewer. [default: 20]")
@click.option("--samples", type=Count(2, 2**17), help="With sobol: number of samples, a power of two. [default: 128]")
@click.option("--replicates", "-n", type=Count(2, 10_000_000), default=20, show_default=True, help="Replicates of each point.")
@study_seed_option
@where_options
@set_option
@click.option("--out", type=PathOption(), help="Folder for indices, responses, manifest and tornado plots.")
@json_option
def sensitivity(
    file: str,
    metrics: tuple[str, ...],
    method: Literal["morris", "sobol"],
    trajectories: int | None,
    samples: int | None,
    replicates: int,
    seed: int | None,
    where: dict[str, Any],
    assignments: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Find out which uncertainties of SCENARIO (sweep: uncertainties:) move a metric, and by how much.

    sobol needs SALib: pip install 'rolloutsim[sensitivity]'.
    """
    from rolloutsim.errors import StoreError, UsageError

    other = "--samples" if method == "morris" else "--trajectories"
    if (samples if method == "morris" else trajectories) is not None:
        raise UsageError(f"{other} has no effect on --method {method}: leave it out, or choose the other method")
    scenario = changed(file, assignments)
    print_warnings(scenario, notes=False)
    tell_seed(scenario, seed)
    from rolloutsim.analysis import parse_metrics
    from rolloutsim.study import make_folder
    from rolloutsim.study import sensitivity as study

    named("--metric", parse_metrics)(metrics, cohorts=[cohort.name for cohort in scenario.fleet])
    if out is not None:
        make_folder(out, "sensitivity")
    with progress_bar("points") as progress:
        found = study(
            scenario,
            metrics,
            method=method,
            size=trajectories or samples,
            replicates=replicates,
            seed=seed,
            progress=progress,
            **where,
        )
    unsaved: StoreError | None = None
    if out is not None:
        from rolloutsim.report import save_sensitivity

        try:
            save_sensitivity(found, out)
        except StoreError as error:
            unsaved = error
    if as_json:
        echo_json(found.to_json())
    else:
        from rolloutsim.report.sensitivity_sections import sensitivity_heading, sensitivity_sections
        from rolloutsim.report.terminal import print_sections

        print_sections(*sensitivity_heading(found), sensitivity_sections(found))
    tell_without_effect(found.without_effect, "these metrics")
    echo("seed {seed}, engine {engine}, rolloutsim {rolloutsim}".format_map(found.manifest), err=True)
    if unsaved is not None:
        raise unsaved
    if out is not None:
        echo(f"indices, responses and plots are in {out}", err=True)
