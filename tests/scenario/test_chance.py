"""What draws and what does not: each source of chance alone, in a scenario of constants."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim import simulate
from rolloutsim.scenario import Scenario, parse
from rolloutsim.scenario.chance import draws_nothing

EXPONENTIAL = {"exponential": {"mean": "20 s"}}
SPELLS = {"up": {"exponential": {"mean": "1 h"}}, "down": {"exponential": {"mean": "5 min"}}}


def constants() -> Scenario:
    return parse(
        "fleet:\n  - {cohort: a, robots: 3, link: {rate: 8 Mbit/s}, site: s}\n  - {cohort: b, robots: 2, connectivity: never}\n"
        "network: {origin: 10 Mbit/s, sites: {s: {downlink: 9 Mbit/s}}}\n"
        "application:\n  bundle: 60 MB\n  steps:\n    launching: {duration: 10 s, failures: {MissingRobotDeploymentResource: 1.0}}\n"
        "deployment: {}\nrules: {start: 2026-01-05 21:00, retries: {codes: [MissingRobotDeploymentResource], max: 1, backoff: 5 s}}\n"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rules.dispatch", "window"),
        ("application.release", {"bad": {"probability": 1, "steps": {"launching": {"duration": "20 s"}}}}),
        ("application.release", {"bad": {"probability": 0, "steps": {"launching": {"duration": EXPONENTIAL}}}}),
        ("fleet.a.connectivity", {"schedule": {"online": ["22:00-06:00"], "timezone": "UTC"}}),
        ("fleet.a.connectivity", {"trace": {"patterns": [{"period": "100 s", "times": [0, 50], "online": [1, 0]}], "offset": "aligned"}}),
    ],
)
def test_constants_draw_nothing(path: str, value: Any) -> None:
    scenario = constants().replace(path, value)
    assert draws_nothing(scenario)
    jobs = simulate(scenario, replicates=4, keep="jobs").jobs.drop(columns="replicate")
    assert (jobs.nunique(dropna=False) == 1).all()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("application.release", {"bad": {"probability": 0.5}}),
        ("application.steps.launching.duration", EXPONENTIAL),
        ("application.steps.launching.failures", {"MissingRobotDeploymentResource": 0.5}),
        ("application.steps.launching.failures", {"MissingRobotDeploymentResource": {"beta": {"mean": 0.3, "concentration": 4}}}),
        ("application.steps.condition", {"ready": 0.5}),
        ("application.steps.condition", {"ready": {"busy": EXPONENTIAL, "idle": EXPONENTIAL}}),
        ("fleet.a.link.rate", {"uniform": {"low": "8 Mbit/s", "high": "9 Mbit/s"}}),
        ("fleet.a.connectivity", {"renewal": SPELLS}),
        ("fleet.a.connectivity", {"schedule": {"online": ["22:00-06:00"], "timezone": "UTC", "jitter": EXPONENTIAL}}),
        ("fleet.a.connectivity", {"trace": {"patterns": [{"period": "100 s", "times": [0, 50], "online": [1, 0]}]}}),
        ("network.sites.s.outages", SPELLS),
        ("rules.order", "shuffled"),
        ("rules.rollback", {"duration": EXPONENTIAL}),
        ("rules.retries.backoff", EXPONENTIAL),
    ],
)
def test_each_source_of_chance_counts(path: str, value: Any) -> None:
    assert not draws_nothing(constants().replace(path, value))
