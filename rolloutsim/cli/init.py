"""``rolloutsim init``."""

from __future__ import annotations

from pathlib import Path

import click

from rolloutsim.cli.output import echo
from rolloutsim.cli.types import Count, PathOption
from rolloutsim.errors import UsageError, remedy


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=PathOption())
@click.option("--from", "example", metavar="NAME", help="Copy this example with its data files; rolloutsim examples lists them.")
@click.option("--sites", type=Count(1, 999), metavar="N", help="Write a fleet at N sites.")
@click.option("--robots", type=Count(1, 1_000_000), metavar="N", help="With --sites: N robots in all (default: 200 per site).")
def init(file: Path | None, example: str | None, sites: int | None, robots: int | None) -> None:
    """Write a commented starter scenario (default: scenario.yaml), or a copy of an example (default: NAME.yaml).

    An existing file is never overwritten; - prints the starter to stdout.
    """
    from rolloutsim.scenario import copy_example, site_starter, starter

    if example is not None and sites is not None:
        raise UsageError("--from copies an example, and --sites writes a new fleet: give one of them")
    if robots is not None and sites is None:
        raise UsageError("--robots is for a fleet at sites: add --sites N")
    text = starter() if sites is None else site_starter(sites, robots or 200 * sites)
    if file is None:
        file = Path(f"{Path(example or 'scenario').name}.yaml")
    if str(file) == "-":
        if example is not None:
            raise UsageError("--from writes files, an example's data among them: name a file instead of -")
        echo(text, nl=False)
        return
    try:
        if example is not None:
            for copy in copy_example(example, file):
                echo(f"wrote {copy}")
        else:
            with file.open("x", encoding="utf-8") as target:
                target.write(text)
            echo(f"wrote {file}")
    except FileExistsError:
        raise UsageError(f"{file} exists already and was left alone: choose another name, or remove it") from None
    except OSError as error:
        raise UsageError(f"{error.filename or file} cannot be written ({error.strerror}): {remedy(error)}") from None
    echo(f"next: rolloutsim show {file}, rolloutsim run {file}")
