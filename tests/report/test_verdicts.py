"""Checks and comparisons in words, Markdown and JUnit XML: complete, and safe whatever a scenario is called."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from rolloutsim.analysis import (
    UNKNOWN,
    Check,
    Estimate,
    Side,
    Tolerance,
    Verdict,
    contrast,
    decide,
    estimate,
    least_replicates,
    parse_metric,
    proportion,
    quantile,
    reached,
)
from rolloutsim.report.comparison_sections import comparison_heading, comparison_sections
from rolloutsim.report.junit import checks_junit
from rolloutsim.report.verdicts import check_lines, checks_markdown, reached_line
from rolloutsim.simulation.records.outcomes import Crash
from rolloutsim.study import Alternative, Checked, Checks, Compared, Comparison, Gate

NASTY = 'a|b <script> `x` \x1b[31m & "quoted"\nsecond line'
CRASH = Crash(3, "RuntimeError", "no | luck", "Traceback …\n  in f")


def checked(text: str, found: Estimate) -> Checked:
    check = Check.parse(text)
    return Checked(check, found, decide(check, found, found.n))


PASS = checked("time_to_complete.p50 <= 9 h", quantile([3600.0 + i for i in range(100)], 0.5, unit="s"))
FAIL = checked("abort_probability <= 1 %", proportion(20, 100))
UNDECIDED = checked("abort_probability < 0.01", proportion(0, 100))
NO_DATA = checked("time_to_complete[bad].p95 <= 9 h", estimate(parse_metric("time_to_complete[bad].p95"), [], of=100))


def checks(*results: Checked, crashes: tuple[Crash, ...] = (), name: str = "night") -> Checks:
    return Checks(name, "night.yaml", 7, 100, 0.95, results, crashes, {})


def suites(*all_checks: Checks) -> ElementTree.Element:
    """Return the document after checking it against the structure that CI systems read (Ant's JUnit task, Jenkins' xsd)."""
    allowed = {
        "testsuites": ({"name", "tests", "failures", "errors"}, {"testsuite"}),
        "testsuite": ({"name", "tests", "failures", "errors"}, {"properties", "testcase"}),
        "properties": (set(), {"property"}),
        "property": ({"name", "value"}, set()),
        "testcase": ({"classname", "name"}, {"failure", "error", "system-out"}),
        "failure": ({"type", "message"}, set()),
        "error": ({"type", "message"}, set()),
        "system-out": (set(), set()),
    }
    text = checks_junit(all_checks)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    root = ElementTree.fromstring(text.encode())
    for element in root.iter():
        attributes, children = allowed[element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children
    for element in [root, *root.findall("testsuite")]:
        counts = [len(list(element.iter(tag))) for tag in ("testcase", "failure", "error")]
        assert counts == [int(element.attrib[key]) for key in ("tests", "failures", "errors")]
    for case in root.iter("testcase"):
        assert len(case) == 1
    return root


def test_one_case_per_check() -> None:
    root = suites(checks(PASS, FAIL, UNDECIDED, NO_DATA))
    cases = root.findall("testsuite/testcase")
    assert [case.attrib["name"] for case in cases] == [each.check.text for each in (PASS, FAIL, UNDECIDED, NO_DATA)]
    assert [case[0].tag for case in cases] == ["system-out", "failure", "error", "error"]
    assert [root.attrib[key] for key in ("tests", "failures", "errors")] == ["4", "1", "2"]
    assert cases[1][0].attrib["message"].startswith("does not hold: 20.0 % [12.7, 29.2], 20 of 100")
    assert cases[2][0].attrib == {
        "type": "undecided",
        "message": "undecided: < 3.62 %, 0 of 100; about 270 more replicates would decide",
    }
    assert "none of the 100 replicates meets the conditions" in cases[3][0].attrib["message"]
    properties = {p.attrib["name"]: p.attrib["value"] for p in root.iter("property")}
    assert properties == {"file": "night.yaml", "seed": "7", "replicates": "100"}


def test_one_suite_per_scenario() -> None:
    root = suites(checks(PASS), checks(FAIL, name="day"))
    assert [suite.attrib["name"] for suite in root] == ["night", "day"]


def test_crashes_are_an_error_of_their_own() -> None:
    (suite,) = suites(checks(PASS, crashes=(CRASH,)))
    error = suite.findall("testcase")[1][0]
    assert (error.tag, error.attrib["type"], error.text) == ("error", "RuntimeError", CRASH.traceback)
    assert "1 of 100 replicates crashed and are missing; the first is replicate 3: RuntimeError: no | luck" in error.attrib["message"]


def test_any_name_survives() -> None:
    root = suites(checks(PASS, name=NASTY))
    assert root[0].attrib["name"].startswith('a|b <script> `x` \\x1b[31m & "quoted"')
    heading, *table = checks_markdown([checks(PASS, FAIL, name=NASTY)]).splitlines()
    assert heading == '### rolloutsim check: a\\|b &lt;script> `x` \\x1b[31m & "quoted" second line: fail'
    assert {line.replace("\\|", "").count("|") for line in table if line.startswith("|")} == {6}


def test_markdown() -> None:
    text = checks_markdown([checks(PASS, FAIL, UNDECIDED, NO_DATA), checks(PASS, crashes=(CRASH,), name="day")])
    lines = text.splitlines()
    assert lines[0] == "### rolloutsim check: night: fail"
    assert "| pass | `time_to_complete.p50 <= 9 h` | 60.83 min | [60.65, 61.00] | n = 100 |" in lines
    assert "| **fail** | `abort_probability <= 1 %` | 20.0 % | [12.7, 29.2] | 20 of 100 |" in lines
    assert "| **undecided** | `abort_probability < 0.01` | &lt; 3.62 % | – | 0 of 100; about 270 more replicates would decide |" in lines
    assert "n = 100 replicates, seed 7, intervals of 95 %" in lines
    assert "### rolloutsim check: day: crashed" in lines
    assert any(line.startswith("**crashed**: 1 of 100 replicates crashed and are missing") for line in lines)


def test_lines_for_a_terminal() -> None:
    lines = list(check_lines(checks(FAIL, UNDECIDED, crashes=(CRASH,))))
    assert [outcome for outcome, _ in lines if outcome] == ["fail", "undecided", "crashed"]
    assert [line for _, line in lines][:5] == [
        "fail       abort_probability <= 1 %",
        "           20.0 % [12.7, 29.2], 20 of 100",
        "undecided  abort_probability < 0.01",
        "           < 3.62 %, 0 of 100",
        "           about 270 more replicates would decide",
    ]
    assert Verdict("undecided", 1).advice == "about 1 more replicate would decide"


@pytest.mark.parametrize(
    ("tolerance", "found", "said"),
    [
        (
            "time_to_complete 5%",
            Estimate(3590.0, 3600.0, 3610.0, 50, unit="s"),
            "time_to_complete 5%: reached: 60.00 min [59.83, 60.17], n = 50",
        ),
        (
            "time_to_complete 5 s",
            Estimate(3590.0, 3600.0, 3610.0, 50, unit="s"),
            "time_to_complete 5 s: not reached, about 150 more replicates would do: 60.00 min [59.83, 60.17], n = 50",
        ),
        (
            "time_to_complete 5%",
            Estimate(math.inf, math.inf, math.inf, 50, note="not reached in 2 of 50", unit="s"),
            "time_to_complete 5%: not reached: never, not reached in 2 of 50",
        ),
        (
            "time_to_complete.p95 5%",
            quantile([1.0] * 50, 0.95, unit="s"),
            "time_to_complete.p95 5%: not reached, at least 22 more replicates are needed for an interval, not estimable, needs 72; n = 50",
        ),
    ],
)
def test_what_precision_was_reached(tolerance: str, found: Estimate, said: str) -> None:
    asked = Tolerance.parse(tolerance)
    assert reached_line(reached(asked, found, 50, least=least_replicates(asked.query))) == said


def test_a_comparison() -> None:
    import pandas as pd

    query = parse_metric("abort_probability")
    a, b = (Side(pd.Series([0.0] * (100 - k) + [1.0] * k), pd.Series([0.0] * 100), UNKNOWN) for k in (40, 60))
    pair = contrast(query, a, b, range(100))
    row = Compared(query, proportion(40, 100), proportion(60, 100), pair.difference(), pair.ratio(), pair.p_value(), "worse")
    gates = tuple(Gate(Tolerance.parse("abort_probability 5%"), outcome, 0.5) for outcome in ("fail", "pass", "undecided"))
    comparison = Comparison("window", 7, (Alternative("batch", 100, (row,), gates, ()),), (), ())
    assert comparison_heading(comparison)[0] == "A: window, seed 7"
    (section,) = comparison_sections(comparison)
    assert section.title == "B: batch, against A, 100 pairs"
    assert [tuple(line) for line in section.rows] == [
        ("abort_probability", "", "worse", "+20.0 pp [8.4, 29.2]", "x 1.500 [1.124, 2.100]"),
        ("", "A", "40.0 %", "[30.3, 50.3]", "40 of 100"),
        ("", "B", "60.0 %", "[49.7, 69.7]", "60 of 100"),
    ]
    assert section.note.splitlines() == [
        "fail: abort_probability is worse by more than 5%",
        "pass: abort_probability is not seen to be worse by more than 5%",
        "undecided: abort_probability cannot be compared",
    ]
