"""Tables and summaries that the tests of all reports look at."""

from __future__ import annotations

import pytest

from rolloutsim.analysis import summarize
from tests.analysis.synthetic import empty_tables, synthetic_tables


@pytest.fixture(scope="session")
def tables():
    return synthetic_tables(100, 50)


#: The edges: nothing, one row, no failure, only failures, everything canceled, few and many robots.
EDGES = {
    "empty": empty_tables,
    "one replicate": lambda: synthetic_tables(1, 10),
    "one robot": lambda: synthetic_tables(10, 1),
    "no failures": lambda: synthetic_tables(20, 10, bad_probability=0, failure=0, late=0, cancel_probability=0, preparing_failure=0),
    "all failed": lambda: synthetic_tables(20, 10, failure=1.0, threshold=2.0, cancel_probability=0, preparing_failure=0),
    "all aborted": lambda: synthetic_tables(20, 10, cancel_probability=1.0, preparing_failure=0),
    "never prepared": lambda: synthetic_tables(20, 10, preparing_failure=1.0),
    "many robots": lambda: synthetic_tables(2, 2000, slots=400, preparing_failure=0),
}


#: Edges that are like others.
ALIKE = ("one robot", "all failed", "many robots")


@pytest.fixture(scope="session", params=[pytest.param(name, marks=[pytest.mark.slow] if name in ALIKE else []) for name in EDGES])
def edge(request):
    return EDGES[request.param]()


@pytest.fixture(scope="session")
def summary(tables):
    return summarize(tables, scenario_name="a <night> & ünd")
