"""How many processes may compute at the same time."""

from __future__ import annotations

import math
import os
from pathlib import Path

_GROUPS, _GROUP_OF_THIS_PROCESS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def cores() -> int:
    """Return the number of cores that this process may use: those it may run on, or fewer by the CPU quota of its container."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(allowed, _quota())))


def _quota() -> float:
    """Return the smallest CPU quota of the control groups (version 2) of this process, in cores."""
    try:
        lines = _GROUP_OF_THIS_PROCESS.read_text().splitlines()
    except OSError:
        return math.inf
    path = next((line.removeprefix("0::").lstrip("/") for line in lines if line.startswith("0::")), "")
    group = _GROUPS / path
    return min((_limit(folder / "cpu.max") for folder in (group, *group.parents) if folder.is_relative_to(_GROUPS)), default=math.inf)


def _limit(file: Path) -> float:
    try:
        quota, period = file.read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
