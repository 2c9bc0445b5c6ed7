"""Paths into a scenario, short enough for a table or a picture."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["short_paths"]


def short_paths(paths: Iterable[str], room: int = 34) -> dict[str, str]:
    """Return each path, or as many of its last parts as there is room for, so that no two of them are the same.

    >>> list(short_paths(["application.bundle", "deployment.deploymentConfig.concurrentDeploymentPercentage"]).values())
    ['application.bundle', '…concurrentDeploymentPercentage']
    >>> list(short_paths(["fleet.dock.link.rate", "fleet.courier.link.rate"], room=10).values())
    ['…dock.link.rate', '…courier.link.rate']
    """
    whole = list(dict.fromkeys(paths))
    found = {path: _tail(path, room) for path in whole}
    while len(set(found.values())) < len(found):
        room += 1
        found = {path: _tail(path, room) for path in whole}
    return found


def _tail(path: str, room: int) -> str:
    parts = path.split(".")
    tails = [".".join(parts[start:]) for start in range(len(parts))]
    fitting = next((tail for tail in tails if len(tail) <= room), tails[-1])
    return fitting if fitting == path else f"…{fitting}"
