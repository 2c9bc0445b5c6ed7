"""The exact words of every problem: where, which code, what is there, why it is wrong, what to do.

`messages.golden` holds them all. After a change of wording ``python -m tests.scenario.test_messages`` writes it again; read the difference
before you commit it. Other tests assert codes and places.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from rolloutsim.distributions import FAMILIES
from rolloutsim.errors import Problem, ProblemCode, ScenarioError
from rolloutsim.scenario import Scenario, build, json_schema, load, parse, parse_assignment
from rolloutsim.scenario.reading.source import read_file
from rolloutsim.study import check_problems
from tests.scenario.bad_fleets import TOGETHER
from tests.scenario.bad_inputs import BASE, CHANGES, DATA, NAMES, TABLES, TEXTS

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
GOLDEN = HERE / "messages.golden"
FILES = sorted(path.name for path in CORPUS.glob("*.yaml"))
SCHEMA = jsonschema.Draft202012Validator(json_schema())

#: Files with problems that a JSON Schema cannot see: they lie in the text, between two places, in other files or in arithmetic.
BEYOND_SCHEMA = {
    "after_success_no_delay.yaml",
    "admit_without_start.yaml",
    "architecture_without_source.yaml",
    "bad_sites_too_many.yaml",
    "batch_rules.yaml",
    "clocks.yaml",
    "denominator_completed.yaml",
    "duplicate_cohorts.yaml",
    "duplicate_keys.yaml",
    "events_of_fleet.yaml",
    "failure_limit_zero.yaml",
    "infinite_mean.yaml",
    "limits_of_cohorts.yaml",
    "limits_rows.yaml",
    "limits_slow_start.yaml",
    "many_checks.yaml",
    "minimum_completed.yaml",
    "preparing_per_robot.yaml",
    "retries_hold.yaml",
    "schedules_in_two_zones.yaml",
    "schedules_without_start.yaml",
    "short_spells.yaml",
    "stages_ascent.yaml",
    "stages_below.yaml",
    "stages_nothing_left.yaml",
    "stages_too_large.yaml",
    "sites_not_used.yaml",
    "start_that_does_not_exist.yaml",
    "stop_twice.yaml",
    "sweep_values.yaml",
    "tag.yaml",
    "trace_slow.yaml",
    "zero_mean.yaml",
    "zero_rate.yaml",
}


def problems_of(make: Callable[[], Scenario]) -> tuple[Problem, ...]:
    """Return the problems of a scenario, whether they stop it or not."""
    try:
        return make().warnings
    except ScenarioError as error:
        return error.problems


def from_table(kind: str, content: str | bytes, number: int) -> Scenario:
    """Return a scenario that has a CSV file as a trace or as samples; the file is written into the current folder."""
    file = Path(f"table-{number}.csv")
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    what, _, more = kind.partition(", ")
    if what == "samples":
        field = f"link: {{rate: {{empirical: {{file: {file}, column: rate, {more}}}}}}}"
    else:
        keys = ", ".join(part for part in (f"file: {file}", "time: t", f"{what}: {what}", more) if part)
        field = f"link: {{trace: {{{keys}}}}}" if what == "rate" else f"connectivity: {{trace: {{{keys}}}}}"
    text = f"fleet: [{{cohort: dock, robots: 1, {field}}}]\napplication: {{bundle: 0 MB}}\n"
    return parse(text + "rules: {start: 2026-01-05T21:00Z}\n" if "offset" in more else text)


def inputs() -> Iterator[tuple[str, Callable[[], Scenario]]]:
    """Yield the name of each bad input, and how it becomes a scenario; the current folder is an empty one."""
    for name in FILES:
        yield name, lambda name=name: _in_corpus(name)  # type: ignore[misc]
    base = parse(BASE, folder=CORPUS)
    for line in CHANGES.splitlines():
        yield line, lambda line=line: base.replace(*parse_assignment(line))  # type: ignore[misc]
    for name, text in TEXTS.items():
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        yield name, lambda name=name: load(name)  # type: ignore[misc]
    for name in NAMES:
        yield repr(name), lambda name=name: load(name)  # type: ignore[misc]
    for number, data in enumerate(DATA):
        yield f"data {number + 1}", lambda data=data: build(data)  # type: ignore[misc]
    for number, (kind, content) in enumerate(TABLES):
        shown = repr(content if len(content) < 100 else content[:20])
        yield f"{kind}: {shown}", lambda kind=kind, content=content, number=number: from_table(kind, content, number)  # type: ignore[misc]
    for name, text in TOGETHER.items():
        yield name, lambda text=text: parse(text, folder=CORPUS)  # type: ignore[misc]
    Path("checks.yaml").write_text(TOGETHER["checks"], encoding="utf-8")
    yield "checks.yaml, for rolloutsim check", lambda: load("checks.yaml", inspect=check_problems)


def _in_corpus(name: str) -> Scenario:
    with chdir(CORPUS):
        return load(name)


def golden() -> str:
    """Return all messages."""
    text = ""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for name, make in inputs():
            lines = [f"  {problem.severity} {problem.code}: {problem}\n" for problem in problems_of(make)]
            assert lines, f"{name} has no problem"
            text += f"{name}\n{''.join(lines)}"
    return text.replace(str(CORPUS), CORPUS.name).replace(", ".join(FAMILIES), "(all distributions)")


def test_messages() -> None:
    assert golden() == GOLDEN.read_text(encoding="utf-8")


def test_every_code_occurs() -> None:
    words = {line.split(":")[0].split()[1] for line in GOLDEN.read_text(encoding="utf-8").splitlines() if line.startswith("  ")}
    assert words == set(get_args(ProblemCode))


@pytest.mark.parametrize("name", FILES)
def test_the_schema_refuses_what_is_wrong_in_structure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    refused = any(problem.severity == "error" for problem in problems_of(lambda: load(name)))
    try:
        data = read_file(name).plain()
    except ScenarioError:
        return  # not YAML: there is nothing to validate
    valid = SCHEMA.is_valid(data)
    assert valid == (not refused or name in BEYOND_SCHEMA)


if __name__ == "__main__":
    GOLDEN.write_text(golden(), encoding="utf-8")
