"""Groups of robots that a metric can be asked of: a cohort, the robots at a site, or those of a class."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from rolloutsim.scenario.reading.paths import quoted
from rolloutsim.simulation.records.groups import FleetGroups
from rolloutsim.simulation.records.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rolloutsim.scenario import Scenario

__all__ = ["GROUP_TABLES", "Group", "GroupKind", "group_names", "kinds_with", "no_such_group"]

GroupKind = Literal["cohort", "site", "class"]

#: The table with a row per replicate and group, by kind of group.
GROUP_TABLES: dict[GroupKind, str] = {"cohort": "cohorts", "site": "sites", "class": "classes"}

#: How many known names a message lists.
_LISTED = 24


class Group(NamedTuple):
    """A cohort, or the robots of a site or a class.

    >>> str(Group("cohort", "dock")), str(Group("site", "wh07")), str(Group("class", "not flaky"))
    ('dock', 'site=wh07', "class='not flaky'")
    """

    kind: GroupKind
    name: str

    def __str__(self) -> str:
        return self.name if self.kind == "cohort" else f"{self.kind}={quoted(self.name)}"


def group_names(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the names of the cohorts, sites and classes of a fleet, by kind."""
    return FleetGroups.of(scenario).categories


def kinds_with(*columns: str) -> tuple[GroupKind, ...]:
    """Return the kinds of groups whose tables have all of these columns.

    >>> kinds_with("succeeded", "robots"), kinds_with("utilisation_peak")
    (('cohort', 'site', 'class'), ('site',))
    """
    return tuple(kind for kind, table in GROUP_TABLES.items() if set(columns) <= {column.name for column in SCHEMA[table]})


def no_such_group(group: Group, names: Mapping[str, Sequence[str]]) -> str:
    """Return what to report of a group that a fleet does not have.

    >>> no_such_group(Group("site", "wh7"), {"cohort": ["dock"], "site": ["wh07", "wh08"]})
    'the fleet has no site wh7; did you mean wh07?'
    """
    known = names.get(group.kind, ())
    plural = "classes" if group.kind == "class" else f"{group.kind}s"
    for kind, others in names.items():
        if kind != group.kind and group.name in others:
            return f"the fleet has no {group.kind} {group.name}, but a {kind}: write [{Group(cast('GroupKind', kind), group.name)}]"
    near = difflib.get_close_matches(group.name, known, 1)
    if near:
        hint = f"did you mean {near[0]}?"
    elif len(known) > _LISTED:
        hint = f"rolloutsim show lists the {plural}"
    else:
        hint = f"it has {', '.join(known)}" if known else f"it has no {plural}"
    return f"the fleet has no {group.kind} {group.name}; {hint}"
