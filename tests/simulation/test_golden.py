"""Golden tables, tied to the version of the model: numbers do not move by accident.

Renewed with ``python -m tests.simulation.test_golden`` (then raise MODEL_VERSION, and add to "Numbers changed" in CHANGELOG.md).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rolloutsim import load, simulate
from rolloutsim.simulation.replicate import MODEL_VERSION

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))
MOVED = f"numbers of model version {MODEL_VERSION} have moved: if that is meant, raise MODEL_VERSION and renew the golden tables"


def tables_of(name: str) -> dict[str, pd.DataFrame]:
    """Return what is kept of a scenario: all its jobs, and a robot in fifty."""
    # `test_engines` compares the engines on the same scenarios.
    results = simulate(load(ROOT / "scenarios" / f"{name}.yaml"), replicates=3, seed=20260101, engine="compiled")
    robots = results.robots[results.robots.robot % 50 == 0]
    return {"jobs": results.jobs, "robots": robots}


@pytest.mark.parametrize("name", SCENARIOS)
def test_numbers_stay(name: str) -> None:
    for table, now in tables_of(name).items():
        then = pd.read_csv(GOLDEN / f"{name}.{table}.v{MODEL_VERSION}.csv")
        as_read = now.astype(dict.fromkeys(now.select_dtypes("category"), object)).reset_index(drop=True)
        for column in then:
            message = f"{name}, {table}.{column}: {MOVED}"
            if pd.api.types.is_float_dtype(now[column].dtype):
                # another order of additions, which moves last digits, is no other model
                pd.testing.assert_series_equal(as_read[column], then[column].astype(float), rtol=1e-9, atol=0.0, obj=message)
            else:
                assert (
                    as_read[column].astype(object).fillna("").astype(str).tolist()
                    == then[column].astype(object).fillna("").astype(str).tolist()
                ), message
        assert list(then) == list(as_read), f"{name}: the columns of {table} have changed: {MOVED}"


def test_every_golden_table_has_a_scenario() -> None:
    assert {path.name.split(".")[0] for path in GOLDEN.glob("*.csv")} == set(SCENARIOS)


if __name__ == "__main__":
    for old in GOLDEN.glob("*.csv"):
        old.unlink()
    for scenario in SCENARIOS:
        for table, frame in tables_of(scenario).items():
            frame.to_csv(GOLDEN / f"{scenario}.{table}.v{MODEL_VERSION}.csv", index=False, float_format="%.17g")
