"""Whatever a file or an option holds: commands end with a code of their own and with words, never with a fault of the program."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from rolloutsim.cli import COMMANDS, cli
from rolloutsim.robomaker.server import Server
from rolloutsim.simulation import engine_choice as choice
from rolloutsim.simulation.replicate import Replicator
from tests.cli.conftest import SCENARIOS, TEXT
from tests.cli.mutants import VALUES, mutate

#: A command that takes longer than this, in seconds, will not end by itself.
HANG = 300

MORE = """\
network: {origin: 1 Gbit/s, sites: {berlin: {downlink: 100 Mbit/s, outages: {up: 5 h, down: 10 min}}}}
rules:
  stages: [{robots: 2, soak: 1 h, max_failures: 1}, {share: 50 %}]
  retries: {codes: [ExtractingBundleFailure], max: 2, backoff: 1 min}
  start: "2026-01-05 21:00"
checks: ["abort_probability <= 50 %"]
sweep: {levers: {rules.dispatch: [window, batch]}, uncertainties: {application.bundle: {uniform: {low: 90 MB, high: 110 MB}}}}
"""
TEXTS = (TEXT, TEXT + MORE, *(path.read_text(encoding="utf-8") for path in SCENARIOS))


@pytest.fixture(autouse=True)
def _guard() -> Iterator[None]:
    """Make an error of a hang."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError("this does not end")

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class _Kept:
    """What an iterator yields, and how it ends, to be passed over again; never more than was asked for."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._kept: list[Any] = []
        self._end: Exception | None = None

    def __iter__(self) -> Iterator[Any]:
        for place in count():
            if place == len(self._kept) and self._end is None:
                try:
                    self._kept.append(next(self._events))
                except Exception as end:
                    self._end = end
            if place < len(self._kept):
                yield self._kept[place]
            elif isinstance(self._end, StopIteration):
                return
            else:
                raise self._end


@pytest.fixture(autouse=True)
def _scan_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scan YAML that two commands read only once: nothing takes longer."""
    scan, known = YAML.parse, dict[str, _Kept]()

    def parse(yaml: YAML, text: str) -> Iterator[Any]:
        if text not in known:
            known.clear()
            known[text] = _Kept(scan(yaml, text))
        return iter(known[text])

    monkeypatch.setattr(YAML, "parse", parse)


def run(*args: str) -> Result:
    signal.alarm(HANG)
    return CliRunner().invoke(cli, list(args), prog_name="rolloutsim")


def judge(result: Result, codes: tuple[int, ...], what: str) -> None:
    """See that a command ended as it should, and printed what can be printed."""
    assert result.exception is None or isinstance(result.exception, SystemExit), (what, result.exception)
    assert result.exit_code in codes, (what, result.output)
    assert "Traceback" not in result.output, what
    assert all(line.isprintable() for line in result.output.split("\n")), (what, result.output)
    assert not any(line.lstrip().startswith("::") for line in result.output.split("\n")), (what, result.output)


def feed(seed: int, folder: Path) -> None:
    """Make a mutant and let the commands that read scenarios read it."""
    chance = random.Random(seed)
    text = mutate(chance.choice(TEXTS), chance)
    file = folder / "mutant.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    what = f"mutant {seed}: {text}"
    result = run("validate", str(file), "--json")
    judge(result, (0, 2), what)
    for problem in json.loads(result.stdout)[0]["problems"]:
        assert problem["why"], what
        assert problem["hint"] or problem["severity"] != "error", (what, problem)
    shown = run("show", str(file), *chance.choice(((), ("--json",), ("--set", "rules.dispatch=batch"))))
    judge(shown, (0, 2), what)
    if not result.exit_code and not seed % 5 and len(text) < 3000:
        small = ("--set", "fleet=[{cohort: a, robots: 3}]", "--set", "rules.stages=[]")
        judge(run("run", str(file), "-n", "1", "--executor", "1", "--engine", "simpy", *small), (0, 2), what)


@pytest.mark.parametrize("part", range(2))
def test_mutants_of_scenarios(part: int, tmp_path: Path) -> None:
    for seed in range(30 * part, 30 * (part + 1)):
        feed(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(100))
def test_many_mutants_of_scenarios(part: int, tmp_path: Path) -> None:
    for seed in range(1000 + 100 * part, 1000 + 100 * (part + 1)):
        feed(seed, tmp_path)


def options() -> list[tuple[str, str]]:
    """Return every option of every command that has a value."""
    context = click.Context(cli)
    found = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.is_flag:
                found.append((name, parameter.opts[0]))
    return found


#: What reads names of modules and of hosts: tested where executors are.
ELSEWHERE = ("--executor",)

#: Values that options take, and values that they nearly take.
PATHS = (
    *("fleet.dock.robots", "rules.dispatch", "network.sites.berln.downlink", "dispatch", "fleet.²", "a.b.c", ".", "[0]", "x-a", ""),
    *("fleet[0].robots", ".".join(["a"] * 2000)),
)
METRICS = (
    *("time_to_complete.p95", "failed_share[dock]", "time_to_finish.p50", "failed[", "p99.5", "abort_probability.p95", "[]", ""),
    "time_to_complete.p²",
)


def written(option: str, chance: random.Random) -> str:
    """Return a value for an option, right or wrong."""
    value = chance.choice(VALUES).replace("\0", "")
    if option in ("--set", "--lever", "--over"):
        path = chance.choice(PATHS)
        return chance.choice((f"{path}={value}", f"{path}={value},{chance.choice(VALUES)}", value, path))
    if option in ("--metric", "--minimize", "--maximize"):
        return chance.choice((value, chance.choice(METRICS)))
    if option in ("--precision", "--fail-if-worse", "--subject-to"):
        metric = chance.choice(METRICS)
        return chance.choice((value, f"{metric} {value}", f"{metric} <= {value}", f"{metric} 5 %"))
    if option == "--shard":
        return chance.choice((value, f"1/{value}", f"{value}/2", "2/1", "1/0", "/"))
    return value


@pytest.fixture
def _no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop every command where it begins to simulate, or to serve, as Ctrl-C would."""

    def stop(*args: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Replicator, "__init__", stop)
    monkeypatch.setattr(choice, "prepare", lambda: None)
    monkeypatch.setattr(Server, "run", stop)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.mark.slow
@pytest.mark.usefixtures("_no_simulation")
@pytest.mark.parametrize("name", [name for name in COMMANDS if any(command == name for command, _ in options())])
def test_values_of_options(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(TEXT + MORE, encoding="utf-8")
    own = [option for command, option in options() if command == name and option not in ELSEWHERE]
    chance = random.Random(f"options of {name}")
    for number in range(120):
        option = own[number % len(own)]
        value = written(option, chance)
        args = [name, "small.yaml", f"{option}={value}"]
        if "--executor" in own and option != "--executor":
            args.append("--executor=1")
        elif option == "--executor" and value == "2":
            continue
        judge(run(*args), (0, 1, 2, 4, 130), f"{name} {option}={value!r}")


def test_every_option_is_tried() -> None:
    assert len(options()) > 40
    assert {option for _, option in options()} >= {"--set", "--lever", "--over", "--seed", "--replicates", "--out", *ELSEWHERE}


READERS = ("validate", "show", "run", "check", "compare", "sweep", "plan", "sensitivity", "verify")
KINDS = ["missing", "empty", "folder", "binary", "long", "unreadable", "loop", "fifo", "device", "list", "text", "deep"]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        pytest.param(command, kind, marks=[] if command == READERS[number % len(READERS)] or kind == "missing" else [pytest.mark.slow])
        for number, kind in enumerate(KINDS)
        for command in READERS
    ],
)
def test_files_that_are_no_scenarios(command: str, kind: str, tmp_path: Path, make: Callable[[str, Path], str]) -> None:
    result = run(command, make(kind, tmp_path))
    judge(result, (2,), f"{command} {kind}")
    assert result.stderr.strip()


@pytest.fixture
def make() -> Callable[[str, Path], str]:
    def make(kind: str, folder: Path) -> str:
        path = folder / "file.yaml"
        if kind == "long":
            return str(folder / ("x" * 5000))
        if kind == "folder":
            path.mkdir()
        elif kind == "loop":
            path.symlink_to(path)
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "device":
            return "/dev/zero"
        elif kind == "unreadable":
            path.write_text(TEXT)
            path.chmod(0)
            if os.access(path, os.R_OK):
                pytest.skip("this user reads everything")
        elif kind != "missing":
            contents = {"empty": b"", "binary": bytes(range(256)), "list": b"[1, 2]", "text": b"hello", "deep": b"[" * 10_000}
            path.write_bytes(contents[kind])
        return str(path)

    return make
