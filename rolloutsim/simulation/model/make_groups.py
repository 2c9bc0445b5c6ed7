"""Which groups of robots the limits of a scenario count, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.simulation.model.rules import GroupRow

if TYPE_CHECKING:
    from rolloutsim.scenario import Cohort, Scenario
    from rolloutsim.scenario.parts.limits import Limit

__all__ = ["GroupTables", "make_groups"]


class GroupTables(NamedTuple):
    """Fields of `rolloutsim.simulation.model.rules.JobRules`."""

    lanes: int
    lane_of: tuple[int, ...]
    cell_of: tuple[int, ...]
    rows: tuple[GroupRow, ...]


def make_groups(scenario: Scenario) -> GroupTables:
    """Return the groups of all limits, and which robots are in the same ones.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> scenario = parse('''
    ... fleet:
    ...   - {cohort: a, robots: 2, site: west}
    ...   - {cohort: b, robots: 3, site: west}
    ...   - {cohort: c, robots: 4, site: east}
    ... application: {bundle: 1 MB}
    ... rules: {limits: [{max: 1 robots, per: site}, {max: 9 robots}, {max: 1 robots, of: [b]}]}
    ... ''')
    >>> groups = make_groups(scenario)
    >>> groups.lane_of, groups.cell_of
    ((0, 1, 2), (0, -1, -1, 0, -1, 2, 1, -1, -1))
    >>> [tuple(group) for group in groups.rows]
    [(0, 5), (0, 4), (2, 3)]
    """
    if not any(row.is_grouped for row in scenario.rules.limits):
        return GroupTables(1, (), (), ())
    robots: dict[tuple[int, str | None], int] = {}
    keys = []
    for cohort in scenario.fleet:
        keys.append(tuple(_group(row, number, cohort) for number, row in enumerate(scenario.rules.limits)))
        for group in keys[-1]:
            if group is not None:
                robots[group] = robots.get(group, 0) + cohort.robots
    cell = {group: number for number, group in enumerate(sorted(robots, key=lambda group: group[0]))}
    lanes = {groups: number for number, groups in enumerate(dict.fromkeys(keys))}
    return GroupTables(
        lanes=len(lanes),
        lane_of=tuple(lanes[groups] for groups in keys),
        cell_of=tuple(-1 if group is None else cell[group] for groups in lanes for group in groups),
        rows=tuple(GroupRow(group[0], robots[group]) for group in cell),
    )


def _group(row: Limit, number: int, cohort: Cohort) -> tuple[int, str | None] | None:
    """Return what names the group of a cohort's robots in a row; None if the row does not count them."""
    if not row.is_grouped or (row.of and cohort.name not in row.of):
        return None
    if row.per == "site":
        return number, cohort.site
    return number, cohort.name if row.per == "cohort" else None
