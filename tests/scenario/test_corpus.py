"""Every mistake of the corpus is reported, with the exact words: where, what, why, what to do.

After a change of wording, ``python -m tests.scenario.test_corpus`` writes the expected texts anew; read the difference before
committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import jsonschema
import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import json_schema, load
from rolloutsim.scenario.reading.source import read_file

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path.name for path in CORPUS.glob("*.yaml"))

#: Mistakes that a JSON Schema cannot see: they lie in the text, between two places, in other files or in arithmetic.
BEYOND_SCHEMA = {
    "architecture_without_source.yaml",
    "batch_rules.yaml",
    "clocks.yaml",
    "denominator_completed.yaml",
    "duplicate_cohorts.yaml",
    "duplicate_keys.yaml",
    "events_of_fleet.yaml",
    "failure_limit_zero.yaml",
    "infinite_mean.yaml",
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
    "sweep_values.yaml",
    "tag.yaml",
    "trace_slow.yaml",
    "zero_mean.yaml",
    "zero_rate.yaml",
}


def messages(name: str) -> tuple[str, bool]:
    """Return what is said about a file of the corpus, and whether it is refused."""
    try:
        problems = load(name).warnings
        refused = False
    except ScenarioError as error:
        problems, refused = error.problems, True
    return "".join(f"{problem.severity}: {problem}\n" for problem in problems), refused


@pytest.mark.parametrize("name", FILES)
def test_messages(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    said, refused = messages(name)
    assert said == Path(name).with_suffix(".txt").read_text(encoding="utf-8")
    assert refused == ("error: " in said)


@pytest.mark.parametrize("name", FILES)
def test_schema_refuses_what_is_wrong_in_structure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    _, refused = messages(name)
    try:
        data = read_file(name).plain()
    except ScenarioError:
        return  # not YAML: there is nothing to validate
    valid = jsonschema.Draft202012Validator(json_schema()).is_valid(data)
    assert valid == (not refused or name in BEYOND_SCHEMA)


if __name__ == "__main__":
    os.chdir(CORPUS)
    for file in FILES:
        Path(file).with_suffix(".txt").write_text(messages(file)[0], encoding="utf-8")
