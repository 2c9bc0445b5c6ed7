"""What commands leave in a folder, down to the digest of each table: how studies are organised moves no number and no file.

Renewed with ``python -m tests.study.test_golden_folders``, where the model itself gives other numbers.
"""

from __future__ import annotations

import json
import shlex
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from click.testing import CliRunner

from rolloutsim.cli import cli
from tests.gate import ROOT

GOLDEN = Path(__file__).with_name("golden_folders.json")
COMMANDS = (
    "run site-blackout --seed 5 --replicates 6 --engine simpy --csv",
    'run site-blackout --seed 5 --precision "abort_probability 0.2" --max-replicates 45 --tables jobs --engine simpy',
    "sweep robomaker-100 --lever rules.dispatch=window,batch --seed 3 --replicates 8",
)


def folder_of(command: str, out: Path) -> dict[str, str]:
    """Run a command with a folder for its results; return the files there, tables with a digest."""
    verb, scenario, *options = shlex.split(command)
    found = CliRunner().invoke(cli, [verb, str(ROOT / "scenarios" / f"{scenario}.yaml"), *options, "--out", str(out)])
    assert found.exit_code == 0, found.output
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): digest(path) if path.suffix == ".parquet" else "" for path in files}


def digest(path: Path) -> str:
    """Return a digest of a table as text, with nine digits of each number: another order of additions moves last digits."""
    text = pd.read_parquet(path).drop(columns="model_version", errors="ignore").to_csv(index=False, float_format="%.9g")
    return sha256(text.encode()).hexdigest()[:16]


@pytest.mark.numbers
@pytest.mark.parametrize("command", COMMANDS)
def test_folders_stay(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.report.plots.plotter.save_plot", lambda _, path: path.touch())  # only the names count
    assert folder_of(command, tmp_path) == json.loads(GOLDEN.read_text(encoding="utf-8"))[command]


if __name__ == "__main__":
    found = {}
    for each in COMMANDS:
        with TemporaryDirectory() as folder:
            found[each] = folder_of(each, Path(folder))
    GOLDEN.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
