"""``rolloutsim animate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rolloutsim.cli.completion import ScenarioText
from rolloutsim.cli.options import executor_option, print_seed_note, set_option
from rolloutsim.cli.output import echo
from rolloutsim.cli.progress import replicates_bar
from rolloutsim.cli.scenarios import load_scenario, print_warnings
from rolloutsim.cli.types import REPLICATES, Count, PathOption
from rolloutsim.errors import UsageError

if TYPE_CHECKING:
    from rolloutsim.study import ExecutorLike


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option("--out", "-o", type=PathOption(), metavar="FILE", required=True, help="A .gif file, or .mp4 with imageio-ffmpeg.")
@click.option("--replicate", type=Count(0, 10_000_000), help="Which one. [default: the one with the median time to complete]")
@click.option("--replicates", "-n", type=REPLICATES, help="Of how many replicates the median is taken. [default: the scenario's]")
@click.option("--seed", type=Count(0, 2**64 - 1), help="Seed of all draws. [default: the scenario's, or 1]")
@executor_option
@set_option
def animate(
    file: str,
    out: Path,
    replicate: int | None,
    replicates: int | None,
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
) -> None:
    """Draw one rollout of SCENARIO as a moving picture: robots as cells by site and class, in the colour of their state.

    Progress, failures with their threshold, and the use of shared links move along. An existing file is replaced.
    """
    from rolloutsim.report.animation import animate as write
    from rolloutsim.report.animation import check_target

    if replicate is not None and replicates is not None:
        raise UsageError("--replicate names the one to draw, --replicates are those of which the median is drawn: leave out one")
    check_target(out)
    scenario = load_scenario(file, assignments)
    print_warnings(scenario, notes=False)
    print_seed_note(scenario, seed)
    from rolloutsim.analysis.replicates import median_replicate
    from rolloutsim.report.replay import replay_of
    from rolloutsim.simulating import simulate
    from rolloutsim.study.context import STUDY_SEED, choose_seed
    from rolloutsim.study.run import simulate_one

    chosen = choose_seed(scenario, seed, default=STUDY_SEED)
    if replicate is None:
        with replicates_bar(replicates or scenario.replicates) as progress:
            results = simulate(scenario, replicates=replicates, seed=chosen, keep="jobs", executor=executor, progress=progress)
        replicate = median_replicate(results.tables)
    write(replay_of(simulate_one(scenario, chosen, replicate), scenario), out)
    echo(f"{out} shows replicate {replicate} of seed {chosen}", err=True)
