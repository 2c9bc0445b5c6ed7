"""Results of machines whose C libraries compute other last digits are told apart, and called by what differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rolloutsim
from rolloutsim.distributions.arithmetic import arithmetic_fingerprint
from rolloutsim.errors import StoreError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.study import comparing, provenance, run_store
from rolloutsim.study import sweep as sweeping
from rolloutsim.study.combining import combine
from rolloutsim.study.executors import Where
from rolloutsim.study.stored_run import run_into
from rolloutsim.study.sweep import sweep
from tests.study.test_sweep import work

ROOT = Path(__file__).parents[2]

#: Distributions of all kinds, so that some of a few thousand variates differ.
TEXT = """
scenario: digits
seed: 12
replicates: 20
fleet:
  - cohort: a
    robots: 60
    link: {rate: {lognormal: {median: 16 Mbit/s, sigma: 0.5}}}
    connectivity: {renewal: {up: {gamma: {shape: 0.7, scale: 20 min}}, down: {weibull: {shape: 0.7, scale: 2 min}}}}
  - cohort: b
    robots: 30
    link: {rate: {gamma: {shape: 2.5, scale: 4 Mbit/s}}}
    connectivity: {renewal: {up: {pareto: {scale: 5 min, shape: 1.8}}, down: {lognormal: {median: 3 min, sigma: 1.2}}}}
application:
  bundle: 350 MB
  steps:
    reaching: {duration: {exponential: {mean: 5 s}}}
    validating: {duration: {normal: {mean: 20 s, sd: 5 s}}}
    extracting: {duration: {lognormal: {median: 20 s, sigma: 0.4}}}
    launching: {duration: {gamma: {shape: 2, scale: 5 s}}}
"""
SWEEP = ["sweep", "digits.yaml", "--lever", "fleet.a.robots=60", "--seed", "1"]


def elsewhere(*command: str, cwd: Path = ROOT) -> str:
    """Run Python as on a processor without fused multiply-add, for which the GNU C library has other functions."""
    environment = os.environ | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX2_Usable,-FMA_Usable"}
    run = subprocess.run([sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=True)
    return run.stdout


@pytest.fixture(scope="module")
def other_machine() -> str:
    """The fingerprint of another arithmetic that this machine can imitate."""
    script = "from rolloutsim.distributions.arithmetic import arithmetic_fingerprint as f; print(f())"
    found = elsewhere("-c", script).strip()
    if found == arithmetic_fingerprint():
        pytest.skip("this C library has no other functions for other processors")
    return found


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    script = "from rolloutsim.distributions.arithmetic import arithmetic_fingerprint as f; print(f())"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found.strip() == arithmetic_fingerprint()


def test_combine_names_the_arithmetic_if_numbers_differ(other_machine: str, tmp_path: Path) -> None:
    (tmp_path / "digits.yaml").write_text(TEXT)
    elsewhere("-m", "rolloutsim", *SWEEP, "-n", "30", "--out", "there", cwd=tmp_path)
    sweep(parse(TEXT), levers={"fleet.a.robots": [60]}, seed=1, out=tmp_path / "here", workers=1)
    with pytest.raises(StoreError) as caught:
        combine([tmp_path / "here", tmp_path / "there"], tmp_path / "whole")
    assert all(fingerprint in str(caught.value) for fingerprint in (other_machine, arithmetic_fingerprint()))
    assert "last digits" in str(caught.value)
    assert "changed program" not in str(caught.value)


def test_who_resumes_a_study_on_another_machine_is_told(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert work(scenario, tmp_path, replicates=5)[1] == []
    monkeypatch.setattr(sweeping, "arithmetic_fingerprint", lambda: "another")
    (line,) = work(scenario, tmp_path, replicates=6)[1]
    assert "last digits" in line
    both = sorted(["another", arithmetic_fingerprint()])
    assert json.loads((tmp_path / "study.json").read_text())["arithmetic"] == both


def test_shards_of_different_machines_are_combined_and_that_is_told(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(scenario, tmp_path / "a", shard=(1, 2))
    monkeypatch.setattr(sweeping, "arithmetic_fingerprint", lambda: "another")
    work(scenario, tmp_path / "b", shard=(2, 2))
    told: list[str] = []
    combine([tmp_path / "a", tmp_path / "b"], tmp_path / "whole", tell=told.append)
    (line,) = told
    assert "another" in line


def test_who_resumes_a_run_on_another_machine_is_told(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(replicates: int) -> list[str]:
        told: list[str] = []
        run_into(tmp_path, scenario, replicates=replicates, seed=3, engine="simpy", where=Where(1), tell=told.append)
        return [line for line in told if "last digits" in line]

    assert run(3) == []
    monkeypatch.setattr(run_store, "arithmetic_fingerprint", lambda: "another")
    (line,) = run(5)
    both = sorted(["another", arithmetic_fingerprint()])
    assert ", ".join(both) in line
    assert json.loads((tmp_path / "manifest.json").read_text())["arithmetic"] == both


def test_a_baseline_of_another_machine_is_told(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as there:
        there.setattr(provenance, "arithmetic_fingerprint", lambda: "another")
        rolloutsim.simulate(scenario, replicates=5).save(tmp_path)
    comparing.compare(scenario, baseline=tmp_path, metrics=["slot"], replicates=5)
    (record,) = caplog.records
    assert "last digits differ (arithmetic another in manifest.json" in record.getMessage()
