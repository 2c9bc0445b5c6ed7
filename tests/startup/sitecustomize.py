"""Python runs this first in every process that a test starts: simulations come under the control of `tests.gate`, if there is any."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

SIMULATIONS = "rolloutsim.simulation.replicate"


class Control:
    """Hands the module that simulates to `tests.gate` when it is imported; until then nothing is imported here."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find the module as Python does, and remember to change it when it is there."""
        if name != SIMULATIONS:
            return None
        sys.meta_path.remove(self)  # type: ignore[arg-type]  # it is in there
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        make = spec.loader.exec_module

        def make_and_change(module: ModuleType) -> None:
            make(module)
            from tests.gate import obey

            obey(module.Replicator)

        spec.loader.exec_module = make_and_change  # type: ignore[method-assign]
        return spec


if any(name.startswith("ROLLOUTSIM_TESTS_") for name in os.environ):
    sys.meta_path.insert(0, Control())  # type: ignore[arg-type]  # a finder needs nothing else
