"""Errors on purpose: a limit of requests, and errors of the service for the next calls of an operation or at a rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rolloutsim.errors import UsageError
from rolloutsim.randomness import entity_word, replicate_key, uniform
from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.operations import OPERATIONS

__all__ = ["Faults"]

#: What the errors that occur on purpose only report.
_MESSAGES = {"ThrottlingException": "too many requests: try again later"}
_ON_PURPOSE = "an error on purpose"


@dataclass
class _Fault:
    error: str
    calls: int
    rate: float
    seen: int = 0


class Faults:
    """Errors on purpose; a restarted service has none.

    Parameters
    ----------
    seed
        Of the errors at a rate.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._faults: dict[str, _Fault] = {}
        self._per_s, self._burst, self._tokens, self._since = math.inf, math.inf, math.inf, 0.0

    def inject(self, operation: str, error: str, *, calls: int = 0, rate: float = 0.0) -> None:
        """Let an operation fail.

        Parameters
        ----------
        operation
            Its name in the API, e.g. ``CreateDeploymentJob``.
        error
            One that the operation declares, e.g. ``InternalServerException``.
        calls
            How many of the next calls fail.
        rate
            The probability that one of those after them fails.

        Raises
        ------
        UsageError
            If there is no such operation or error, or a number is out of range.
        """
        if operation not in OPERATIONS:
            raise UsageError(f"unknown operation {operation!r}: it is one of {', '.join(OPERATIONS)}")
        if error not in OPERATIONS[operation].errors:
            raise UsageError(f"{operation} has no error {error!r}: it is one of {', '.join(OPERATIONS[operation].errors)}")
        if not isinstance(calls, int) or calls < 0 or not 0.0 <= rate <= 1.0:
            raise UsageError(f"calls is 0 or more, and rate is from 0 to 1: found {calls} and {rate}")
        self._faults[operation] = _Fault(error, calls, rate)

    def throttle(self, per_s: float, burst: int) -> None:
        """Limit the requests of all operations by a token bucket in simulated time.

        Parameters
        ----------
        per_s
            Requests per second, above 0.
        burst
            How many may come at once, 1 or more.
        """
        if not per_s > 0.0 or burst < 1:
            raise UsageError(f"per_s is above 0, and burst is 1 or more: found {per_s} and {burst}")
        self._per_s, self._burst, self._tokens = per_s, burst, burst

    def check(self, operation: str, now: float) -> None:
        """Raise what was asked for, if it is time.

        Raises
        ------
        RequestError
            What was asked for.
        """
        if self._burst < math.inf:
            self._tokens = min(self._burst, self._tokens + (now - self._since) * self._per_s)
            self._since = now
            if self._tokens < 1.0:
                raise _error("ThrottlingException")
            self._tokens -= 1.0
        fault = self._faults.get(operation)
        if fault is None:
            return
        fault.seen += 1
        key = replicate_key(self._seed, 0, entity_word(f"faults:{operation}"))
        if fault.seen <= fault.calls or uniform(key, 0, fault.seen) < fault.rate:
            raise _error(fault.error)


def _error(code: str) -> RequestError:
    return RequestError(code, _MESSAGES.get(code, _ON_PURPOSE))
