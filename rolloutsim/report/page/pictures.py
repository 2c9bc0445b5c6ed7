"""Plots as SVG inside of a page: text as text, at most 150 kB each, and colours as variables with a light and a dark value.

A picture that holds an image keeps the colours of a light page.
"""

from __future__ import annotations

import colorsys
import io
import re
from html import escape
from typing import TYPE_CHECKING

from rolloutsim.report.plots.axes import root
from rolloutsim.report.plots.literal import literal_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

__all__ = ["MOST_BYTES", "dark", "inline_svg", "palette_css"]

#: A picture with more is drawn again, with its crowded marks as an image.
MOST_BYTES = 150_000

_HEX = re.compile(r"#[0-9a-f]{6}\b")
#: A higher picture, in points, has a page of paper for itself: two on a page would be too small to read.
_LARGE = 430.0

#: Colours with less saturation are greys, which change places with their opposites.
_GREY = 0.12


def inline_svg(axes: Axes, name: str, title: str, description: str) -> str:
    """Return the figure of a plot as a piece of SVG.

    Parameters
    ----------
    name
        A prefix of what is named in it, different for each picture of a page.
    title, description
        Its text alternative.
    """
    text = _drawn(axes, name)
    # Lines last: they are what a picture is read by, and an image cannot be magnified.
    for crowded in (lambda panel: (*panel.collections, *panel.patches), lambda panel: panel.lines):
        if len(text.encode()) <= MOST_BYTES:
            break
        for panel in (axes, *axes.child_axes):
            for artist in crowded(panel):
                artist.set_rasterized(True)
        text = _drawn(axes, name)
    view = re.search(r'viewBox="([^"]+)"', text)
    width, height = map(float, view[1].split()[2:]) if view else (576.0, 400.0)
    kinds = " ".join(("large",) * (height > _LARGE) + ("light",) * ("<image" in text))
    look = f' class="{kinds}"' if kinds else ""
    body = text[text.index(">", text.index("<svg")) + 1 :]
    label = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    box = f'viewBox="{view[1] if view else ""}" style="max-width:{width * 1.45:.0f}px" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg{look} role="img" aria-labelledby="{name}-title {name}-desc" {box}>{label}{body}'


def _drawn(axes: Axes, name: str) -> str:
    from matplotlib import rc_context

    file = io.StringIO()
    with literal_text(), rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        root(axes).savefig(file, format="svg", dpi=110, transparent=True, metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", text, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r"(?<![\w#])-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)
    text = re.sub(r"font: ?([\d.]+px) [^;\"]*", r"font: \1 var(--font)", text)
    # An image has the colours of a light page, so the picture around it, with its legend, keeps them too.
    text = text if "<image" in text else _HEX.sub(lambda found: f"var(--{found[0][1:]})", text)
    return re.sub(r">\s+<", "><", text)


def palette_css(svgs: Iterable[str], *, light_only: bool = False) -> str:
    """Return the values of all colours of some pictures, light and, unless that is not wanted, dark."""
    colours = sorted({colour for svg in svgs for colour in re.findall(r"var\(--([0-9a-f]{6})\)", svg)})
    light = "".join(f"--{colour}:#{colour};" for colour in colours)
    if light_only:
        return f":root{{{light}}}"
    darkened = "".join(f"--{colour}:{dark(f'#{colour}')};" for colour in colours)
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{darkened}}}}}"


def dark(colour: str) -> str:
    """Return what a colour of a light page becomes on a dark one: greys turn round, others are light enough.

    >>> dark("#000000"), dark("#ffffff"), dark("#0072b2")
    ('#ebebeb', '#1c1c1c', '#36b7ff')
    """
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    grey = max(red, green, blue) - min(red, green, blue) < _GREY
    lightness = 0.92 - 0.81 * lightness if grey else max(lightness, 0.605)
    parts = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
