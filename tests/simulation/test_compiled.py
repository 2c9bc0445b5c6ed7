"""Machine code is made once, whoever needs it first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rolloutsim.simulation import machine_code
from tests.gate import PATIENCE_S

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from rolloutsim.simulation.compilation import compiled

def total(numbers):
    found = 0.0
    for number in numbers:
        found += number
    return found

form = compiled(total)
print("ready", flush=True)
sys.stdin.readline()
form((1.0, 2.0))
print(sum(form.stats.cache_misses.values()), sum(form.stats.cache_hits.values()))
"""


@pytest.mark.slow
def test_of_processes_that_start_together_one_makes_machine_code_and_the_others_load_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "ROLLOUTSIM_CACHE_DIR": str(tmp_path / "cache")}
    started = [
        subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    made_and_loaded = sorted(process.communicate(timeout=PATIENCE_S)[0].split() for process in started)
    assert made_and_loaded == [["0", "1"], ["0", "1"], ["1", "0"]]


def test_where_files_cannot_be_locked_each_process_makes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "missing", None):
        monkeypatch.setattr(machine_code, "cache_directory", lambda folder=folder: folder)
        with machine_code.alone():
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
