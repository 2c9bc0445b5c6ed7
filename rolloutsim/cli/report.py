"""``rolloutsim report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rolloutsim.cli.advice import advice_on
from rolloutsim.cli.options import executor_option, seed_option, set_option
from rolloutsim.cli.output import echo
from rolloutsim.cli.progress import replicates_bar
from rolloutsim.cli.scenarios import load_scenarios, print_warnings
from rolloutsim.cli.types import REPLICATES, PathOption
from rolloutsim.errors import Gathered, UsageError

if TYPE_CHECKING:
    from rolloutsim.report.page import Shown
    from rolloutsim.scenario import Scenario
    from rolloutsim.study import ExecutorLike


@click.command()
@click.argument("sources", metavar="DIR|SCENARIO...", nargs=-1, required=True)
@click.option("--out", "-o", type=PathOption(), default="report.html", show_default=True, help="The file to write.")
@click.option("--replicates", "-n", type=REPLICATES, help="Replicates of scenarios. [default: the scenario's]")
@seed_option
@executor_option
@set_option
@click.option("--advise", is_flag=True, help="Also simulate at most three other settings of each run, with the same random numbers.")
def report(
    sources: tuple[str, ...],
    out: Path,
    replicates: int | None,
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    advise: bool,
) -> None:
    """Write one HTML file that opens without network and prints well: what results mean, pictures, tables, and the scenario in words.

    DIR is a folder that run, sweep, plan or sensitivity wrote with --out. Scenario files are simulated first, and their checks are
    evaluated; two or more are also compared with the first of them, with the same random numbers.
    """
    from rolloutsim.report.page import Shown, page_of, write_page

    files = [source for source in sources if not Path(source).is_dir()]
    if assignments and not files:
        raise UsageError("--set changes scenario files, and only folders are named: leave it out")
    wrong = Gathered()
    scenarios = wrong.attempt(load_scenarios, files, assignments)
    folders = [source for source in sources if Path(source).is_dir()]
    found = [Shown(loaded) for loaded in wrong.attempt_each(_load, folders, advise)]
    wrong.check()
    assert scenarios is not None
    for scenario in scenarios:
        print_warnings(scenario, notes=False)
        found.append(Shown(_simulate(scenario, replicates, seed, executor), scenario))
    if advise:
        found = [_advised(one, executor) for one in found]
    if len(scenarios) > 1:
        from rolloutsim.study import compare

        with replicates_bar(None) as progress:
            found.append(Shown(compare(*scenarios, replicates=replicates, seed=seed, executor=executor, progress=progress)))
    write_page(out, page_of(found))
    echo(f"the report is in {out}", err=True)


def _simulate(scenario: Scenario, replicates: int | None, seed: int | None, executor: ExecutorLike) -> object:
    from rolloutsim.simulating import simulate
    from rolloutsim.study.context import STUDY_SEED, choose_seed

    with replicates_bar(replicates or scenario.replicates) as progress:
        chosen = choose_seed(scenario, seed, default=STUDY_SEED)
        return simulate(scenario, replicates=replicates, seed=chosen, executor=executor, progress=progress)


def _advised(shown: Shown, executor: ExecutorLike) -> Shown:
    """Simulate other settings of a run; other results stay as they are."""
    from rolloutsim.report.page.provenance import scenario_of
    from rolloutsim.results import Results

    if not isinstance(shown.result, Results):
        return shown
    scenario = shown.scenario or scenario_of(shown.result.manifest)
    return shown._replace(advice=advice_on(scenario, shown.result, executor))


def _load(source: str, advise: bool) -> object:
    """Return the results in a folder, with which other settings can be compared if this is asked for."""
    from rolloutsim.results import Results
    from rolloutsim.study.store.files import kind_of_folder
    from rolloutsim.study.store.saved_studies import load_plan, load_sensitivity
    from rolloutsim.study.study import Study

    folder = Path(source)
    kind = kind_of_folder(folder)
    if kind is None:
        raise UsageError(f"{source}: holds no results: name a folder that run, sweep, plan or sensitivity wrote, or a scenario file")
    loaders = {"run": Results.load, "sweep": Study, "plan": load_plan, "sensitivity": load_sensitivity}
    loaded = loaders[kind](folder)
    if advise and isinstance(loaded, Results) and "dispatch" in loaded.manifest:
        name = loaded.manifest["dispatch"]["name"]
        raise UsageError(
            f"{source}: the dispatch policy {name} is not in the results, so no other setting can be tried: leave --advise out"
        )
    return loaded
