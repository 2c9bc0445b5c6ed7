"""``rolloutsim verify``."""

from __future__ import annotations

import click

from rolloutsim.cli.completion import ScenarioText
from rolloutsim.cli.options import json_option, seed_option, set_option
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.progress import replicates_bar
from rolloutsim.cli.scenarios import load_scenario
from rolloutsim.cli.types import REPLICATES


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option("--replicates", "-n", type=REPLICATES, default=3, show_default=True, help="Number of replicates.")
@seed_option
@set_option
@json_option
def verify(file: str, replicates: int, seed: int | None, assignments: tuple[str, ...], as_json: bool) -> None:
    """Run SCENARIO by the SimPy model and by compiled code, and compare every column of every table, numbers to the last bit.

    Exits with 1 if they differ, and shows where first.
    """
    scenario = load_scenario(file, assignments)
    from rolloutsim.study.context import choose_seed
    from rolloutsim.study.verify import verify as study

    seed = choose_seed(scenario, seed)
    differences = []
    with replicates_bar(replicates) as progress:
        for replicate, found in enumerate(study(scenario, seed, range(replicates))):
            differences += [found] if found is not None else []
            if progress is not None:
                progress(replicate)
    if as_json:
        echo_json({"seed": seed, "replicates": replicates, "differences": [each.to_json() for each in differences]})
    elif differences:
        echo(f"{scenario.name}: the engines differ in {len(differences)} of {replicates} replicates, seed {seed}")
        for each in differences:
            echo(f"  {each}")
        echo("this is a fault of the program, not of the scenario: please report it with the scenario and the seed")
    else:
        echo(f"{scenario.name}: both engines give the same tables in {replicates} of {replicates} replicates, seed {seed}")
    if differences:
        raise click.exceptions.Exit(1)
