"""`run --metric`, `--by` and `--latest-start`: what they print, and what they refuse before anything is simulated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]

FLEET = """\
scenario: ten
fleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]
application: {bundle: 350 MB}
rules: {concurrency: 1, start: "2026-01-05 21:00"}
seed: 1
replicates: 4
"""


@pytest.fixture
def ten(tmp_path: Path) -> str:
    """Return a file of ten robots, one after the other, that take 3500 s in all."""
    file = tmp_path / "ten.yaml"
    file.write_text(FLEET, encoding="utf-8")
    return str(file)


def test_metrics_are_printed_alone(invoke: Invoke, ten: str) -> None:
    lines = invoke("run", ten, "--metric", "time_to_complete.p90", "--metric", "failed").stdout.splitlines()
    assert [line.split() for line in lines[3:]] == [
        ["Metrics"],
        ["time_to_complete.p90", "58.3", "min", "exact;", "n", "=", "4"],
        ["failed.mean", "0", "exact;", "n", "=", "4"],
    ]


def test_the_latest_start_is_printed_with_the_next_one(invoke: Invoke, ten: str) -> None:
    text = invoke("run", ten, "--by", "06:00", "--latest-start").stdout
    assert "Probability of time_to_complete by Tue 06:00" in text
    answer = text.split("Latest start for time_to_complete by Tue 06:00\n")[1].splitlines()
    assert [line.split()[:4] for line in answer[:2]] == [["Tue", "05:00", "(2026-01-06)", "100"], ["Tue", "05:15", "(2026-01-06)", "0"]]
    sentence = " ".join("\n".join(answer[2:]).split())
    assert sentence.startswith(
        "Start by Tue 05:00 (2026-01-06) at the latest: of the starts that were tried, it is the last whose lower limit is at least 95 %."
    )
    assert sentence.endswith("Starts every 15 min in the 24 h before the deadline were tried.")


def test_no_start_is_an_answer(invoke: Invoke, ten: str) -> None:
    result = invoke("run", ten, "--by", "06:00", "--latest-start", "--set", "application.bundle=9 GB")
    assert result.exit_code == 0
    assert "No start keeps the deadline in any replicate." in result.stdout


def test_the_start_that_comes_nearest_is_printed(invoke: Invoke, ten: str) -> None:
    slow = "application.steps={extracting: {duration: {uniform: {low: 0 h, high: 9 h}}}}"
    result = invoke("run", ten, "--by", "06:00", "--metric", "time_to_reach_50", "--latest-start", "--set", slow, "-n", "80")
    text = " ".join(result.stdout.split())
    assert "No start is early enough: the lower limit reaches 95 % at none, and this one comes nearest." in text


def test_answers_are_in_the_json(invoke: Invoke, ten: str) -> None:
    found = json.loads(invoke("run", ten, "--by", "06:00", "--metric", "time_to_reach_50", "--latest-start", "--json").stdout)
    assert (found["deadline"]["seconds"], found["deadline"]["metric"]) == (32400, "time_to_reach_50")
    assert found["deadline"]["probability"]["best"] == 1
    assert found["latest_start"]["latest"] == "2026-01-06 05:30+00:00"  # five robots take 1750 s
    assert json.loads(invoke("run", ten, "--metric", "failed", "--json").stdout)["metrics"]["failed.mean"]["best"] == 0


def test_the_summary_shows_the_local_clock(invoke: Invoke, ten: str) -> None:
    assert "P95 (Mon 21:58)" in invoke("run", ten).stdout
    assert "P95 (" not in invoke("run", ten, "--set", "rules.start=null").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--metric", "time_to_complet.p90"],
            "--metric time_to_complet.p90: there is no metric time_to_complet; did you mean time_to_complete?",
        ),
        (["--by", "06:00", "--set", "rules.start=null"], "--by 06:00: a time of day needs to know when the job starts"),
        (["--by", "tomorrow"], "--by tomorrow: neither a time of day nor a duration"),
        (["--latest-start"], "--latest-start needs a time to be kept"),
        (["--by", "8 h", "--latest-start"], "--latest-start needs a time of day"),
        (["--by", "06:00", "--metric", "failed", "--metric", "time_to_complete"], "leave one --metric"),
    ],
)
def test_what_is_refused(invoke: Invoke, ten: str, options: list[str], message: str) -> None:
    result = invoke("run", ten, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "engine" not in result.stderr


def test_what_so_few_replicates_cannot_show_is_refused(invoke: Invoke, small: str) -> None:
    assert "--metric time_to_complete.p99" in invoke("run", small, "--metric", "time_to_complete.p99").stderr
    late = invoke("run", small, "--set", "rules.start=2026-01-05 21:00", "--by", "06:00", "--latest-start")
    assert "--latest-start 4 replicates cannot show" in late.stderr
