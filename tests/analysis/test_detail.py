"""What one replicate shows in detail: by hand, and the same whatever tables were kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rolloutsim
from rolloutsim.analysis.detail import HeldSlots, Unreached, detail_of
from rolloutsim.report.detail_sections import held_in_words
from rolloutsim.report.sections import summary_sections
from rolloutsim.scenario import Scenario, build

SHARED = {"downlink": "8 Mbit/s"}


def made(network: dict[str, Any] | None = None, **rules: Any) -> Scenario:
    """Return four robots at each of two sites that need 100 MB over a line of 1 MB/s, and two that are switched off; four slots."""
    fleet = [{"cohort": f"robots@{site}", "class": "robots", "robots": 4, "site": site} for site in ("a", "b")]
    off = {"cohort": "off", "robots": 2, "connectivity": "never"}
    return build(
        {
            "fleet": [*fleet, off],
            "network": {"sites": {"a": SHARED, "b": SHARED}, **(network or {})},
            "application": {"bundle": "100 MB"},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 800}},
            "rules": {"concurrency": "4 robots", **rules},
        }
    )


def held(scenario: Scenario) -> HeldSlots | None:
    return detail_of(rolloutsim.simulate(scenario, replicates=1, seed=1).tables, slots=4).held_slots


def test_by_hand() -> None:
    """400 s for site a, then 400 s for site b, after which two robots wait for their timers."""
    results = rolloutsim.simulate(made(), replicates=2, seed=1)
    detail = results.summary().detail
    assert detail == (0, (Unreached("off", "reaching", 2),), HeldSlots("a", 800.0 / 2, 400.0, 1, 1600.0))
    section = summary_sections(results.summary())[-1]
    assert section.title == "In detail, replicate 0"
    assert [(row.label, row.detail, row.value) for row in section.rows] == [("unreached", "off, reaching", "2")]
    assert section.note.startswith("The link of a was full for 6.67 min of 26.7 min while its robots held most slots")


def test_several_sites_are_added_up() -> None:
    text = held_in_words(HeldSlots("a", 60.0, 180.0, 3, 600.0))
    assert "full for 60 s of 10 min" in text
    assert "with 2 more sites it is 3 min:" in text


@pytest.mark.parametrize(
    "scenario",
    [
        made(order="interleaved"),
        made({"origin": "8 Mbit/s"}),
        made({"sites": {"a": {"downlink": "900 Mbit/s"}, "b": {"downlink": "900 Mbit/s"}}}),
        made(concurrency="10 robots"),
    ],
    ids=["each site has half of the slots", "the origin is full", "no link is full for long", "there are slots for all"],
)
def test_no_site_holds_the_slots(scenario: Scenario) -> None:
    assert held(scenario) is None


def test_a_slot_is_free() -> None:
    """One of a batch of four ends at once; the link is full for the three others, but its slot waits for the next batch."""
    raw = made(dispatch="batch").resolved()
    raw["fleet"][0]["robots"] = 3
    raw["fleet"].insert(0, {"cohort": "broken", "robots": 1, "site": "a", "architecture": "none"})
    assert held(build(raw)) is None


def test_stages_get_no_note() -> None:
    assert held(made(stages=[{"sites": ["a"]}])) is not None
    assert rolloutsim.simulate(made(stages=[{"sites": ["a"]}]), replicates=1, seed=1).summary().detail.held_slots is None  # type: ignore[union-attr]


def test_robots_that_never_start() -> None:
    detail = rolloutsim.simulate(made(cancel_at="100 s"), replicates=1, seed=1).summary().detail
    assert detail is not None
    assert detail.unreached == (Unreached("robots", "not started", 4), Unreached("off", "not started", 2))


def test_whatever_was_kept(tmp_path: Path) -> None:
    details = [rolloutsim.simulate(made(), replicates=2, seed=1, keep=keep).summary().detail for keep in ("all", "summary", "jobs")]
    rolloutsim.simulate(made(), replicates=2, seed=1, out=tmp_path)
    details.append(rolloutsim.Results.load(tmp_path).summary().detail)
    assert details == [details[0]] * 4
    assert details[0] is not None


def test_nothing_to_show() -> None:
    scenario = build({"fleet": [{"cohort": "a", "robots": 3}], "application": {"bundle": "0 B"}})
    assert rolloutsim.simulate(scenario, replicates=1, seed=1).summary().detail is None


def test_what_stopped_the_jobs() -> None:
    """Two robots fail by themselves and one by its timer before the third failure of three stops the job."""
    failing = {"extracting": {"failures": {"ExtractingBundleFailure": {"probability": 1, "per": "robot"}}}}
    scenario = build(
        {
            "fleet": [
                {"cohort": "failing", "robots": 2, "steps": failing},
                {"cohort": "off", "robots": 1, "connectivity": "never"},
                {"cohort": "fine", "robots": 5},
            ],
            "application": {"bundle": "0 B"},
            "rules": {"failure_limit": "3 robots", "concurrency": "1 robots"},
        }
    )
    summary = rolloutsim.simulate(scenario, replicates=2, seed=1).summary()
    shares = {code: share.best for code, share in summary.stopped_by.items()}
    assert shares == {"ExtractingBundleFailure": pytest.approx(2 / 3), "RobotDeploymentNoResponse": pytest.approx(1 / 3)}
    (jobs,) = [section for section in summary_sections(summary) if section.title == "Jobs"]
    assert [(row.label, row.detail) for row in jobs.rows[-2:]] == [
        ("stopped by", "ExtractingBundleFailure"),
        ("", "RobotDeploymentNoResponse"),
    ]
    assert rolloutsim.simulate(scenario.replace("rules.failure_limit", "8 robots"), replicates=2, seed=1).summary().stopped_by == {}
