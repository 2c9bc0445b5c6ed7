"""Which engine a study takes: by the work of all of it, for every batch, and its manifests show which."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from rolloutsim.simulation import engine_choice as choice
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.study import check, compare, plan, sensitivity
from tests.study.worlds import aborting, waiting

Study = Callable[[], tuple[dict[str, Any], ...]]


def checked() -> tuple[dict[str, Any], ...]:
    return (check(aborting("failed_share <= 5 %"), replicates=4, max_replicates=6, executor=1).manifest,)


def compared() -> tuple[dict[str, Any], ...]:
    return compare(waiting(), waiting(robots=3), metrics=["slot"], replicates=10, executor=1).manifests


def planned() -> tuple[dict[str, Any], ...]:
    levers = {"fleet.robots.robots": [1, 2, 3]}
    return (plan(waiting(), "slot", levers=levers, replicates=10, max_replicates=20, executor=1).manifest,)


def explored() -> tuple[dict[str, Any], ...]:
    uncertainties = {"application.bundle": {"uniform": {"low": "1 MB", "high": "2 MB"}}}
    found = sensitivity(waiting(sweep={"uncertainties": uncertainties}), size=2, replicates=5, executor=1)
    assert len(found.responses) == 4
    return (found.manifest,)


@pytest.mark.parametrize(
    ("study", "work"),
    [(checked, 20 * 6), (compared, (2 + 3) * 10), (planned, (1 + 2 + 3) * 20), (explored, 4 * 5 * 2)],
    ids=lambda value: getattr(value, "__name__", None),
)
@pytest.mark.parametrize(("threshold", "engine"), [(0, "compiled"), (1, "simpy")])
def test_one_engine_by_the_work_of_the_whole_study(
    study: Study, work: int, threshold: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    simulates, records = Replicator.__init__, Recorder.__init__

    # The numbers are the same with the other engine, and no machine code is made.
    def noted(self: Replicator, *args: Any, engine: str, **more: Any) -> None:
        taken.append(engine)
        simulates(self, *args, engine="simpy", **more)

    def recorded(self: Recorder, *args: Any, engine: str, **more: Any) -> None:
        records(self, *args, engine="simpy", **more)

    monkeypatch.setattr(Replicator, "__init__", noted)
    monkeypatch.setattr(Recorder, "__init__", recorded)
    monkeypatch.setattr(choice, "_WORTH_COMPILING", work + threshold)
    monkeypatch.setattr(choice, "_WORTH_LOADING", math.inf)
    assert {manifest["engine"] for manifest in study()} == set(taken) == {engine}
