"""Groups of cohorts: a row for each site and each class, like that of a cohort.

Counts and sums of a group are those of its cohorts. The reduced row of a replicate therefore holds only what does not follow from its
cohorts: when shares of a group had the release, and what a site's link carried.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.scenario.systems.registry import ROBOMAKER
from rolloutsim.simulation.records.log import ROBOT_FIELDS
from rolloutsim.simulation.records.tables import GROUPS, KEPT, REACH, SCHEMA, Keep

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["FleetGroups", "Grouping", "group_columns", "group_numbers", "group_width", "label_columns", "reach_times"]

_GRANTED, _INDEX, _CONVERGED = (ROBOT_FIELDS.index(name) for name in ("granted", "index", "converged"))
#: Columns of `sites` alone that a replicate's row holds.
LINK_COLUMNS = ("peak_bit_rate_bit_per_s", "utilisation_peak", "utilisation_mean")
#: Columns that a group's cohorts have, too, and of these the sums.
_REACHED = tuple(f"time_to_reach_{share}_s" for share in REACH)


class Grouping(NamedTuple):
    """Which cohorts belong together.

    Attributes
    ----------
    names
        Of the groups, by number; empty if there are none.
    of_cohort
        The group of each cohort, -1 without one.
    """

    names: tuple[str, ...]
    of_cohort: tuple[int, ...]

    @classmethod
    def of(cls, names: Iterable[str], labels: Iterable[str | None]) -> Grouping:
        """Return cohorts by their labels.

        >>> Grouping.of(["road", "yard"], ["yard", None, "road", "yard"])
        Grouping(names=('road', 'yard'), of_cohort=(1, -1, 0, 1))
        """
        number = {name: i for i, name in enumerate(names)}
        return cls(tuple(number), tuple(-1 if label is None else number[label] for label in labels))

    def cohorts(self, group: int) -> list[int]:
        """Return the cohorts of a group."""
        return [cohort for cohort, own in enumerate(self.of_cohort) if own == group]


class FleetGroups(NamedTuple):
    """The cohorts of a fleet, and which of them are at one site or of one class.

    Attributes
    ----------
    cohorts
        Names, by number.
    sites, classes
        The sites in alphabetical order; the classes in the order of the fleet, if any cohort names one.
    bad_sites
        Whether a bad release is bad at some sites only.
    stop_rows
        Whether rows define what stops the job.
    system
        Whose words `native_status` has.
    """

    cohorts: tuple[str, ...]
    sites: Grouping
    classes: Grouping
    bad_sites: bool = False
    stop_rows: bool = False
    system: str = ROBOMAKER

    @classmethod
    def of(cls, scenario: Scenario) -> FleetGroups:
        """Return those of a scenario."""
        fleet = scenario.fleet
        sites = [cohort.site for cohort in fleet]
        has_classes = any(cohort.class_ for cohort in fleet)
        classes = [cohort.class_name if has_classes else None for cohort in fleet]
        return cls(
            tuple(cohort.name for cohort in fleet),
            Grouping.of(sorted({site for site in sites if site is not None}), sites),
            Grouping.of(dict.fromkeys(name for name in classes if name is not None), classes),
            scenario.application.bad_sites is not None,
            bool(scenario.rules.stop or scenario.rules.limits),
            scenario.system,
        )

    def groupings(self) -> dict[str, Grouping]:
        """Return the groupings that there are, by the names of their tables."""
        return {name: grouping for name in GROUPS if (grouping := getattr(self, name)).names}

    def kept(self, keep: Keep) -> tuple[str, ...]:
        """Return the tables that are kept."""
        return (*KEPT[keep], *self.groupings())

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """The names that columns of tables hold as numbers."""
        return {"cohort": self.cohorts, "site": self.sites.names, "class": self.classes.names}


def group_width(fleet: FleetGroups) -> int:
    """Return how many numbers `group_numbers` has."""
    return sum(len(grouping.names) for grouping in fleet.groupings().values()) * len(REACH) + len(fleet.sites.names) * _site_width(fleet)


def _site_width(fleet: FleetGroups) -> int:
    return len(LINK_COLUMNS) + fleet.bad_sites


def group_numbers(fleet: FleetGroups, sizes: Array, robots: Array, links: Array, releases: Sequence[int]) -> Array:
    """Return what the row of a replicate holds of its groups.

    Parameters
    ----------
    fleet
        With at least one grouping.
    sizes
        Robots by cohort.
    robots
        `rolloutsim.simulation.records.log.Written.robots`.
    links
        Shape (sites, 3): `LINK_COLUMNS`.
    releases
        By cohort, whether it got the bad release (1).
    """
    columns = robots.reshape(len(ROBOT_FIELDS), -1)
    there = (columns[_GRANTED] >= 0.0) & (columns[_CONVERGED] >= 0.0)
    # Robots are in order of their index, so those of a cohort stand together.
    ends = np.searchsorted(columns[_INDEX][there], np.cumsum(sizes))
    by_cohort = np.split(columns[_CONVERGED][there], ends[:-1])
    parts = []
    for grouping in fleet.groupings().values():
        members = [grouping.cohorts(group) for group in range(len(grouping.names))]
        instants = [np.concatenate([by_cohort[cohort] for cohort in own]) for own in members]
        parts.append(reach_times(instants, np.array([sizes[own].sum() for own in members])).ravel())
    if fleet.sites.names:
        parts.append(links.ravel())
        if fleet.bad_sites:
            parts.append(np.array([releases[fleet.sites.of_cohort.index(site)] for site in range(len(fleet.sites.names))], np.float64))
    return np.concatenate(parts)


def reach_times(instants: Sequence[Array], sizes: Array) -> Array:
    """Return when shares of each group had the release.

    Parameters
    ----------
    instants
        For each group, when its robots had it (s), in any order.
    sizes
        Shape (groups,): robots of each group, also those that never had it.

    Returns
    -------
    Array
        Shape (groups, shares of `REACH`), in s; NaN where a share is never reached.

    Examples
    --------
    >>> reach_times([np.array([3.0, 2.0]), np.array([1.0])], np.array([2, 2]))
    array([[ 2.,  3.,  3.,  3.,  3.],
           [ 1., nan, nan, nan, nan]])
    """
    found = np.full((len(sizes), len(REACH)), math.nan)
    ranks = (np.array(REACH) * sizes[:, None] + 99) // 100
    for number, (own, needed) in enumerate(zip(instants, ranks, strict=True)):
        known = needed <= len(own)
        if known.any():
            places = needed[known] - 1
            found[number, known] = np.partition(own, np.unique(places))[places]
    return found


def group_columns(fleet: FleetGroups, cohorts: dict[str, Array], numbers: Array) -> dict[str, dict[str, Array]]:
    """Return the columns of `sites` and `classes`, as far as there are any; names are numbers.

    Parameters
    ----------
    fleet
        The groups.
    cohorts
        Columns of the table `cohorts` of some replicates, row by row.
    numbers
        One row per replicate, of `group_numbers`.
    """
    found, place, replicates = {}, 0, cohorts["replicate"][:: len(fleet.cohorts)]
    for table, grouping in fleet.groupings().items():
        groups, width = len(grouping.names), len(grouping.names) * len(REACH)
        reached = numbers[:, place : place + width].reshape(-1, len(REACH))
        place += width
        sums = {
            column.name: _sums(cohorts[column.name].reshape(-1, len(fleet.cohorts)), grouping, exact=column.dtype == "float64")
            for column in SCHEMA["cohorts"]
            if column.dtype != "category" and column.name not in ("replicate", *_REACHED)
        }
        found[table] = {
            "replicate": replicates.repeat(groups),
            GROUPS[table]: np.tile(np.arange(groups), len(replicates)),
            **sums,
            **dict(zip(_REACHED, reached.T, strict=True)),
        }
    if "sites" in found:
        sites = len(fleet.sites.names)
        links = numbers[:, place : place + sites * len(LINK_COLUMNS)].reshape(-1, len(LINK_COLUMNS))
        found["sites"] |= dict(zip(LINK_COLUMNS, links.T, strict=True))
        if fleet.bad_sites:
            found["sites"]["release"] = numbers[:, -sites:].ravel().astype(np.int64)
    return found


def _sums(values: Array, grouping: Grouping, *, exact: bool) -> Array:
    """Add up a column over the cohorts of each group, replicate by replicate; sums of numbers that are not whole are rounded once."""
    members = [grouping.cohorts(group) for group in range(len(grouping.names))]
    if exact:
        return np.array([[math.fsum(row[cohort] for cohort in own) for own in members] for row in values.tolist()]).ravel()
    return np.stack([values[:, own].sum(axis=1) for own in members], axis=1).ravel()


def label_columns(fleet: FleetGroups, replicates: int) -> dict[str, Array]:
    """Return the columns of `cohorts` that name groups, as numbers, -1 if missing."""
    return {GROUPS[table]: np.tile(np.array(grouping.of_cohort), replicates) for table, grouping in fleet.groupings().items()}
