"""Whether a check holds, decided on the interval: by the whole of it, or not at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from rolloutsim.analysis.estimates import CONFIDENCE, Estimate, limits
from rolloutsim.analysis.expressions import least_replicates
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.stopping import missing, more_in_words, more_replicates, smallest

if TYPE_CHECKING:
    from rolloutsim.analysis.bounds import Check

__all__ = ["POWER", "Verdict", "decide"]

#: Probability with which the number of further replicates decides, if the true value is the estimate.
POWER = 0.8


class Verdict(NamedTuple):
    """What is known about a check.

    Attributes
    ----------
    outcome
        ``pass`` if the whole interval keeps the bound, ``fail`` if the whole interval breaks it, else ``undecided``.
    more
        About how many more replicates would decide it; 0 if it is decided, None if that is unknown.
    at_least
        Whether so many only make an interval possible, which may decide or not.
    """

    outcome: Literal["pass", "fail", "undecided"]
    more: int | None
    at_least: bool = False

    @property
    def advice(self) -> str:
        """What would decide it, in words; empty if it is decided.

        >>> Verdict("undecided", 800).advice
        'about 800 more replicates would decide'
        """
        if self.outcome != "undecided":
            return ""
        if self.more is None:
            return "no number of replicates can be named that would decide"
        return more_in_words(self.more, at_least=self.at_least, purpose="decide")


def decide(check: Check, estimate: Estimate, replicates: int, *, premises: Premises = UNKNOWN, confidence: float = CONFIDENCE) -> Verdict:
    """Decide a check. What is not estimable is undecided, whatever the bound: no data never passes.

    Parameters
    ----------
    estimate
        The estimate of the check's metric.
    replicates
        All that were simulated; the conditions of the metric may have chosen fewer.
    premises
        Of the scenario.
    confidence
        Confidence of the estimate's interval.

    Examples
    --------
    >>> from rolloutsim.analysis.bounds import Check
    >>> from rolloutsim.analysis.estimates import proportion
    >>> check = Check.parse("abort_probability <= 1 %")
    >>> decide(check, proportion(0, 400), 400).outcome, decide(check, proportion(20, 400), 400).outcome
    ('pass', 'fail')
    >>> decide(check, proportion(0, 100), 100)[:2]
    ('undecided', 270)
    """
    if not estimate.estimable or math.isnan(estimate.low):
        least = least_replicates(check.query, premises, confidence=confidence)
        return Verdict("undecided", missing(least, estimate.n, replicates), at_least=True)
    # A bound is an end of a half-line, so an interval keeps it as a whole if both of its limits do.
    kept = [check.holds(limit) for limit in (estimate.low, estimate.high)]
    if kept[0] == kept[1]:
        return Verdict("pass" if kept[0] else "fail", 0)
    return Verdict("undecided", more_replicates(_needed(check.bound, estimate, confidence), estimate.n, replicates))


def _needed(bound: float, estimate: Estimate, confidence: float) -> float | None:
    """Return the number of replicates at which the bound would probably be outside of the interval."""
    from scipy.special import ndtri

    above = bound > estimate.best
    distance = abs(bound - estimate.best)
    side = estimate.high - estimate.best if above else estimate.best - estimate.low
    if not distance or not math.isfinite(side):
        return None
    luck = float(ndtri(POWER))
    if estimate.method == "clopper-pearson":
        p, sign = estimate.best, 1 if above else -1

        def outside(n: int) -> bool:
            shifted = min(max(p + sign * luck * math.sqrt(p * (1 - p) / n), 0.0), 1.0)
            limit = limits(shifted, n, confidence=confidence)
            return limit.high < bound if above else limit.low > bound

        return smallest(estimate.n, outside)
    if estimate.method == "none differs":
        return max(estimate.n * side / distance, estimate.n + 1.0)
    # Intervals shrink with the root of n; the estimate itself moves by `luck` standard errors in one of five cases.
    z = float(ndtri((1 + confidence) / 2))
    return max(estimate.n * ((1 + luck / z) * side / distance) ** 2, estimate.n + 1.0)
