"""What is known of a robot and of the job at an instant."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from rolloutsim.scenario import Cohort
from tests.simulation.reference.processes import NEVER, Layers, Process
from tests.simulation.reference.recording import Recording


@dataclass
class Robot:
    """One robot and all that is known of it."""

    index: int
    cohort: Cohort
    key: int
    cohort_key: int
    link: Layers
    idle: Process
    rate: float  # its own, B/s; where it is recorded, the present one
    recorded: Recording | None  # rates (bit/s)
    size: float | None  # of the bundle; None: there is none for this architecture
    # the deployment
    state: str = "pending"  # pending, waiting (for a retry, without a slot), working, backoff, ended
    late: str = ""  # "", reporting (a success after the timer), offline (to begin when online), installing
    phase: str = ""
    entered: float = 0.0  # when it entered this phase; the job enters preparing at 0
    wakes: float = NEVER  # when what it does now is complete, if nothing intervenes
    blocked: bool = False  # waits for its link to begin or go on
    need: float = 0.0  # seconds left of an interrupted piece of work
    sending: float | None = None  # since when bytes flow
    shares: bool = False  # links on its way have a limited capacity
    flow: float = 0.0  # the rate at which bytes flow, B/s
    relapses: float = NEVER  # when its failure after success will be known
    refused: str | None = None  # the code that downloading meets before the first byte
    transfer: bool = False  # whether downloading has come to the bytes
    left: float = 0.0  # bytes
    attempt: int = 0  # number of the current one
    check: int = 0
    recheck: float = NEVER
    deadline: float = NEVER
    outcome: str | None = None  # own failure code of the current attempt
    succeeded: bool = False  # the current attempt's work
    tried_again: dict[int, int] = field(default_factory=dict)  # by row of the retries
    launched: float = math.nan
    failed: bool = False  # with a verdict that is final, and not by the job
    handshakes: int = 0  # while it held a slot, one per grant at most
    # the application
    down_since: float | None = None
    back: float = NEVER  # when the old application runs again
    stopped_in: int = -1  # attempt
    # what comes out
    status: str = "PendingNewDeployment"
    failure_code: str | None = None
    ended_by: str | None = None
    granted: float = math.nan
    reached: float = math.nan
    finished: float = math.nan
    reported: float = math.nan
    converged: float = math.nan
    regressed: float = math.nan
    attempts: int = 0
    last_phase: str | None = None  # before the verdict
    reachable: bool = False
    slot_s: float = 0.0
    bytes: float = 0.0
    offline_s: float = 0.0
    downtime_s: float = 0.0
    left_down: bool = False

    @property
    def holds_slot(self) -> bool:
        return self.state in ("working", "backoff")


@dataclass
class Job:
    """What comes out of the job."""

    release: Literal["good", "bad"]
    status: str = "Preparing"
    failure_code: str | None = None
    complete: float = math.nan
    breached: float = math.nan
    overshoot: float = math.nan
    stopped_by: str | None = None
    stages_reached: int = 0
    peak_in_flight: int = 0
    peak_rate: float = 0.0  # B/s
    peak_downloads: int = 0
    utilisation_peak: float = math.nan
    utilisation_mean: float = math.nan
    saturated: float = math.nan
    robots: list[Robot] = field(default_factory=list)
