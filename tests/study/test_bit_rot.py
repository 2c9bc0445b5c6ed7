"""A bit flips in a folder of results: reading raises `StoreError` and names the file, or what is loaded is the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from rolloutsim import Results, load_tables, plan, sensitivity, simulate
from rolloutsim.cli import cli
from rolloutsim.errors import StoreError
from rolloutsim.report.studies import save_plan, save_sensitivity
from rolloutsim.scenario import parse
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep, sweep

TEXT = """
scenario: small
seed: 9
replicates: 3
fleet: [{cohort: dock, robots: 5, link: {rate: 8 Mbit/s}}]
application: {bundle: 60 MB, steps: {launching: {duration: {exponential: {mean: 60 s}}}}}
"""

Loaded = Mapping[str, object]


def make_run(folder: Path) -> None:
    simulate(parse(TEXT), executor=1).save(folder, csv=True)


def make_streamed_run(folder: Path) -> None:
    """As the command line does, which writes tables while the run goes on."""
    file = folder.with_name("small.yaml")
    file.write_text(TEXT)
    done = CliRunner().invoke(cli, ["run", str(file), "--out", str(folder), "--executor", "1"])
    assert done.exit_code == 0, done.output


def load_run(folder: Path) -> Loaded:
    results = Results.load(folder)
    return {**results.tables.read_all()._asdict(), "manifest": results.manifest, "summary": results.summary().to_json()}


def make_plan(folder: Path) -> None:
    levers = {"fleet.dock.robots": [4, 5]}
    save_plan(plan(parse(TEXT), "time_to_complete.p50", levers=levers, replicates=10, max_replicates=20, executor=1), folder)


def make_sensitivity(folder: Path) -> None:
    uncertain = "sweep: {uncertainties: {fleet.dock.link.rate: {uniform: {low: 6 Mbit/s, high: 9 Mbit/s}}}}"
    save_sensitivity(sensitivity(parse(TEXT + uncertain), size=4, replicates=2, executor=1), folder)


def make_sweep(folder: Path) -> None:
    sweep(parse(TEXT), levers={"fleet.dock.robots": [4, 5]}, out=folder, executor=1)


def make_half_a_sweep(folder: Path) -> None:
    """Of which the parts are not yet in the final tables."""
    plan = plan_sweep(parse(TEXT), levers={"fleet.dock.robots": [3, 4, 5]}, out=folder)
    tasks = run_sweep(plan, folder, executor=1)
    next(tasks)
    next(tasks)
    tasks.close()


def load_sweep(folder: Path) -> Loaded:
    study = Study(folder)
    tables = {name: getattr(study, name) for name in ("points", "jobs", "cohorts", "failure_codes", "crashes")}
    return {**tables, "units": study.units, "wanted": study.wanted, "done": study.done, "repr": repr(study)}


KINDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], Loaded]]] = {
    "run": (make_run, load_run),
    "run --out": (make_streamed_run, load_run),
    "sweep": (make_sweep, load_sweep),
    "half a sweep": (make_half_a_sweep, load_sweep),
    "plan": (make_plan, load_tables),
    "sensitivity": (make_sensitivity, load_tables),
}

#: Nothing reads these.
EXCEPTED = (".png", ".csv", "log.jsonl", ".lock")


def equal(one: Loaded, other: Loaded) -> bool:
    return one.keys() == other.keys() and all(
        value.equals(other[name]) if isinstance(value, pd.DataFrame) else value == other[name] for name, value in one.items()
    )


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    good = path.read_bytes()
    changed = bytearray(good)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    yield
    path.write_bytes(good)


def flip_and_load(folder: Path, load: Callable[[Path], Loaded], flips: int, seed: int) -> dict[str, int]:
    """Flip bits, one at a time, in random files, and return how many were seen, by file."""

    def error_of(path: Path, bit: int) -> str:
        """Return the error of reading with a flipped bit; empty if what is loaded is the same."""
        with flipped(path, bit):
            try:
                assert equal(load(folder), whole), f"{path} loads with other numbers"
            except StoreError as error:
                return str(error)
        return ""

    whole = load(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(EXCEPTED))
    draw = random.Random(seed)
    seen = dict.fromkeys((path.name for path in files), 0)
    for _ in range(flips):
        path = draw.choice(files)
        if error := error_of(path, draw.randrange(8 * path.stat().st_size)):
            assert str(path) in error
            seen[path.name] += 1
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_seen(kind: str, tmp_path: Path) -> None:
    make, load = KINDS[kind]
    make(tmp_path / "out")
    seen = flip_and_load(tmp_path / "out", load, 60, seed=1)
    assert len(seen) > 3
    assert all(seen.values()), "a bit was flipped in each file"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_flipped_bits_are_seen(kind: str, tmp_path: Path) -> None:
    make, load = KINDS[kind]
    make(tmp_path / "out")
    seen = flip_and_load(tmp_path / "out", load, 2000 // len(KINDS) + 1, seed=2)
    assert min(seen.values()) > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["run", "run --out", "plan", "sensitivity"])
def test_the_manifest_lists_every_file_that_is_read(kind: str, tmp_path: Path) -> None:
    KINDS[kind][0](tmp_path / "out")
    listed = set(json.loads((tmp_path / "out" / "manifest.json").read_text())["files"])
    assert listed == {path.name for path in (tmp_path / "out").iterdir() if not path.name.endswith(EXCEPTED)} - {"manifest.json"}
