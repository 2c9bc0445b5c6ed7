"""``rolloutsim systems``."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json, wrap
from rolloutsim.errors import UsageError

if TYPE_CHECKING:
    from rolloutsim.scenario.systems.system import System


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@json_option
def systems(name: str | None, as_json: bool) -> None:
    """List the systems whose configurations can be pasted under `deployment`, with `system: NAME` beside them.

    With NAME: which of its keys become rules, which are ignored and which are refused, with sources and assumptions.
    """
    from rolloutsim.scenario.systems.registry import SYSTEMS

    if name is not None and name not in SYSTEMS:
        near = get_close_matches(name, SYSTEMS, 1)
        raise UsageError(f"there is no system {name}: {f'did you mean {near[0]}? ' if near else ''}rolloutsim systems lists all")
    if as_json:
        echo_json(_as_data(SYSTEMS[name]) if name is not None else [_as_data(system) for system in SYSTEMS.values()])
    elif name is not None:
        _print_system(SYSTEMS[name])
    else:
        for system in SYSTEMS.values():
            echo(system.name, bold=True)
            echo(wrap(f"{system.title}: {system.pasted}", "    "))


def _as_data(system: System) -> dict[str, Any]:
    from rolloutsim.scenario.systems.keys import flat

    return {
        "name": system.name,
        "title": system.title,
        "pasted": system.pasted,
        "keys": [
            {"key": path, "use": key.use, "what": key.what, "required": key.required, "default": key.default}
            for path, key in flat(system.keys)
        ],
        "sources": list(system.sources),
        "assumptions": list(system.assumptions),
        "native_status": {"jobs": dict(system.jobs), "robots": dict(system.robots)},
    }


def _print_system(system: System) -> None:
    from rolloutsim.scenario.systems.keys import flat

    echo(f"{system.name}: {system.title}", bold=True)
    echo(wrap(f"Paste {system.pasted} under deployment, with system: {system.name} beside it."))
    titles = {"mapped": "Keys that become rules", "ignored": "Keys without effect", "refused": "Keys that are refused"}
    for use, title in titles.items():
        found = [(path, key) for path, key in flat(system.keys) if key.use == use]
        if found:
            echo(f"\n{title}", bold=True)
        by_reason: dict[str, list[str]] = {}
        for path, key in found:
            more = "; required" if key.required else f"; {key.default} if absent" if key.default else ""
            by_reason.setdefault(key.what + more, []).append(path)
        for what, paths in by_reason.items():
            echo(wrap(f"{', '.join(paths)}: {what}", "  ", "      "))
    for title, lines in (("Sources", system.sources), ("Assumptions", system.assumptions)):
        echo(f"\n{title}", bold=True)
        for line in lines:
            echo(wrap(line, "  ", "      "))
