"""The clock of a study's frame, which plots show beside times."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from rolloutsim.scenario import build
from rolloutsim.scenario.local_time import LocalClock

__all__ = ["clock_of"]


def clock_of(scenario: Mapping[str, Any], levers: Container[str]) -> dict[str, Any]:
    """Return the entry ``clock`` of a frame's ``attrs``; empty without `rules.start`, and where it is a lever.

    Parameters
    ----------
    scenario
        As data with every default, as manifests hold it.
    levers
        The paths of what is varied.

    Examples
    --------
    >>> import rolloutsim
    >>> night = rolloutsim.load("scenarios/warehouse-night.yaml").resolved()
    >>> clock_of(night, ["rules.dispatch"]), clock_of(night, ["rules.start"])
    ({'clock': (1767643200.0, 'Europe/Berlin')}, {})
    """
    if scenario["rules"].get("start") is None or "rules.start" in levers:
        return {}
    clock = LocalClock.of(build(dict(scenario)))
    return {} if clock is None else {"clock": clock.to_json()}
