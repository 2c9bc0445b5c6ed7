"""Random links, connectivity and outages of sites: plain data as a file would hold it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from rolloutsim.scenario.parts.presets import FITS, PRESETS
from tests.simulation.time_strategies import Clock, schedules, spells

__all__ = ["SITES", "connectivities", "links", "networks"]

Raw = dict[str, Any]

SITES = ("berlin", "lyon")
RATES = [1, 5, 20, 100]  # kB/s


@st.composite
def _patterns(draw: st.DrawFn, key: str, values: st.SearchStrategy[float]) -> Raw:
    """Return one recorded trace: a sample every few seconds or minutes."""
    steps = draw(st.lists(st.sampled_from([5, 10, 12.5, 30, 60]), min_size=1, max_size=6))
    times = [sum(steps[:number]) for number in range(len(steps))]
    return {"period": f"{sum(steps)} s", "times": times, key: [draw(values) for _ in times]}


@st.composite
def _traces(draw: st.DrawFn, key: str, values: st.SearchStrategy[float], clock: Clock, robots: int = 0) -> Raw:
    """Return traces, which robots draw, or of which each has its own."""
    if robots and draw(st.booleans()):
        patterns = draw(st.lists(_patterns(key, values), min_size=robots, max_size=robots))
        return {"patterns": patterns, "offset": draw(st.sampled_from(["aligned", "random"])), "match": "robot"}
    patterns = draw(st.lists(_patterns(key, values), min_size=1, max_size=3))
    offset = draw(st.sampled_from(["aligned", "random", "clock"]))
    if offset != "clock":
        return {"patterns": patterns, "offset": offset}
    day = datetime.fromisoformat(clock.start).replace(hour=0, minute=0, second=0, tzinfo=UTC)
    begins = [(day + timedelta(seconds=draw(st.integers(0, 2 * 86400)))).isoformat() for _ in patterns]
    dated = [{**pattern, "begins": begun} for pattern, begun in zip(patterns, begins, strict=True)]
    return {"patterns": dated, "offset": offset, "timezone": draw(st.sampled_from(clock.timezones))}


def _flowing(trace: Raw) -> Raw:
    """Let at least one rate be above 0."""
    patterns = [{**pattern, "rate": [max(20, pattern["rate"][0]), *pattern["rate"][1:]]} for pattern in trace["patterns"]]
    return {**trace, "patterns": patterns, "unit": "kB/s"}


@st.composite
def links(draw: st.DrawFn, clock: Clock, robots: int = 0, *, ties: bool = False) -> Raw:
    """Return the links of so many robots of a cohort, or of all cohorts: constant, drawn or recorded."""
    constant = st.sampled_from(RATES).map(lambda kb: f"{kb} kB/s")
    rates: list[st.SearchStrategy[Any]] = [
        constant,
        st.lists(constant, min_size=2, max_size=3).map(lambda listed: {"empirical": {"values": listed}}),
    ]
    if not ties:
        rates.append(st.just({"lognormal": {"median": "10 kB/s", "sigma": 0.5}}))
        rates.append(st.just({"uniform": {"low": "0 kB/s", "high": "50 kB/s"}}))
    rate = st.one_of(rates).map(lambda of: {"rate": of})
    recorded = _traces("rate", st.sampled_from([0, *RATES]), clock, robots).map(lambda trace: {"trace": _flowing(trace)})
    return draw(st.one_of(rate, recorded))


@st.composite
def connectivities(draw: st.DrawFn, clock: Clock, robots: int = 0, *, ties: bool = False) -> Any:
    """Return when so many robots of a cohort, or the origin, are online, by every kind of model."""
    kind = draw(
        st.sampled_from(["always", "renewal", "renewal", "renewal", "schedule", "schedule", "trace", "trace", "preset", "always", "never"])
    )
    if kind == "renewal":
        start = draw(st.sampled_from(["up", "down", "equilibrium"]))
        return {"renewal": {"up": draw(spells(ties=ties)), "down": draw(spells(ties=ties)), "start": start}}
    if kind == "schedule":
        return {"schedule": draw(schedules(clock, ties=ties))}
    if kind == "trace":
        return {"trace": draw(_traces("online", st.sampled_from([0, 1]), clock, robots))}
    if kind == "preset":
        return {"preset": {"system": draw(st.sampled_from(sorted(PRESETS))), "fit": draw(st.sampled_from(sorted(FITS)))}}
    return kind


def _sending(link: Any) -> Any:
    """Let an origin send at some time."""
    if link == "never":
        return "always"
    if isinstance(link, dict) and "trace" in link:
        patterns = [{**pattern, "online": [1, *pattern["online"][1:]]} for pattern in link["trace"]["patterns"]]
        return {"trace": {**link["trace"], "patterns": patterns}}
    return link


@st.composite
def networks(draw: st.DrawFn, clock: Clock, *, ties: bool = False, shared: bool = False) -> Raw:
    """Return outages of some sites and of the origin, and where links are shared the capacity of at least one."""
    out = _shares(draw, spells(ties=ties), shared=shared)
    if draw(st.integers(0, 2)) == 1:
        out["origin_connectivity"] = _sending(draw(connectivities(clock, ties=ties)))
    return out


def _shares(draw: st.DrawFn, spell: st.SearchStrategy[Any], *, shared: bool) -> Raw:
    outages = st.fixed_dictionaries({"outages": st.fixed_dictionaries({"up": spell, "down": spell})})
    sites: Raw = {site: draw(outages) for site in SITES if draw(st.booleans())}
    if not shared:
        return {"sites": sites}
    capacity = st.sampled_from(RATES).map(lambda kb: f"{kb} kB/s")
    limited = draw(st.lists(st.sampled_from(["origin", *SITES]), min_size=1, unique=True))
    for site in SITES:
        if site in limited:
            sites[site] = {**sites.get(site, {}), "downlink": draw(capacity)}
    return {"sites": sites} | ({"origin": draw(capacity)} if "origin" in limited else {})
