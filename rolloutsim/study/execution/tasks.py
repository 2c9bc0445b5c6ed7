"""Tasks: how much of a study a worker gets at a time, and what it does with it."""

from __future__ import annotations

import hashlib
import math
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.errors import UsageError
from rolloutsim.scenario import Scenario
from rolloutsim.scenario.model import Origin
from rolloutsim.simulation.replicate import MODEL_VERSION

if TYPE_CHECKING:
    from rolloutsim.simulation.records.outcomes import Outcomes

    RunChunk = Callable[[Scenario, int, range], Outcomes]

#: What a task should take, in seconds: long against handing it over, short against what an interruption loses.
TARGET_S = 0.5
#: Tasks do not get smaller than this towards the end: each is sent, and kept as a file.
_WORTH_SENDING_S = 0.1
#: Tasks grow by this factor at most: a measurement is a poor guide to far larger ones.
_GROWTH = 4


class Request(NamedTuple):
    """Replicates that are wanted.

    Attributes
    ----------
    key
        Number of the scenario among those of the study.
    scenario, seed, replicates
        As for `run_chunk`.
    """

    key: int
    scenario: Scenario
    seed: int
    replicates: range

    @property
    def size(self) -> int:
        """Robot-deployments."""
        return self.scenario.robots * len(self.replicates)


Task = tuple[Request, ...]


class Work:
    """What is still to be done, dealt out in tasks of about `TARGET_S` seconds.

    Parameters
    ----------
    requests
        In the order in which they are dealt out.

    Examples
    --------
    >>> import rolloutsim
    >>> work = Work([Request(0, rolloutsim.load("scenarios/robomaker-100.yaml"), 1, range(1000))])
    >>> [request.replicates for request in work.take()]  # nothing has been measured yet
    [range(0, 1)]
    >>> work.learn(100, 0.1)
    >>> [request.replicates for request in work.take()]  # four times as much at most
    [range(1, 5)]
    >>> work.seconds_left
    99.5
    """

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests = deque(request for request in requests if len(request.replicates))
        self._left = sum(request.size for request in self._requests)
        self._largest = 0
        self._seconds_each = math.inf

    def __bool__(self) -> bool:
        return bool(self._requests)

    @property
    def seconds_left(self) -> float:
        """How long one worker takes for the rest, as far as is known."""
        return self._left * self._seconds_each if self._left else 0.0

    def learn(self, size: int, seconds: float) -> None:
        """Note how long a task took."""
        each = seconds / size
        self._seconds_each = each if math.isinf(self._seconds_each) else (self._seconds_each + each) / 2
        self._largest = max(self._largest, size)

    def take(self, workers: int = 1, target_s: float = TARGET_S) -> Task:
        """Return the next task; towards the end tasks get smaller, so that all workers end together."""
        share = max(self._left / (2 * workers), _WORTH_SENDING_S / self._seconds_each) if workers > 1 else math.inf
        size = min(target_s / self._seconds_each, self._largest * _GROWTH, share)
        whole = size
        task: list[Request] = []
        while self._requests:
            request = self._requests[0]
            count = min(int(max(size, 0)) // request.scenario.robots, len(request.replicates))
            if task and (not count or (count < len(request.replicates) and request.size <= whole)):
                break  # what fits into a task of its own is not cut: every piece has its costs
            count = max(count, 1)
            task.append(request._replace(replicates=request.replicates[:count]))
            size -= task[-1].size
            self._left -= task[-1].size
            if count < len(request.replicates):
                self._requests[0] = request._replace(replicates=request.replicates[count:])
            else:
                self._requests.popleft()
        return tuple(task)


class Order(NamedTuple):
    """A request as it travels.

    Attributes
    ----------
    digest
        Of the scenario as it travels.
    scenario
        The scenario, pickled: to write and read it as text takes seconds if it holds long traces. None if the worker is expected to know
        it.
    seed, replicates
        As for `Request`.
    """

    digest: str
    scenario: bytes | None
    seed: int
    replicates: range


class Outbox:
    """Writes tasks as they travel to workers: a scenario, which may hold long traces, travels with its first task only.

    A worker that does not know a scenario returns None, and gets its task again with the scenario.
    """

    def __init__(self) -> None:
        self._digests: dict[int, str] = {}

    def write(self, task: Task, *, with_scenarios: bool = False) -> tuple[Order, ...]:
        """Return a task as it travels, with the scenarios that have not travelled yet, or with all."""
        return tuple(self._order(request, with_scenarios=with_scenarios) for request in task)

    def _order(self, request: Request, *, with_scenarios: bool) -> Order:
        pickled = None
        if with_scenarios or request.key not in self._digests:
            pickled = pickle.dumps(_without_source(request.scenario), pickle.HIGHEST_PROTOCOL)
            self._digests[request.key] = hashlib.sha256(pickled).hexdigest()
        return Order(self._digests[request.key], pickled, request.seed, request.replicates)


def _without_source(scenario: Scenario) -> Scenario:
    """Return what simulates a scenario, without its studies and the file that it was made from."""
    copy = scenario.model_copy(update={"checks": (), "sweep": None})
    return copy.remember(Origin({}, "", None, None, {}, (), scenario.preset))


class Result(NamedTuple):
    """What a worker returns: the outcomes of each order, and how long they took."""

    outcomes: list[Outcomes]
    seconds: float


#: Scenarios that a worker keeps, the last used last.
_kept: dict[str, Scenario] = {}
_MOST_KEPT = 8
_keeping = threading.Lock()


def _read(order: Order) -> Scenario | None:
    """Return an order's scenario, or None if it is not known."""
    with _keeping:
        scenario = _kept.pop(order.digest, None)
        if scenario is None:
            if order.scenario is None:
                return None
            scenario = pickle.loads(order.scenario)
            assert isinstance(scenario, Scenario)
        _kept[order.digest] = scenario
        while len(_kept) > _MOST_KEPT:
            del _kept[next(iter(_kept))]
        return scenario


def perform(orders: tuple[Order, ...], model_version: int, run: RunChunk) -> Result | None:
    """Do a task in a worker.

    Returns
    -------
    Result or None
        None, and nothing is done, if the worker does not know a scenario that was not sent along.

    Raises
    ------
    UsageError
        If the worker has another version of the model.
    """
    if model_version != MODEL_VERSION:
        raise UsageError(
            f"a worker has model version {MODEL_VERSION}, and {model_version} is needed: install the same rolloutsim everywhere"
        )
    begun = time.perf_counter()
    scenarios = [scenario for scenario in map(_read, orders) if scenario is not None]
    if len(scenarios) < len(orders):
        return None
    outcomes = [run(scenario, order.seed, order.replicates) for scenario, order in zip(scenarios, orders, strict=True)]
    return Result(outcomes, time.perf_counter() - begun)
