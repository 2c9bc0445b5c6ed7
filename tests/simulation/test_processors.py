"""Numbers do not depend on the processor: matrix kernels and vector instructions of other processors give the same digests.

What is tested is what one machine can imitate: the kernels that OpenBLAS chooses by the processor's name, and numpy's variants by its
features. The C library's logarithms, which it chooses by the processor too, are another matter (see `rolloutsim.distributions.arithmetic`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import hashlib, json, sys
import rolloutsim
from rolloutsim.distributions import Beta, Gamma, TableBuilder

digests = {}
for name in ("bad-release", "robomaker-100"):
    results = rolloutsim.simulate(rolloutsim.load(f"scenarios/{name}.yaml"), replicates=20, seed=1, engine="simpy", workers=1)
    for table in ("jobs", "cohorts", "robots", "steps", "timeline", "failure_codes"):
        digests[name, table] = hashlib.sha256(getattr(results, table).to_csv(float_format="%.17g").encode()).hexdigest()
    digests[name, "summary"] = hashlib.sha256(json.dumps(results.summary().to_json()).encode()).hexdigest()
builder = TableBuilder()
for of in (Gamma(0.7, 20.0), Gamma(2.0, 5.0), Gamma(40.0, 1.0), Beta(1.0, 19.0), Beta(0.5, 0.5)):
    of.encode(builder)
digests["quantiles", "table"] = hashlib.sha256(builder.build_arrays().tobytes()).hexdigest()
json.dump(sorted((*key, digest) for key, digest in digests.items()), sys.stdout)
"""

#: Processors that OpenBLAS has kernels for, and the features that these need, by numpy's older and newer names.
KERNELS = {"Prescott": {"SSE3", "X86_V2"}, "Haswell": {"AVX2", "X86_V3"}, "SkylakeX": {"AVX512_SKX", "X86_V4"}}


def features() -> set[str]:
    try:
        from numpy._core._multiarray_umath import __cpu_features__
    except ImportError:  # numpy 1
        from numpy.core._multiarray_umath import __cpu_features__
    return {name for name, there in __cpu_features__.items() if there}


def optional_features() -> list[str]:
    """Return the features that numpy has variants for and this processor has."""
    try:
        from numpy._core._multiarray_umath import __cpu_dispatch__
    except ImportError:  # numpy 1
        from numpy.core._multiarray_umath import __cpu_dispatch__
    return [name for name in __cpu_dispatch__ if name in features()]


def digests(**environment: str) -> list[list[str]]:
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True)
    found: list[list[str]] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module")
def here() -> list[list[str]]:
    return digests()


def test_matrix_kernels_of_other_processors_give_the_same_numbers(here: list[list[str]]) -> None:
    there = [name for name, needed in KERNELS.items() if needed & features()]
    if len(there) < 2:
        pytest.skip(f"this processor runs too few of the kernels {', '.join(KERNELS)}: {', '.join(there) or 'none'}")
    for name in there:
        assert digests(OPENBLAS_CORETYPE=name) == here, name


def test_without_vector_instructions_the_numbers_are_the_same(here: list[list[str]]) -> None:
    optional = optional_features()
    if not optional:
        pytest.skip("numpy has no variants for this processor")
    assert digests(NPY_DISABLE_CPU_FEATURES=" ".join(optional)) == here
