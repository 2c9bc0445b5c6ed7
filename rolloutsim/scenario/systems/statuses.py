"""The systems' own words for how jobs and robots ended, by what a replicate recorded."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from rolloutsim.scenario.systems.registry import SYSTEMS
from rolloutsim.vocabulary import CODES, ENDED_BY, JOB_STATUSES, ROBOT_STATUSES

__all__ = ["NATIVE_STATUSES", "job_outcome", "native_of_jobs", "native_of_robots", "robot_outcome"]

#: All words of all systems; RoboMaker's own are the columns `status`, so its word here is empty.
NATIVE_STATUSES = (
    "",
    *dict.fromkeys(word for system in SYSTEMS.values() for words in (system.jobs, system.robots) for word in words.values()),
)

Numbers = npt.NDArray[np.integer]
Words = npt.NDArray[np.int8]

_ENDED = {"breach": "stopped", "cancel": "canceled", "fleet_timeout": "working"}


def job_outcome(status: str, code: str | None, failed: int) -> str:
    """Return how a job ended, as systems distinguish jobs.

    Examples
    --------
    >>> job_outcome("Succeeded", None, 3), job_outcome("Failed", "FailureThresholdBreached", 3)
    ('incomplete', 'stopped')
    """
    if status == "Succeeded":
        return "incomplete" if failed else "succeeded"
    if status == "Canceled":
        return "canceled"
    return {"FailureThresholdBreached": "stopped", "FleetDeploymentTimeout": "timed_out"}.get(code or "", "failed")


def robot_outcome(status: str, code: str | None, ended_by: str | None) -> str:
    """Return how a robot ended, as systems distinguish robots.

    Examples
    --------
    >>> robot_outcome("Failed", "RobotDeploymentAborted", "robot_timer"), robot_outcome("PendingNewDeployment", None, None)
    ('timeout', 'waiting')
    """
    if ended_by in _ENDED:
        return _ENDED[ended_by]
    if status == "InSync":
        return "succeeded"
    if ended_by == "own":
        return "rejected" if code == "DownloadConditionFailed" else "failed"
    if ended_by == "robot_timer":
        return "no_response" if code == "RobotDeploymentNoResponse" else "timeout"
    return "waiting"


def native_of_jobs(system: str, status: Numbers, code: Numbers, failed: Numbers) -> Words:
    """Return the numbers of the words for some jobs, from those of their statuses and codes (-1 = none)."""
    return _job_words(system)[status, code + 1, (failed > 0).astype(np.int8)]


def native_of_robots(system: str, status: Numbers, code: Numbers, ended_by: Numbers) -> Words:
    """Return the numbers of the words for some robots, from those of their statuses, codes and of what ended them (-1 = none)."""
    return _robot_words(system)[status, code + 1, ended_by + 1]


@cache
def _job_words(system: str) -> Words:
    words = np.zeros((len(JOB_STATUSES), len(CODES) + 1, 2), np.int8)
    if system in SYSTEMS:
        for place in np.ndindex(words.shape):
            code = CODES[place[1] - 1] if place[1] else None
            words[place] = NATIVE_STATUSES.index(SYSTEMS[system].jobs[job_outcome(JOB_STATUSES[place[0]], code, place[2])])
    return words


@cache
def _robot_words(system: str) -> Words:
    words = np.zeros((len(ROBOT_STATUSES), len(CODES) + 1, len(ENDED_BY) + 1), np.int8)
    if system in SYSTEMS:
        for place in np.ndindex(words.shape):
            code, ended_by = (CODES[place[1] - 1] if place[1] else None), (ENDED_BY[place[2] - 1] if place[2] else None)
            words[place] = NATIVE_STATUSES.index(SYSTEMS[system].robots[robot_outcome(ROBOT_STATUSES[place[0]], code, ended_by)])
    return words
