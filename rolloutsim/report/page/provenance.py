"""Where a result comes from, the scenario in words, and how to make the same numbers again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import ScenarioError
from rolloutsim.report.page.content import Cell, Lines, Listing, Part, Table
from rolloutsim.scenario import build, describe
from rolloutsim.study.store.control_files import command_of

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["provenance_part", "scenario_of", "scenario_part"]

#: A scenario with longer lists is not part of the page.
_MOST_BYTES = 300_000


def scenario_of(manifest: Mapping[str, Any]) -> Scenario:
    """Return the scenario of a manifest, so that what RoboMaker leaves open is an assumption again where the file has the default.

    In a manifest every default is written out, as if the file had it.
    """
    data = dict(manifest["scenario"])
    plain = build({"fleet": [{"cohort": "a", "robots": 1}], "application": {"bundle": "1 MB"}}).resolved()
    for name in ("rules", "network", "application"):
        own, default = data.get(name), plain.get(name)
        if isinstance(own, dict) and isinstance(default, dict):
            data[name] = {key: value for key, value in own.items() if key not in default or default[key] != value}
    try:
        found = build(data)
    except ScenarioError:
        return build(manifest["scenario"])
    return found if found.fingerprint() == manifest["fingerprint"] else build(manifest["scenario"])


def scenario_part(scenario: Scenario) -> Part:
    """Return the scenario in words, every assumption marked."""
    blocks = tuple(
        Lines(section.title, tuple((line.text, _mark(line.mark, line.alternatives), line.depth) for line in section.lines))
        for section in describe(scenario)
    )
    return Part("The scenario in words", blocks)


def _mark(mark: str, alternatives: str) -> str:
    if mark == "given":
        return ""
    return f"{mark}; otherwise {alternatives}" if mark == "assumption" and alternatives else mark


def provenance_part(manifest: Mapping[str, Any], command: str) -> Part:
    """Return where a result comes from.

    Parameters
    ----------
    command
        Name and options of the command that makes it from ``scenario.json``, e.g. ``run --replicates 400``.
    """
    rows = tuple((Cell(name), Cell(value)) for name, value in _facts(manifest))
    name, _, options = command.partition(" ")
    again = [f"rolloutsim {name} scenario.json {options}".strip()]
    if made := command_of(manifest):
        again.insert(0, made)
    blocks: list[Table | Listing] = [Table("Provenance", ("what", "value"), rows), Listing("The command for these numbers", again[0])]
    text = json.dumps(manifest["scenario"], indent=1, ensure_ascii=False)
    if len(text.encode("utf-8", "backslashreplace")) <= _MOST_BYTES:
        # Of paper nothing can be saved.
        blocks.append(Listing("The same from this page alone: save the scenario below as scenario.json", again[-1], printed=False))
        blocks.append(Listing("scenario.json", text, opened=False, printed=False))
    return Part("Where it comes from", tuple(blocks))


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "scenario", str(manifest["name"])
    yield "fingerprint of the scenario", str(manifest["fingerprint"])
    yield "seed", str(manifest["seed"])
    yield "replicates", str(manifest["replicates"])
    yield "rolloutsim", f"{manifest['rolloutsim']}, model version {manifest['model_version']}"
    yield "engine", str(manifest["engine"])
    yield "Python", f"{manifest['python']} on {manifest['platform']}"
    yield "libraries", ", ".join(f"{name} {version}" for name, version in manifest["libraries"].items())


def replicates_and_seed(manifest: Mapping[str, Any]) -> str:
    """Return the options of the replicates and the seed of a manifest."""
    return shlex.join(["--replicates", str(manifest["replicates"]), "--seed", str(manifest["seed"])])
