"""A long replicate of the compiled engine runs beside the main thread, which Ctrl-C can end."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim.scenario import parse
from rolloutsim.simulation.engines.compiled import engine as machine
from rolloutsim.simulation.replicate import Replicator
from tests.gate import until

SCENARIO = parse(
    "{fleet: [{cohort: a, robots: 50}], application: {bundle: 1 B, steps: {launching: {duration: {exponential: {mean: 9 s}}}}}}"
)


def test_beside_the_main_thread_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Replicator(SCENARIO, 1, engine="compiled").run(0)[0]
    monkeypatch.setattr(machine, "LONG", 1)
    there = Replicator(SCENARIO, 1, engine="compiled").run(0)[0]
    assert there.job.ended_s == here.job.ended_s
    assert there.robots["finished"].tolist() == here.robots["finished"].tolist()


def test_an_interruption_stops_it_and_leaves_it_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LONG", 1)
    replicator = Replicator(SCENARIO, 1, engine="compiled")
    expected = replicator.run(0)[0].job.ended_s
    stopped: list[int] = []
    run = replicator._machine._run  # type: ignore[union-attr]

    def held(plan: Any, state: Any, *rest: Any) -> int:
        """Begin when it is to stop, as if the replicate took so long."""
        until(lambda: bool(state.stop_flag[machine.STOP]))
        stopped.append(int(state.stop_flag[machine.STOP]))
        return int(run(plan, state, *rest))

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(replicator._machine, "_run", held)
        patch.setattr(machine, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            replicator.run(0)
    assert stopped == [1]
    assert replicator.run(0)[0].job.ended_s == expected
