"""One replicate in detail: which robots are never reached, and whether one site's robots held the slots behind a full link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.vocabulary import PHASES

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis.replicates import FloatArray, ResultTables

__all__ = ["Detail", "HeldSlots", "Unreached", "detail_of"]

#: The place of robots that never got a slot.
NOT_STARTED = "not started"

#: A cell of time in which a link is full is one in which it is for all but this share.
_ALL = 1.0 - 1e-6

#: Robots of a site hold the slots if they have more than this share of them.
_MOST = 0.5

#: Shorter than this share of the job it is not worth a note.
_LEAST = 0.1


class Unreached(NamedTuple):
    """Robots that are never reached, not even late.

    Attributes
    ----------
    group
        Their class; their cohort where the fleet has no classes.
    phase
        Where they stand when the job has ended, or ``not started``.
    robots
        How many they are.
    """

    group: str
    phase: str
    robots: int


class HeldSlots(NamedTuple):
    """When robots of one site held most slots, its link was full, and robots at other sites started only later.

    Attributes
    ----------
    site
        The site with the most of that time.
    held_s, total_s
        That time (s): of this site, and of all sites.
    sites
        How many sites have any.
    ended_s
        When the job ended (s).
    """

    site: str
    held_s: float
    total_s: float
    sites: int
    ended_s: float


class Detail(NamedTuple):
    """What one replicate shows.

    Attributes
    ----------
    replicate
        Its number.
    unreached
        Robots that are never reached, the most first.
    held_slots
        None if no site held the slots for long.
    """

    replicate: int
    unreached: tuple[Unreached, ...]
    held_slots: HeldSlots | None


def detail_of(tables: ResultTables, *, slots: int) -> Detail:
    """Return what the first replicate of tables shows.

    Parameters
    ----------
    tables
        All of `SCHEMA`, of at least one replicate.
    slots
        How many robots may be in flight.
    """
    replicate = int(tables.jobs["replicate"].min())
    jobs, cohorts, robots, timeline, link_use = (
        table[(table["replicate"] == replicate).to_numpy()]
        for table in (tables.jobs, tables.cohorts, tables.robots, tables.timeline, tables.link_use)
        if table is not None
    )
    ended = float(jobs["time_to_complete_s"].iloc[0])
    return Detail(replicate, _unreached(robots, cohorts), _held_slots(robots, timeline, link_use, slots, ended))


def _unreached(robots: pd.DataFrame, cohorts: pd.DataFrame) -> tuple[Unreached, ...]:
    never = robots[(robots["reached_s"].isna() & robots["converged_s"].isna()).to_numpy()]
    classes = dict(zip(cohorts["cohort"], cohorts["class" if "class" in cohorts else "cohort"], strict=True))
    counts: dict[tuple[str, str], int] = {}
    for cohort, phase in zip(never["cohort"], never["phase"], strict=True):
        place = str(classes[cohort]), phase if phase in PHASES else NOT_STARTED
        counts[place] = counts.get(place, 0) + 1
    return tuple(Unreached(*place, count) for place, count in sorted(counts.items(), key=lambda item: -item[1]))


def _held_slots(robots: pd.DataFrame, timeline: pd.DataFrame, link_use: pd.DataFrame, slots: int, ended: float) -> HeldSlots | None:
    cells = link_use[(link_use["saturated_s"] >= _ALL * (link_use["until_s"] - link_use["t_s"])).to_numpy()]
    origin = cells["t_s"][(cells["quantity"] == "origin_bit_rate").to_numpy()]  # while it is full, no other site could use a slot
    cells = cells[((cells["quantity"] == "site_bit_rate") & cells["site"].notna() & (cells["until_s"] <= ended)).to_numpy()]
    cells = cells[~cells["t_s"].isin(origin).to_numpy()]
    held: dict[str, float] = {}
    flights = timeline[(timeline["quantity"] == "in_flight").to_numpy()]
    started = robots["granted_s"].where(robots["reached_s"].notna()).to_numpy(dtype=float)  # of those that can use a slot
    for site, own in cells.groupby("site", observed=True):
        at_site = (robots["site"] == site).to_numpy()
        others = started[~at_site & ~np.isnan(started)]
        if not len(others):
            continue
        t, until = (own[name].to_numpy(dtype=float) for name in ("t_s", "until_s"))
        middle = (t + until) / 2
        here = flights["cohort"].isin(robots["cohort"][at_site].unique()).to_numpy()
        mine, all_ = _in_flight(flights[here], middle), _in_flight(flights, middle)
        waits = (all_ >= slots) & (mine > _MOST * slots) & (middle < others.max())
        if waits.any():
            held[str(site)] = float((until - t)[waits].sum())
    total = sum(held.values())
    if not total or total < _LEAST * ended:
        return None
    most = max(held, key=lambda site: held[site])
    return HeldSlots(most, held[most], total, len(held), ended)


def _in_flight(flights: pd.DataFrame, instants: FloatArray) -> FloatArray:
    """Return how many robots of some cohorts are in flight at some instants."""
    found: Any = np.zeros(len(instants))
    for _, own in flights.groupby("cohort", observed=True):
        t, value = (own[name].to_numpy(dtype=float) for name in ("t_s", "value"))
        found += value[np.searchsorted(t, instants, side="right") - 1]
    return np.asarray(found, dtype=np.float64)
