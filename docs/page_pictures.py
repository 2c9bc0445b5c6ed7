"""The pictures in ``docs/images``, as SVG files that are light on a light page and dark on a dark one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from question_pictures import question_pictures

import rolloutsim
from rolloutsim.report.page.pictures import inline_svg, palette_css
from rolloutsim.report.plots import plot_frontier, plot_tornado
from rolloutsim.report.plots.axes import root

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_pictures"]

ROOT = Path(__file__).resolve().parents[1]
#: Fonts with the widths that the plots are laid out for come first.
FONT = "'DejaVu Sans',Verdana,sans-serif"


def draw_pictures(folder: Path) -> None:
    """Draw all pictures into a folder, and remove those that no page has any more."""
    import matplotlib as mpl

    mpl.use("Agg")
    drawn = {f"{name}.svg": svg_file(axes, name) for name, axes in _pictures()}
    for name, text in drawn.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in folder.iterdir():
        if file.name not in drawn:
            file.unlink()


def svg_file(axes: Axes, name: str) -> str:
    """Return a plot as the text of an SVG file."""
    title, _, rest = axes.get_title(loc="left").partition("\n")
    width, height = (round(105 * inches) for inches in root(axes).get_size_inches())
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    return standalone(inline_svg(axes, name, title, rest).replace("<svg", head, 1))


def standalone(svg: str) -> str:
    """Return a piece of SVG with the colours and the paper that its page would give it."""
    palette = palette_css([svg, "var(--ffffff)", "var(--000000)"], light_only="<image" in svg)
    style = f"<style>:root{{--font:{FONT}}}text{{fill:var(--000000)}}{palette}</style>"
    return svg.replace("</desc>", f'</desc>{style}<rect width="100%" height="100%" style="fill:var(--ffffff)"/>', 1)


def _pictures() -> Iterator[tuple[str, Axes]]:
    results = rolloutsim.simulate(rolloutsim.load(ROOT / "scenarios" / "warehouse-night.yaml"), keep="all")
    for name in ("completion_curve", "link_use", "gantt"):
        yield name, getattr(results.plot, name)()
    depot = rolloutsim.load(ROOT / "docs" / "exploring" / "depot.yaml")
    yield "tornado", plot_tornado(rolloutsim.sensitivity(depot).frame)
    found = rolloutsim.plan(depot, "time_to_complete.p90", constraints=["failed_share[bad] <= 35 %"])
    yield "frontier", plot_frontier(found.frame)
    for name, axes in question_pictures():
        yield f"question_{name}", axes
