"""Names of scenarios that are shown together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario


def unique_names(scenarios: Sequence[Scenario], *before: str) -> list[str]:
    """Return unique names for scenarios: their own, else those of their files, else numbered.

    Parameters
    ----------
    before
        Names of others, which come first.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> night = parse("{scenario: night, fleet: [{cohort: a, robots: 1}], application: {bundle: 1 MB}}", "")
    >>> unique_names([night], "night (baseline)"), unique_names([night, night])
    (['night (baseline)', 'night'], ['night (1)', 'night (2)'])
    """
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names):
        names = [Path(scenario.file).stem or scenario.name for scenario in scenarios]
    names = [*before, *names]
    return [name if names.count(name) == 1 else f"{name} ({names[: i + 1].count(name)})" for i, name in enumerate(names)]
