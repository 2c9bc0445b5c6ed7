"""The service: a state machine over an append-only log.

A request is answered from the state; if it changes something, it is written to the log and then applied. So a restart reads the log, and
jobs are simulated again when they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import UsageError
from rolloutsim.robomaker.changes import CHANGES
from rolloutsim.robomaker.deployments import HANDLERS
from rolloutsim.robomaker.entry import Entry
from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.faults import Faults
from rolloutsim.robomaker.handlers import MOST_ROBOTS, Call
from rolloutsim.robomaker.jobs import Jobs
from rolloutsim.robomaker.log import Log
from rolloutsim.robomaker.operations import OPERATIONS, Operation
from rolloutsim.robomaker.rehearsal import check_scenario, service_start
from rolloutsim.robomaker.shapes import SHAPES
from rolloutsim.robomaker.state import State
from rolloutsim.robomaker.validation import findings, request_findings
from rolloutsim.robomaker.views import Views
from rolloutsim.simulation.replicate import MODEL_VERSION

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Service"]


class Service:
    """RoboMaker's deployments over a scenario.

    Parameters
    ----------
    scenario
        Its cohorts, links, application and rules; the deployment comes from requests.
    seed
        Of all draws. The k-th job is replicate k - 1.
    engine
        ``auto``, ``simpy`` or ``compiled``: the same numbers.
    store
        The file of the log; None keeps it in memory.
    registered
        Whether the service begins with the scenario's robots, registered with one fleet.

    Raises
    ------
    UsageError
        If rules of the scenario would silence or break requests.
    StoreError
        If the store is that of another service, or cannot be used.
    """

    def __init__(self, scenario: Scenario, seed: int, *, engine: str = "auto", store: Path | None = None, registered: bool = False) -> None:
        check_scenario(scenario, registered=registered)
        scenario = scenario.without_studies()
        self.scenario, self.seed, self.start = scenario, seed, service_start(scenario)
        self.lock = RLock()
        self.faults = Faults(seed)
        self.state = State(tuple(cohort.name for cohort in scenario.fleet))
        self.jobs = Jobs(scenario, seed, self.start, self.state, engine)
        self.views = Views(self.state, self.jobs, self.start)
        self._tokens: dict[tuple[str, str], tuple[Any, Any]] = {}
        fleet = _listed(scenario) if registered else None
        identity = {
            "fingerprint": scenario.fingerprint(),
            "seed": str(seed),
            "model version": str(MODEL_VERSION),
            "start": repr(self.start),
            "fleet": "registered" if registered else "empty",
        }
        self.log = Log(store, identity, json.dumps(scenario.resolved()))
        entries = list(self.log.entries())
        for entry in entries:
            self._apply(entry)
        if fleet is not None and not entries:
            self.change(Entry(0.0, "-fleet", fleet, {}))

    def call(self, operation: Operation, request: Any, now: float) -> Any:
        """Answer a request.

        Parameters
        ----------
        operation
            Which.
        request
            Its members, as plain data.
        now
            Its instant, in seconds since the clock began; no earlier than that of the last one.

        Returns
        -------
        dict
            The answer, with POSIX times (s) for timestamps.

        Raises
        ------
        RequestError
            If it is refused.
        """
        with self.lock:
            wrong = [finding.message for finding in request_findings(operation, request)]
            if wrong:
                raise RequestError("InvalidParameterException", "\n".join(wrong))
            self.faults.check(operation.name, now)
            if operation.takes_token:
                remembered = self._remembered(operation, request, now)
                if remembered is not None:
                    return remembered
            call = Call(self.views, operation, now)
            answer = HANDLERS[operation.name](call, request)
            if operation.name in CHANGES:
                self.change(Entry(now, operation.name, request, answer, call.found))
            if operation.takes_token:
                self.jobs.status(self.state.jobs[answer["arn"]], now)  # simulates it
            return answer

    def change_bundle(self, bucket: str, key: str, action: str, now: float) -> None:
        """Remove or replace a bundle: RoboMaker's API has no operation on bundles.

        Parameters
        ----------
        bucket, key
            As in the sources of an application.
        action
            ``remove``, or ``replace`` by another (which also brings a removed one back, with another etag).
        now
            The instant.
        """
        if action not in ("remove", "replace"):
            raise UsageError(f"unknown action {action!r}: it is remove or replace")
        named = (*findings(SHAPES["S3Bucket"], bucket, "bucket"), *findings(SHAPES["S3Key"], key, "key"))
        if named:
            raise UsageError("\n".join(finding.message for finding in named))
        with self.lock:
            self.change(Entry(now, "-bundles", {"bucket": bucket, "key": key, "action": action}, {}))

    def close(self) -> None:
        """Close the store."""
        self.log.close()

    def change(self, entry: Entry) -> None:
        """Write an entry to the log and apply it."""
        with self.log.adding(entry):
            self._apply(entry)

    def _remembered(self, operation: Operation, request: Any, now: float) -> Any:
        """Return the answer to the request that succeeded with this token, unless its job has expired."""
        known = self._tokens.get((operation.name, request["clientRequestToken"]))
        if known is None or self.state.jobs[known[1]["arn"]].is_gone(now):
            return None
        if known[0] != request:
            message = "this clientRequestToken belongs to another request: take a new one"
            raise RequestError("IdempotentParameterMismatchException", message)
        return known[1]

    def _apply(self, entry: Entry) -> None:
        CHANGES[entry.operation](self.state, entry)
        if entry.operation in OPERATIONS and OPERATIONS[entry.operation].takes_token:
            self._tokens[entry.operation, entry.request["clientRequestToken"]] = entry.request, entry.answer


def _listed(scenario: Scenario) -> dict[str, Any]:
    """Return the robots of a scenario, with names that the API takes."""
    if scenario.robots > MOST_ROBOTS:
        raise UsageError(f"a fleet of RoboMaker has at most {MOST_ROBOTS:,} robots, and the scenario has {scenario.robots:,}")
    robots = []
    for cohort in scenario.fleet:
        names = cohort.names or [f"{cohort.name}-{number}" for number in range(cohort.robots)]
        architecture = None if cohort.architecture == "none" else cohort.architecture
        robots += [(name, cohort.name, architecture) for name in names]
    plain = _unique(_plain(name) for name, _, _ in robots)
    listed = [[name, cohort, architecture] for name, (_, cohort, architecture) in zip(plain, robots, strict=True)]
    return {"name": _plain(scenario.name), "robots": listed}


def _plain(name: str) -> str:
    return re.sub("[^a-zA-Z0-9_-]", "-", name)[:240] or "-"


def _unique(names: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        number = 1
        while (unused := name if number == 1 else f"{name}-{number}") in seen:
            number += 1
        seen.add(unused)
        yield unused
