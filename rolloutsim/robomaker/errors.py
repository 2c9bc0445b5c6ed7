"""The errors of the service: what a request is refused with, before it becomes an exception of a client or an answer over HTTP."""

from __future__ import annotations

__all__ = ["RequestError"]


class RequestError(Exception):
    """A request is refused.

    Parameters
    ----------
    code
        The name of the error in RoboMaker's API, e.g. ``ResourceNotFoundException``.
    message
        What is wrong, and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
