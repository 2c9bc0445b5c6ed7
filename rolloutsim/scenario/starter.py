"""The commented scenario that ``rolloutsim init`` writes."""

from __future__ import annotations

from pathlib import Path

__all__ = ["starter"]


def starter() -> str:
    """Return a small scenario file with comments, runnable as it is."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
