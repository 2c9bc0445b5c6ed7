"""Lists in pages: a token holds the last key seen, so that nothing is repeated or left out while things are created or expire."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.operations import Operation

__all__ = ["page"]

T = TypeVar("T")


def page(
    operation: Operation, request: dict[str, Any], items: Iterable[tuple[int, T]], show: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """Return a page of a list.

    Parameters
    ----------
    operation
        Which lists them.
    request
        With ``nextToken`` and ``maxResults``, if there are any.
    items
        Everything that the list has, each with its key; keys rise.
    show
        Returns what the page has of an item.

    Raises
    ------
    RequestError
        If the token is not one of this operation.
    """
    assert operation.pages is not None
    seen = _seen(operation, request.get("nextToken"))
    most = request.get("maxResults", operation.pages.most)
    shown: list[dict[str, Any]] = []
    last = 0
    for key, item in items:
        if key <= seen:
            continue
        if len(shown) == most:
            return {operation.pages.result: shown, "nextToken": f"{operation.name}.{last}"}
        shown.append(show(item))
        last = key
    return {operation.pages.result: shown}


def _seen(operation: Operation, token: str | None) -> int:
    """Return the last key seen."""
    if token is None:
        return 0
    name, _, number = token.partition(".")
    if name != operation.name or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise RequestError("InvalidParameterException", f"nextToken is not a token of {operation.name}: leave it out to begin again")
    return int(number)
