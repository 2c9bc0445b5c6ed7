"""``rolloutsim plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rolloutsim.cli.completion import MetricText, PathText, ScenarioText
from rolloutsim.cli.options import print_seed_note, study_options
from rolloutsim.cli.progress import progress_bar
from rolloutsim.cli.scenarios import for_option, load_scenario, naming_options, print_warnings
from rolloutsim.cli.studies import finish_study
from rolloutsim.cli.types import REPLICATES
from rolloutsim.errors import Gathered, UsageError

if TYPE_CHECKING:
    from rolloutsim.study import ExecutorLike

#: How a plan without a best setting ends: as a check that failed, or as one that is undecided.
EXIT_CODES = {"best": 0, "infeasible": 1, "undecided": 4}


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option("--minimize", metavar="METRIC", type=MetricText(), help="The metric to minimize, e.g. time_to_complete.p95.")
@click.option("--maximize", metavar="METRIC", type=MetricText(), help="Or the metric to maximize, e.g. succeeded_share.")
@click.option(
    "--subject-to",
    "constraints",
    metavar="CHECK",
    type=MetricText(),
    multiple=True,
    help='E.g. "abort_probability <= 1 %"; may be repeated.',
)
@click.option(
    "--over",
    "levers",
    metavar="PATH=V1,V2…",
    type=PathText(),
    multiple=True,
    help="A lever and its values; may be repeated: every combination is a setting. [default: the scenario's, sweep: levers:]",
)
@click.option("--replicates", "-n", type=REPLICATES, default=100, show_default=True, help="Replicates of each setting in the first round.")
@click.option("--max-replicates", type=REPLICATES, default=1600, show_default=True, help="Replicates of a setting at most.")
@study_options(out="Folder for the tables, the manifest and the plot of the frontier.")
def plan(
    file: str,
    minimize: str | None,
    maximize: str | None,
    constraints: tuple[str, ...],
    levers: tuple[str, ...],
    replicates: int,
    max_replicates: int,
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the best setting of SCENARIO's levers with few replicates, and how sure that is.

    \b
    Exits with:
      2  the scenario, an option or a path is wrong, or the tables could not be written
      3  a replicate crashed
      1  no setting meets the constraints
      4  undecided: some settings may meet them
      0  there is a best setting
    """
    if (minimize is None) == (maximize is None):
        raise UsageError("what is best? name one metric, by --minimize METRIC or --maximize METRIC")
    scenario = load_scenario(file, assignments)
    print_warnings(scenario, options={"--over": levers, "--subject-to": constraints}, notes=False)
    print_seed_note(scenario, seed)
    from rolloutsim.report import save_plan
    from rolloutsim.report.plan_sections import plan_heading, plan_sections
    from rolloutsim.report.study_headlines import plan_headline
    from rolloutsim.study import make_folder
    from rolloutsim.study import plan as study
    from rolloutsim.study.planning import parse_goal
    from rolloutsim.study.settings import parse_levers

    wrong = Gathered()
    objective = minimize or maximize or ""
    goal = {"--maximize" if maximize else "--minimize": [objective], "--subject-to": constraints}
    chosen = wrong.attempt(for_option("--over", parse_levers), levers) if levers else None
    with naming_options(goal):
        if levers and chosen is None:  # otherwise the study checks them together with the settings
            wrong.attempt(parse_goal, scenario, objective, constraints)
        wrong.check()
    if out is not None:
        make_folder(out, "plan")
    with naming_options(goal), progress_bar("settings") as progress:
        found = study(
            scenario,
            objective,
            maximize=maximize is not None,
            constraints=constraints,
            levers=chosen,
            replicates=replicates,
            max_replicates=max_replicates,
            seed=seed,
            progress=progress,
            executor=executor,
        )
    finish_study(
        found,
        save=save_plan,
        heading=plan_heading,
        sections=plan_sections,
        headline=plan_headline,
        out=out,
        as_json=as_json,
        measured="objective and constraints",
        contents="settings, measurements and plot",
    )
    if found.outcome != "best":
        raise click.exceptions.Exit(EXIT_CODES[found.outcome])
