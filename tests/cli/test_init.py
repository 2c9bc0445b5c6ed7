"""`init --from` and `examples`: what is copied, what is refused, and that a wheel carries the examples."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rolloutsim.scenario import examples, load
from tests.gate import PATIENCE_S, ROOT

Invoke = Callable[..., Result]
SCENARIOS = ROOT / "scenarios"


def test_examples_are_the_scenarios_of_the_checkout(invoke: Invoke) -> None:
    files = [*sorted(SCENARIOS.glob("*.yaml")), *sorted(SCENARIOS.glob("systems/*.yaml"))]
    assert list(examples()) == [str(file.relative_to(SCENARIOS).with_suffix("")) for file in files]
    listed = invoke("examples").stdout
    assert all(name in listed for name in examples())
    assert json.loads(invoke("examples", "--json").stdout)[0] == {"name": "bad-release", "description": examples()["bad-release"]}


@pytest.mark.parametrize("name", ["robomaker-100", "warehouse-night"])
def test_a_copy_is_good_where_it_is(invoke: Invoke, tmp_path: Path, name: str) -> None:
    result = invoke("init", "--from", name)
    assert result.exit_code == 0
    assert (tmp_path / f"{name}.yaml").read_bytes() == (SCENARIOS / f"{name}.yaml").read_bytes()
    assert invoke("validate", f"{name}.yaml").exit_code == 0


def test_a_copy_of_a_folder_inside_is_beside_the_others(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("init", "--from", "systems/ansible").exit_code == 0
    assert (tmp_path / "ansible.yaml").read_bytes() == (SCENARIOS / "systems" / "ansible.yaml").read_bytes()


def test_a_copy_has_its_traces_beside_it(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "fleet").mkdir()
    result = invoke("init", "fleet/mine.yaml", "--from", "commute-3g")
    assert result.exit_code == 0
    written = [str(file.relative_to(tmp_path)) for file in sorted(tmp_path.rglob("*")) if file.is_file()]
    assert written == ["fleet/mine.yaml", "fleet/traces/norway_hsdpa.csv"]
    assert invoke("init", "fleet/other.yaml", "--from", "commute-3g").exit_code == 0, "the same traces serve two copies"


def test_nothing_is_written_over(invoke: Invoke, tmp_path: Path) -> None:
    trace = tmp_path / "traces" / "norway_hsdpa.csv"
    trace.parent.mkdir()
    trace.write_text("mine", encoding="utf-8")
    result = invoke("init", "--from", "commute-3g")
    assert result.exit_code == 2
    assert "traces/norway_hsdpa.csv exists already and was left alone" in result.stderr
    assert trace.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "commute-3g.yaml").exists()


def test_an_unknown_example_is_refused_with_the_next_best(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("init", "--from", "warehouse-nights")
    assert result.exit_code == 2
    assert "did you mean warehouse-night?" in result.stderr
    assert invoke("init", "-", "--from", "robomaker-100").exit_code == 2
    assert invoke("init", "--from", "../scenarios/robomaker-100").exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "robots"), [(("--sites", 12, "--robots", 2400), 2400), (("--sites", 1), 200), (("--sites", 7, "--robots", 8), 8)]
)
def test_a_fleet_at_sites_has_the_robots_asked_for(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str | int, ...], robots: int
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert invoke("init", "fleet.yaml", *options).exit_code == 0
    scenario = load(tmp_path / "fleet.yaml")
    assert scenario.robots == robots
    assert scenario.network is not None
    assert len(scenario.network.sites) == options[1]
    if robots == 2400:
        assert {cohort.class_name: cohort.robots for cohort in scenario.fleet} == {"steady": 160, "flaky": 30, "switched-off": 10}
        assert len((tmp_path / "fleet.yaml").read_text().splitlines()) <= 60
        assert len(invoke("show", "fleet.yaml").stdout.splitlines()) <= 60


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--sites", 12, "--robots", 11), "11 robots are fewer than 12 sites"),
        (("--robots", 11), "add --sites N"),
        (("--sites", 2, "--from", "bad-release"), "give one of them"),
        (("--sites", 0), "--sites"),
    ],
)
def test_invalid_fleets_at_sites(invoke: Invoke, tmp_path: Path, options: tuple[str | int, ...], why: str) -> None:
    result = invoke("init", "fleet.yaml", *options)
    assert result.exit_code == 2
    assert why in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_installed_wheel_has_the_examples(tmp_path: Path) -> None:
    def run(*arguments: str, cwd: Path) -> str:
        done = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=ROOT)
    site = tmp_path / "site"
    run("-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(site), *map(str, tmp_path.glob("*.whl")), cwd=tmp_path)
    program = f"import sys; sys.path.insert(0, {str(site)!r}); from rolloutsim.cli import main; main()"
    assert "couriers-5g" in run("-P", "-c", program, "examples", cwd=tmp_path)
    run("-P", "-c", program, "init", "fleet.yaml", "--sites", "12", "--robots", "2400", cwd=tmp_path)
    run("-P", "-c", program, "validate", "fleet.yaml", cwd=tmp_path)
    run("-P", "-c", program, "init", "--from", "couriers-5g", cwd=tmp_path)
    run("-P", "-c", program, "run", "couriers-5g.yaml", "-n", "1", cwd=tmp_path)
    assert (tmp_path / "traces" / "5gophers_mobility.csv").is_file()
