"""Paths into a scenario, short enough for a table or a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["short_paths"]


def short_paths(paths: Iterable[str], room: int = 34) -> dict[str, str]:
    """Return each path, or as many of its last parts as there is room for, so that no two of them are the same.

    >>> list(short_paths(["application.bundle", "deployment.deploymentConfig.concurrentDeploymentPercentage"]).values())
    ['application.bundle', '…concurrentDeploymentPercentage']
    >>> list(short_paths(["fleet.dock.link.rate", "fleet.courier.link.rate"], room=10).values())
    ['…dock.link.rate', '…courier.link.rate']
    """
    split = {path: path.split(".") for path in paths}
    kept = {path: max(1, sum(len(".".join(parts[-n:])) <= room for n in range(1, len(parts) + 1))) for path, parts in split.items()}
    while True:
        tails = {path: ".".join(parts[-kept[path] :]) for path, parts in split.items()}
        count = Counter(tails.values())
        if max(count.values(), default=1) == 1:
            return {path: tail if tail == path else f"…{tail}" for path, tail in tails.items()}
        kept = {path: n + (count[tails[path]] > 1) for path, n in kept.items()}
