"""Where botocore is installed, the exceptions of a client are caught as botocore's."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

from rolloutsim.robomaker import exceptions as ours
from rolloutsim.robomaker.errors import RequestError


class ClientError(Exception):
    """As botocore's."""

    def __init__(self, error_response: Any, operation_name: str) -> None:
        self.response, self.operation_name = error_response, operation_name


class ParamValidationError(Exception):
    """As botocore's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(str(kwargs))


def test_they_derive_from_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs: Any = ModuleType("botocore.exceptions")
    theirs.ClientError, theirs.ParamValidationError = ClientError, ParamValidationError
    monkeypatch.setitem(sys.modules, "botocore", ModuleType("botocore"))
    monkeypatch.setitem(sys.modules, "botocore.exceptions", theirs)
    spec = importlib.util.spec_from_file_location("exceptions_beside_botocore", ours.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    known = module.Exceptions()
    assert issubclass(known.ThrottlingException, ClientError)
    assert known.ClientError is ClientError
    assert module.ParamValidationError is ParamValidationError
    error = known.of(RequestError("ThrottlingException", "later"), "CreateFleet", {"HTTPStatusCode": 400})
    assert isinstance(error, ClientError)
    assert error.response["Error"] == {"Code": "ThrottlingException", "Message": "later"}
