"""The exceptions of a client, as those of boto3: derived from botocore's where that is installed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.operations import ERRORS

__all__ = ["ClientError", "Exceptions", "ParamValidationError"]

try:
    from botocore.exceptions import ClientError, ParamValidationError
except ImportError:

    class ClientError(Exception):  # type: ignore[no-redef]
        """A request was refused by the service.

        Parameters
        ----------
        error_response
            ``{"Error": {"Code": …, "Message": …}, "ResponseMetadata": …}``.
        operation_name
            Of the API, e.g. ``CreateFleet``.
        """

        def __init__(self, error_response: dict[str, Any], operation_name: str) -> None:
            error = error_response["Error"]
            super().__init__(f"An error occurred ({error['Code']}) when calling the {operation_name} operation: {error['Message']}")
            self.response, self.operation_name = error_response, operation_name

        def __reduce__(self) -> Any:
            return type(self), (self.response, self.operation_name)

    class ParamValidationError(Exception):  # type: ignore[no-redef]
        """Arguments of a call are wrong.

        Parameters
        ----------
        report
            What is wrong, a line for each argument.
        """

        def __init__(self, report: str) -> None:
            super().__init__(f"Parameter validation failed:\n{report}")
            self.report = report

        def __reduce__(self) -> Any:
            return type(self), (self.report,)


class Exceptions:
    """The exceptions of a client by their names: ``client.exceptions.ResourceNotFoundException`` and the others.

    Examples
    --------
    >>> exceptions = Exceptions()
    >>> exceptions.ThrottlingException.__name__, issubclass(exceptions.ThrottlingException, exceptions.ClientError)
    ('ThrottlingException', True)
    """

    ClientError = ClientError

    def __init__(self) -> None:
        self._classes: dict[str, type[Exception]] = {name: type(name, (ClientError,), {}) for name in ERRORS}

    def __getattr__(self, name: str) -> type[Exception]:
        try:
            return self.__dict__["_classes"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"no exception {name}: there are {', '.join(sorted(ERRORS))}") from None

    def __dir__(self) -> Iterable[str]:
        return ["ClientError", *ERRORS]

    def of(self, error: RequestError, operation: str, metadata: dict[str, Any]) -> Exception:
        """Return the exception for an error of the service."""
        response = {"Error": {"Message": error.message, "Code": error.code}, "ResponseMetadata": metadata, "message": error.message}
        return self._classes[error.code](response, operation)
