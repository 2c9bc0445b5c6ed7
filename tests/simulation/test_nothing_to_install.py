"""Late convergence needs something to install: worked examples for both engines and the reference."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim import simulate
from rolloutsim.scenario import build
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables

Raw = dict[str, Any]

CLOUD_FAILS = {"duration": "10 s", "failures": {"LambdaDeleted": 1}}
HOLD = {"kinds": ["failed"], "max": 3, "backoff": "7 s", "slot": "hold"}
QUEUE = {"kinds": ["no_response"], "max": 1, "backoff": "7 s", "slot": "queue"}


@pytest.mark.parametrize(
    ("validating", "rules", "attempts", "late"),
    [
        ({"duration": "100 s"}, {}, 1, 76.0),
        (CLOUD_FAILS, {"retries": HOLD}, 4, 76.0),
        ({"duration": "100 s"}, {"retries": QUEUE}, 2, 142.0),
    ],
    ids=["slow", "tried again with its slot", "tried again after its timer"],
)
def test_a_robot_without_a_bundle_does_not_install_late(validating: Raw, rules: Raw, attempts: int, late: float) -> None:
    """Three robots validate when their timers of 60 s end: at 60 s, or after a retry at 127 s.

    They are offline from 60 to 66 s and from 126 to 132 s. Then the first one downloads for 10 s. The others have no bundle at any time.
    """
    link = {"link": {"rate": "100 B/s"}, "connectivity": {"renewal": {"up": "60 s", "down": "6 s", "start": "up"}}}
    architectures = ("X86_64", "ARMHF", "none")
    scenario = build(
        {
            "fleet": [{"cohort": name, "robots": 1, "architecture": name, **link} for name in architectures],
            "application": {"bundle": {"X86_64": "1 kB"}, "steps": {"validating": validating}},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 60}},
            "rules": rules,
        }
    )
    for found in (simulate(scenario, replicates=1, seed=1, engine="simpy"), plain_tables(scenario, 1, 0)):
        assert found.robots is not None
        assert found.robots.attempts.tolist() == [attempts + 1, attempts, attempts]
        assert found.robots.converged_s.fillna(-1).tolist() == [late, -1, -1]
        assert found.robots.bytes.tolist() == [1000, 0, 0]
        assert set(found.robots.status) == {"NoResponse"}
        assert set(found.robots.ended_by) == {"robot_timer"}
    assert list(differences(scenario, seed=1, replicates=1)) == []
