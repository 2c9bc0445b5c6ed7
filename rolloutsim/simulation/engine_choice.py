"""Which engine to take: by the work there is, and by whether there is machine code for it already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.errors import UsageError
from rolloutsim.simulation.engines.compiled.loop import run_job
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.machine_code import is_cached

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario, Trace

__all__ = ["ENGINES", "Choice", "choose_engine", "estimate_work", "prepare", "ready_engine"]

ENGINES = ("auto", "simpy", "compiled")

#: Work from which on machine code is worth loading, and worth making, once per machine. SimPy does about 20,000 per second; loading takes
#: about a second, making it about half a minute.
_WORTH_LOADING, _WORTH_COMPILING = 40_000.0, 500_000.0

#: What a robot whose link is shared costs SimPy, in robots whose link is not; and how many changes of a recorded rate cost as much.
_SHARING, _CHANGES = 4.0, 10.0

#: What a unit of work is, in the reason of a choice.
_UNITS = f"robots x replicates x points; {_SHARING:.0f} per robot on a shared link, more with recorded rates"


class Choice(NamedTuple):
    """An engine, and why."""

    engine: str
    why: str


def choose_engine(engine: str, work: float) -> Choice:
    """Return the engine to take; the numbers are the same with either.

    Parameters
    ----------
    engine
        One of `ENGINES`; ``auto`` leaves the choice.
    work
        What there is to be done, by `estimate_work`.

    Raises
    ------
    UsageError
        For an engine that does not exist.
    """
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}: it is one of {', '.join(ENGINES)}")
    if engine != "auto":
        return Choice(engine, "as asked for")
    size = f"about {float(f'{work:.2g}'):,.0f} units of work ({_UNITS})"
    if work >= _WORTH_COMPILING:
        return Choice("compiled", f"{size} are worth machine code, which is made once per machine")
    if work >= _WORTH_LOADING and is_cached(run_job):
        return Choice("compiled", f"{size}, and the machine code is there")
    return Choice("simpy", f"{size} are too few to {'load' if work < _WORTH_LOADING else 'make'} machine code")


def prepare() -> None:
    """Load the machine code, or make it, once per machine: what follows is simulated at once."""
    from rolloutsim.scenario import parse
    from rolloutsim.simulation.replicate import Replicator

    Replicator(parse("{fleet: [{cohort: one, robots: 1}], application: {bundle: 1 B}}"), 0, engine="compiled").run(0)


def ready_engine(engine: str, work: float) -> str:
    """Choose an engine for all of a study, and see to it that its code is there before anything is measured."""
    chosen = choose_engine(engine, work).engine
    if chosen == "compiled":
        prepare()
    return chosen


def estimate_work(scenario: Scenario, replicates: int) -> float:
    """Return the work there is, in deployments to a robot that shares nothing."""
    work = 0.0
    for cohort, group in zip(scenario.fleet, make_links(scenario).group, strict=True):
        size = scenario.bundle_size(cohort) or 0.0
        work += cohort.robots * ((_SHARING if group >= 0 else 1.0) + _rate_changes(cohort.link_trace, size) / _CHANGES)
    return replicates * work


def _rate_changes(trace: Trace | None, size: float) -> float:
    """Return about how often a recorded rate changes while so many bytes flow."""
    if trace is None:
        return 0.0
    changes, bits = 0, 0.0
    for pattern in trace.patterns:
        if len(pattern.times) > 1:
            changes += len(pattern.times)
            ends = (*pattern.times[1:], pattern.times[0] + pattern.period)
            bits += sum(rate * (end - start) for rate, start, end in zip(pattern.values, pattern.times, ends, strict=True))
    return 8.0 * size * changes / bits if bits > 0.0 else 0.0
