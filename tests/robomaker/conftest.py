"""What the tests of RoboMaker's API share."""

from __future__ import annotations

from tests.cli.conftest import invoke

__all__ = ["invoke"]
