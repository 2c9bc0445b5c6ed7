"""The commented scenarios that ``rolloutsim init`` writes."""

from __future__ import annotations

from pathlib import Path
from string import Template

from rolloutsim.errors import UsageError

__all__ = ["site_starter", "starter"]


def starter() -> str:
    """Return a small scenario file with comments, runnable as it is."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")


def site_starter(sites: int, robots: int) -> str:
    """Return a scenario file of a fleet at sites, with comments, runnable as it is.

    Parameters
    ----------
    sites
        The number of sites, at least 1.
    robots
        The number of robots, at least one per site. What cannot be divided goes to the first sites.

    Raises
    ------
    UsageError
        If there are more sites than robots.

    Examples
    --------
    >>> [line.strip() for line in site_starter(3, 10).splitlines() if "wh0" in line]
    ['names: wh01..wh03', 'wh01: {robots: 4}', '# wh03: {downlink: 20 Mbit/s}             # what a site has of its own']
    """
    if robots < sites:
        raise UsageError(f"{robots:,} robots are fewer than {sites:,} sites: give at least one robot per site")
    each, more = divmod(robots, sites)
    digits = max(2, len(str(sites)))
    names = [f"wh{number:0{digits}d}" for number in range(1, sites + 1)]
    text = Template(Path(__file__).with_name("starter_sites.yaml").read_text(encoding="utf-8"))
    return text.substitute(
        sites=f"{sites:,}",
        robots=f"{robots:,}",
        each=each,
        names=f"{names[0]}..{names[-1]}" if sites > 1 else f"[{names[0]}]",
        overrides="".join(f"  {name}: {{robots: {each + 1}}}\n" for name in names[:more]),
        last=names[-1],
    )
