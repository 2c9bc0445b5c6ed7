"""The reference of the scenario file, from its JSON Schema, its typed parts and the registry of distributions."""

from __future__ import annotations

from distribution_section import distribution_section
from fleet_section import FLEETS

from rolloutsim.distributions import FAMILIES
from rolloutsim.scenario.parts.fields import Schema
from rolloutsim.scenario.parts.presets import DEFAULT_FIT, FITS, PRESETS, SOURCE
from rolloutsim.scenario.reading.units import DIMENSIONS
from rolloutsim.scenario.reference import STEPS, Reference, Section
from rolloutsim.vocabulary import PHASE_CODES, PHASES, STEP_OF_PHASE

__all__ = ["examples", "scenario_page"]

HEAD = """\
# The scenario file

`docs/generate.py` makes this page from the program; do not edit it. A scenario file is YAML 1.2. Only `fleet` and `application.bundle`
are required; an optional key without a value has its default. Keys at the top that begin with `x-` are ignored, as a place for anchors.
[The model](../model.md) explains what each key means for the simulation; `rolloutsim schema` prints the same reference for editors.

Commands and Python address a value by its path, with cohorts by name: `fleet.dock.robots`, `rules.dispatch`. A part that is not a plain
word is quoted: `network.sites.'wh.01 north'.downlink`. `*` stands for every name: `fleet.*.link.rate`. `class.flaky.connectivity`
changes all cohorts of a class. A path that matches nothing is an error.
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(walk: Reference, section: Section) -> list[str]:
    lines = ["| key | type | unit | default | example | meaning |", "|---|---|---|---|---|---|"]
    for row in section.rows:
        kind, unit = walk.type_text(row.schema)
        example = walk.example(row)
        default = "required" if row.required else row.default
        cells = (f"`{row.key}`", kind, unit, default, f"`{example}`" if example else "", row.meaning)
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return lines


def _sections() -> list[str]:
    walk = Reference()
    lines = []
    for section in walk.sections:
        lines += [f"## `{section.path}`", "", *([section.meaning, ""] if section.meaning else []), *_table(walk, section), ""]
        if section.path == "rules":
            lines += ["[The model](../model.md#4-the-job) explains each value.", ""]
        if section.path == STEPS:
            lines += [*_phases(), ""]
    return lines


def _phases() -> list[str]:
    lines = ["| phase | RoboMaker's step | failure codes |", "|---|---|---|"]
    for phase in PHASES:
        codes = ", ".join(f"`{code}`" for code in PHASE_CODES[phase]) or "–"
        whose = " (of the job; not in cohorts)" if phase == PHASES[0] else ""
        lines.append(f"| `{phase}`{whose} | {STEP_OF_PHASE.get(phase, '–')} | {codes} |")
    return lines


def examples() -> list[tuple[str, Schema, str]]:
    """Return path, schema and example of every key that has one."""
    walk = Reference()
    rows = [row for section in walk.sections for row in section.rows]
    definitions = walk.schema["$defs"]
    return [(row.path, {**row.schema, "$defs": definitions}, walk.example(row)) for row in rows if walk.example(row)]


def undescribed() -> list[str]:
    """Return the paths of keys without a description."""
    return [row.path for section in Reference().sections for row in section.rows if not row.meaning and row.key not in FAMILIES]


QUANTITIES = """\
## Quantities

A quantity is a number with its unit, e.g. `350 MB`. Inside the program everything is in SI units: seconds, bytes, bit/s.

| quantity | units |
|---|---|
"""

CHANCES = """\
## Chances

A chance is a probability (`0.01` or `1 %`), a probability with its scope (`{probability: 0.01, per: job}`), or a distribution of the
probability (`{beta: {mean: 0.01, concentration: 50}, per: job}`). For a number, `per` is the scope of the coin: `robot`, `cohort`,
`class` (all cohorts of a class) or `job`. For a distribution it is the scope of the one draw, and each robot tosses its own coin.
`{at: {0 h: 0, 2 h: 30 %}}` is a probability that changes, by the time since the job's creation; its `per` is the scope of the coin.
[The model](../model.md#3-one-robots-deployment) gives the defaults.
"""


def _quantities() -> list[str]:
    rows = [
        f"| {d.name if d.name != 'time' else 'duration'} | {', '.join(f'`{u}`' for u in d.units)} |" for d in DIMENSIONS.values() if d.unit
    ]
    return [QUANTITIES + "\n".join(rows), ""]


def _presets() -> list[str]:
    lines = [
        "## Presets of connectivity",
        "",
        f"{SOURCE}: fits to measured availability of computers, not of robots. A preset is a renewal process; `fit` is one of "
        f"{', '.join(f'`{fit}`' for fit in FITS)}, `{DEFAULT_FIT}` if absent. The numbers below are of that fit.",
        "",
        "| preset | mean spell online | mean spell offline | share of time online |",
        "|---|---|---|---|",
    ]
    for name, fits in PRESETS.items():
        up, down = (FITS[DEFAULT_FIT](*parameters).mean() / 3600 for parameters in fits[DEFAULT_FIT])
        lines.append(f"| `{name}` | {up:.3g} h | {down:.3g} h | {up / (up + down):.1%} |")
    return [*lines, ""]


def scenario_page() -> str:
    """Return the page."""
    return "\n".join([HEAD, FLEETS, *_sections(), *_quantities(), CHANCES, *distribution_section(), *_presets()])
