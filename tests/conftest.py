"""Settings of all tests: Hypothesis finds the same examples every time, so that a failure is a failure for everybody."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "rolloutsim",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("rolloutsim")
