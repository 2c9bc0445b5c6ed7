"""The plan of a scenario is made once for all of its batches."""

from __future__ import annotations

import numpy as np
import pytest

from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.model import make_tables as plan
from rolloutsim.study.execution.chunk import run_chunk

TEXT = "{{fleet: [{{cohort: one, robots: {robots}, link: {{rate: 8 Mbit/s}}}}], application: {{bundle: 1 MB}}}}"


@pytest.mark.parametrize("arrays", [False, True])
def test_batches_of_one_scenario_share_its_plan(arrays: bool) -> None:
    one, twin = parse(TEXT.format(robots=2)), parse(TEXT.format(robots=2))
    first = plan.plan_of(one, arrays=arrays)
    assert plan.plan_of(one, arrays=arrays) is first
    assert plan.plan_of(twin, arrays=arrays) is not first
    assert plan.plan_of(parse(TEXT.format(robots=3)), arrays=arrays).cohort is not first.cohort


def test_a_plan_is_made_once_for_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = plan.make_plan

    def counted(scenario: Scenario, *, arrays: bool = False) -> plan.ModelTables:
        made.append(scenario.robots)
        return make(scenario, arrays=arrays)

    monkeypatch.setattr(plan, "make_plan", counted)
    two, three = (parse(TEXT.format(robots=robots)) for robots in (2, 3))
    parts = [run_chunk(two, 1, range(k, k + 1), engine="simpy").numbers for k in range(4)]
    assert made == [2]
    assert run_chunk(three, 1, range(1), engine="simpy").tables().jobs["robots"].tolist() == [3]
    assert made == [2, 3]
    np.testing.assert_array_equal(np.concatenate(parts), run_chunk(two, 1, range(4), engine="simpy").numbers)
