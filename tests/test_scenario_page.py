"""The reference of the scenario file: every key is described, and every example is valid."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from rolloutsim.distributions import FAMILIES
from rolloutsim.scenario import parse
from tests.pages import ROOT, docs_module, text


@pytest.fixture(scope="module")
def page() -> ModuleType:
    return docs_module("scenario_page")


def test_every_key_is_described(page: ModuleType) -> None:
    assert page.undescribed() == [], "add a description to the field or to the schema"


def test_every_example_is_valid(page: ModuleType) -> None:
    examples: list[tuple[str, dict[str, Any], str]] = page.examples()
    assert len(examples) > 100
    wrong = []
    for path, schema, example in examples:
        value = YAML(typ="safe").load(example)
        if not jsonschema.Draft202012Validator(schema).is_valid(value):
            wrong.append((path, example))
    assert wrong == []


@pytest.mark.parametrize("name", FAMILIES)
def test_every_distribution_has_a_small_picture(name: str) -> None:
    picture = ROOT / "docs" / "reference" / "distributions" / f"{name}.svg"
    assert picture.stat().st_size < 2000
    assert f"(distributions/{name}.svg)" in text("docs/reference/scenario.md")


def test_the_scenarios_of_the_page_load() -> None:
    examples = re.findall(r"^<!-- scenario -->\n```yaml\n(.*?)^```", text("docs/reference/scenario.md"), re.DOTALL | re.MULTILINE)
    assert [parse(example).robots for example in examples] == [2400]
