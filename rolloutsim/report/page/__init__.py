"""One self-contained HTML file of results: what it means, pictures, tables, the scenario in words, and where it comes from.

Read `content` first (what a page consists of), then `kinds` (which file makes a chapter of which kind of result) and `render`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.report.page.kinds import Shown as Shown
    from rolloutsim.report.page.kinds import page_of as page_of
    from rolloutsim.report.page.render import write_page as write_page
else:
    __getattr__, __dir__, __all__ = lazy_names(__name__, {"kinds": ["Shown", "page_of"], "render": ["write_page"]})
