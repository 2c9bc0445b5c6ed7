"""Numbers of users are read in one place, with bounds on digits and exponent; slips are explained with what to write."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim.analysis import parse_metric
from rolloutsim.analysis.bounds import Check, Tolerance
from rolloutsim.errors import ScenarioError, UsageError
from rolloutsim.scenario import build, parse
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import NUMBER, RATE, ROBOTS, SIZE, TIME, Dimension, parse_quantity
from tests.expected_errors import expected_error

MINIMAL = "fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 0 MB}\n"
LONG = "9" * 5000


def problem_of(raw: Any, dimension: Dimension) -> tuple[str, str]:
    with pytest.raises(ProblemError) as caught:
        parse_quantity(raw, dimension)
    return caught.value.problem.why, caught.value.problem.hint


@pytest.mark.parametrize("number", ["1e999999", "-1e999999", "1e-999999", LONG, f"0.{LONG}", f"1e{LONG}", "1e401"])
@pytest.mark.parametrize(
    ("unit", "dimension"), [(" d", TIME), (" MB", SIZE), (" Mbit/s", RATE), (" robots", ROBOTS), (" %", NUMBER), ("", TIME)]
)
def test_digits_and_exponents_have_bounds(number: str, unit: str, dimension: Dimension) -> None:
    assert problem_of(number + unit, dimension)[0] == "a number has at most 40 digits, and an exponent of at most 400"


@pytest.mark.parametrize("number", ["²", "٣", "1²", "¼", "1_000", "0x10"])
@pytest.mark.parametrize("unit", ["", " MB"])
def test_only_ascii_digits_are_numbers(number: str, unit: str) -> None:
    problem_of(number + unit, SIZE)


@pytest.mark.parametrize(
    "change",
    [
        f"seed: {LONG}",
        f"replicates: {LONG}",
        "replicates: 10000001",
        f"replicates: 0x{'f' * 5000}",
        f"rules: {{minimum_completed: {LONG}}}",
        "rules: {minimum_completed: 1e999999}",
        f"rules: {{observe: {LONG} d}}",
        f"rules: {{concurrency: {LONG}}}",
        "rules: {concurrency: 1e999999 robots}",
        f"deployment: {{deploymentConfig: {{concurrentDeploymentPercentage: {LONG}}}}}",
        f'deployment: {{deploymentConfig: {{concurrentDeploymentPercentage: "{LONG} %"}}}}',
        f"deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: {LONG}}}}}",
        f"deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: {LONG} s}}}}",
        f"deployment: {{clientRequestToken: {LONG}}}",
        f"checks: [abort_probability <= {LONG}]",
        "checks: [abort_probability <= 1e999999]",
        "checks: [time_to_complete.p95 <= 1e999999 h]",
        f"rules: {{retries: {{codes: [EtagMismatch], max: {LONG}}}}}",
        f"rules: {{stages: [{{share: {LONG}}}]}}",
        f"scenario: {LONG}",
    ],
)
def test_a_scenario_with_a_number_that_is_too_long(change: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(MINIMAL + change)
    assert [problem.line for problem in caught.value.problems] == [3]
    assert all(problem.hint and len(str(problem)) < 300 for problem in caught.value.problems)


@pytest.mark.parametrize("priority", ["1000000001", LONG, "-1e30", "1.5", "true"])
def test_priorities_have_bounds(priority: str) -> None:
    with pytest.raises(ScenarioError, match="a whole number from -1,000,000,000 to 1,000,000,000 is needed"):
        parse(MINIMAL.replace("robots: 10", f"robots: 10, priority: {priority}"))


@pytest.mark.parametrize(
    "data",
    [
        {"seed": 10**5000},
        {"fleet": [{"cohort": "dock", "robots": 10**5000}]},
        {"rules": {"counts": {"failed"}}},
        {"rules": {1: 2}},
        {"scenario": b"bytes"},
        {"application": {"bundle": complex(1)}},
    ],
)
def test_data_that_no_file_could_hold(data: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError) as caught:
        build({"fleet": [{"cohort": "dock", "robots": 10}], "application": {"bundle": "350 MB"}} | data)
    assert all(problem.hint for problem in caught.value.problems)


def test_data_nested_without_end() -> None:
    endless: dict[str, Any] = {}
    endless["truncated"] = {"of": endless}
    with expected_error("too-large", "rules.retries.truncated"):
        parse(MINIMAL).replace("rules.retries", endless)


def test_a_path_of_many_parts() -> None:
    with expected_error("unknown-path", ".".join(["rules"] * 10) + "…"):
        parse(MINIMAL).replace(".".join(["rules"] * 2000), 1)


@pytest.mark.parametrize("part", ["²", LONG, "-1", "1"])
def test_no_such_entry(part: str) -> None:
    with expected_error("unknown-path", f"fleet.{part}"):
        parse(MINIMAL).replace(f"fleet.{part}.robots", 1)


@pytest.mark.parametrize("text", ["time_to_complete.p²", "time_to_complete.p٩٥", f"time_to_complete.p99.{LONG}"])
def test_quantiles_have_few_digits(text: str) -> None:
    with pytest.raises(UsageError, match="there is no statistic"):
        parse_metric(text)


@pytest.mark.parametrize("size", [LONG, "1e999999", f"{LONG}%", "1e999999 %", "²", "inf", "nan", "1_0"])
def test_tolerances_and_checks(size: str) -> None:
    with pytest.raises(UsageError):
        Tolerance.parse(f"time_to_complete.p95 {size}")
    with pytest.raises(UsageError):
        Check.parse(f"abort_probability <= {size}")


@pytest.mark.parametrize(
    ("raw", "dimension", "hint"),
    [
        ("2,400 MB", SIZE, "write 2400 MB or 2.4 MB, whichever you mean"),
        ("2,400,000 B", SIZE, "write 2400000 B"),
        ("1,5 GB", SIZE, "write 1.5 GB"),
        ("1.234,5 MB", SIZE, "write e.g. 1234.5 MB"),
        ("0,05", NUMBER, "write 0.05"),
        ("0,050", NUMBER, "write 0.050"),
        ("5,5 %", NUMBER, "write 5.5 %"),
        ("2,400", ROBOTS, "write 2400"),
        ("10-100", ROBOTS, "write 10 or 100, or vary it by sweep"),
        ("10-100 MB", SIZE, "write one value, or where a distribution may stand {uniform: {low: 10 MB, high: 100 MB}}"),
        ("10 s – 1 min", TIME, "write one value, or where a distribution may stand {uniform: {low: 10 s, high: 1 min}}"),
        ("10..20", TIME, "write one value, or where a distribution may stand {uniform: {low: 10 min, high: 20 min}}"),
        ("0.1 to 0.2", NUMBER, "write one value, or where a distribution may stand {uniform: {low: 0.1, high: 0.2}}"),
        ("1 h 30 min", TIME, "write 90 min"),
        ("1h30min", TIME, "write 90 min"),
        ("5 percent", NUMBER, "write 5 %"),
    ],
)
def test_slips(raw: str, dimension: Dimension, hint: str) -> None:
    assert problem_of(raw, dimension)[1] == hint


@pytest.mark.parametrize(
    ("raw", "dimension", "hint"),
    [
        ("8 Mbit", SIZE, "write 1 MB; "),
        ("8 Mb", SIZE, "write 8 MB, or 1 MB if bits are meant"),
        ("8 Gib", SIZE, "write 8 GiB, or 1 GiB if bits are meant"),
        ("8 KB", SIZE, "did you mean 8 kB? "),
        ("8 Megabytes", SIZE, "did you mean 8 MB? "),
        ("2 PB", SIZE, "write 2000000 GB; "),
        ("2 TiB", SIZE, "write 2199.023255552 GB; "),
        ("16 Mbits/s", RATE, "did you mean 16 Mbit/s? "),
        ("16 mbps", RATE, "did you mean 16 Mbit/s? "),
        ("16 MBps", RATE, "did you mean 16 MB/s? "),
        ("16 kBps", RATE, "did you mean 16 kB/s? "),
        ("16 MBPS", RATE, "write 16 Mbit/s, or 16 MB/s"),
        ("2 Tbit/s", RATE, "write 2000 Gbit/s; "),
        ("2 MiB/s", RATE, "write 16.777216 Mbit/s; "),
        ("5 us", TIME, "write 0.000005 s; "),
        ("2 years", TIME, "write 17520 h; "),
        ("5 Hours", TIME, "did you mean 5 h? "),
        ("5 minuts", TIME, "did you mean 5 min? "),
        ("5 std", TIME, "units of time"),
    ],
)
def test_hints_never_change_the_magnitude(raw: str, dimension: Dimension, hint: str) -> None:
    assert problem_of(raw, dimension)[1].startswith(hint)
