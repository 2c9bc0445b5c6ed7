"""Generate pages of the documentation from the program: result tables, bundled scenarios, the scenario file and the Python API.

``python docs/generate.py`` writes them, ``python docs/generate.py --check`` shows what is out of date and exits with 1.
``python docs/generate.py --pictures`` draws the pictures in ``docs/images``, which are not compared: other versions of matplotlib
draw other lines.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from distribution_section import pictures
from page_pictures import draw_pictures
from python_page import python_page
from robomaker_page import robomaker_page
from scenario_page import scenario_page
from systems_page import systems_page

import rolloutsim
from rolloutsim.simulation.records.tables import SCHEMA, markdown

ROOT = Path(__file__).resolve().parents[1]

TABLES_HEAD = """\
# Result tables

`docs/generate.py` makes this page from the schema in `rolloutsim/simulation/records/tables.py`; do not edit it. Every table
is validated against the schema before it is written.

Units are SI and part of a column's name (`_s` seconds, bytes for `bytes…`, `_bit_per_s`); times count from the job's creation. "Never
happened" is NaN, and a missing category. In Python the tables are pandas frames (`results.jobs`, …), on disk Parquet files of the same
names (`rolloutsim run --out`), and CSV files too with `--csv`. `manifest.json` holds their digests, with which
every file is verified when it is read (`Results.load`, `load_tables`, `--baseline`). A metric's name is its column without the unit.
"""


def tables_page() -> str:
    """Return the page on the result tables."""
    values: dict[tuple[str, ...], str] = {}
    for table, columns in SCHEMA.items():
        for column in columns:
            if column.categories is not None:
                values.setdefault(column.categories, f"{table}.{column.name}")
    lists = [f"- `{name}`: {', '.join(f'`{value}`' for value in categories)}" for categories, name in values.items()]
    return "\n".join([TABLES_HEAD, markdown(), "## Values of the categories", "", *lists, ""])


SCENARIOS_HEAD = """\
# Bundled scenarios

`docs/generate.py` makes this page from the files; do not edit it. The scenarios are plausible, not calibrated: their distributions are
examples, not measurements of your fleet. [traces/README.md](traces/README.md) gives the sources of the recorded traces.

| scenario | robots | replicates | the question |
|---|---|---|---|
"""


def scenarios_page() -> str:
    """Return the page on the bundled scenarios."""
    rows = []
    folder = ROOT / "scenarios"
    for path in [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("*/*.yaml"))]:
        scenario, name = rolloutsim.load(path), path.relative_to(folder)
        rows.append(f"| [`{name.with_suffix('')}`]({name}) | {scenario.robots:,} | {scenario.replicates} | {scenario.description} |\n")
    return SCENARIOS_HEAD + "".join(rows)


def generated() -> dict[Path, str]:
    """Return the generated files, as they should be."""
    return {
        ROOT / "docs" / "tables.md": tables_page(),
        ROOT / "docs" / "python.md": python_page(),
        ROOT / "docs" / "reference" / "scenario.md": scenario_page(),
        ROOT / "docs" / "reference" / "robomaker.md": robomaker_page(),
        ROOT / "docs" / "systems.md": systems_page(),
        **{ROOT / "docs" / "reference" / "distributions" / f"{name}.svg": svg for name, svg in pictures().items()},
        ROOT / "scenarios" / "README.md": scenarios_page(),
    }


def outdated() -> str:
    """Return how the files differ from what they should be, as a diff."""
    parts = []
    for path, text in generated().items():
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        name = str(path.relative_to(ROOT))
        parts += difflib.unified_diff(found.splitlines(), text.splitlines(), name, f"{name} as it should be", lineterm="")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write, check or draw."""
    if arguments == ["--pictures"]:
        draw_pictures(ROOT / "docs" / "images")
    elif arguments == ["--check"]:
        difference = outdated()
        if difference:
            print(difference)
            print("the generated documentation is out of date: run python docs/generate.py")
            return 1
    elif not arguments:
        for path, text in generated().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
