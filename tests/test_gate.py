"""What the tests do to simulations reaches every process, and the lists by which they are chosen are those of files that exist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import COMPILED, FOLDER, QUICK
from tests.gate import PATIENCE_S, ROOT

SCRIPT = """
import rolloutsim
from rolloutsim.scenario import parse
if __name__ == "__main__":
    steps = "{launching: {duration: {exponential: {mean: 9 s}}}}"
    scenario = parse("{fleet: [{cohort: a, robots: 1}], application: {bundle: 1 B, steps: %s}}" % steps)
    jobs = rolloutsim.simulate(scenario, replicates=30, seed=1, executor=2, keep="jobs").jobs
    print(jobs["time_to_complete_s"].nunique())
"""


@pytest.mark.slow
def test_work_becomes_cheaper_in_worker_processes_too(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for cheaper, different in (("1", "30"), ("10", "3")):
        environment = {**os.environ, "ROLLOUTSIM_TESTS_CHEAPER": cheaper}
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, cwd=ROOT, timeout=PATIENCE_S)
        assert done.stdout == f"{different}\n", done.stderr


def test_lists_of_files_are_current() -> None:
    assert [name for name in sorted(COMPILED | QUICK) if not (FOLDER / name).is_file()] == []
    assert not COMPILED & QUICK
