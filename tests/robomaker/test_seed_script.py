"""A script written from the documentation of `create_deployment_job` runs; its robots end as in a run of the scenario."""

from __future__ import annotations

from rolloutsim import load, simulate
from rolloutsim.robomaker import Client
from tests.pages import ROOT
from tests.robomaker.seed_script import EXCEPTIONS, main


def test_the_script_runs_in_process() -> None:
    scenario = load(ROOT / "scenarios" / "robomaker-100.yaml")
    client = Client(scenario, registered=True, engine="simpy")

    def fail(error: str) -> None:
        client.faults.inject("CreateDeploymentJob", error, calls=1)

    with client.clock.drives_sleep():
        found = main(client, fail, 60.0)
    assert sorted(found["handled"]) == sorted(EXCEPTIONS)
    results = simulate(scenario, replicates=1)
    assert found["status"] == results.jobs.status[0]
    for (status, code, finished), row in zip(found["robots"], results.robots.itertuples(), strict=True):
        assert status == row.status
        assert code == (row.failure_code if isinstance(row.failure_code, str) else None)
        assert abs(finished - row.reported_s) < 2e-3
