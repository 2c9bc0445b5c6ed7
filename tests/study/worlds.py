"""Scenarios of which the answer is known, and replicates that crash."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.replicate import Replicator
from tests.simulation.worlds import launch

#: 20 robots of which each fails with 5 %; two failures abort: P(Bin(20, 0.05) >= 2).
ABORT_PROBABILITY = float(stats.binom(20, 0.05).sf(1))


def aborting(*checks: str, robots: int = 20, failure: float = 0.05) -> Scenario:
    """Return the scenario of `ABORT_PROBABILITY`."""
    failures = {"MissingRobotDeploymentResource": {"probability": failure, "per": "robot"}}
    scenario = launch(robots, "1 s", config={"failureThresholdPercentage": 10}, rules={"concurrency": "1 robots"}, failures=failures)
    return build({**scenario.raw, "scenario": "aborting", "seed": 5, "replicates": 400, "checks": list(checks)})


def waiting(mean: str = "10 s", robots: int = 2, **more: Any) -> Scenario:
    """Return a scenario of which the time to complete has mean ``1.5 · mean``: the longer of two exponential launches."""
    scenario = launch(robots, {"exponential": {"mean": mean}}, config={"concurrentDeploymentPercentage": 100})
    return build({**scenario.raw, "scenario": "waiting", "seed": 5, "replicates": 400, **more})


def crash_at(monkeypatch: pytest.MonkeyPatch, *replicates: int, error: BaseException | None = None) -> None:
    """Let replicates crash (all of them, if none is named)."""
    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        if not replicates or replicate in replicates:
            raise error or RuntimeError("no luck")
        return real(self, replicate)

    monkeypatch.setattr(Replicator, "run", run)
    monkeypatch.setattr("rolloutsim.study.execution.work.cores", lambda: 1)  # other processes would not crash
