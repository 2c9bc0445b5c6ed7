"""A module imports only from its own floor or a lower one: read from the source, so that lazy and typing-only imports count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rolloutsim"

#: The house, from the ground up. Every module belongs to the longest name that it begins with.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("elementary", "errors", "kernel", "printing", "randomness", "vocabulary", "distributions"),
    ("scenario",),
    ("simulation",),
    ("analysis",),
    ("study",),
    ("report", "results", "cli", "robomaker", "__init__", "__main__"),
)
RUNGS = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def rung(module: str) -> int:
    """Return the floor of a module, e.g. of ``rolloutsim.scenario.parts.rules``; that of the package itself is the last."""
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else "__init__"
    if name not in RUNGS:
        raise LookupError(f"{module} has no floor: add it to FLOORS")
    return RUNGS[name]


def imports(source: str, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield what a module imports of this package, wherever in its source."""
    inside = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = inside[: len(inside) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            # `from rolloutsim import errors` imports the module errors, `from rolloutsim import load` a name of the package.
            names = [f"{base}.{alias.name}" if base == "rolloutsim" and alias.name in RUNGS else base for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "rolloutsim")


def climbs(source: str, module: str, *, is_package: bool = False) -> list[str]:
    return [name for name in imports(source, module, is_package=is_package) if rung(name) > rung(module)]


def modules() -> list[tuple[str, Path]]:
    return [(".".join(["rolloutsim", *path.relative_to(PACKAGE).with_suffix("").parts]), path) for path in sorted(PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_no_module_imports_from_above(module: str, path: Path) -> None:
    is_package = path.name == "__init__.py"
    assert climbs(path.read_text(encoding="utf-8"), module.removesuffix(".__init__"), is_package=is_package) == []


def test_a_file_without_a_floor_is_found() -> None:
    with pytest.raises(LookupError, match=r"rolloutsim\.extra\.thing has no floor"):
        rung("rolloutsim.extra.thing")


@pytest.mark.parametrize(
    "source",
    [
        "from rolloutsim.simulation.engines.simpy.engine import SimpyEngine",
        "import rolloutsim.simulation",
        "def f():\n    from rolloutsim.simulation import model",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from rolloutsim.results import Results",
        "from rolloutsim import load",
        "from rolloutsim import study",
        "from ...simulation import model",
        "from ... import cli",
    ],
)
def test_every_way_of_climbing_is_found(source: str) -> None:
    assert climbs(source, "rolloutsim.scenario.parts.rules")


@pytest.mark.parametrize(
    "source", ["from rolloutsim.errors import Problem", "from .part import Part", "from rolloutsim import errors", "import numpy"]
)
def test_what_is_allowed_is_not_reported(source: str) -> None:
    assert not climbs(source, "rolloutsim.scenario.parts.rules")
