"""``rolloutsim combine``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.cli.types import PathOption


@click.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=PathOption())
@click.option("--out", type=PathOption(), required=True, help="Folder for the combined study.")
@click.option("--allow-missing", is_flag=True, help="Do not exit with 3 if replicates are missing, because other shards follow later.")
@json_option
def combine(folders: tuple[Path, ...], out: Path, allow_missing: bool, as_json: bool) -> None:
    """Merge the FOLDERs of sweeps into one, e.g. the shards of parallel jobs. Folders of different studies are refused.

    Exits with 3 if replicates are missing, e.g. because a shard was not given or a file of it is damaged.
    """
    from rolloutsim.study.combining import combine as study

    found = study(folders, out, notify=partial(echo, err=True))
    missing = found.wanted - found.done
    if as_json:
        echo_json({"folder": str(out), "points": len(found), "replicates": found.done, "missing": missing}, indent=None)
    else:
        echo(f"{out}: {len(found):,} points, {found.done:,} replicates")
    if missing > 0:
        echo(f"{missing:,} of {found.wanted:,} replicates are missing: combine their shards too, or run the sweep there", err=True)
        if not allow_missing:
            raise click.exceptions.Exit(3)
