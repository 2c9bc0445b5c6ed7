"""``rolloutsim plan``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rolloutsim.cli.numbers import REPLICATES
from rolloutsim.cli.options import (
    changed,
    json_option,
    named,
    naming,
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

__all__ = ["plan"]

#: How a plan without a best setting ends: as a check that failed, or as one that is undecided.
EXIT_CODES = {"best": 0, "infeasible": 1, "undecided": 4}


@click.command()
@click.argument("file", metavar="SCENARIO")
@click.option("--minimize", metavar="METRIC", help="Metric to minimize, e.g. time_to_complete.p95.")
@click.option("--maximize", metavar="METRIC", help="Metric to maximize, e.g. succeeded_share.")
@click.option(
    "--subject-to", "constraints", metavar="CHECK", multiple=True, help='Constraint, e.g. "abort_probability <= 1 %"; may be repeated.'
)
@click.option(
    "--over",
    "levers",
    metavar="PATH=V1,V2…",
    multiple=True,
    help="A lever and its values; may be repeated: every combination is a setting. [default: the scenario's, sweep: levers:]",
)
@click.option("--replicates", "-n", type=REPLICATES, default=100, show_default=True, help="Replicates of each setting in the first round.")
@click.option("--max-replicates", type=REPLICATES, default=1600, show_default=True, help="Largest number of replicates of a setting.")
@study_seed_option
@where_options
@set_option
@click.option("--out", type=PathOption(), help="Folder for the tables, the manifest and the plot of the frontier.")
@json_option
def plan(
    file: str,
    minimize: str | None,
    maximize: str | None,
    constraints: tuple[str, ...],
    levers: tuple[str, ...],
    replicates: int,
    max_replicates: int,
    seed: int | None,
    where: dict[str, Any],
    assignments: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the best setting of SCENARIO's levers with few replicates, and show how certain that is.

    \b
    Exit codes: 0 there is a best setting, 1 no setting meets the constraints,
                4 none was shown to meet them, but some may.
    """
    from rolloutsim.errors import Gathered, StoreError, UsageError

    if (minimize is None) == (maximize is None):
        raise UsageError("what is best? name one metric, by --minimize METRIC or --maximize METRIC")
    scenario = changed(file, assignments)
    print_warnings(scenario, notes=False)
    tell_seed(scenario, seed)
    from rolloutsim.study import make_folder
    from rolloutsim.study import plan as study
    from rolloutsim.study.levers import parse_levers
    from rolloutsim.study.planning import parse_goal

    wrong = Gathered()
    objective = minimize or maximize or ""
    goal = {"--maximize" if maximize else "--minimize": [objective], "--subject-to": constraints}
    chosen = wrong.attempt(named("--over", parse_levers), levers) if levers else None
    with naming(goal):
        if levers and chosen is None:  # otherwise the study sees to it, and to the settings that come of the levers
            wrong.attempt(parse_goal, scenario, objective, constraints)
        wrong.check()
    if out is not None:
        make_folder(out, "plan")
    with naming(goal), progress_bar("settings") as progress:
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
            **where,
        )
    unsaved: StoreError | None = None
    if out is not None:
        from rolloutsim.report import save_plan

        try:
            save_plan(found, out)
        except StoreError as error:
            unsaved = error
    if as_json:
        echo_json(found.to_json())
    else:
        from rolloutsim.report.plan_sections import plan_heading, plan_sections
        from rolloutsim.report.terminal import print_sections

        print_sections(*plan_heading(found), plan_sections(found))
    tell_without_effect(found.without_effect, "objective and constraints")
    echo("seed {seed}, engine {engine}, rolloutsim {rolloutsim}".format_map(found.manifest), err=True)
    if unsaved is not None:
        raise unsaved
    if out is not None:
        echo(f"settings, measurements and plot are in {out}", err=True)
    if found.outcome != "best":
        raise click.exceptions.Exit(EXIT_CODES[found.outcome])
