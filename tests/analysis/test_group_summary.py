"""Which sites and classes differ, by hand; and what a summary holds of them."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest

from rolloutsim import Results, simulate
from rolloutsim.analysis import Estimate, Group, Summary, evaluate
from rolloutsim.analysis.group_summary import LEAST, _differences, _differing
from rolloutsim.report import print_summary, summary_sections
from rolloutsim.scenario import build, parse
from tests.gate import ROOT


def exact(*values: float) -> list[Estimate]:
    return [Estimate(value, value, value, 50) for value in values]


@pytest.mark.parametrize(
    ("estimates", "expected"),
    [
        (exact(0.1, 0.1, 0.9), [0.0, 0.0, 0.8]),
        (exact(0.1, 0.1 + 0.9 * LEAST, 0.1), [0.0, 0.0, 0.0]),
        (exact(0.1, 0.9), [0.8, 0.8]),
        (exact(0.1), [0.0]),
        ([], []),
        # Two of four others are alike, which is not more than half; of the others the third nearest counts.
        (exact(0.1, 0.1, 0.1, 0.6, 0.9), [0.0, 0.0, 0.0, 0.5, 0.8]),
        # Intervals that overlap show nothing.
        ([Estimate(0.0, 0.1, 0.6, 50), Estimate(0.5, 0.9, 1.0, 50)], [0.0, 0.0]),
        ([Estimate(math.nan, 0.1, math.nan, 1), Estimate(math.nan, 0.9, math.nan, 1)], [0.0, 0.0]),
    ],
)
def test_differences_by_hand(estimates: list[Estimate], expected: list[float]) -> None:
    np.testing.assert_allclose(_differences(estimates), expected)


def test_times_differ_relative_to_the_later_one() -> None:
    found = _differences(exact(10.0, 20.0, math.inf), relative=True)
    np.testing.assert_allclose(found, [0.5, 0.5, 1.0])
    assert _differences(exact(math.inf, math.inf), relative=True).tolist() == [0.0, 0.0]


def test_a_share_that_is_never_reached_because_robots_fail_is_shown_as_failures() -> None:
    failed, slower = np.array([0.4, 0.4, 0.0, 0.0]), np.array([1.0, 0.5, 0.5, 0.0])
    assert _differing(failed, slower) == [("failed", 0.4), ("time_to_reach", 0.5), ("time_to_reach", 0.5), ("", 0.0)]


def fleet(sites: int = 8, **options: Any) -> dict[str, Any]:
    """Return sites with a steady robot and some that may fail; at the first one most do."""
    code = {"failures": {"MissingRobotDeploymentResource": {"probability": 0.8, "per": "robot"}}}
    cohorts = [
        {"cohort": f"{kind}@s{site}", "class": kind, "robots": 4, "site": f"s{site}"} for site in range(sites) for kind in ("a", "b")
    ]
    return {"fleet": cohorts, "application": {"bundle": "1 MB", "steps": {"launching": {"duration": "10 s"} | code}}, **options}


@pytest.fixture(scope="module")
def results() -> Results:
    raw = fleet(rules={"concurrency": "64 robots"})
    quiet = {"launching": {"failures": {"MissingRobotDeploymentResource": 0.0}}}
    for cohort in raw["fleet"][2:]:
        cohort["steps"] = quiet
    return simulate(build(raw), replicates=20, seed=4)


def test_the_site_at_which_robots_fail_differs(results: Results) -> None:
    summary = results.summary()
    assert summary.sites is not None
    assert summary.classes is not None
    assert [line.name for line in summary.sites.differing] == ["s0"]
    assert summary.classes.differing == []
    (worst,) = summary.sites.differing
    assert (worst.differs_in, worst.robots) == ("failed", 8)
    assert worst.failed == evaluate("failed_share[site=s0]", results.tables)
    assert worst.time_to_reach == evaluate("time_to_reach_90[site=s0].p50", results.tables)
    (code,) = summary.failure_codes
    assert code.differing[0] == Group("site", "s0")
    assert code.by_group["site"]["s0"].best == pytest.approx(worst.failed.best)
    assert code.by_group["class"]["a"] == evaluate(f"failure_share[{code.code}][class=a]", results.tables)


def test_the_summary_shows_what_differs_and_counts_what_is_alike(results: Results) -> None:
    (section,) = [section for section in summary_sections(results.summary()) if section.title == "Sites and classes"]
    assert [(row.label, row.detail) for row in section.major.rows] == [("site s0", "failed")]
    assert section.note == "Failed: ended with a failure code; robots that are never reached do, too. 7 sites and all 2 classes are alike."
    assert len(section.rows) == 2 * (8 + 2)
    codes = next(section for section in summary_sections(results.summary()) if section.title.startswith("Failure codes"))
    assert [row.detail for row in codes.major.rows] == ["", "site s0"]


def test_json_has_all_groups_and_nothing_of_groups_where_there_are_none(results: Results) -> None:
    found = results.summary().to_json()
    assert [line["name"] for line in found["sites"]["lines"]] == [f"s{site}" for site in range(8)]
    assert set(found["failure_codes"][0]["by_group"]) == {"site", "class"}
    plain = simulate(parse("{fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB}}"), replicates=2, seed=1).summary().to_json()
    assert not {"sites", "classes"} & plain.keys()


def test_one_replicate_shows_no_difference() -> None:
    summary = simulate(build(fleet(3)), replicates=1, seed=1).summary()
    (section,) = [section for section in summary_sections(summary) if section.title == "Sites and classes"]
    assert section.note.endswith(" One replicate does not show which of them differ.")


def printed(summary: Summary, **options: Any) -> list[str]:
    file = io.StringIO()
    print_summary(summary, file=file, **options)
    return file.getvalue().splitlines()


def test_a_long_summary_fits_on_a_page() -> None:
    scenario = parse((ROOT / "scenarios" / "twelve-warehouses.yaml").read_text(encoding="utf-8"))
    summary = simulate(scenario.replace("sites.defaults.robots", 40), replicates=8, engine="simpy").summary()
    page, details = printed(summary), printed(summary, details=True)
    assert len(page) <= 20 < 150 < len(details)
    rows = sum(len(section.rows) for section in summary_sections(summary))
    assert page[1] == f"Brackets hold the true value with 95 % confidence. --details: all {rows} rows."
