"""What only a real process shows: signals, pipes, terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import rolloutsim
from rolloutsim import cli
from rolloutsim.simulation.records.reduction import Reduction
from tests.cli.conftest import command, process
from tests.gate import PATIENCE_S, ROOT, Gate

UNCERTAIN = "{uncertainties: {application.bundle: {uniform: {low: 1 MB, high: 2 MB}}}}"


class Screen:
    """What a process has shown on the terminal to which its stderr goes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.text = ""

    def read(self) -> bool:
        """Read what there is, or wait for it a little; False at the end."""
        if select.select([self._descriptor], [], [], 0.2)[0]:
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:  # how Linux reports that the other end is closed
                return False
            self.text += data.decode(errors="replace")
            return bool(data)
        return True

    def wait_for(self, pattern: str) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.text):
            assert time.monotonic() < give_up, f"no {pattern!r} in {self.text!r}"
            assert self.read(), f"ended without {pattern!r}: {self.text!r}"


@contextmanager
def on_a_terminal(args: list[str], gate: Gate | None = None) -> Iterator[tuple[subprocess.Popen[str], Screen]]:
    """Run a command with its stderr on a terminal and its stdout in a pipe, perhaps up to a gate."""
    ours, theirs = pty.openpty()
    more = {"env": gate.environment} if gate else {}
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=theirs, text=True, cwd=ROOT, start_new_session=True, **more) as running:
        os.close(theirs)
        try:
            yield running, Screen(ours)
        finally:
            running.kill()
            os.close(ours)


def finish(running: subprocess.Popen[str], screen: Screen) -> str:
    """Return what the process prints until it ends, and all that hold its terminal."""
    give_up = time.monotonic() + PATIENCE_S
    while screen.read():
        assert time.monotonic() < give_up, f"something has not ended after {screen.text!r}"
    return running.communicate(timeout=PATIENCE_S)[0]


def test_progress_goes_to_the_terminal_and_json_to_the_pipe(small: str) -> None:
    with on_a_terminal(command("run", small, "-n", 200, "--json")) as (running, screen):
        printed = finish(running, screen)
    assert running.returncode == 0
    assert json.loads(printed)["replicates"] == 200
    assert re.search(r"replicates .*\d+/200", screen.text)


@pytest.mark.slow
def test_below_the_bar_of_a_sweep_are_the_metrics_with_their_intervals(small: str) -> None:
    metrics = "--metric", "failed_share", "--metric", "time_to_complete.p50"
    with on_a_terminal(command("sweep", small, "--lever", "rules.dispatch=window,batch", *metrics, "-n", 400)) as on:
        finish(*on)
    assert on[0].returncode == 0
    told = re.sub(r"\x1b\[[\d;?]*\w", "", on[1].text)
    assert re.search(r"point [01]: failed_share\.mean +[\d.]+ % +\[[\d., %]+\]", told)
    assert re.search(r"point [01]: time_to_complete\.p50 +[\d.]+ \w+ +\[[\d., ]+\] +n = ", told)


def test_without_a_terminal_there_is_no_bar(small: str) -> None:
    done = process("run", small, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["replicates"] == 4
    assert done.stderr.count("\n") == 2


def test_ctrl_c_saves_the_replicates_that_are_done(small: str, tmp_path: Path) -> None:
    out, gate = tmp_path / "out", Gate(tmp_path / "gate", replicate=40)
    with on_a_terminal(command("run", small, "-n", 50, "--executor", 1, "--out", out, "--json"), gate) as (running, screen):
        gate.wait(ended=lambda: running.poll() is not None)
        running.send_signal(signal.SIGINT)
        printed = finish(running, screen)
    assert running.returncode == 130
    assert "Traceback" not in screen.text
    results = rolloutsim.Results.load(out)
    assert "interrupted after 40 of 50 replicates; these are shown and saved" in screen.text
    assert results.manifest["interrupted"] is True
    assert results.jobs["replicate"].tolist() == list(range(40))
    assert len(results.robots) == 20 * 40
    assert json.loads(printed)["replicates"] == 40
    assert not list(out.glob(".*"))


def test_ctrl_c_before_anything_is_done(small: str, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", replicate=0)
    with on_a_terminal(command("run", small, "-n", 1, "--out", tmp_path / "out"), gate) as (running, screen):
        gate.wait(ended=lambda: running.poll() is not None)
        running.send_signal(signal.SIGINT)
        printed = finish(running, screen)
    assert (running.returncode, printed) == (130, "")
    assert "interrupted; nothing was saved" in screen.text
    assert "Traceback" not in screen.text


@pytest.mark.parametrize(
    "args",
    [
        ["check", "{small}", "--set", "checks=[failed_share <= 0.9]", "-n", 200],
        pytest.param(["compare", "{small}", "--against", "rules.dispatch=batch", "-n", 200], marks=pytest.mark.slow, id="compare"),
        pytest.param(
            ["plan", "{small}", "--minimize", "slot", "--over", "rules.concurrency=1,6", "-n", 200, "--max-replicates", 200],
            marks=pytest.mark.slow,
            id="plan",
        ),
        pytest.param(
            ["sensitivity", "{small}", "--set", f"sweep={UNCERTAIN}", "--trajectories", 2, "-n", 200],
            marks=pytest.mark.slow,
            id="sensitivity",
        ),
    ],
    ids=lambda args: args[0],
)
def test_ctrl_c_ends_a_study_and_its_workers(small: str, tmp_path: Path, args: list[object]) -> None:
    named = [small if arg == "{small}" else arg for arg in args]
    assert_ctrl_c_ends(command(*named, "--executor", 2), Gate(tmp_path / "gate", replicate=100))


@pytest.mark.slow
def test_ctrl_c_ends_a_dask_cluster_of_its_own(small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    # What the processes of a cluster log when they lose each other depends on which is faster.
    monkeypatch.setenv("DASK_LOGGING__DISTRIBUTED", "critical")
    args = command("compare", small, "--against", "rules.dispatch=batch", "-n", 200, "--executor", "dask")
    assert_ctrl_c_ends(args, Gate(tmp_path / "gate", replicate=100))


def assert_ctrl_c_ends(args: list[str], gate: Gate) -> None:
    with on_a_terminal(args, gate) as (running, screen):
        gate.wait(ended=lambda: running.poll() is not None)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: workers get it, too
        printed = finish(running, screen)  # of workers, too: they hold the terminal
    assert (running.returncode, printed) == (130, "")
    assert screen.text.endswith("interrupted; nothing was saved\r\n")
    assert "Traceback" not in screen.text


def test_a_replicate_that_was_cut_off_leaves_no_rows(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Reduction.row  # what is taken in last

    def interrupted(self: Reduction, replicate: int, *args: Any) -> Any:
        if replicate == 2:
            raise KeyboardInterrupt
        return real(self, replicate, *args)

    monkeypatch.setattr(Reduction, "row", interrupted)
    run = rolloutsim.simulate(rolloutsim.load(small), keep_on_interrupt=True)
    assert run.interrupted
    for table in run.tables:
        assert table is None or sorted(table["replicate"].unique()) == [0, 1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_is_reported() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(command("codes"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr == "the output cannot be written (No space left on device): make room, or choose another place\n"


@pytest.mark.slow
def test_a_terminal_without_the_letters_gets_question_marks(small: str, tmp_path: Path) -> None:
    text = Path(small).read_text(encoding="utf-8").replace("scenario: small", "scenario: größer als 5 €")
    path = tmp_path / "letters.yaml"
    path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "iso-8859-1"}
    for args in (["show", path], ["run", path, "-n", 1], ["validate", path]):
        done = subprocess.run(command(*args), capture_output=True, env=environment, timeout=PATIENCE_S, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        assert "größer als 5 ?".encode("iso-8859-1") in done.stdout


@pytest.mark.parametrize(
    ("args", "code"),
    [(["codes"], 0), (["--help"], 0), (["validate", "nope.yaml"], 2), (["run", "nope.yaml"], 2), (["cods"], 2), ([], 2)],
)
def test_exit_codes_of_real_processes(args: list[str], code: int) -> None:
    done = process(*args)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_the_console_script_is_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["rolloutsim", "codes"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 0
    assert "EtagMismatch" in capsys.readouterr().out


def caused_by_memory(error: Exception) -> Exception:
    error.__context__ = ImportError("libscipy.so: failed to map segment from shared object")
    return error


def test_openblas_starts_no_threads_which_hang_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit):
        cli.main(["codes"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    ("command", "error", "code", "message"),
    [
        # While a command runs, and before: what is imported for it may be broken, too, and the user may be in a hurry.
        ("rolloutsim.study.check", ZeroDivisionError("no luck"), 70, "ZeroDivisionError: no luck"),
        ("rolloutsim.cli.check.load_scenarios", EOFError(), 70, "EOFError"),
        ("rolloutsim.study.check", MemoryError("8 GB"), 3, "there is not enough memory: choose executor 1"),
        ("rolloutsim.study.check", OSError(12, "Cannot allocate memory"), 3, "there is not enough memory"),
        ("rolloutsim.study.check", OSError("no libllvmlite.so"), 2, "the system refuses a file (no libllvmlite.so)"),
        ("rolloutsim.study.check", caused_by_memory(OSError("no libllvmlite.so")), 3, "there is not enough memory"),
        ("rolloutsim.study.check", caused_by_memory(ImportError("no scipy")), 3, "choose executor 1"),
        ("rolloutsim.study.check", RuntimeError("can't start new thread"), 2, "the system allows no more threads: add --executor 1"),
        ("rolloutsim.study.check", RuntimeError("else"), 70, "RuntimeError: else"),
        (
            "rolloutsim.study.check",
            PermissionError(13, "Permission denied", "a/.lock"),
            2,
            "the system refuses a/.lock (Permission denied)",
        ),
        ("rolloutsim.cli.import_module", ImportError("no", name="rolloutsim.cli"), 70, "ImportError: no"),
        ("rolloutsim.cli.import_module", ImportError("pyarrow needs NumPy 2"), 2, "a library cannot be loaded (pyarrow needs NumPy 2)"),
        ("rolloutsim.study.check", KeyboardInterrupt(), 130, "interrupted; nothing was saved"),
        ("rolloutsim.cli.Commands.parse_args", KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_unexpected_error_is_no_failed_check(
    small: str, command: str, error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with patch(command, side_effect=error), pytest.raises(SystemExit) as stop:
        cli.main(["check", small, "--set", "checks=[failed <= 1]"])
    printed = capsys.readouterr().err
    assert stop.value.code == code
    assert message in printed
    lines = printed.lstrip("\n").splitlines()
    asked = "this is a fault of the program: please report it, with the command, its files and what follows"
    assert (code == 70) == (lines[:3] == [asked, "", "Traceback (most recent call last):"])
