"""Both engines show the same at every instant."""

from __future__ import annotations

from typing import Any

from tests.robomaker.fleets import ROUGH, Bench


def seen(engine: str) -> list[Any]:
    """Return what is shown of a job that is canceled, and of the next one, at many instants."""
    bench = Bench(ROUGH, engine=engine)
    shown = []
    for canceled in (True, False):
        config = bench.scenario.deployment.deployment_config.write()
        job = bench.create(deploymentConfig=config)
        for seconds in (0.0, 31.7, 100.0, 222.2, 1000.0, 2500.0, 9000.0):
            bench.now.advance(seconds)
            shown.append(bench.describe(job) | {"ResponseMetadata": None})
            if canceled and seconds == 222.2:
                bench.client.cancel_deployment_job(job=job)
    return shown


def test_engines_agree() -> None:
    assert seen("simpy") == seen("compiled")
