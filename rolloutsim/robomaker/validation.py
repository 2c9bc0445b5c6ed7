"""Whether a value is what a shape allows: every finding with its place and cause, in the words of botocore."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rolloutsim.robomaker.operations import Operation
from rolloutsim.robomaker.shapes import SHAPES, Shape

__all__ = ["Finding", "findings", "request_findings"]

#: The Python types of values.
_TYPES: dict[str, tuple[type[Any], ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "timestamp": (float, int),
    "list": (list, tuple),
    "map": (dict,),
    "structure": (dict,),
}
#: What is bounded of values that are no numbers.
_LENGTHS = ("string", "list", "map")
#: A message shows no more of a value.
_SHOWN = 60


class Finding(NamedTuple):
    """What is wrong with a value.

    Attributes
    ----------
    message
        Place and cause.
    in_client
        Whether botocore finds it before it sends the request: a wrong type, a missing or unknown member, or too short a value. The rest
        (patterns, enumerations, what is too long) is for the service to find.
    """

    message: str
    in_client: bool


def request_findings(operation: Operation, request: Any) -> Iterator[Finding]:
    """Yield everything that is wrong with a request.

    Examples
    --------
    >>> from rolloutsim.robomaker.operations import OPERATIONS
    >>> for finding in request_findings(OPERATIONS["CreateFleet"], {"name": 7, "tag": {}}):
    ...     print(finding.message)
    Unknown parameter in input: "tag", must be one of: name, tags
    Invalid type for parameter name, value: 7, type: <class 'int'>, valid types: <class 'str'>
    """
    yield from findings(operation.request, request, "")
    if operation.pages is not None and isinstance(request, dict):
        wanted = request.get("maxResults")
        if isinstance(wanted, int) and operation.pages.most < wanted <= (SHAPES["MaxResults"].text_range or (0, 0))[1]:
            yield Finding(f"Invalid range for parameter maxResults, value: {wanted}, valid max value: {operation.pages.most}", False)
        filters = request.get("filters")
        for one in filters if isinstance(filters, list | tuple) else ():
            name = one.get("name") if isinstance(one, dict) else None
            if isinstance(name, str) and name not in operation.pages.filters:
                known = ", ".join(operation.pages.filters)
                yield Finding(f"Invalid value for parameter filters[0].name, value: {_shown(name)}, valid values: {known}", False)


def findings(shape: Shape, value: Any, place: str) -> Iterator[Finding]:
    """Yield everything that is wrong with a value, e.g. at ``tags.team`` or ``filters[0]``; the input itself has no place."""
    kinds = _TYPES[shape.type]
    if not isinstance(value, kinds) or isinstance(value, bool):
        valid = ", ".join(str(kind) for kind in kinds)
        yield Finding(
            f"Invalid type for parameter {place or 'input'}, value: {_shown(value)}, type: {type(value)}, valid types: {valid}", True
        )
        return
    yield from _bounds(shape, value, place)
    if shape.type == "structure":
        yield from _members(shape, value, place)
    elif shape.type == "list":
        for number, item in enumerate(value[: int(shape.most or len(value))]):
            yield from findings(SHAPES[shape.item], item, f"{place}[{number}]")
    elif shape.type == "map":
        for key, item in value.items():
            yield from findings(SHAPES[shape.key], key, f"{place} (key: {_shown(key)})")
            yield from findings(SHAPES[shape.item], item, f"{place}.{_shown(key)}")


def _members(shape: Shape, value: dict[Any, Any], place: str) -> Iterator[Finding]:
    for name in shape.required:
        if name not in value:
            yield Finding(f'Missing required parameter in {place or "input"}: "{name}"', True)
    for name in value:
        if name not in shape.members:
            known = ", ".join(shape.members)
            yield Finding(f'Unknown parameter in {place or "input"}: "{_shown(name)}", must be one of: {known}', True)
    for name, member in shape.members.items():
        if name in value:
            yield from findings(SHAPES[member.shape], value[name], f"{place}.{name}" if place else name)


def _bounds(shape: Shape, value: Any, place: str) -> Iterator[Finding]:
    is_length = shape.type in _LENGTHS
    amount, what = (len(value), "length") if is_length else (value, "range")
    kind = "length" if is_length else "value"
    if shape.least is not None and amount < shape.least:
        yield Finding(f"Invalid {what} for parameter {place}, value: {amount}, valid min {kind}: {shape.least:g}", True)
    elif shape.most is not None and amount > shape.most:
        yield Finding(f"Invalid {what} for parameter {place}, value: {amount}, valid max {kind}: {shape.most:g}", False)
    elif shape.enum and value not in shape.enum:
        known = ", ".join(shape.enum)
        yield Finding(f"Invalid value for parameter {place}, value: {_shown(value)}, valid values: {known}", False)
    elif shape.type == "string" and not _is_text(value):
        yield Finding(f"Invalid value for parameter {place}, value: {_shown(value)}, it is no Unicode text", False)
    elif shape.pattern is not None and not re.fullmatch(shape.pattern, value):
        yield Finding(f"Invalid value for parameter {place}, value: {_shown(value)}, valid pattern: {shape.pattern}", False)
    if shape.text_range is not None and not shape.text_range[0] <= amount <= shape.text_range[1]:
        least, most = shape.text_range
        yield Finding(f"Invalid range for parameter {place}, value: {amount}, valid values: {least} to {most}", False)


def _is_text(value: str) -> bool:
    """Return whether a string can be written: JSON may have halves of characters."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _shown(value: Any) -> str:
    text = ascii(value)[1:-1] if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
