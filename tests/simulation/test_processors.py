"""Numbers do not depend on the processor: matrix kernels and vector instructions of other processors give the same digests.

What is tested is what one machine can imitate: the kernels that OpenBLAS chooses by the processor's name, numpy's variants by its features,
and the logarithms and exponentials that the GNU C library chooses by the processor.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rolloutsim import Study

ROOT = Path(__file__).parents[2]
SCRIPT = """
import hashlib, json, sys
import rolloutsim
from rolloutsim.distributions import Beta, Gamma, TableBuilder
from tests.distributions.cases import ALL, uniforms

digests = {}
for name in ("bad-release", "robomaker-100"):
    results = rolloutsim.simulate(rolloutsim.load(f"scenarios/{name}.yaml"), replicates=20, seed=1, engine="simpy", executor=1)
    for table in ("jobs", "cohorts", "robots", "steps", "timeline", "failure_codes"):
        digests[name, table] = hashlib.sha256(getattr(results, table).to_csv(float_format="%.17g").encode()).hexdigest()
    digests[name, "summary"] = hashlib.sha256(json.dumps(results.summary().to_json()).encode()).hexdigest()
builder = TableBuilder()
for of in (Gamma(0.7, 20.0), Gamma(2.0, 5.0), Gamma(40.0, 1.0), Beta(1.0, 19.0), Beta(0.5, 0.5)):
    of.encode(builder)
digests["quantiles", "table"] = hashlib.sha256(builder.build_arrays().tobytes()).hexdigest()
drawn = [of.ppf(u) for of in ALL.values() for u in uniforms(200)] + [of.mean() for of in ALL.values()]
digests["all distributions", "draws"] = hashlib.sha256(repr(drawn).encode()).hexdigest()
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
    found: list[list[str]] = json.loads(python("-c", SCRIPT, cwd=ROOT, **environment))
    return found


@pytest.fixture(scope="module")
def here() -> list[list[str]]:
    return digests()


@pytest.mark.slow
@pytest.mark.parametrize("name", KERNELS)
def test_matrix_kernels_of_other_processors_give_the_same_numbers(here: list[list[str]], name: str) -> None:
    if not KERNELS[name] & features():
        pytest.skip("this processor does not run this kernel")
    assert digests(OPENBLAS_CORETYPE=name) == here


@pytest.mark.slow
def test_without_vector_instructions_the_numbers_are_the_same(here: list[list[str]]) -> None:
    optional = optional_features()
    if not optional:
        pytest.skip("numpy has no variants for this processor")
    assert digests(NPY_DISABLE_CPU_FEATURES=" ".join(optional)) == here


#: Distributions of all kinds, so that some of a few thousand variates would differ.
MANY_KINDS = """
scenario: digits
seed: 12
replicates: 20
fleet:
  - cohort: a
    robots: 60
    link: {rate: {lognormal: {median: 16 Mbit/s, sigma: 0.5}}}
    connectivity: {renewal: {up: {gamma: {shape: 0.7, scale: 20 min}}, down: {weibull: {shape: 0.7, scale: 2 min}}}}
  - cohort: b
    robots: 30
    link: {rate: {gamma: {shape: 2.5, scale: 4 Mbit/s}}}
    connectivity: {renewal: {up: {pareto: {scale: 5 min, shape: 1.8}}, down: {lognormal: {median: 3 min, sigma: 1.2}}}}
application:
  bundle: 350 MB
  steps:
    reaching: {duration: {exponential: {mean: 5 s}}}
    validating: {duration: {normal: {mean: 20 s, sd: 5 s}}}
    extracting: {duration: {lognormal: {median: 20 s, sigma: 0.4}}}
    launching: {duration: {gamma: {shape: 2, scale: 5 s}}}
"""
SWEEP = ("sweep", "digits.yaml", "--lever", "fleet.a.robots=60", "--seed", "1")
OTHER_LIBRARY = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX2_Usable,-FMA_Usable"}


def python(*command: str, cwd: Path, **environment: str) -> str:
    variables = {**os.environ, **environment}
    return subprocess.run([sys.executable, *command], cwd=cwd, env=variables, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def other_library() -> dict[str, str]:
    """The variables under which the C library has other logarithms and exponentials."""
    script = "import math; print([(math.log1p(-k / 2000), (k / 2000) ** -1.3, math.sin(k / 2000)) for k in range(1, 2000)])"
    if python("-c", script, cwd=ROOT, **OTHER_LIBRARY) == python("-c", script, cwd=ROOT):
        pytest.skip("this C library has no other functions for other processors")
    return OTHER_LIBRARY


@pytest.mark.slow
def test_other_functions_of_the_c_library_give_the_same_numbers(here: list[list[str]], other_library: dict[str, str]) -> None:
    assert digests(**other_library) == here


@pytest.mark.slow
def test_studies_of_machines_with_other_c_libraries_are_combined(other_library: dict[str, str], tmp_path: Path) -> None:
    """The first twenty of thirty replicates come from both machines, and combining compares them."""
    (tmp_path / "digits.yaml").write_text(MANY_KINDS)
    python("-m", "rolloutsim", *SWEEP, "-n", "20", "--out", "here", cwd=tmp_path)
    python("-m", "rolloutsim", *SWEEP, "-n", "30", "--out", "there", cwd=tmp_path, **other_library)
    python("-m", "rolloutsim", "combine", "here", "there", "--out", "whole", cwd=tmp_path)
    assert len(Study(tmp_path / "whole").jobs) == 30
