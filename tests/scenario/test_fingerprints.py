"""What a scenario means is written byte for byte as before: fingerprints are keys of stored studies, and resolved scenarios load again.

A change that is meant is written by ``python -m tests.scenario.test_fingerprints``; read the difference before committing it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, build, json_schema, load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = HERE / "fingerprints.json"
FEATURES = sorted((HERE / "features").glob("*.yaml"))
FILES = [*sorted((ROOT / "scenarios").rglob("*.yaml")), *FEATURES, *sorted((HERE / "corpus").glob("*.yaml"))]


def digest(data: Any, *, sort_keys: bool = False) -> str:
    """Return the SHA-256 of data as JSON, in the order of its keys if they are not sorted."""
    return hashlib.sha256(json.dumps(data, allow_nan=False, sort_keys=sort_keys).encode()).hexdigest()


def structure(schema: Any, definitions: dict[str, Any], within: tuple[str, ...] = ()) -> Any:
    """Return what a JSON Schema demands: references followed, alternatives in one list in order, without words."""
    if isinstance(schema, list):
        return [structure(part, definitions, within) for part in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    if name in within:
        return {"within": name}
    if name:
        rest = {key: part for key, part in schema.items() if key != "$ref"}
        return structure({**definitions[name], **rest}, definitions, (*within, name))
    kept = {
        key: {name: structure(part, definitions, within) for name, part in value.items()}
        if key in ("properties", "patternProperties")
        else structure(value, definitions, within)
        for key, value in schema.items()
        if key not in ("title", "description", "$defs", "examples")
    }
    if "anyOf" in kept:
        flat = [option for part in kept["anyOf"] for option in (part["anyOf"] if part.keys() == {"anyOf"} else [part])]
        kept["anyOf"] = [option for _, option in sorted({json.dumps(option, sort_keys=True): option for option in flat}.items())]
    return kept


def written(scenario: Scenario) -> dict[str, str]:
    return {"fingerprint": scenario.fingerprint(), "resolved": digest(scenario.resolved())}


def golden() -> dict[str, dict[str, str]]:
    """Return what is written today, by file; refused files are left out."""
    found = {"JSON Schema": {"schema": digest(structure(json_schema(), json_schema()["$defs"]), sort_keys=True)}}
    for path in FILES:
        try:
            found[path.relative_to(ROOT).as_posix()] = written(load(path))
        except ScenarioError:
            continue
    return found


def test_everything_is_written_as_before() -> None:
    assert golden() == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_what_is_written_loads_again(path: Path) -> None:
    scenario = load(path)
    again = build(json.loads(json.dumps(scenario.resolved())))
    assert again.fingerprint() == scenario.fingerprint()
    assert again.resolved() == scenario.resolved()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
