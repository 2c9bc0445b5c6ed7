"""``rolloutsim check``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from rolloutsim.cli.completion import ScenarioText
from rolloutsim.cli.options import print_seed_note, study_options
from rolloutsim.cli.output import echo, echo_json, fold
from rolloutsim.cli.progress import replicates_bar
from rolloutsim.cli.scenarios import load_scenarios, print_warnings
from rolloutsim.cli.types import REPLICATES, PathOption
from rolloutsim.errors import StoreError

T = TypeVar("T")

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.study import Checks, ExecutorLike

#: The worst first: what crashed is missing, so nothing is known about it.
EXIT_CODES = {"crashed": 3, "fail": 1, "undecided": 4, "pass": 0}


class _Report(NamedTuple):
    """A file for the outcomes, and the option that names it."""

    origin: str
    file: Path
    write: Callable[[Path, Sequence[Checks]], None]


_STYLES: dict[str, Any] = {"pass": {"fg": "green"}, "fail": {"fg": "red"}, "undecided": {"fg": "yellow"}, "crashed": {"fg": "red"}, "": {}}


@click.command()
@click.argument("files", metavar="SCENARIO...", nargs=-1, required=True, type=ScenarioText())
@click.option("--replicates", "-n", type=REPLICATES, help="Number of replicates to begin with. [default: the scenario's]")
@click.option(
    "--max-replicates",
    type=REPLICATES,
    help="Up to this many replicates while a check is undecided. [default: as many as to begin with]",
)
@click.option("--junit", type=PathOption(), metavar="FILE", help="Write the outcomes as JUnit XML.")
@click.option("--summary", type=PathOption(), metavar="FILE", help="Append a table in Markdown; also to $GITHUB_STEP_SUMMARY if set.")
@study_options()
def check(
    files: tuple[str, ...],
    replicates: int | None,
    max_replicates: int | None,
    junit: Path | None,
    summary: Path | None,
    seed: int | None,
    executor: ExecutorLike,
    assignments: tuple[str, ...],
    as_json: bool,
) -> None:
    """Evaluate the checks of scenarios: a check passes or fails by the whole 95 % interval of its metric, and is undecided otherwise.

    \b
    Exits with the first of these that is true of any scenario:
      2  a scenario, a check or a path is wrong (nothing is simulated),
         or a report could not be written (the table is shown)
      3  some replicates crashed
      1  a check failed
      4  a check is undecided
      0  every check passed
    """
    from rolloutsim.study import check_problems, unique_names

    scenarios = load_scenarios(files, assignments, partial(check_problems, needed=True))
    reports = _reports(junit, summary)
    _for_each(reports, lambda report: _make_ready(report.file))
    found = []
    unprinted: OSError | None = None
    for scenario, name in zip(scenarios, unique_names(scenarios), strict=True):
        print_warnings(scenario, notes=False)
        print_seed_note(scenario, seed)
        found.append(_check(scenario, replicates, max_replicates, seed, executor)._replace(scenario=name))
        unprinted = unprinted or (None if as_json else _attempt(_print_result, found[-1]))
    if as_json:
        unprinted = _attempt(echo_json, [checks.to_json() for checks in found])
    _for_each(reports, lambda report: report.write(report.file, found))
    if unprinted is not None:  # not before: reports do not depend on the terminal
        raise unprinted
    outcomes = {checks.outcome for checks in found}
    raise click.exceptions.Exit(next(code for outcome, code in EXIT_CODES.items() if outcome in outcomes))


def _check(scenario: Scenario, replicates: int | None, max_replicates: int | None, seed: int | None, executor: ExecutorLike) -> Checks:
    from rolloutsim.study import check as study

    with replicates_bar(max_replicates or replicates or scenario.replicates) as progress:
        return study(scenario, replicates=replicates, max_replicates=max_replicates, seed=seed, executor=executor, progress=progress)


def _print_result(checks: Checks) -> None:
    from rolloutsim.report.study_headlines import checks_headline
    from rolloutsim.report.verdicts import check_heading, check_lines

    echo(fold(check_heading(checks), "    "), bold=True)
    echo(fold(checks_headline(checks), "    "))
    for outcome, line in check_lines(checks):
        echo(fold(line, " " * 11), **_STYLES[outcome])


def _attempt(print_it: Callable[[T], None], what: T) -> OSError | None:
    """Print something; return the error if that fails."""
    try:
        print_it(what)
    except OSError as error:
        return error
    return None


def _reports(junit: Path | None, summary: Path | None) -> list[_Report]:
    """Return the reports to write besides the table."""
    files = [
        ("--junit", junit, _write_junit),
        ("--summary", summary, _append_markdown),
        ("$GITHUB_STEP_SUMMARY", os.environ.get("GITHUB_STEP_SUMMARY"), _append_markdown),
    ]
    return [_Report(origin, Path(file), write) for origin, file, write in files if file]


def _for_each(reports: Sequence[_Report], act: Callable[[_Report], None]) -> None:
    """Do something with every report; errors, which name the option of the file, are raised at the end."""
    wrong = []
    for report in reports:
        try:
            act(report)
        except StoreError as error:
            wrong.append(f"{report.origin}: {error}")
    if wrong:
        raise StoreError("\n".join(wrong))


def _make_ready(file: Path) -> None:
    """See that a file can be written, and make its folder: now, not when everything is simulated.

    Raises
    ------
    StoreError
        If it cannot.
    """
    from rolloutsim.study import make_folder

    if file.is_dir():
        raise StoreError(f"{file}: cannot be written (it is a folder): name a file")
    if not file.exists():
        make_folder(file.parent)
    elif not os.access(file, os.W_OK):
        raise StoreError(f"{file}: cannot be written (it may only be read): choose another file")


def _write_junit(file: Path, found: Sequence[Checks]) -> None:
    from rolloutsim.report.junit import checks_junit
    from rolloutsim.study.store.disk import write_whole

    write_whole(file, lambda path: path.write_text(checks_junit(found), encoding="utf-8"))


def _append_markdown(file: Path, found: Sequence[Checks]) -> None:
    from rolloutsim.report.verdicts import checks_markdown
    from rolloutsim.study.store.disk import cannot_write

    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(checks_markdown(found) + "\n")
    except OSError as error:
        raise cannot_write(file, error) from error
