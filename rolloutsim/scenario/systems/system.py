"""What a system is: its keys, the plain rules that follow from a configuration, and its own words for what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.keys import Key, Native

__all__ = ["Derived", "Fleet", "System", "assumed", "count", "plain_rules", "row", "rule"]

#: Yields what does not fit together in a configuration: where, and why.
Check = Callable[[Native, "Fleet"], Iterator[tuple[Location, ProblemError]]]


class Fleet(NamedTuple):
    """What a system's percentages are of.

    Attributes
    ----------
    robots
        All robots.
    sites
        Robots by site, in the order of the file; those without a site are not among them.
    """

    robots: int
    sites: Mapping[str, int]


class Derived(NamedTuple):
    """A rule, or a row of a rule, that follows from a configuration.

    Attributes
    ----------
    name
        Key of `rules`.
    value
        As a scenario file has it.
    native
        The native key that it follows from, from `deployment` on; empty if it holds for every configuration.
    because
        The document or code that defines it; for an assumption, why it is made.
    is_row
        Whether it is a row of a list.
    is_assumed
        Whether it is an assumption.
    """

    name: str
    value: Any
    native: Location
    because: str
    is_row: bool = False
    is_assumed: bool = False


def rule(name: str, value: Any, native: Location, because: str) -> Derived:
    """Return a rule."""
    return Derived(name, value, native, because)


def row(name: str, value: Any, native: Location, because: str) -> Derived:
    """Return a row of a rule that is a list."""
    return Derived(name, value, native, because, is_row=True)


def assumed(derived: Derived) -> Derived:
    """Return a rule as an assumption."""
    return derived._replace(is_assumed=True)


def plain_rules(derived: Iterable[Derived]) -> dict[str, Any]:
    """Return rules as the section `rules` of a scenario file has them.

    Examples
    --------
    >>> plain_rules([rule("timer", "reached", (), ""), row("limits", {"max": "5 robots"}, (), ""), row("limits", {"max": "10 %"}, (), "")])
    {'timer': 'reached', 'limits': [{'max': '5 robots'}, {'max': '10 %'}]}
    """
    rules: dict[str, Any] = {}
    for one in derived:
        if one.is_row:
            rules.setdefault(one.name, []).append(one.value)
        else:
            rules[one.name] = one.value
    return rules


def count(robots: int) -> str:
    """Return a number of robots as a scenario file has it.

    >>> count(5)
    '5 robots'
    """
    return f"{robots} robots"


def nothing_wrong(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    """Yield nothing: every configuration whose keys are right can be simulated."""
    return iter(())


class System(NamedTuple):
    """A system with which teams roll out.

    Attributes
    ----------
    name
        As `deployment.system` has it.
    title
        Its full name.
    pasted
        What is pasted under `deployment`.
    keys
        The native keys, without `system`.
    rules
        Returns the rules of a configuration whose keys were read.
    sources
        What the rules rest on.
    assumptions
        What its documents leave open, and what is taken.
    jobs
        Its own word for a job by how it ended: `succeeded`, `incomplete` (succeeded with failures below the threshold), `stopped`,
        `canceled`, `timed_out` (the observation ended before it), `failed` (while it was prepared).
    robots
        The same for a robot: `succeeded`, the kinds of failures, `stopped` and `canceled` (in flight when the job ended), `working` (in
        flight when the observation ended), `waiting` (never started).
    problems
        Yields what does not fit together.
    """

    name: str
    title: str
    pasted: str
    keys: tuple[Key, ...]
    rules: Callable[[Native, Fleet], list[Derived]]
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    jobs: Mapping[str, str]
    robots: Mapping[str, str]
    problems: Check = nothing_wrong
