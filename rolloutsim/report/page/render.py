"""The HTML of a page: everything is in the file, nothing is fetched, every text is escaped."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from rolloutsim.printing import visible
from rolloutsim.report.page.content import Figure, Playback
from rolloutsim.report.page.pictures import palette_css
from rolloutsim.report.replay_html import replay_script
from rolloutsim.report.texts import glued
from rolloutsim.study.store.disk import write_whole

if TYPE_CHECKING:
    from markupsafe import Markup

    from rolloutsim.report.page.content import Chapter

__all__ = ["page_html", "write_page"]


def page_html(chapters: Sequence[Chapter], title: str = "") -> str:
    """Return a page.

    Parameters
    ----------
    title
        Of the page; by default those of its chapters.
    """
    from jinja2 import Environment, StrictUndefined

    folder = files("rolloutsim.report.page")
    script, style, template = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("page.js", "page.css", "page.html"))
    blocks = [block for chapter in chapters for part in chapter.parts for block in part.blocks]
    svgs = [block.svg for block in blocks if isinstance(block, Figure)]
    plays = any(isinstance(block, Playback) for block in blocks)
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters |= {"shown": visible, "glued": glued, "breakable": _breakable, "digest": _digest}
    return environment.from_string(template).render(
        title=title or "; ".join(chapter.title for chapter in chapters),
        chapters=chapters,
        scripts=(script, replay_script()) if plays else (script,),
        style=style + palette_css(svgs),
    )


def _breakable(name: str) -> Markup:
    """Return the HTML of a name that may be broken between its words, on narrow paper.

    >>> _breakable("time_to_complete.p50"), _breakable("…aB <i>")
    (Markup('time_<wbr>to_<wbr>complete.<wbr>p50'), Markup('…a<wbr>B &lt;i&gt;'))
    """
    from markupsafe import Markup, escape

    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[_.])(?=\w)|(?<=[a-z])(?=[A-Z])", name))


def _digest(script: str) -> str:
    """Return by what a page's policy knows a script that may run."""
    return base64.b64encode(sha256(script.encode()).digest()).decode()


def write_page(file: Path, chapters: Sequence[Chapter], title: str = "") -> None:
    """Write a page into a file, whole or not at all.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    text = page_html(chapters, title)
    write_whole(file, lambda path: path.write_bytes(text.encode("utf-8", "backslashreplace")))
