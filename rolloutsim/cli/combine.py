"""``rolloutsim combine``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rolloutsim.cli.options import json_option
from rolloutsim.cli.paths import PathOption

__all__ = ["combine"]


@click.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=PathOption())
@click.option("--out", type=PathOption(), required=True, help="Folder for the whole.")
@json_option
def combine(folders: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Merge the FOLDERs of sweeps into one, e.g. the shards of parallel jobs; what does not belong together is refused."""
    from rolloutsim.study.combining import combine as study

    found = study(folders, out, tell=lambda message: click.echo(message, err=True))
    missing = found.wanted - len(found.jobs)
    if missing > 0:
        click.echo(f"{missing:,} of {found.wanted:,} replicates are missing: combine their shards too, or run the sweep there", err=True)
    if as_json:
        click.echo(json.dumps({"folder": str(out), "points": len(found), "replicates": len(found.jobs)}))
    else:
        click.echo(f"{out}: {len(found):,} points, {len(found.jobs):,} replicates")
