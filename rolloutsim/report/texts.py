"""Pieces of text that tables and pictures share.

A value and its interval share one unit, and have the digits that the interval supports.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from string import ascii_uppercase
from typing import TYPE_CHECKING

from rolloutsim.formatting import Scale, count, percent, scale_of, trim
from rolloutsim.scenario.reading.paths import join_path, quoted, split_path

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis import Estimate


def short_paths(paths: Iterable[str], room: int = 34) -> dict[str, str]:
    """Return each path, or as many of its last parts as there is room for, so that no two of them are the same.

    >>> list(short_paths(["application.bundle", "deployment.deploymentConfig.concurrentDeploymentPercentage"]).values())
    ['application.bundle', '…concurrentDeploymentPercentage']
    >>> list(short_paths(["fleet.dock.link.rate", "fleet.courier.link.rate"], room=10).values())
    ['…dock.link.rate', '…courier.link.rate']
    """
    split = {path: split_path(path) for path in paths}
    kept = {path: max(1, sum(len(join_path(parts[-n:])) <= room for n in range(1, len(parts) + 1))) for path, parts in split.items()}
    while True:
        tails = {path: join_path(parts[-kept[path] :]) for path, parts in split.items()}
        uses = Counter(tails.values())
        if max(uses.values(), default=1) == 1:
            return {path: tail if tail == path else f"…{tail}" for path, tail in tails.items()}
        kept = {path: n + (uses[tails[path]] > 1) for path, n in kept.items()}


#: A part of a path that is longer than this is broken; no key of a scenario is.
_LONGEST = 40


def wrapped_path(path: str, room: int) -> str:
    """Return a whole path, in lines of at most so many characters if its parts allow that.

    >>> print(wrapped_path("deployment.deploymentConfig.concurrentDeploymentPercentage", 34))
    deployment.deploymentConfig.
    concurrentDeploymentPercentage
    """
    *others, last = map(quoted, split_path(path))
    lines = [""]
    longest = max(room, _LONGEST)
    parts = (*(f"{other}." for other in others), last)
    for part in (whole[start : start + longest] for whole in parts for start in range(0, len(whole), longest)):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def glued(sentence: str) -> str:
    """Return a sentence in which no line ends between a number and its unit.

    >>> glued("within 7.5 h").replace("\u00a0", "_")
    'within 7.5_h'
    """
    return re.sub(r"(?<=\d) (?=\S)", "\u00a0", sentence)


def letter(number: int) -> str:
    """Return a letter that stands for something numbered from 0, or the number where there are no more letters.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', '26')
    """
    return ascii_uppercase[number] if number < len(ascii_uppercase) else str(number)


def fleet_size(jobs: pd.DataFrame) -> str:
    """Return how many robots the fleet has, from the table `jobs`."""
    return " or ".join(count(size) for size in sorted(set(jobs["robots"]))) or "no"


def interval_text(estimate: Estimate, unit: str, *, scale: Scale | None = None, difference: bool = False) -> tuple[str, str]:
    """Write a value, and its interval in the same unit; or nothing, and the note why there is no value.

    A share of 0 or 1 is not claimed, only bounded.

    Parameters
    ----------
    unit
        As for `scale_of`.
    scale
        Of numbers that stand side by side; by default the one that suits the value.
    difference
        Whether this is a difference, which may well be 0; those of shares are in percentage points (pp).

    Examples
    --------
    >>> from math import inf, nan
    >>> from rolloutsim.analysis import Estimate
    >>> interval_text(Estimate(18000.0, 19000.0, 19800.0, 400), "s")
    ('5.28 h', '[5.00, 5.50]')
    >>> interval_text(Estimate(nan, nan, nan, 100, note="not estimable, needs 368"), "s")
    ('', 'not estimable, needs 368')
    >>> interval_text(Estimate(18000.0, 19000.0, inf, 400, note="not reached in 37 of 400"), "s")
    ('5.28 h', '[5.00, never]')
    >>> interval_text(Estimate(0.0, 0.0, 0.0122, 300, note="0 of 300"), "%")
    ('< 1.22 %', '')
    >>> interval_text(Estimate(0.01, 0.025, 0.04, 400), "%", difference=True)
    ('2.50 pp', '[1.00, 4.00]')
    >>> interval_text(Estimate(-90.0, -30.0, 30.0, 400), "s", difference=True)
    ('-30 s', '[-90, 30]')
    """
    low, best, high = estimate.low, estimate.best, estimate.high
    if math.isnan(best):
        return "", estimate.note
    if unit == "%" and not difference and best == 0 < high:
        return f"< {percent(high)}", ""
    if unit == "%" and not difference and best == 1 > low:
        return f"> {percent(low)}", ""
    known = [abs(limit) for limit in (best, low, high) if math.isfinite(limit)]
    if not known:
        return "never", ""
    scale = scale or scale_of(unit, known[0] or max(known))
    spread = (high - low) / 2 / scale.size
    digits = decimals(known[0] / scale.size, spread)

    def write(value: float) -> str:
        return f"{value / scale.size:,.{digits}f}" if math.isfinite(value) else "never" if unit == "s" else "unlimited"

    symbol = f" {'pp' if difference and unit == '%' else scale.symbol}".rstrip()
    if not math.isfinite(best):
        return "never", f"> {trim(write(low))}{symbol}" if math.isfinite(low) else ""
    limits = "" if math.isnan(spread) else f"[{write(low)}, {write(high)}]"
    return (write(best) if limits else trim(write(best))) + symbol, limits


def sentence(estimate: Estimate, unit: str) -> str:
    """Write a value, its interval and its note in one line.

    >>> from math import inf, nan
    >>> from rolloutsim.analysis import Estimate
    >>> sentence(Estimate(18000.0, 19000.0, 19800.0, 400), "s"), sentence(Estimate(0.0, 0.0, 0.0122, 300, note="0 of 300"), "%")
    ('5.28 h [5.00, 5.50]', '< 1.22 %, 0 of 300')
    >>> sentence(Estimate(nan, nan, nan, 100, note="not estimable, needs 368"), "s")
    'not estimable, needs 368'
    """
    value, limits = interval_text(estimate, unit)
    return ", ".join(part for part in (f"{value} {limits}".strip(), "" if math.isnan(estimate.best) else estimate.note) if part)


def decimals(value: float, spread: float = math.nan) -> int:
    """Return how many decimals a number deserves.

    Three significant digits, or two of the half-width of its interval if these are more; only the latter if the half-width is larger than
    the number.

    >>> decimals(123.4), decimals(12.34), decimals(0.01234), decimals(123.4, spread=0.5), decimals(0.123, spread=5.0)
    (0, 1, 4, 2, 1)
    """
    digits = 2 - _magnitude(value)
    if math.isfinite(spread) and spread > 1e-6 * abs(value):
        of_spread = 1 - _magnitude(spread)
        digits = of_spread if spread >= abs(value) else max(digits, of_spread)
    return min(max(digits, 0), 6)


def _magnitude(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 2
