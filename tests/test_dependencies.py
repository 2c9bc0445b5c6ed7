"""The oldest versions that are tested are the oldest that are allowed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_oldest_versions_allowed_are_those_that_are_tested() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lowest = dict(line.split("==") for line in (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines() if "==" in line)
    allowed = dict(re.match(r"([\w.]+)>=([\d.]+)", line).groups() for line in declared)  # type: ignore[union-attr]
    assert lowest.keys() == allowed.keys()
    for name, version in allowed.items():
        assert (lowest[name] + ".").startswith(version + "."), name


def test_numba_has_an_upper_bound() -> None:
    """Kernels are compiled by it: what a later version makes of them is not known."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'"numba>=[\d.]+,<[\d.]+"', text)
