"""Gates of a comparison: whether a metric is worse by more than is tolerated, and that more than by chance."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from rolloutsim.analysis import CONFIDENCE, Contrast, Tolerance
from rolloutsim.analysis.estimates import plain

__all__ = ["LEVEL", "Gate", "judge", "worse_by_more"]

#: Of the tests of a comparison.
LEVEL = 1 - CONFIDENCE


class Gate(NamedTuple):
    """Whether a metric is worse by more than is tolerated.

    Attributes
    ----------
    tolerance
        How much worse is tolerated.
    outcome
        ``fail`` if it is worse by more, and that significantly; ``undecided`` if it cannot be estimated; else ``pass``.
    p_value
        Of being worse by just as much as is tolerated, adjusted for all gates.
    """

    tolerance: Tolerance
    outcome: str
    p_value: float

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {"fail_if_worse": self.tolerance.text, "outcome": self.outcome, "p_value": plain(self.p_value)}


def _limit(gate: Tolerance) -> tuple[int, float, float]:
    """Return the sign of what is worse, and the ratio and the margin that an alternative may have."""
    worse = -1 if gate.query.better == "higher" else 1
    return (worse, 1 + worse * gate.size, 0.0) if gate.relative else (worse, 1.0, worse * gate.size)


def worse_by_more(found: Contrast, gate: Tolerance) -> float:
    """Return the p-value of being worse by just as much as is tolerated; 1 if it is not worse by more."""
    _, ratio, margin = _limit(gate)
    return found.p_value(ratio=ratio, margin=margin) if _beyond(found, gate) else 1.0


def _beyond(found: Contrast, gate: Tolerance) -> bool:
    """Return whether the alternative was worse by more than is tolerated."""
    worse, ratio, margin = _limit(gate)
    a, b = found.statistics()
    return worse * (b - ratio * a - margin) > 0


def judge(gate: Tolerance, found: Contrast, p_value: float) -> Gate:
    """Return what becomes of a tolerance."""
    difference = found.difference()
    # Without an interval what was seen to be within the tolerance passes, as everything does that is not shown to be worse.
    unknown = not difference.estimable or (math.isnan(difference.low) and _beyond(found, gate))
    return Gate(gate, "undecided" if unknown else "fail" if p_value <= LEVEL else "pass", p_value)
