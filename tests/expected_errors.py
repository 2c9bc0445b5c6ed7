"""Scenarios that must be refused, by the codes and places of their problems; `scenario/messages.golden` holds the words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rolloutsim.errors import ProblemCode, ScenarioError

__all__ = ["expected_error"]


@contextmanager
def expected_error(code: ProblemCode, path: str = "") -> Iterator[None]:
    """Expect exactly one error of a scenario.

    Parameters
    ----------
    code
        Its kind.
    path
        Its place, e.g. ``fleet.dock.robots``; empty if it concerns the file as a whole.
    """
    with pytest.raises(ScenarioError) as caught:
        yield
    assert [(problem.code, problem.path) for problem in caught.value.problems if problem.severity == "error"] == [(code, path)]
