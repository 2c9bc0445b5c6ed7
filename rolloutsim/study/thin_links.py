"""Sites whose robots failed because their link is too thin for a robot's timer, and the timer that would fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.scenario.checks.crowded_links import crowded_sites

if TYPE_CHECKING:
    from rolloutsim.analysis.summary import Summary
    from rolloutsim.scenario import Scenario
    from rolloutsim.scenario.checks.crowded_links import CrowdedLink

__all__ = ["fitting_timeout", "thin_links", "timeout_path"]

#: A link is the reason if at least this share of the robots behind it fail as robots do whose timer ends while they work.
_SHARE = 0.1
#: Downloads are not all of a deployment: a timer that fits is longer than they take by this factor.
_MARGIN = 1.1
#: Timers from here on (s) are tried in whole hours, shorter ones in whole minutes.
_HOURS = 7200.0
#: RoboMaker takes no longer one (s).
_LONGEST = 604_800.0


def thin_links(scenario: Scenario, summary: Summary) -> dict[str, CrowdedLink]:
    """Return the links that are too thin, by site, where the robots fail as robots do whose timer ends while they download."""
    found = {}
    for link in crowded_sites(scenario):
        codes = {line.code: line.by_group["site"][link.site].best for line in summary.failure_codes if "site" in line.by_group}
        worst = max(codes, key=lambda code: codes[code], default="")
        if worst == scenario.rules.timeout_codes.working and codes[worst] >= _SHARE:
            found[link.site] = link
    return found


def timeout_path(scenario: Scenario) -> str:
    """Return the path of the setting that a robot's timer follows."""
    return "robot_timeout" if scenario.rules.robot_timeout is None else "rules.robot_timeout"


def fitting_timeout(scenario: Scenario, summary: Summary) -> float | None:
    """Return a robot timeout (s) in which thin links carry all that download at once; None if no link is thin, or RoboMaker takes none."""
    takes = max((link.takes for link in thin_links(scenario, summary).values()), default=0.0)
    step = 3600.0 if _MARGIN * takes >= _HOURS else 60.0
    timeout = step * math.ceil(_MARGIN * takes / step)
    return timeout if 0 < timeout <= _LONGEST else None
