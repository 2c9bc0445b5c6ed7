"""Pieces of text that tables and pictures share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rolloutsim.formatting import count
from rolloutsim.scenario.reading.paths import join_path, split_path

if TYPE_CHECKING:
    import pandas as pd


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


def fleet_size(jobs: pd.DataFrame) -> str:
    """Return how many robots the fleet has, from the table `jobs`."""
    return " or ".join(count(size) for size in sorted(set(jobs["robots"]))) or "no"
