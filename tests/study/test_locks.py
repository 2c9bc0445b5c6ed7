"""Locks of folders: what stands in the way is named, and only another process means that another process works there."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from rolloutsim import Results, simulate
from rolloutsim.errors import StoreError
from rolloutsim.scenario import Scenario
from rolloutsim.study.store.locks import lock_folder, reading
from rolloutsim.study.store.store import Store
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep
from tests.study.run_folders import SCENARIO as RUN
from tests.study.test_sweep import LEVERS, finals, work


def answering(number: int) -> Any:
    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return flock


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    with lock_folder(tmp_path, print):
        said = rf"{tmp_path}: process {os.getpid()} on .* is working there: wait until it is done, or choose another folder"
        with pytest.raises(StoreError, match=said):
            lock_folder(tmp_path, print)
        with pytest.raises(StoreError, match=said), reading(tmp_path):
            pass
    lock_folder(tmp_path, print).close()


@pytest.mark.parametrize("number", [errno.EWOULDBLOCK, errno.EACCES])
def test_answers_that_mean_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(fcntl, "flock", answering(number))
    with pytest.raises(StoreError, match="another process is working there"):
        lock_folder(tmp_path, print)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(fcntl, "flock", answering(number))
    warnings: list[str] = []
    lock_folder(tmp_path, warnings.append).close()
    (warning,) = warnings
    assert warning.startswith(f"warning: {tmp_path}: files cannot be locked there ({os.strerror(number)})")
    with reading(tmp_path):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_runs_and_sweeps_on_a_file_system_without_locks(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Neither files can be locked there, nor folders flushed."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(fcntl, "flock", answering(number))
    messages: list[str] = []
    simulate(RUN, out=tmp_path / "run", replicates=3, notify=messages.append)
    assert len(Results.load(tmp_path / "run").jobs) == 3
    for _ in run_sweep(plan_sweep(scenario, levers=LEVERS, replicates=2), tmp_path / "sweep", notify=messages.append):
        pass
    assert Study(tmp_path / "sweep").done == 2 * 3
    of_run, of_sweep = (message for message in messages if message.startswith("warning"))
    assert of_run.startswith(f"warning: {tmp_path / 'run' / 'parts'}: files cannot be locked there")
    assert of_sweep.startswith(f"warning: {tmp_path / 'sweep'}: files cannot be locked there")


def test_a_lock_file_of_another_user(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """A user that may write in the folder, but not into that file, can work there all the same."""
    (tmp_path / ".lock").write_text("process 1 on host")
    monkeypatch.setattr(Path, "open", refusing("a+"))  # permissions do not stop root
    assert work(scenario, tmp_path)[0] == 60
    assert finals(tmp_path) == whole
    with Store(tmp_path, notify=print), pytest.raises(StoreError, match="process 1 on host is working there"):
        lock_folder(tmp_path, print)
    assert (tmp_path / ".lock").read_text() == "process 1 on host"


@pytest.mark.parametrize("take", [lambda folder: lock_folder(folder, print), lambda folder: reading(folder).__enter__()])
def test_a_lock_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Any) -> None:
    monkeypatch.setattr(Path, "open", refusing("a+", "r"))
    said = r"\.lock: cannot be opened to see whether another process works there \(Permission denied\): check its permissions"
    with pytest.raises(StoreError, match=said):
        take(tmp_path)


def test_a_folder_in_place_of_the_lock_file(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(StoreError, match=r"\.lock: cannot be opened to see whether .* \(Is a directory\)"):
        lock_folder(tmp_path, print)


def refusing(*modes: str) -> Any:
    """Return `Path.open` as it is with a `.lock` of another user, which cannot be opened in some modes."""
    real = Path.open

    def open_(path: Path, mode: str = "r", **more: Any) -> Any:
        if path.name == ".lock" and mode in modes:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, mode, **more)

    return open_
