"""Explore a scenario in a notebook: `sliders` finds what of it has a slider, `widget` shows them above the picture that they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.explorer.widget import Explorer as Explorer
    from rolloutsim.explorer.widget import explore as explore
else:
    __getattr__, __dir__, __all__ = lazy_names(__name__, {"widget": ["Explorer", "explore"]})
