"""A dispatch policy of your own: what it is asked, and what it sees of the job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

__all__ = ["DispatchPolicy", "JobView", "RobotView"]


class RobotView(NamedTuple):
    """What a policy sees of a robot that waits in line.

    Attributes
    ----------
    number
        By which a policy names it: its place in the fleet, from 0.
    cohort, site, class_name
        Where it belongs; without a site, None.
    attempts
        How often it has been tried.
    is_online
        Now.
    """

    number: int
    cohort: str
    site: str | None
    class_name: str
    attempts: int
    is_online: bool


class JobView(NamedTuple):
    """What a policy sees of the job: what has happened up to now, and nothing of what will.

    Attributes
    ----------
    now
        Since the job's creation (s).
    robots
        Of the fleet.
    stage, stage_robots
        The number of the current stage, from 1, and how many robots it has; a job without stages is one stage.
    waiting
        The robots of the stage that wait in line, in order of deployment; robots that come back for another attempt stand at the end.
    in_flight
        The numbers of robots that hold a slot.
    granted
        Slots so far.
    succeeded
        Robots with a success.
    failures
        Robots that have failed, by kind: ``failed``, ``rejected``, ``timeout``, ``no_response`` and ``latent``.

    Examples
    --------
    >>> import rolloutsim
    >>> class EveryMinute:
    ...     name, version = "every-minute", "1"
    ...     def reset(self, view):
    ...         pass
    ...     def start(self, view):
    ...         print(view.now, [robot.number for robot in view.waiting], view.in_flight)
    ...         return [view.waiting[0].number] if view.waiting and view.now % 60 == 0 else []
    ...     def ask_again(self, view):
    ...         return view.now + 60
    ...     def is_too_much(self, view):
    ...         return False
    >>> from rolloutsim.scenario import parse
    >>> scenario = parse("{fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB, steps: {launching: {duration: 90 s}}}}")
    >>> results = rolloutsim.simulate(scenario, dispatch=EveryMinute(), replicates=1, seed=1)
    0.0 [0, 1] frozenset()
    60.0 [1] frozenset({0})
    90.0 [] frozenset({1})
    """

    now: float
    robots: int
    stage: int
    stage_robots: int
    waiting: tuple[RobotView, ...]
    in_flight: frozenset[int]
    granted: int
    succeeded: int
    failures: Mapping[str, int]


@runtime_checkable
class DispatchPolicy(Protocol):
    """Decides which robots start, in place of the rules `dispatch`, `concurrency` and `offline`.

    It is asked at the beginning of a stage, after each verdict, whenever a robot comes back or the link of one that waits changes, and at
    the instant that it asks for; always after everything else that happens at that instant. Whatever it keeps in mind, it forgets at
    `reset`. Its name and its version are part of the results' fingerprint: change the version whenever it decides differently.

    Examples
    --------
    >>> class AllAtOnce:
    ...     name, version = "all-at-once", "1"
    ...     def reset(self, view):
    ...         pass
    ...     def start(self, view):
    ...         return [robot.number for robot in view.waiting]
    ...     def ask_again(self, view):
    ...         return float("inf")
    ...     def is_too_much(self, view):
    ...         return view.failures["failed"] > 10
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> results = rolloutsim.simulate(scenario, dispatch=AllAtOnce(), replicates=3, seed=1)
    >>> results.manifest["dispatch"]
    {'name': 'all-at-once', 'version': '1'}
    >>> results.jobs["peak_in_flight"].tolist()
    [100, 100, 100]
    """

    @property
    def name(self) -> str:
        """What results call it."""

    @property
    def version(self) -> str:
        """Of its decisions."""

    def reset(self, view: JobView) -> None:
        """A replicate begins."""

    def start(self, view: JobView) -> Iterable[int]:
        """Return the numbers of the robots that start now: some that wait in line, in the order in which they start."""

    def ask_again(self, view: JobView) -> float:
        """Return an instant after now at which to be asked again if nothing happens before (s), or infinity; asked after `start`."""

    def is_too_much(self, view: JobView) -> bool:
        """Return whether the job stops, as by a breach of the threshold; asked after each verdict and each failure after success."""
