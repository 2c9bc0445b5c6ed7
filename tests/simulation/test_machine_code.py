"""Machine code on disk is a convenience: whatever is wrong with its folder, the code is made and the numbers are right."""

from __future__ import annotations

import logging
import pwd
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rolloutsim
from rolloutsim.kernel import kernel
from rolloutsim.simulation.compilation import compiled
from rolloutsim.simulation.engine_choice import choose_engine
from rolloutsim.simulation.machine_code import cache_directory, is_cached, kernel_sources


@kernel
def doubled(x: float) -> float:
    return 2.0 * x


def in_a_new_process() -> Callable[[float], float]:
    """Return the kernel as a process that has not compiled it yet gets it."""
    compiled.cache_clear()
    return compiled(doubled)


def hits(form: Callable[[float], float]) -> int:
    return sum(form.stats.cache_hits.values())  # type: ignore[attr-defined]  # numba's


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place for machine code, named by the user."""
    monkeypatch.setenv("ROLLOUTSIM_CACHE_DIR", str(tmp_path / "code"))
    cache_directory.cache_clear()
    yield tmp_path / "code"
    cache_directory.cache_clear()
    compiled.cache_clear()


def notes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_a_change_of_any_kernel_makes_other_machine_code() -> None:
    package = Path(rolloutsim.__file__).parent
    kernels = {path for path in package.rglob("*.py") if "from rolloutsim.kernel import" in path.read_text(encoding="utf-8")}
    assert len(kernels) > 20
    assert kernels <= set(kernel_sources())


def test_machine_code_is_kept_for_other_processes(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not is_cached(doubled)
    first = in_a_new_process()
    assert (first(1.5), hits(first)) == (3.0, 0)
    assert is_cached(doubled)
    second = in_a_new_process()
    assert (second(1.5), hits(second)) == (3.0, 1)
    assert sorted(path.suffix or path.name for path in folder.rglob("*") if path.is_file()) == [".code", ".lock"]
    assert notes(caplog) == []


@pytest.mark.parametrize("damage", ["a bit at the front", "a bit in the middle", "half", "nothing left"])
def test_damaged_files_are_made_again_before_llvm_sees_them(folder: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    in_a_new_process()(1.5)
    (file,) = folder.rglob("*.code")
    whole = file.read_bytes()
    places = {"a bit at the front": 0, "a bit in the middle": len(whole) // 2}
    broken = bytearray(whole)
    if damage in places:
        broken[places[damage]] ^= 4
    else:
        del broken[len(whole) // 2 if damage == "half" else 0 :]
    file.write_bytes(broken)
    again = in_a_new_process()
    assert (again(1.5), hits(again)) == (3.0, 0)
    after = in_a_new_process()
    assert (after(1.5), hits(after)) == (3.0, 1)
    assert notes(caplog) == []


def test_a_folder_that_cannot_be_made_gets_one_note(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.write_text("a file stands in its place")
    for _ in range(2):
        assert in_a_new_process()(1.5) == 3.0
    (note,) = notes(caplog)
    assert str(cache_directory()) in note
    assert "ROLLOUTSIM_CACHE_DIR" in note


def test_a_full_disk_gets_a_note_and_leaves_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A limit on the size of files stands for the disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        assert in_a_new_process()(1.5) == 3.0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    (note,) = notes(caplog)
    assert "File too large" in note
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [".lock"]


def test_a_user_without_a_home_runs_all_the_same(monkeypatch: pytest.MonkeyPatch, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    for name in ("HOME", "XDG_CACHE_HOME", "ROLLOUTSIM_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    cache_directory.cache_clear()
    assert cache_directory() is None
    assert choose_engine("auto", 100_000.0).engine == "simpy"
    assert in_a_new_process()(1.5) == 3.0
    (note,) = notes(caplog)
    assert "no home folder" in note
    assert "ROLLOUTSIM_CACHE_DIR" in note


def test_workers_leave_the_note_to_the_process_that_started_them(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("multiprocessing.parent_process", lambda: "another process")
    folder.write_text("a file stands in its place")
    assert in_a_new_process()(1.5) == 3.0
    assert notes(caplog) == []
