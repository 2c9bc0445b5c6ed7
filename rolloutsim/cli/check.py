"""``rolloutsim check``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rolloutsim.cli.options import all_changed, json_option, replicates_bar, seed_option, set_option, tell_warnings, where_options

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.study import Checks

__all__ = ["check"]

#: The worst first: what crashed is missing, so nothing that it might have said is known.
EXIT_CODES = {"crashed": 3, "fail": 1, "undecided": 4, "pass": 0}

_STYLES: dict[str, Any] = {"pass": {"fg": "green"}, "fail": {"fg": "red"}, "undecided": {"fg": "yellow"}, "crashed": {"fg": "red"}, "": {}}


@click.command()
@click.argument("files", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--replicates", "-n", type=click.IntRange(min=1), help="How many replicates to begin with. [default: the scenario's]")
@click.option(
    "--max-replicates", type=click.IntRange(min=1), help="Go on to so many while a check is undecided. [default: as many as to begin with]"
)
@seed_option
@where_options
@set_option
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the outcomes as JUnit XML.")
@click.option(
    "--summary", type=click.Path(path_type=Path), metavar="FILE", help="Append a table in Markdown; also to $GITHUB_STEP_SUMMARY if set."
)
@json_option
def check(
    files: tuple[str, ...],
    replicates: int | None,
    max_replicates: int | None,
    seed: int | None,
    where: dict[str, Any],
    assignments: tuple[str, ...],
    junit: Path | None,
    summary: Path | None,
    as_json: bool,
) -> None:
    """Evaluate the checks of scenarios: a check passes or fails by the whole 95 % interval of its metric, and is undecided otherwise.

    \b
    Exits with the first of these that is true of any scenario:
      2  a scenario or a check is wrong (nothing is simulated)
      3  some replicates crashed
      1  a check failed
      4  a check is undecided
      0  every check passed
    """
    from rolloutsim.study import parse_checks

    scenarios = all_changed(files, assignments, parse_checks)
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    summaries = [path for path in (summary, Path(step_summary) if step_summary else None) if path is not None]
    _make_folders([*summaries, *([junit] if junit else [])])
    found = []
    for scenario in scenarios:
        tell_warnings(scenario, notes=False)
        found.append(_check(scenario, replicates, max_replicates, seed, where))
        if not as_json:
            _tell(found[-1])
    _write(found, junit, summaries)
    if as_json:
        click.echo(json.dumps([checks.to_json() for checks in found], indent=2, allow_nan=False, ensure_ascii=False))
    outcomes = {checks.outcome for checks in found}
    raise click.exceptions.Exit(next(code for outcome, code in EXIT_CODES.items() if outcome in outcomes))


def _check(scenario: Scenario, replicates: int | None, max_replicates: int | None, seed: int | None, where: dict[str, Any]) -> Checks:
    from rolloutsim.study import check as study

    with replicates_bar(max_replicates or replicates or scenario.replicates) as progress:
        return study(scenario, replicates=replicates, max_replicates=max_replicates, seed=seed, progress=progress, **where)


def _tell(checks: Checks) -> None:
    from rolloutsim.report.verdicts import check_heading, check_lines

    click.secho(check_heading(checks), bold=True)
    for outcome, line in check_lines(checks):
        click.secho(line, **_STYLES[outcome])


def _make_folders(files: Sequence[Path]) -> None:
    """Make the folders of files that are to be written: now, not when everything is simulated."""
    from rolloutsim.study import make_folder

    for file in files:
        make_folder(file.parent)


def _write(found: Sequence[Checks], junit: Path | None, summaries: Sequence[Path]) -> None:
    from rolloutsim.errors import StoreError
    from rolloutsim.report.junit import checks_junit
    from rolloutsim.report.verdicts import checks_markdown
    from rolloutsim.study.files import write_whole

    if junit is not None:
        write_whole(junit, lambda path: path.write_text(checks_junit(found), encoding="utf-8"))
    for path in summaries:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(checks_markdown(found) + "\n")
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror or error}): choose another file or make room") from error
