"""The model from which botocore makes a client: ``service-2.json`` and ``paginators-1.json``, from the table of operations.

It has no texts, and no operation is marked as deprecated, because the AWS CLI would hide it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rolloutsim.robomaker.operations import ERRORS, OPERATIONS, Operation
from rolloutsim.robomaker.shapes import SHAPES, Shape

__all__ = ["API_VERSION", "METADATA", "paginators", "service", "write_model"]

API_VERSION = "2018-06-29"

METADATA = {
    "apiVersion": API_VERSION,
    "endpointPrefix": "robomaker",
    "jsonVersion": "1.1",
    "protocol": "rest-json",
    "protocols": ["rest-json"],
    "serviceAbbreviation": "RoboMaker",
    "serviceFullName": "AWS RoboMaker",
    "serviceId": "RoboMaker",
    "signatureVersion": "v4",
    "signingName": "robomaker",
    "uid": f"robomaker-{API_VERSION}",
    "auth": ["aws.auth#sigv4"],
}


def service() -> dict[str, Any]:
    """Return the model of the service.

    Examples
    --------
    >>> service()["operations"]["CancelDeploymentJob"]["http"]
    {'method': 'POST', 'requestUri': '/cancelDeploymentJob'}
    """
    shapes = {name: _shape(shape) for name, shape in SHAPES.items()}
    for name, operation in OPERATIONS.items():
        shapes |= {f"{name}Request": _shape(operation.request), f"{name}Response": _shape(operation.response)}
    shapes |= {name: _error(status) for name, status in ERRORS.items()}
    operations = {name: _operation(operation) for name, operation in OPERATIONS.items()}
    return {"version": "2.0", "metadata": METADATA, "operations": operations, "shapes": dict(sorted(shapes.items()))}


def paginators() -> dict[str, Any]:
    """Return how lists come in pages."""
    return {
        "pagination": {
            name: {
                "input_token": "nextToken",
                "limit_key": "maxResults",
                "output_token": "nextToken",
                "result_key": operation.pages.result,
            }
            for name, operation in OPERATIONS.items()
            if operation.pages is not None
        }
    }


def write_model(folder: str | Path) -> list[Path]:
    """Write the files of the model into a folder for ``AWS_DATA_PATH``.

    Returns
    -------
    list of Path
        The files.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [file.relative_to(folder).as_posix() for file in write_model(folder)]
    ['robomaker/2018-06-29/service-2.json', 'robomaker/2018-06-29/paginators-1.json']
    """
    place = Path(folder) / "robomaker" / API_VERSION
    place.mkdir(parents=True, exist_ok=True)
    files = {place / "service-2.json": service(), place / "paginators-1.json": paginators()}
    for path, content in files.items():
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return list(files)


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "name": operation.name,
        "http": {"method": operation.method, "requestUri": operation.path},
        "input": {"shape": f"{operation.name}Request"},
        "output": {"shape": f"{operation.name}Response"},
        "errors": [{"shape": error} for error in operation.errors],
    }


def _shape(shape: Shape) -> dict[str, Any]:
    out: dict[str, Any] = {"type": shape.type}
    if shape.type == "structure":
        if shape.required:
            out["required"] = list(shape.required)
        out["members"] = {}
        for name, member in shape.members.items():
            out["members"][name] = written = {"shape": member.shape}
            if member.location != "body":
                written |= {"location": member.location, "locationName": name}
            if member.shape == "ClientRequestToken":
                written["idempotencyToken"] = True  # type: ignore[assignment]
    if shape.type == "list":
        out["member"] = {"shape": shape.item}
    if shape.type == "map":
        out |= {"key": {"shape": shape.key}, "value": {"shape": shape.item}}
    limits = {"min": shape.least, "max": shape.most, "pattern": shape.pattern, "enum": list(shape.enum) or None}
    return out | {key: value for key, value in limits.items() if value is not None}


def _error(status: int) -> dict[str, Any]:
    return {
        "type": "structure",
        "members": {"message": {"shape": "errorMessage"}},
        "error": {"httpStatusCode": status},
        "exception": True,
    }
