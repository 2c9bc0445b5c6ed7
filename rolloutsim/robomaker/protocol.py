"""The REST-JSON protocol of RoboMaker's API: from a request over HTTP to an operation, and from its answer or error back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qs, unquote, unquote_to_bytes
from uuid import uuid4

from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.operations import ERRORS, OPERATIONS, UNSERVED, Operation

__all__ = ["MOST_BYTES", "HttpError", "HttpRequest", "HttpResponse", "answer", "parse_json", "refusal"]

#: Larger bodies are refused.
MOST_BYTES = 1_000_000

_TAGS = "/tags/"
_BY_PATH = {operation.path: operation for operation in OPERATIONS.values() if not operation.path.startswith(_TAGS)}
_TAG_OPERATIONS = {operation.method: operation for operation in OPERATIONS.values() if operation.path.startswith(_TAGS)}
_UNSERVED_PATHS = {f"/{name[0].lower()}{name[1:]}": name for name in UNSERVED}


class HttpRequest(NamedTuple):
    """A request: the path as it came, percent signs included, the query, the headers in small letters, and the body."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""


class HttpResponse(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpError(Exception):
    """A request that is none of an operation.

    Parameters
    ----------
    status
        Of the response.
    kind
        The type of the error, for the header ``x-amzn-errortype``.
    message
        What is wrong.
    allow
        The methods that the path has.
    """

    def __init__(self, status: int, kind: str, message: str, allow: tuple[str, ...] = ()) -> None:
        super().__init__(status, kind, message, allow)
        self.status, self.kind, self.message, self.allow = status, kind, message, allow


def answer(request: HttpRequest, call: Callable[[Operation, Any], Any]) -> HttpResponse:
    """Answer a request.

    Parameters
    ----------
    request
        The request.
    call
        Answers an operation, or raises `RequestError`.

    Examples
    --------
    >>> response = answer(HttpRequest("POST", "/createFleet", body=b'{"name": "night"}'), lambda operation, members: members)
    >>> response.status, response.body
    (200, b'{"name": "night"}')
    >>> answer(HttpRequest("GET", "/createFleet"), lambda operation, members: members).status
    405
    """
    try:
        operation, members = _operation(request)
        return _response(200, call(operation, members))
    except RequestError as error:
        return refusal(HttpError(ERRORS[error.code], error.code, error.message))
    except HttpError as error:
        return refusal(error)


def refusal(error: HttpError) -> HttpResponse:
    """Return an error in the form of the protocol."""
    allow = {"allow": ", ".join(error.allow)} if error.allow else {}
    return _response(error.status, {"message": error.message}, {"x-amzn-errortype": error.kind, **allow})


def parse_json(body: bytes) -> Any:
    """Return what a body has, without members that are null; an empty one is an empty structure.

    Raises
    ------
    HttpError
        If it is not JSON, or nested too deeply.
    """
    if not body:
        return {}
    try:
        return _without_nulls(json.loads(body, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as error:
        cause = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise HttpError(400, "SerializationException", f"the body is not JSON: {cause}") from None


def _operation(request: HttpRequest) -> tuple[Operation, Any]:
    """Return the operation of a request and its members."""
    if request.path.startswith(_TAGS) and len(request.path) > len(_TAGS):
        if request.method not in _TAG_OPERATIONS:
            _refuse_method(request, tuple(_TAG_OPERATIONS))
        operation = _TAG_OPERATIONS[request.method]
        members = {} if request.method != "POST" else parse_json(request.body)
        if not isinstance(members, dict):
            raise HttpError(400, "SerializationException", "the body is not a structure")
        members["resourceArn"] = _decoded(request.path[len(_TAGS) :])
        keys = parse_qs(request.query, keep_blank_values=True, errors="surrogateescape").get("tagKeys")
        return operation, members | ({} if keys is None or "tagKeys" not in operation.request.members else {"tagKeys": keys})
    path = unquote(request.path)
    if path in _UNSERVED_PATHS:
        raise HttpError(
            400,
            "InvalidParameterException",
            f"{_UNSERVED_PATHS[path]} is not part of deployments: there are {', '.join(OPERATIONS)}",
        )
    if path not in _BY_PATH:
        raise HttpError(404, "UnknownOperationException", "there is no such path")
    operation = _BY_PATH[path]
    if request.method != operation.method:
        _refuse_method(request, (operation.method,))
    return operation, parse_json(request.body)


def _decoded(raw: str) -> str:
    """Return an ARN, decoded once; what is not UTF-8 does not match any."""
    return unquote_to_bytes(raw).decode("utf-8", "surrogateescape")


def _refuse_method(request: HttpRequest, allowed: tuple[str, ...]) -> NoReturn:
    raise HttpError(405, "UnknownOperationException", f"{request.method} is no method of this path: use {' or '.join(allowed)}", allowed)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _response(status: int, content: Any, headers: Mapping[str, str] = {}) -> HttpResponse:
    body = json.dumps(content).encode()
    return HttpResponse(status, {"content-type": "application/json", "x-amzn-requestid": str(uuid4()), **headers}, body)
