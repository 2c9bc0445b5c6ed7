"""A dispatch policy of your own: the same numbers as the rules that it imitates, what names it, and what it may not do."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from rolloutsim import DispatchPolicy, JobView, SimulationError, StoreError, UsageError, simulate
from rolloutsim.scenario import Scenario, build, load
from tests.simulation.comparison import assert_same_tables

ROOT = Path(__file__).parents[2]
Raw = dict[str, Any]


class Window:
    """As the rule `dispatch: window`: so many at once."""

    name = "window"

    def __init__(self, most: int, version: str = "1") -> None:
        self.most, self.version = most, version
        self.resets = 0

    def reset(self, view: JobView) -> None:
        assert view.granted == 0
        self.resets += 1

    def start(self, view: JobView) -> list[int]:
        return [robot.number for robot in view.waiting[: self.most - len(view.in_flight)]]

    def ask_again(self, view: JobView) -> float:
        return math.inf

    def is_too_much(self, view: JobView) -> bool:
        return False


class Unsendable(Window):
    """It holds what cannot be pickled."""

    def __init__(self) -> None:
        super().__init__(3)
        self.decide = lambda view: False


def world(**rules: Any) -> Scenario:
    """Return robots of which some fail, retry, time out and come late."""
    spells = {"renewal": {"up": {"exponential": {"mean": "300 s"}}, "down": {"exponential": {"mean": "100 s"}}}}
    launching = {
        "duration": {"uniform": {"low": "30 s", "high": "90 s"}},
        "failures": {"MissingRobotDeploymentResource": {"probability": 0.3, "per": "robot"}},
    }
    return build(
        {
            "fleet": [{"cohort": "dock", "robots": 12}, {"cohort": "road", "robots": 8, "connectivity": spells}],
            "application": {"bundle": "0 B", "steps": {"launching": launching, "reaching": {"duration": "5 s"}}},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 120}},
            "rules": {"retries": {"kinds": ["failed"], "max": 1, "backoff": "20 s", "slot": "queue"}, **rules},
        }
    )


@pytest.mark.parametrize("rules", [{}, {"stages": [{"robots": 5, "soak": "60 s"}]}, {"failure_limit": "3 robots"}, {"cancel_at": "100 s"}])
def test_a_policy_that_imitates_the_window_gives_its_numbers(rules: Raw) -> None:
    policy = Window(4)
    found = simulate(world(**rules), dispatch=policy, replicates=5, seed=7, keep="all")
    expected = simulate(world(concurrency="4 robots", **rules), replicates=5, seed=7, keep="all", engine="simpy")
    assert not found.crashes
    assert policy.resets == 5
    assert_same_tables(expected.tables, found.tables)


def test_is_too_much_is_a_breach() -> None:
    class Careful(Window):
        def is_too_much(self, view: JobView) -> bool:
            return view.failures["failed"] >= 3

    found = simulate(world(), dispatch=Careful(4), replicates=5, seed=7, keep="all")
    expected = simulate(
        world(concurrency="4 robots", stop=[{"kinds": ["failed"], "at_least": "3 robots"}]), replicates=5, seed=7, engine="simpy"
    )
    columns = ["status", "failure_code", "breached_s", "time_to_complete_s", "robots_exposed", "failed"]
    assert found.jobs[columns].equals(expected.jobs[columns])


def test_links_and_instants_wake_it() -> None:
    """It starts the robots that are online at multiples of 50 s only."""

    class Clocked(Window):
        def start(self, view: JobView) -> list[int]:
            return [r.number for r in view.waiting if r.is_online] if view.now % 50 == 0 else []

        def ask_again(self, view: JobView) -> float:
            return 50 * (view.now // 50 + 1)

    scenario = build(
        {
            "fleet": [
                {"cohort": "a", "robots": 2},
                {"cohort": "b", "robots": 1, "connectivity": {"renewal": {"up": "60 s", "down": "90 s", "start": "down"}}},
            ],
            "application": {"bundle": "0 B", "steps": {"preparing": {"duration": "10 s"}, "launching": {"duration": "5 s"}}},
        }
    )
    assert simulate(scenario, dispatch=Clocked(9), replicates=1, seed=1).robots.granted_s.tolist() == [50, 50, 100]


def test_manifest_results_and_fingerprint_name_it() -> None:
    scenario = world()
    results = [simulate(scenario, dispatch=Window(4, version), replicates=1, seed=1) for version in ("1", "2", "2")]
    assert results[0].manifest["dispatch"] == {"name": "window", "version": "1"}
    assert "dispatched by window 1" in repr(results[0])
    fingerprints = [each.manifest["fingerprint"] for each in results]
    assert fingerprints[0] != fingerprints[1] == fingerprints[2] != scenario.fingerprint()
    assert results[0].manifest["engine"] == "simpy"
    plain = simulate(scenario, replicates=1, seed=1)
    assert plain.manifest["fingerprint"] == scenario.fingerprint()
    assert "dispatch" not in plain.manifest


def test_what_it_raises_is_a_crash_of_the_replicate_that_names_it() -> None:
    class Fragile(Window):
        def start(self, view: JobView) -> list[int]:
            if self.resets == 2:
                raise KeyError("site")
            return super().start(view)

    (crash,) = simulate(world(), dispatch=Fragile(4), replicates=3, seed=1).crashes
    assert (crash.replicate, crash.type) == (1, "SimulationError")
    assert crash.message == "the dispatch policy window 1 failed in start: KeyError: 'site'"


@pytest.mark.parametrize("numbers", [[99], [0, 0]])
def test_only_robots_in_line_can_start(numbers: list[int]) -> None:
    class Wild(Window):
        def start(self, view: JobView) -> list[int]:
            return numbers

    with pytest.raises(SimulationError, match="the dispatch policy window 1"):
        simulate(world(), dispatch=Wild(4), replicates=1, seed=1)


def test_it_cannot_be_changed_what_it_sees() -> None:
    class Greedy(Window):
        def start(self, view: JobView) -> list[int]:
            view.waiting[0].is_online = True  # type: ignore[misc]
            return []

    with pytest.raises(SimulationError, match="AttributeError"):
        simulate(world(), dispatch=Greedy(4), replicates=1, seed=1)


@pytest.mark.slow
def test_workers_get_what_can_be_sent() -> None:
    scenario = world()
    here, there = (simulate(scenario, dispatch=Window(4), replicates=4, seed=3, executor=n) for n in (None, 2))
    assert_same_tables(here.tables, there.tables)
    with pytest.raises(UsageError, match="the dispatch policy window cannot be sent to workers"):
        simulate(scenario, dispatch=Unsendable(), replicates=4, seed=3, executor=2)
    assert len(simulate(scenario, dispatch=Unsendable(), replicates=1, seed=3).jobs) == 1


class Nameless:
    def start(self, view: JobView) -> list[int]:
        return []


@pytest.mark.parametrize(
    ("policy", "engine", "rules", "why"),
    [
        (Nameless(), "auto", {}, "has no name, version, reset, ask_again, is_too_much"),
        (Window(3, ""), "auto", {}, "the version of Window is a text"),
        (Window(3), "compiled", {}, "engine='simpy'"),
        (Window(3), "auto", {"limits": [{"max": "3 robots"}]}, "rules.limits has no effect"),
    ],
)
def test_what_cannot_be_used_is_refused(policy: Any, engine: str, rules: Raw, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        simulate(world(**rules), dispatch=policy, engine=engine, replicates=1)


@pytest.mark.slow
def test_a_folder_of_another_policy_is_not_continued(tmp_path: Path) -> None:
    scenario = load(ROOT / "scenarios" / "robomaker-100.yaml")
    simulate(scenario, dispatch=Window(5), replicates=2, seed=1, out=tmp_path / "run")
    again = simulate(scenario, dispatch=Window(5), replicates=3, seed=1, out=tmp_path / "run")
    assert len(again.jobs) == 3
    for policy, why in ((Window(5, "2"), "window 1, not window 2"), (None, "window 1, not that of the scenario")):
        with pytest.raises(StoreError, match=f"the dispatch policy is {why}"):
            simulate(scenario, dispatch=policy, replicates=3, seed=1, out=tmp_path / "run")


def test_a_replicate_that_was_not_kept_cannot_be_drawn() -> None:
    results = simulate(world(), dispatch=Window(4), replicates=2, seed=1, keep="jobs")
    with pytest.raises(StoreError, match="the dispatch policy window is not in the results"):
        results.replicate(1)


def test_the_protocol() -> None:
    assert isinstance(Window(3), DispatchPolicy)
    assert not isinstance(Nameless(), DispatchPolicy)
