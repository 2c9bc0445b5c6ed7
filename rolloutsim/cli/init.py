"""``rolloutsim init``."""

from __future__ import annotations

from pathlib import Path

import click

from rolloutsim.cli.output import echo
from rolloutsim.cli.types import PathOption
from rolloutsim.errors import UsageError


@click.command()
@click.argument("file", metavar="[FILE]", default="scenario.yaml", type=PathOption())
def init(file: Path) -> None:
    """Write a commented starter scenario (default: scenario.yaml). An existing file is never overwritten; - prints to stdout."""
    from rolloutsim.scenario import starter

    if str(file) == "-":
        echo(starter(), nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(starter())
    except FileExistsError:
        raise UsageError(f"{file} exists already and was left alone: choose another name, or remove it") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): choose another place") from None
    echo(f"wrote {file}; next: rolloutsim show {file}, rolloutsim run {file}")
