"""A module imports only from its own floor or room or a lower one, and never in a circle: read from the source, so lazy imports count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rolloutsim"

#: The house, from the ground up. Every module belongs to the longest name that it begins with.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("elementary", "errors", "formatting", "kernel", "lazy", "notebook", "printing", "randomness", "vocabulary", "distributions"),
    ("scenario",),
    ("simulation",),
    ("analysis",),
    ("study",),
    ("explorer", "report", "results", "simulating", "robomaker", "cli", "__init__", "__main__"),
)
RUNGS = {name: floor for floor, names in enumerate(FLOORS) for name in names}

#: The rooms of scenarios and the modules between them: what each may import of `rolloutsim.scenario`, typing-only imports included.
WHOLE = {"reading", "parts", "systems", "sections", "calendar", "stage_sizes"}
SCENARIO: dict[str, set[str]] = {
    "reading": set(),
    "parts": {"reading"},
    "sites": {"reading", "parts"},
    "systems": {"reading", "parts", "sites"},
    "short_names": {"reading"},
    "replace": {"reading", "sites", "systems", "short_names"},
    "sections": {"reading", "parts", "systems"},
    "calendar": {"parts", "sections"},
    "local_time": {"reading", "parts", "sections", "calendar"},
    "stage_sizes": {"parts", "sections"},
    "words": WHOLE,
    "resolved": WHOLE,
    # The last two for methods of the value that lead to them.
    "model": {"reading", "systems", "sections", "replace", "resolved", "words"},
    "checks": WHOLE | {"model"},
}

#: The same for the simulation.
CORE = {"model", "fairshare", "records"}
SIMULATION: dict[str, set[str]] = {
    "machine_code": set(),
    # For the types of what it copies.
    "memory": {"model"},
    "fairshare": set(),
    # Robots are drawn by compiled code, and shared links are part of what happens to them.
    "model": {"fairshare", "compilation", "memory"},
    # The record of a robot is made of its class.
    "linking": set(),
    "compilation": {"linking", "machine_code", "model"},
    "records": {"model", "fairshare", "compilation"},
    "engines.simpy": CORE,
    "engines.compiled": CORE | {"compilation", "memory"},
    "replicate": CORE | {"engines.simpy", "engines.compiled", "machine_code"},
    "engine_choice": {"replicate", "engines.compiled", "fairshare", "machine_code"},
}
SUITES = {"scenario": SCENARIO, "simulation": SIMULATION}


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


def room(module: str) -> str:
    """Return the room of a module in its suite, e.g. ``engines.simpy``; nothing for a module of no suite, and for the suite itself."""
    _, _, name = module.partition(".")
    suite, _, place = name.partition(".")
    return next((known for known in SUITES.get(suite, ()) if f"{place}.".startswith(f"{known}.")), "")


def strays(source: str, module: str) -> list[str]:
    """Return what a module imports from rooms of its suite that its own may not import."""
    suite = module.split(".")[1]
    allowed = SUITES[suite][room(module)] | {room(module)}
    found = imports(source, module, is_package=False)
    return [name for name in found if name.split(".")[1:2] == [suite] and room(name) not in allowed]


def in_rooms() -> list[tuple[str, Path]]:
    """Return all modules that have a room in a suite."""
    return [(name, path) for name, path in modules() if room(name)]


def test_every_module_of_the_simulation_has_a_room() -> None:
    homeless = {name for name, _ in modules() if name.startswith("rolloutsim.simulation.") and not room(name)}
    assert homeless == {"rolloutsim.simulation.__init__", "rolloutsim.simulation.engines.__init__"}


@pytest.mark.parametrize(("module", "path"), in_rooms(), ids=lambda value: value if isinstance(value, str) else "")
def test_no_module_imports_from_a_room_above(module: str, path: Path) -> None:
    assert strays(path.read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("rolloutsim.scenario.reading.units", "from rolloutsim.scenario.parts.rules import Rules"),
        ("rolloutsim.scenario.parts.stages", "if TYPE_CHECKING:\n    from rolloutsim.scenario.model import Scenario"),
        ("rolloutsim.scenario.checks.rules", "def f():\n    from rolloutsim.scenario.words.wording import Line"),
        ("rolloutsim.scenario.words.html", "from rolloutsim.scenario import load"),
        ("rolloutsim.simulation.model.job", "from rolloutsim.simulation.engines.simpy.engine import SimpyEngine"),
        ("rolloutsim.simulation.model.job", "from rolloutsim.simulation.records.log import Log"),
        ("rolloutsim.simulation.fairshare.sharing", "from rolloutsim.simulation.model.robot import Robot"),
        ("rolloutsim.simulation.engines.simpy.engine", "from rolloutsim.simulation.engines.compiled.loop import run_job"),
        ("rolloutsim.simulation.records.log", "from rolloutsim.simulation import replicate"),
    ],
)
def test_every_way_into_a_room_above_is_found(module: str, source: str) -> None:
    assert strays(source, module)


def needed(path: Path, module: str, known: set[str]) -> set[str]:
    """Return the modules of this package that a module imports, in functions, for type checkers and by a name in quotes too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{module}: relative imports are not followed here"
            found |= {name if (name := f"{node.module}.{alias.name}") in known else node.module for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {name.value for name in node.args if isinstance(name, ast.Constant) and isinstance(name.value, str)}
    return found & known


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the largest sets of modules each of which imports, directly or not, all others of the set.

    >>> [sorted(circle) for circle in circles({"a": {"b"}, "b": {"a", "c"}, "c": set()})]
    [['a', 'b']]
    """
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = graph[waiting.pop()] - seen
            seen |= new
            waiting += new
        reached[start] = seen
    found: list[set[str]] = []
    for name in graph:
        circle = {other for other in reached[name] if name in reached[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def test_no_circle_of_imports() -> None:
    paths = {name.removesuffix(".__init__"): path for name, path in modules()}
    assert circles({name: needed(path, name, set(paths)) for name, path in paths.items()}) == []
