"""The kernel's two lives: the same bits, and compiled code that can be cached on disk."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rolloutsim import kernel
from rolloutsim.distributions import Distribution, TableBuilder, ppf
from rolloutsim.distributions.table import ppf_many
from tests.distributions.cases import ALL, EDGES, by_name, draws, uniforms
from tests.gate import PATIENCE_S

FILL = """
import numba, numpy as np
from rolloutsim.distributions import ppf
from rolloutsim.distributions.table import ppf_many

@numba.njit(cache=True)
def fill_many(table, row, us):
    out = np.empty(us.size)
    ppf_many(table, row, us, out, us.size)
    return out

@numba.njit(cache=True)
def fill(table, row, us):
    out = np.empty(us.size)
    for i in range(us.size):
        out[i] = ppf(table, row, us[i])
    return out
"""


@pytest.fixture(scope="module", params=["fill", "fill_many"])
def compiled(request: pytest.FixtureRequest) -> object:
    kernel.enable()
    space: dict[str, object] = {}
    exec(FILL.replace("cache=True", ""), space)
    return space[request.param]


@cache
def plain_draws(of: Distribution, us: tuple[float, ...]) -> list[float]:
    return draws(of, us)


@pytest.mark.slow
@pytest.mark.parametrize(**by_name(ALL))
def test_plain_and_compiled_variates_agree_to_the_last_bit(of: Distribution, compiled: object) -> None:
    assert callable(compiled)
    us = uniforms(1000) + EDGES
    builder = TableBuilder()
    row = of.encode(builder)
    assert compiled(builder.build_arrays(), row, np.array(us)).tolist() == plain_draws(of, us)


@pytest.mark.parametrize(**by_name(ALL))
def test_many_variates_are_those_that_are_drawn_one_by_one(of: Distribution) -> None:
    us = uniforms(50) + EDGES
    builder = TableBuilder()
    row, found = of.encode(builder), [0.0] * len(us)
    ppf_many(builder.build_lists(), row, us, found, len(us))
    assert found == draws(of, us)


@pytest.mark.slow
def test_machine_code_adds_and_multiplies_one_after_the_other(compiled: Any) -> None:
    """A fused multiply-add, or vectorised logarithms, would give other last digits than plain Python."""
    builder = TableBuilder()
    row = ALL["lognormal"].encode(builder)
    compiled(builder.build_arrays(), row, np.array([0.3]))
    code = "".join(compiled.inspect_asm().values())
    assert "mulsd" in code or "mulpd" in code
    assert re.findall(r"vfn?m(?:add|sub)\w*|__svml\w*", code) == []


SCRIPT = """
import json
import numpy as np
from rolloutsim import kernel
from rolloutsim.distributions import Beta, Gamma, Normal, TableBuilder
kernel.enable()
from fill import fill
builder = TableBuilder()
rows = [of.encode(builder) for of in (Gamma(2.0, 5.0), Beta(0.5, 2.0), Normal(1.0, 2.0).length_biased())]
values = [fill(builder.build_arrays(), row, np.array([0.1, 0.9])).tolist() for row in rows]
print(json.dumps([sum(fill.stats.cache_hits.values()), values]))
"""


@pytest.mark.slow
def test_another_process_loads_the_compiled_code_from_disk(tmp_path: Path) -> None:
    (tmp_path / "fill.py").write_text(FILL)
    path = os.pathsep.join((os.environ["PYTHONPATH"], str(tmp_path)))
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": path}
    runs = [
        json.loads(
            subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True, capture_output=True, timeout=PATIENCE_S).stdout
        )
        for _ in range(2)
    ]
    assert [hits for hits, _ in runs] == [0, 1]
    assert runs[0][1] == runs[1][1]


def test_importing_the_package_costs_neither_numba_nor_scipy() -> None:
    script = "import sys, rolloutsim.distributions; print([m for m in ('numba', 'scipy', 'numpy') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=PATIENCE_S)
    assert run.stdout.decode().strip() == "[]"


def test_a_table_is_the_same_list_and_array() -> None:
    builder = TableBuilder()
    rows = [of.encode(builder) for of in ALL.values()]
    assert list(builder.build_arrays()) == list(builder.build_lists())
    assert [ppf(builder.build_lists(), row, 0.3) for row in rows] == [of.ppf(0.3) for of in ALL.values()]
