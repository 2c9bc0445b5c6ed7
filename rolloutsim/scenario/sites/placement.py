"""Cohorts at sites: which sites each is at, and how many robots it has there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rolloutsim.errors import Location
from rolloutsim.scenario.parts.amounts import COHORT_SIZE
from rolloutsim.scenario.parts.names import parse_name
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean
from rolloutsim.scenario.reading.quantities import count_in_words
from rolloutsim.scenario.sites.description import ROBOTS, Sites
from rolloutsim.scenario.sites.findings import Findings
from rolloutsim.scenario.sites.names import parse_names
from rolloutsim.scenario.sites.shares import REST, apportion, parse_share

__all__ = ["ALL", "AT", "Placed", "count_robots", "read_placed"]

#: The key of a cohort that names sites, and the word for all of them.
AT, ALL = "at", "all"


@dataclass(frozen=True)
class Placed:
    """A cohort of the file that is at several sites.

    Attributes
    ----------
    number
        In the fleet of the file.
    entry
        As it is written.
    at
        The sites, in their order.
    robots
        Its robots at a site: a number, a share, `REST`, or None for what the ordinary reading refuses.
    """

    number: int
    entry: Mapping[str, Any]
    at: tuple[str, ...]
    robots: int | Fraction | str | None

    @property
    def place(self) -> Location:
        """Where it is in the file."""
        return "fleet", self.number


def read_placed(number: int, entry: Mapping[str, Any], sites: Sites, found: Findings) -> Placed:
    """Return a cohort at sites, noting what is wrong with that."""
    if entry.get("site") is not None:
        why = "at names the sites already"
        found.add(("fleet", number, "site"), ProblemError("conflicting-keys", why, "remove site or at", key=True, found="site"))
    if isinstance(entry.get("cohort"), str):
        found.attempt(("fleet", number, "cohort"), parse_name, entry["cohort"])
    known = list(sites.settings)
    names = found.attempt(("fleet", number, AT), _parse_at, entry[AT], known)
    at = tuple(name for name in known if names is None or name in names)
    return Placed(number, entry, at, _robots(number, entry.get(ROBOTS), found))


def _parse_at(raw: Any, known: Sequence[str]) -> tuple[str, ...]:
    """Return the sites that ``at:`` names, in whatever order."""
    if raw == ALL:
        return tuple(known)
    if not (isinstance(raw, list) or (isinstance(raw, str) and ".." in raw)):
        raise ProblemError("wrong-type", "a list of sites is needed", f"write all, or [{raw if isinstance(raw, str) else 'wh01, wh02'}]")
    names = parse_names(raw)
    for name in names:
        if known and name not in known:
            raise ProblemError("unknown-name", "sites names no such site", did_you_mean(name, known, "sites", "see sites"), found=name)
    return names


def _robots(number: int, raw: Any, found: Findings) -> int | Fraction | str | None:
    if raw == REST:
        return REST
    before = len(found.problems)
    share = found.attempt(("fleet", number, ROBOTS), parse_share, raw)
    if share is not None or len(found.problems) > before:
        return share
    try:
        return COHORT_SIZE.parse(raw)
    except ProblemError:  # the ordinary reading finds it, too
        return None


def count_robots(placed: Sequence[Placed], others: Mapping[str, int], sites: Sites, found: Findings) -> dict[tuple[int, str], int]:
    """Return the number of robots of each cohort at each of its sites, noting where they do not add up.

    Parameters
    ----------
    placed
        The cohorts at sites, in the order of the file.
    others
        The robots of other cohorts by site.

    Returns
    -------
    counts
        By number of the cohort in the file, and site; 1 where something is wrong.
    """
    counts = {(cohort.number, site): cohort.robots if isinstance(cohort.robots, int) else 1 for cohort in placed for site in cohort.at}
    if sites.sound and all(cohort.robots is not None for cohort in placed) and _clear(placed, sites, found):
        mismatches: dict[tuple[str, str], list[str]] = {}
        for site, robots in sites.robots.items():
            here = [cohort for cohort in placed if site in cohort.at]
            if robots is not None:
                numbers, wrong = _at_site(here, robots, others.get(site, 0))
                counts |= {(cohort.number, site): number for cohort, number in zip(here, numbers, strict=True)}
                if wrong:
                    mismatches.setdefault((wrong, f"{robots:,}"), []).append(site)
        for (wrong, text), names in mismatches.items():
            _note_mismatch(wrong, text, names, sites, found)
    return counts


def _clear(placed: Sequence[Placed], sites: Sites, found: Findings) -> bool:
    """Return whether all shares are shares of something, and each site has at most one rest."""
    before = len(found.problems)
    resting: dict[str, int] = {}
    for cohort in placed:
        if not isinstance(cohort.robots, int):
            without = next((site for site in cohort.at if sites.robots[site] is None), None)
            if without is not None:
                why = f"this is a share of a site's robots, and {without} has no number of them"
                found.add((*cohort.place, ROBOTS), ProblemError("incomplete", why, "add robots: 200 to sites.defaults, or to the site"))
        if cohort.robots == REST:
            twice = next((site for site in cohort.at if site in resting), None)
            if twice is not None:
                why = f"fleet[{resting[twice]}] is the rest of {twice} already"
                found.add((*cohort.place, ROBOTS), ProblemError("conflicting-keys", why, "write a number or a percentage"))
            resting |= dict.fromkeys(cohort.at, cohort.number)
    return len(found.problems) == before


def _at_site(here: Sequence[Placed], robots: int, others: int) -> tuple[list[int], str]:
    """Return the robots of the cohorts at one site, and how many they would be if they are not as many as the site has."""
    quotas: list[Fraction] = [
        Fraction(0)
        if cohort.robots == REST
        else cohort.robots * robots
        if isinstance(cohort.robots, Fraction)
        else Fraction(cohort.robots or 0)
        for cohort in here
    ]
    left = robots - others - sum(quotas)
    rest = next((number for number, cohort in enumerate(here) if cohort.robots == REST), None)
    if left < 0 or (left and rest is None):
        return [1] * len(here), f"{float(robots - left):,.10g}"
    if rest is not None:
        quotas[rest] = Fraction(left)
    return apportion(quotas), ""


def _note_mismatch(wrong: str, robots: str, names: Sequence[str], sites: Sites, found: Findings) -> None:
    more = f" (and at {count_in_words(len(names) - 1, 'other site')})" if len(names) > 1 else ""
    why = f"the cohorts at {names[0]}{more} have {wrong} of its {robots} robots"
    hint = "give one of them robots: rest, or shares that add up to 100 %"
    found.add(sites.place(names[0], ROBOTS), ProblemError("does-not-fit", why, hint))
