"""Where results come from: written into every result, the same for the same run on the same versions."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from rolloutsim.analysis import Premises
from rolloutsim.scenario import stage_sizes
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.policies import fingerprint_of, identity

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.model.policy import DispatchPolicy
    from rolloutsim.simulation.records.outcomes import Crash

#: Rises with every change of the tables' schema, or of the files of a folder of results.
SCHEMA_VERSION = 5

_LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "simpy", "numba", "tzdata")


def package_version() -> str:
    """Return this package's version, or ``unknown`` where it was never installed."""
    try:
        return version("rolloutsim")
    except PackageNotFoundError:
        return "unknown"


def manifest(
    scenario: Scenario,
    *,
    seed: int,
    replicates: int,
    engine: str,
    tables: str,
    record: Iterable[int] = (0,),
    crashes: Iterable[Crash] = (),
    interrupted: bool = False,
    dispatch: DispatchPolicy | None = None,
) -> dict[str, Any]:
    """Return the provenance of a run, JSON-able.

    Parameters
    ----------
    replicates
        How many were asked for.
    tables
        What was kept: ``all``, ``summary`` or ``jobs``.
    record
        Replicates of which the exact bit rates were kept.
    dispatch
        The policy of your own that decided, if any did.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "model_version": MODEL_VERSION,
        "rolloutsim": package_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "command": sys.argv,
        "name": scenario.name,
        "fingerprint": fingerprint_of(scenario, dispatch),
        **({} if dispatch is None else {"dispatch": identity(dispatch)}),
        "seed": seed,
        "replicates": replicates,
        "engine": engine,
        "tables": tables,
        "record": sorted(record),
        "interrupted": interrupted,
        "crashes": [crash._asdict() for crash in crashes],
        "stages": len(stage_sizes(scenario)),
        "premises": Premises.of(scenario).to_json(),
        "scenario": scenario.resolved(),
    }
