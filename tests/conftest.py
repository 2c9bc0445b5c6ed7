"""Settings of all tests: Hypothesis finds the same examples every time, so that a failure is a failure for everybody."""

from __future__ import annotations

import signal

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

# In the background of a shell Ctrl-C is ignored, also by what is started there; some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
