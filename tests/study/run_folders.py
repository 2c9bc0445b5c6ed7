"""A small run in a folder, with parts of a few replicates; its fixtures are in conftest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolloutsim import Results, simulate
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.replicate import Replicator

SIZE = 4
TEXT = """
scenario: small
seed: 9
replicates: 10
fleet:
  - {cohort: dock, class: fixed, robots: 3, site: yard, link: {rate: 8 Mbit/s}}
  - {cohort: "off", robots: 2, connectivity: never}
application: {bundle: 10 MB, steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: 0.2}}}}
network: {origin: 12 Mbit/s}
deployment: {deploymentConfig: {robotDeploymentTimeoutInSeconds: 60}}
"""
SCENARIO = parse(TEXT)
UNSEEDED = parse("{scenario: drawn, fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB}, replicates: 6}")


def tables_in(folder: Path) -> dict[str, bytes]:
    """Return the files of results, but for the manifest, which has the time and place."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def into(folder: Path, scenario: Scenario = SCENARIO, **options: Any) -> Results:
    return simulate(scenario, out=folder, executor=1, keep_on_interrupt=True, **options)


class Counted:
    """Notes which replicates are simulated, and stops at some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.simulated: list[int] = []
        self.stops: dict[int, BaseException] = {}
        real = Replicator.run

        def run(replicator: Replicator, replicate: int) -> Any:
            if replicate in self.stops:
                raise self.stops[replicate]
            self.simulated.append(replicate)
            return real(replicator, replicate)

        monkeypatch.setattr(Replicator, "run", run)
