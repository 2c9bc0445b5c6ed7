"""`systems` and `show --as-rules`: configurations of other systems on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rolloutsim.scenario import load
from rolloutsim.scenario.systems.keys import flat
from rolloutsim.scenario.systems.registry import SYSTEMS
from tests.gate import ROOT

Invoke = Callable[..., Result]
ANSIBLE = str(ROOT / "scenarios" / "systems" / "ansible.yaml")


def test_all_systems_are_listed(invoke: Invoke) -> None:
    listed = invoke("systems").stdout
    assert all(name in listed for name in SYSTEMS)
    assert [entry["name"] for entry in json.loads(invoke("systems", "--json").stdout)] == list(SYSTEMS)


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_all_keys_of_a_system_are_listed(invoke: Invoke, name: str) -> None:
    text = "".join(invoke("systems", name).stdout.split())  # long paths are wrapped
    found = json.loads(invoke("systems", name, "--json").stdout)
    assert [entry["key"] for entry in found["keys"]] == [path for path, _ in flat(SYSTEMS[name].keys)]
    for path, _ in flat(SYSTEMS[name].keys):
        assert path.rpartition(".")[2] in text, path
    assert found["native_status"]["robots"] == SYSTEMS[name].robots


def test_an_unknown_system_is_refused_with_the_next_best(invoke: Invoke) -> None:
    result = invoke("systems", "ansibel")
    assert result.exit_code == 2
    assert "did you mean ansible?" in result.stderr


def test_plain_rules_are_a_scenario_file_with_the_same_results(invoke: Invoke, tmp_path: Path) -> None:
    plain = tmp_path / "plain.yaml"
    plain.write_text(invoke("show", ANSIBLE, "--as-rules", "--set", "deployment.serial=100").stdout, encoding="utf-8")
    assert "system:" not in plain.read_text(encoding="utf-8")
    assert load(plain).fingerprint() == load(ANSIBLE).replace("deployment.serial", 100).fingerprint()
    assert invoke("show", ANSIBLE, "--as-rules", "--json").exit_code == 2, "one of them"


def test_the_file_written_out_keeps_the_configuration(invoke: Invoke, tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text(invoke("show", ANSIBLE, "--expand").stdout, encoding="utf-8")
    assert load(copy).system == "ansible"
