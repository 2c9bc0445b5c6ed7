"""The table of operations is RoboMaker's, member by member, and the model made of it is what botocore reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from rolloutsim.robomaker.operations import ERRORS, OPERATIONS, UNSERVED
from rolloutsim.robomaker.service_model import paginators, service
from rolloutsim.robomaker.shapes import SHAPES
from tests.pages import ROOT

FACTS = ROOT.parent / "shared" / "research" / "robomaker_shapes.json"

#: What the table does not have: texts, and that RoboMaker gave its operations up.
LEFT_OUT = ("documentation", "deprecated", "deprecatedMessage")


def stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: stripped(inner) for key, inner in value.items() if key not in LEFT_OUT}
    return [stripped(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def facts() -> Any:
    if not FACTS.exists():
        pytest.skip("the shapes of RoboMaker's API are not beside this checkout; .ci/run compares them with botocore's")
    return stripped(json.loads(FACTS.read_text(encoding="utf-8")))


@pytest.mark.parametrize("part", ["operations", "shapes"])
def test_the_table_is_robomakers(part: str, facts: Any) -> None:
    written = service()[part]
    for name, expected in facts[part].items():
        assert written[name] == expected, name
    beyond = {name for name in written.keys() - facts[part].keys() if "tag" not in name.lower()}
    assert not beyond  # the operations on tags came later than the facts


def test_the_metadata_are_robomakers(facts: Any) -> None:
    assert facts["metadata"].items() <= {key: value for key, value in service()["metadata"].items() if key != "auth"}.items()


def test_every_shape_is_used_and_there() -> None:
    used = {"errorMessage"}
    todo = [shape for operation in OPERATIONS.values() for shape in (operation.request, operation.response)]
    while todo:
        shape = todo.pop()
        new = {name for name in (shape.item, shape.key, *(member.shape for member in shape.members.values())) if name} - used
        used |= new
        todo += [SHAPES[name] for name in new]
    assert used == set(SHAPES)


def test_operations_are_served_or_not() -> None:
    assert len(OPERATIONS) == 24
    assert not set(OPERATIONS) & set(UNSERVED)
    assert {error for operation in OPERATIONS.values() for error in operation.errors} == set(ERRORS)


def test_lists_have_pages() -> None:
    assert set(paginators()["pagination"]) == {name for name in OPERATIONS if name.startswith("List") and name != "ListTagsForResource"}


def test_the_command_writes_a_model_without_texts(tmp_path: Path, invoke: Callable[..., Result]) -> None:
    result = invoke("robomaker", "model", str(tmp_path / "models"))
    assert result.exit_code == 0
    folder = tmp_path / "models" / "robomaker" / "2018-06-29"
    assert result.stdout.splitlines() == [str(folder / "service-2.json"), str(folder / "paginators-1.json")]
    text = (folder / "service-2.json").read_text(encoding="utf-8")
    assert json.loads(text) == service()
    assert not any(word in text for word in LEFT_OUT)
