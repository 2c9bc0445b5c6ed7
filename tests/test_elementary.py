"""Functions of our own against decimal arithmetic, compiled against plain, and that nothing that is drawn uses others."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest

from rolloutsim import elementary, kernel
from rolloutsim.distributions import incomplete
from rolloutsim.distributions.normal import normal_cdf
from rolloutsim.elementary import exp, expm1, log, log1p, power

PACKAGE = Path(__file__).parents[1] / "rolloutsim"
COUNT = 300


def between(low: float, high: float) -> list[float]:
    draw = random.Random(f"{low} {high}")
    return [draw.uniform(low, high) for _ in range(COUNT)]


def tens(low: float, high: float) -> list[float]:
    return [10.0**exponent for exponent in between(low, high)]


def units(found: float, exact: Decimal) -> float:
    """Return an error in units of the last place."""
    return float(abs(Fraction(found) - Fraction(exact)) / Fraction(math.ulp(float(exact))))


def _decimal_log1p(x: Decimal) -> Decimal:
    return (1 + x).ln()


def _decimal_expm1(x: Decimal) -> Decimal:
    return x.exp() - 1


CASES: list[tuple[Callable[[float], float], Callable[[Decimal], Decimal], list[float]]] = [
    (exp, Decimal.exp, [*between(-708.0, 709.7), *between(-2.0, 2.0), *between(-745.0, -708.0), *tens(-20.0, -1.0)]),
    (log, Decimal.ln, [*between(0.0, 1.0), *between(0.9, 1.1), *tens(-323.0, 308.0)]),
    (log1p, _decimal_log1p, [*between(-0.999, 0.1), *tens(-30.0, 300.0), *[-x for x in tens(-30.0, -0.001)]]),
    (expm1, _decimal_expm1, [*between(-50.0, 709.0), *between(-2.0, 2.0), *tens(-30.0, 0.0), *[-x for x in tens(-30.0, 0.0)]]),
]


@pytest.mark.parametrize(("own", "exact", "values"), CASES, ids=["exp", "log", "log1p", "expm1"])
def test_errors_are_below_one_unit_in_the_last_place(
    own: Callable[[float], float], exact: Callable[[Decimal], Decimal], values: list[float]
) -> None:
    with localcontext() as context:
        context.prec = 80
        assert max(units(own(x), exact(Decimal(x))) for x in values) < 1.0


def test_powers_are_as_precise() -> None:
    draw = random.Random(7)
    pairs = [(draw.random(), draw.uniform(-5.0, 5.0)) for _ in range(COUNT)]
    pairs += [(10.0 ** draw.uniform(-15.0, 15.0), draw.uniform(-20.0, 20.0)) for _ in range(COUNT)]
    pairs += [(10.0 ** draw.uniform(-320.0, 300.0), draw.uniform(-0.9, 0.9)) for _ in range(COUNT)]
    with localcontext() as context:
        context.prec = 60
        assert max(units(power(x, y), Decimal(x) ** Decimal(y)) for x, y in pairs) < 1.0


def test_the_ends_of_the_range() -> None:
    assert [exp(-800.0), exp(709.9), exp(-math.inf), exp(math.inf)] == [0.0, math.inf, 0.0, math.inf]
    assert [log(0.0), log(math.inf), log(1.0)] == [-math.inf, math.inf, 0.0]
    assert [expm1(-50.0), expm1(-math.inf), expm1(720.0), expm1(0.0)] == [-1.0, -1.0, math.inf, 0.0]
    assert [power(0.0, 2.0), power(0.0, -2.0), power(0.0, 0.0), power(3.0, 0.0)] == [0.0, math.inf, 1.0, 1.0]
    assert [power(math.inf, 2.0), power(math.inf, -2.0), power(1e300, 2.0), power(1e300, -2.0)] == [math.inf, 0.0, math.inf, 0.0]
    assert [normal_cdf(-math.inf), normal_cdf(math.inf), normal_cdf(-40.0), normal_cdf(0.0)] == [
        0.0,
        1.0,
        0.0,
        pytest.approx(0.5, rel=1e-15),
    ]


@pytest.mark.parametrize("shape", [0.02, 0.3, 1.0, 2.5, 40.0, 1e4, 1e6])
def test_inverse_incomplete_gamma(shape: float) -> None:
    """Against the tails that it inverts, which `tests/distributions/test_oracles.py` holds to scipy's."""
    for u in (1e-15, 1e-6, 0.01, 0.5, 0.9, 1.0 - 1e-6, 1.0 - 2.0**-50):
        x = incomplete.gammaincinv(shape, u)
        if x > 1e-290:
            below, above = incomplete.gamma_tails(shape, x)
            near = 1e-12 + 1e-15 * shape**0.5  # the nearest double to x moves the tail by as much
            assert (below == pytest.approx(u, rel=near)) if u <= 0.5 else (above == pytest.approx(1.0 - u, rel=near))


@pytest.mark.parametrize(("a", "b"), [(0.01, 0.01), (0.3, 5.0), (2.0, 3.0), (0.5, 49.5), (1e3, 1e3), (1e5, 0.5)])
def test_inverse_incomplete_beta(a: float, b: float) -> None:
    for u in (1e-15, 1e-6, 0.01, 0.5, 0.9, 1.0 - 1e-6, 1.0 - 2.0**-50):
        x = incomplete.betaincinv(a, b, u)
        if 1e-290 < x < 0.999:
            below, above = incomplete.beta_tails(a, b, x, 1.0 - x)
            assert (below == pytest.approx(u, rel=1e-11)) if u <= 0.5 else (above == pytest.approx(1.0 - u, rel=1e-11))


def test_beyond_the_doubles_an_inverse_is_the_end() -> None:
    assert incomplete.gammaincinv(0.02, 1e-15) == 0.0
    assert [incomplete.betaincinv(1e-6, 1e-6, u) for u in (0.3, 0.7)] == [0.0, 1.0]
    assert [incomplete.gamma_tails(2.0, x) for x in (0.0, 1e-300, 2000.0, math.inf)] == [(0.0, 1.0), (0.0, 1.0), (1.0, 0.0), (1.0, 0.0)]
    assert [incomplete.beta_tails(2.0, 2.0, x, 1.0 - x) for x in (0.0, 1.0)] == [(0.0, 1.0), (1.0, 0.0)]


def test_plain_and_compiled_agree_to_the_last_bit() -> None:
    from numba import njit

    kernel.enable()
    calls = {"exp": "exp(x)", "log": "log(x)", "log1p": "log1p(x)", "expm1": "expm1(x)", "power": "power(x, y)"}
    values = [*between(-0.9, 3.0), *tens(-320.0, 2.5)]
    for call in calls.values():
        space = vars(elementary).copy()
        exec(f"def both(x, y):\n    return {call}", space)
        plain, compiled = space["both"], njit(space["both"])
        for x in values:
            x = abs(x) if call[:4] in ("log(", "powe") else x
            assert plain(x, 1.0 - x / 7.0) == compiled(x, 1.0 - x / 7.0), (call, x)


#: What the C library computes and IEEE 754 leaves open.
FORBIDDEN = {"acos", "asin", "atan", "atan2", "cbrt", "cos", "erf", "erfc", "exp", "exp2", "expm1", "gamma", "lgamma"}
FORBIDDEN |= {"log", "log10", "log1p", "log2", "pow", "power", "sin", "tan", "tanh"}


def outside_functions(tree: ast.AST) -> Iterator[str]:
    """Yield what is computed by the C library or scipy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("math", "np"):
            if node.attr in FORBIDDEN:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scipy"):
            yield f"{node.module}"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not isinstance(node.left, ast.Constant):
            yield ast.unparse(node)


def test_what_is_drawn_uses_no_function_of_the_c_library() -> None:
    paths = [PACKAGE / "elementary.py", PACKAGE / "randomness.py"]
    paths += [path for folder in ("distributions", "scenario", "simulation") for path in sorted((PACKAGE / folder).rglob("*.py"))]
    found = {path.name: list(outside_functions(ast.parse(path.read_text(encoding="utf-8")))) for path in paths}
    assert {name: names for name, names in found.items() if names} == {}


def test_functions_of_the_c_library_are_found() -> None:
    tree = ast.parse("import math\nfrom scipy.special import gammainc\ny = math.log(x) + x**0.7 + math.sqrt(x) + 2.0**-53")
    assert set(outside_functions(tree)) == {"scipy.special", "math.log", "x ** 0.7"}
