"""The client in process: called as boto3's, with simulated time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rolloutsim.errors import UsageError
from rolloutsim.robomaker.clock import Clock
from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.exceptions import Exceptions, ParamValidationError
from rolloutsim.robomaker.operations import ERRORS, OPERATIONS, Operation
from rolloutsim.robomaker.service import Service
from rolloutsim.robomaker.shapes import SHAPES, Shape
from rolloutsim.robomaker.validation import request_findings

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Bundles", "Client", "Paginator"]

_BY_PYTHON_NAME = {operation.python_name: operation for operation in OPERATIONS.values()}
#: The seed where neither the scenario nor an argument names one.
_SEED = 1


class Client:
    """RoboMaker's client for deployments, over a simulation.

    It has the methods of ``boto3.client("robomaker")`` for robots, fleets, robot applications, deployment jobs and tags, with the same
    arguments, answers and exceptions. Time is simulated: `clock` advances it.

    Parameters
    ----------
    scenario
        A scenario, or its file: its cohorts, links, application and rules. The deployment comes from the requests.
    clock
        Simulated time, which several clients may share; by default one of its own.
    seed
        Of all draws; the k-th job is replicate k - 1 of it. By default the scenario's, else 1.
    engine
        ``auto``, ``simpy`` or ``compiled``: the same numbers.
    store
        A file that keeps what was asked for; without one, it is gone with the client.
    registered
        Whether to begin with the robots of the scenario, registered with one fleet (at most 1,000).

    Attributes
    ----------
    clock : Clock
        Simulated time.
    exceptions : Exceptions
        The exceptions by their names.
    bundles : Bundles
        Removes and replaces bundles.
    faults : Faults
        Lets operations fail.

    Raises
    ------
    UsageError
        If rules of the scenario would silence or break requests.

    Examples
    --------
    >>> from rolloutsim.robomaker import Client
    >>> client = Client("scenarios/robomaker-100.yaml", registered=True)
    >>> fleet = client.list_fleets()["fleetDetails"][0]["arn"]
    >>> suite = {"name": "ROS2", "version": "Foxy"}
    >>> source = {"s3Bucket": "bundles", "s3Key": "patrol.tar", "architecture": "X86_64"}
    >>> application = client.create_robot_application(name="patrol", robotSoftwareSuite=suite, sources=[source])["arn"]
    >>> version = client.create_robot_application_version(application=application)["version"]
    >>> launch = {"packageName": "patrol", "launchFile": "patrol.launch.py"}
    >>> config = {"application": application, "applicationVersion": version, "launchConfig": launch}
    >>> job = client.create_deployment_job(fleet=fleet, deploymentApplicationConfigs=[config])["arn"]
    >>> client.clock.advance("30 d")
    >>> client.describe_deployment_job(job=job)["status"]
    'Succeeded'
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        clock: Clock | None = None,
        seed: int | None = None,
        engine: str = "auto",
        store: str | Path | None = None,
        registered: bool = False,
    ) -> None:
        if isinstance(scenario, str | Path):
            from rolloutsim.scenario import load

            scenario = load(scenario)
        seed = next(each for each in (seed, scenario.seed, _SEED) if each is not None)
        self.service = Service(scenario, seed, engine=engine, store=None if store is None else Path(store), registered=registered)
        self.clock = Clock(self.service.start) if clock is None else clock
        self.clock.now = max(self.clock.now, self.service.log.instant)
        self.exceptions = Exceptions()
        self.bundles = Bundles(self)
        self.faults = self.service.faults

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = _BY_PYTHON_NAME.get(name)
        if operation is None:
            raise AttributeError(f"a client has no attribute {name!r}")

        def method(*args: Any, **kwargs: Any) -> dict[str, Any]:
            if args:
                raise TypeError(f"{name}() only accepts keyword arguments.")
            return self._call(operation, kwargs)

        method.__name__ = method.__qualname__ = name
        return method

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *_BY_PYTHON_NAME]

    def can_paginate(self, operation_name: str) -> bool:
        """Return whether an operation, by the name of its method, lists something in pages."""
        return operation_name in _BY_PYTHON_NAME and _BY_PYTHON_NAME[operation_name].pages is not None

    def get_paginator(self, operation_name: str) -> Paginator:
        """Return what runs through all pages of a list.

        Parameters
        ----------
        operation_name
            The name of the method, e.g. ``list_robots``.

        Raises
        ------
        UsageError
            If it lists nothing.
        """
        if not self.can_paginate(operation_name):
            raise UsageError(f"{operation_name!r} has no pages")
        return Paginator(getattr(self, operation_name), _BY_PYTHON_NAME[operation_name])

    def close(self) -> None:
        """Close the store."""
        self.service.close()

    def _call(self, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation.takes_token:
            arguments.setdefault("clientRequestToken", str(uuid4()))
        wrong = [finding.message for finding in request_findings(operation, arguments) if finding.in_client]
        if wrong:
            raise ParamValidationError(report="\n".join(wrong))
        metadata: dict[str, Any] = {"RequestId": str(uuid4()), "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
        now = self.clock.now
        try:
            answer = self.service.call(operation, json.loads(json.dumps(arguments)), now)
        except RequestError as error:
            metadata["HTTPStatusCode"] = ERRORS[error.code]
            raise self.exceptions.of(error, operation.name, metadata) from None
        self._remember(now)
        return {"ResponseMetadata": metadata, **_with_dates(operation.response, answer)}

    def _remember(self, now: float) -> None:
        """Keep the instant, so that time does not run backwards with the same store."""
        if self.service.log.instant < now:
            self.service.log.instant = now


class Bundles:
    """The bundles of applications: every one is there until it is removed.

    Parameters
    ----------
    client
        Whose.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def remove(self, bucket: str, key: str) -> None:
        """Remove a bundle: a job that is not prepared by then fails with ``ResourceNotFound``."""
        self._client.service.change_bundle(bucket, key, "remove", self._client.clock.now)

    def replace(self, bucket: str, key: str) -> None:
        """Replace a bundle by another: a job of an earlier version that is not prepared by then fails with ``EtagMismatch``."""
        self._client.service.change_bundle(bucket, key, "replace", self._client.clock.now)


class Paginator:
    """Runs through the pages of a list.

    Parameters
    ----------
    method
        Of the client.
    operation
        Which it calls.
    """

    def __init__(self, method: Callable[..., dict[str, Any]], operation: Operation) -> None:
        self._method, self._operation = method, operation

    def paginate(self, PaginationConfig: dict[str, Any] | None = None, **kwargs: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
        """Yield all pages.

        Parameters
        ----------
        PaginationConfig
            ``PageSize``, ``MaxItems`` and ``StartingToken``.
        kwargs
            As for the method.
        """
        config = PaginationConfig or {}
        pages = self._operation.pages
        assert pages is not None
        left = config.get("MaxItems")
        size, token = config.get("PageSize"), config.get("StartingToken")
        while left is None or left > 0:
            wanted = [number for number in (size, left if left is not None and left < pages.most else None) if number is not None]
            limits = {"maxResults": min(wanted)} if wanted else {}
            page = self._method(**kwargs, **limits, **({} if token is None else {"nextToken": token}))
            yield page
            token = page.get("nextToken")
            left = None if left is None else left - len(page[pages.result])
            if token is None:
                return


def _with_dates(shape: Shape, value: Any) -> Any:
    """Return a copy of an answer with dates in place of POSIX times."""
    if shape.type == "timestamp":
        return datetime.fromtimestamp(value, UTC)
    if shape.type == "structure":
        return {name: _with_dates(SHAPES[shape.members[name].shape], inner) for name, inner in value.items()}
    if shape.type == "list":
        return [_with_dates(SHAPES[shape.item], inner) for inner in value]
    return dict(value) if shape.type == "map" else value
