"""Small pictures of densities as SVG text: the same bytes on every machine, unlike those of a plotting library."""

from __future__ import annotations

from itertools import pairwise

from rolloutsim.distributions import Distribution

__all__ = ["picture"]

WIDTH, HEIGHT, POINTS = 240, 80, 60


def picture(distribution: Distribution) -> str:
    """Return the density from 0 to the 99 % quantile, and a line for each value with a probability of its own."""
    end = 1.05 * distribution.ppf(0.99)
    edges = [end * i / POINTS for i in range(POINTS + 1)]
    atoms = _atoms(distribution, edges)
    shares = []
    for low, high in pairwise(edges):
        inside = sum(size for value, size in atoms if low < value <= high)
        shares.append(max(distribution.cdf(high) - distribution.cdf(low) - inside, 0.0))
    top = max(shares)
    if top < 1e-9:  # only values with a probability of their own
        shares, top = [0.0] * POINTS, 1.0
    points = [(0.0, 0.0), *((WIDTH * (i + 0.5) / POINTS, share / top) for i, share in enumerate(shares)), (float(WIDTH), 0.0)]
    path = " ".join(f"{x:.1f},{HEIGHT - 0.9 * HEIGHT * y:.1f}" for x, y in points)
    tallest = max((size for _, size in atoms), default=1.0)
    lines = [_line(WIDTH * value / end, HEIGHT - 0.9 * HEIGHT * size / tallest) for value, size in atoms]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
            "<style>.paper{fill:#fff}.ink{stroke:#000}@media(prefers-color-scheme:dark){.paper{fill:#1c1c1c}.ink{stroke:#ebebeb}}</style>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" class="paper"/>',
            f'<polygon points="{path}" fill="#0072b2" fill-opacity="0.4" stroke="#0072b2"/>',
            *lines,
            f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}" class="ink" stroke-width="2"/>',
            "</svg>",
            "",
        ]
    )


def _line(x: float, top: float) -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT}" y2="{top:.1f}" stroke="#d55e00" stroke-width="3"/>'


def _atoms(distribution: Distribution, edges: list[float]) -> list[tuple[float, float]]:
    """Return the values that have a probability of their own, up to the last edge, with that probability."""
    values = sorted({distribution.ppf((i + 0.5) / 200) for i in range(200)})
    sizes = ((value, distribution.cdf(value) - distribution.below(value)) for value in values)
    return [(value, size) for value, size in sizes if size > 1e-9 and value <= edges[-1]]
