"""Which settings of a scenario have a slider: from where to where it goes, where it begins, and what its positions mean."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.errors import ScenarioError

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Slider", "changed", "sliders_of"]

_MINUTE, _HOUR = 60.0, 3600.0
#: RoboMaker takes a minute to seven days.
_LONGEST_TIMEOUT = 7 * 24 * 60


class Slider(NamedTuple):
    """A setting that can be moved.

    Attributes
    ----------
    name, unit
        What stands beside it.
    path
        What it sets, as `Scenario.replace` takes it.
    low, high, step
        Its positions.
    start
        Where the scenario has it.
    """

    name: str
    unit: str
    path: str
    low: float
    high: float
    step: float
    start: float

    def written(self, position: float) -> str | int:
        """Return what a position stands for, as scenario files have it.

        >>> Slider("threshold", "%", "threshold", 1, 100, 1, 25).written(30.0)
        '30 %'
        """
        number = f"{position:.10g}"
        return int(number) if self.path in ("rules.concurrency", "rules.failure_limit") else f"{number} {self.unit}"


def sliders_of(scenario: Scenario) -> tuple[Slider, ...]:
    """Return the sliders of a scenario; settings that its other rules replace have none.

    Examples
    --------
    >>> import rolloutsim
    >>> for slider in sliders_of(rolloutsim.load("scenarios/canary-soak-fleet.yaml")):
    ...     print(slider.name, slider.start, slider.unit)
    concurrency 20 %
    threshold 15 %
    robot timeout 120.0 min
    stage 1, soak 24.0 h
    stage 2, share 10.0 %
    stage 2, soak 24.0 h
    """
    found = [*_limits(scenario), *_timeout(scenario), *_stages(scenario)]
    return tuple(slider for slider in found if _can_move(scenario, slider))


def changed(scenario: Scenario, sliders: tuple[Slider, ...], positions: tuple[float, ...]) -> Scenario:
    """Return the scenario with every slider that is not where it began set to its position.

    Raises
    ------
    ScenarioError
        If the positions do not fit together.
    """
    moved = {slider.path: slider.written(at) for slider, at in zip(sliders, positions, strict=True) if not math.isclose(at, slider.start)}
    return scenario.replace_all(moved) if moved else scenario


def _limits(scenario: Scenario) -> Iterator[Slider]:
    rules, robots, request = scenario.rules, scenario.robots, scenario.deployment
    if rules.concurrency is None:
        yield Slider("concurrency", "%", "concurrency", 1, 100, 1, request.concurrent_percentage or 100)
    else:
        yield Slider("concurrency", "robots", "rules.concurrency", 1, max(robots, rules.concurrency), 1, rules.concurrency)
    if rules.failure_limit is None:
        yield Slider("threshold", "%", "threshold", 1, 100, 1, request.failure_threshold_percentage or 100)
    else:
        yield Slider("threshold", "robots", "rules.failure_limit", 1, max(robots, rules.failure_limit), 1, rules.failure_limit)


def _timeout(scenario: Scenario) -> Iterator[Slider]:
    minutes = scenario.robot_timeout / _MINUTE
    if math.isfinite(minutes):
        path = "robot_timeout" if scenario.rules.robot_timeout is None else "rules.robot_timeout"
        high = max(minutes, min(_LONGEST_TIMEOUT, max(60.0, math.ceil(2 * minutes))))
        yield Slider("robot timeout", "min", path, 1, high, _step(minutes), minutes)


def _stages(scenario: Scenario) -> Iterator[Slider]:
    for place, stage in enumerate(scenario.rules.stages):
        name, path = f"stage {place + 1}", f"rules.stages.{place}"
        if stage.share is not None:
            percent = round(100 * stage.share, 6)
            step = _step(percent)
            yield Slider(f"{name}, share", "%", f"{path}.share", step, 100, step, percent)
        if stage.soak > 0:
            unit, size = ("h", _HOUR) if stage.soak >= _HOUR else ("min", _MINUTE)
            soak = stage.soak / size
            yield Slider(f"{name}, soak", unit, f"{path}.soak", 0, 2 * soak, _step(soak), soak)


def _step(start: float) -> float:
    """Return a step that the start is a multiple of, if one tenth or one hundredth is."""
    return next((step for step in (1.0, 0.1) if math.isclose(start / step, round(start / step))), 0.01)


def _can_move(scenario: Scenario, slider: Slider) -> bool:
    """Return whether the setting has a place beside the others: `rules.limits` and `rules.stop`, or another system, may replace it."""
    try:
        scenario.replace(slider.path, slider.written(slider.start))
    except ScenarioError:
        return False
    return True
