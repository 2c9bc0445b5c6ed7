"""``rolloutsim sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from rolloutsim.cli.completion import MetricText, ScenarioText
from rolloutsim.cli.options import print_seed_note, study_options
from rolloutsim.cli.progress import progress_bar
from rolloutsim.cli.scenarios import for_option, load_scenario, print_warnings
from rolloutsim.cli.studies import finish_study
from rolloutsim.cli.types import Count
from rolloutsim.errors import UsageError

if TYPE_CHECKING:
    from rolloutsim.study import ExecutorLike


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option(
    "--metric",
    "metrics",
    metavar="EXPR",
    type=MetricText(),
    multiple=True,
    default=["time_to_complete.mean"],
    show_default=True,
    help="The metric to explain, e.g. abort_probability; may be repeated without more simulation.",
)
@click.option(
    "--method",
    type=click.Choice(["morris", "sobol"]),
    default="morris",
    show_default=True,
    help="morris screens what matters at all, sobol attributes the variance to inputs.",
)
@click.option("--trajectories", type=Count(2, 10_000), help="With morris: number of trajectories; few inputs have fewer. [default: 20]")
@click.option("--samples", type=Count(2, 2**17), help="With sobol: number of samples, a power of two. [default: 128]")
@click.option("--replicates", "-n", type=Count(2, 10_000_000), default=20, show_default=True, help="Replicates of each point.")
@study_options(out="Folder for indices, responses, manifest and tornado plots.")
def sensitivity(
    file: str,
    metrics: tuple[str, ...],
    method: Literal["morris", "sobol"],
    trajectories: int | None,
    samples: int | None,
    replicates: int,
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Find out which uncertainties of SCENARIO (sweep: uncertainties:) move a metric, and by how much.

    sobol needs SALib: pip install 'rolloutsim[sensitivity]'.
    """
    other = "--samples" if method == "morris" else "--trajectories"
    if (samples if method == "morris" else trajectories) is not None:
        raise UsageError(f"{other} has no effect on --method {method}: leave it out, or choose the other method")
    scenario = load_scenario(file, assignments)
    print_warnings(scenario, notes=False)
    print_seed_note(scenario, seed)
    from rolloutsim.analysis import group_names, parse_metrics
    from rolloutsim.report import save_sensitivity
    from rolloutsim.report.sensitivity_sections import sensitivity_heading, sensitivity_sections
    from rolloutsim.report.study_headlines import sensitivity_headline
    from rolloutsim.study import make_folder
    from rolloutsim.study import sensitivity as study

    for_option("--metric", parse_metrics)(metrics, groups=group_names(scenario))
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
            executor=executor,
        )
    finish_study(
        found,
        save=save_sensitivity,
        heading=sensitivity_heading,
        sections=sensitivity_sections,
        headline=sensitivity_headline,
        out=out,
        as_json=as_json,
        measured="these metrics",
        contents="indices, responses and plots",
    )
