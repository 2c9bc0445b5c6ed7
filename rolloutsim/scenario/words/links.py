"""Links in words: rates, connectivity, what sites share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rolloutsim.distributions import Distribution
from rolloutsim.formatting import duration, percent, quantity
from rolloutsim.scenario.parts.connectivity import Always, Connectivity, Never
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.network import Site
from rolloutsim.scenario.parts.presets import SOURCE
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.quantities import RATE, SIZE, count_in_words
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.wording import Line, Mark, alike, distribution_in_words

__all__ = ["connectivity_line", "link_lines", "network_lines", "schedule_in_words", "trace_in_words"]

#: How many names of sites that are alike a line lists.
_LISTED = 6


def link_lines(cohort: Cohort, size: float | None, timeout: float) -> Iterator[Line]:
    """Yield what the rate of a cohort's links is, and what that means for its bundle (B)."""
    rate, trace = cohort.link_rate, cohort.link_trace
    if trace is not None:
        yield Line(rate_in_words(rate, trace), "given", depth=1)
        if size:
            text = f"the download takes {duration(8 * size / trace.mean)} online at the mean rate"
            yield Line(text, "derived", depth=1)
        return
    listed = [own for own in cohort.listed_rates if own]
    if listed:
        low, high = (quantity(pick(listed), RATE.unit, digits=4) for pick in (min, max))
        yield Line(f"link as listed for {count_in_words(len(listed), 'robot')}: from {low} to {high}", "given", depth=1)
        if len(listed) == cohort.robots:
            return
    if rate is None:
        yield Line(rate_in_words(rate, trace), "assumption", "link: {rate: …}", depth=1)
        return
    yield Line(rate_in_words(rate, trace), "given", depth=1)
    if size:
        median, slow = (8 * size / rate.ppf(u) for u in (0.5, 0.05))
        text = f"the download takes {duration(median)} online at the median rate"
        if not rate.is_constant:
            text += f", {duration(slow)} at the slowest 5 %"
        if slow > timeout:
            text += f" - longer than the robot timeout of {duration(timeout)}"
        yield Line(text, "derived", depth=1)


def rate_in_words(rate: Distribution | None, trace: Trace | None) -> str:
    """Return what a link is whose rate has a distribution or is recorded.

    Examples
    --------
    >>> from rolloutsim.distributions import Constant
    >>> rate_in_words(Constant(8e6), None)
    'link 8 Mbit/s, every robot'
    """
    if trace is not None:
        low, high = (quantity(pick(v for p in trace.patterns for v in p.values), RATE.unit, digits=4) for pick in (min, max))
        return f"link as recorded: mean {quantity(trace.mean, RATE.unit, digits=4)}, from {low} to {high}; {trace_in_words(trace)}"
    if rate is None:
        return "link unlimited: downloads take no time online"
    return f"link {distribution_in_words(rate, RATE)}, {'every robot' if rate.is_constant else 'drawn per robot'}"


def connectivity_line(cohort: Cohort) -> Line:
    """Return when a cohort's robots are online."""
    marked: Mark = "given" if "connectivity" in cohort.model_fields_set else "default"
    brief = "always online" if isinstance(cohort.connectivity, Always) else ""
    return Line(connectivity_in_words(cohort.connectivity), marked, depth=1, brief=brief)


def connectivity_in_words(link: Connectivity, drawn: str = "for each robot") -> str:
    """Return when something is online, of which the draws are made for each robot or `drawn` otherwise.

    Examples
    --------
    >>> connectivity_in_words(Never())
    'never online: switched off for good'
    """
    if isinstance(link, Always):
        return "always online"
    if isinstance(link, Never):
        return "never online: switched off for good"
    if isinstance(link, Schedule):
        return f"online {schedule_in_words(link, drawn)}"
    if isinstance(link, Trace):
        return f"online {percent(link.availability)} of the time, as recorded; {trace_in_words(link, drawn)}"
    start = {"equilibrium": "in equilibrium at the start", "up": "online at the start", "down": "offline at the start"}[link.start]
    spells = f"{distribution_in_words(link.up)} online, {distribution_in_words(link.down)} offline"
    share = "" if math.isnan(link.availability) else f" {percent(link.availability)} of the time"
    text = f"online{share}: {spells}; {start}"
    if link.preset:
        text += f"; preset {link.preset} of the {SOURCE}: measured on other systems, not calibrated for robots"
    return text


def schedule_in_words(schedule: Schedule, drawn: str = "for each robot") -> str:
    """Return the windows of a schedule.

    Examples
    --------
    >>> from rolloutsim.scenario.parts.schedule import Schedule
    >>> schedule_in_words(Schedule.model_validate({"online": ["22:00-06:00 Mon-Fri"], "timezone": "UTC"}))
    '22:00-06:00 Mon-Fri (UTC), 23.8 % of the week'
    """
    text = f"{' and '.join(map(str, schedule.windows))} ({schedule.timezone}), {percent(schedule.availability)} of the week"
    if schedule.jitter is not None:
        text += f"; later by {distribution_in_words(schedule.jitter)}, drawn {drawn}"
    return text


def trace_in_words(trace: Trace, drawn: str = "for each robot") -> str:
    """Return which traces there are, and how robots replay them."""
    count = len(trace.patterns)
    traces = f"one of {count:,} traces, {'each robot its own' if trace.matched else f'drawn {drawn}'}," if count > 1 else "a trace"
    longest = max(pattern.period for pattern in trace.patterns)
    begins = {"random": "from a random point", "aligned": "from its beginning", "clock": "by the clock"}[trace.offset]
    begun = min((pattern.begins for pattern in trace.patterns if pattern.begins is not None), default=None)
    if begun is not None:
        begins += f", recorded from {datetime.fromtimestamp(begun, UTC):%Y-%m-%d %H:%M} UTC on"
    source = f" of {trace.source}" if trace.source else ""
    return f"{traces} of up to {duration(longest)}{source}, again and again {begins}"


def network_lines(scenario: Sections) -> Iterator[Line]:
    """Yield what robots share on the way to them, and how long it takes at least to send all bytes to all robots."""
    network = scenario.network
    sizes = [cohort.robots * (scenario.bundle_size(cohort) or 0.0) for cohort in scenario.fleet]
    if network is None or not network.shares:
        yield Line(
            "nothing is shared: downloads do not slow each other", "assumption", "network: {origin: …, sites: …}", brief="no shared links"
        )
    else:
        yield from _capacity_lines("the origin", network.origin, math.fsum(sizes))
    if network is not None and network.origin_connectivity is not None:
        yield Line(f"the origin is {connectivity_in_words(network.origin_connectivity, 'once per job')}", "given", depth=1)
        yield Line("while it is not, no bytes flow: downloads wait, and go on where they were", "given", depth=1)
    yield from _site_lines(scenario, sizes)
    if network is not None and network.shares:
        text = "simultaneous downloads share a link max-min fairly, each capped at its robot's own rate"
        yield Line(text, "default", brief="downloads share a link max-min fairly")


def _site_lines(scenario: Sections, sizes: Sequence[float]) -> Iterator[Line]:
    """Yield what the robots of each site share; sites that are alike have the same lines."""
    sites = {} if scenario.network is None else scenario.network.sites
    here: dict[str | None, list[int]] = {name: [] for name in sites}
    for number, cohort in enumerate(scenario.fleet):
        if cohort.site in here:
            here[cohort.site].append(number)

    def load(name: str) -> tuple[Site, int, float]:
        return sites[name], sum(scenario.fleet[number].robots for number in here[name]), math.fsum(sizes[number] for number in here[name])

    for (site, robots, size), names in alike(sites, load):
        many = len(names) > 1
        listed = names if len(names) <= _LISTED else [*names[:2], "…", names[-1]]
        where = f"{len(names)} sites ({', '.join(listed)}), {robots:,} robots each" if many else f"site {names[0]}, {robots:,} robots"
        yield from _capacity_lines(where, site.downlink, size)
        if site.outages is None:
            yield Line("no outages", "default", depth=1, brief="no outages of sites")
            continue
        outages = site.outages
        spells = f"{distribution_in_words(outages.up)} with a connection, {distribution_in_words(outages.down)} without"
        share = percent(1 - outages.availability)
        text = f"an outage takes all {robots:,} robots offline together, {share} of the time: {spells}; in equilibrium at the start"
        yield Line(text, "given", depth=1)
        yield Line("a robot is online when its site and its own link are", "given", depth=1)


def _capacity_lines(where: str, capacity: float | None, size: float) -> Iterator[Line]:
    if capacity is None:
        yield Line(f"{where}: unlimited", "default", brief=f"{where} is unlimited")
        return
    text = f"{where}: {quantity(capacity, RATE.unit, digits=4)} shared"
    if size > 0:
        text += f"; all {quantity(size, SIZE.unit, digits=4)} take at least {duration(8 * size / capacity)}"
    yield Line(text, "given")
