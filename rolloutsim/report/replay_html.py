"""A replay as a piece of HTML that plays by itself, in a notebook or a page: play, pause, scrub, speed, all without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["replay_figure", "replay_html", "replay_script"]

_STYLE = """
.rolloutsim-replay{--paper:#fff;--ink:#222;--soft:#595959;--line:#ccc}
.rolloutsim-replay{color-scheme:light dark;color:var(--ink);background:var(--paper)}
.rolloutsim-replay{max-width:60rem;margin:0;font:14px/1.4 system-ui,sans-serif}
@media screen and (prefers-color-scheme:dark){.rolloutsim-replay{--paper:#161618;--ink:#eee;--soft:#aaa;--line:#555}}
.rolloutsim-replay canvas{display:block;width:100%}
.rolloutsim-replay .controls{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:.4rem 0}
.rolloutsim-replay input[type=range]{flex:1;min-width:10rem}
.rolloutsim-replay .legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85em;margin:.3rem 0;padding:0;list-style:none}
.rolloutsim-replay .legend i{display:inline-block;width:.8em;height:.8em;margin-right:.35em;border:1px solid var(--line)}
.rolloutsim-replay .legend i{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.rolloutsim-replay .legend i.hollow{border-color:var(--soft)}
.rolloutsim-replay :is(button,input,select):focus-visible{outline:3px solid var(--soft);outline-offset:2px}
.rolloutsim-replay .curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem}
@media print{.rolloutsim-replay .controls{display:none}}
"""


def replay_html(data: Mapping[str, Any], words: str) -> str:
    """Return a replay as a piece of HTML for a notebook: the figure and the script that plays it."""
    return f"{replay_figure(data, words)}<script>{replay_script()}</script>"


def replay_figure(data: Mapping[str, Any], words: str) -> str:
    """Return the figure of a replay, of which a page may have several; `replay_script` plays all of those above it.

    It has its own style and needs nothing from elsewhere. Without JavaScript, and for screen readers, it shows the words.

    Parameters
    ----------
    data
        As `rolloutsim.report.replay.Replay.to_json` returns them.
    words
        How the rollout ends, as `rolloutsim.report.replay.Replay.words` returns it.
    """
    # Within a script only what begins with < means something to HTML.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    caption = f"<figcaption>{escape(words)}</figcaption>"
    style = f"<style>{_STYLE}</style>"
    return (
        f'<figure class="rolloutsim-replay" data-rolloutsim-replay>{style}{caption}<script type="application/json">{text}</script></figure>'
    )


def replay_script() -> str:
    """Return the script that plays the replays of a page; twice on a page it does no harm."""
    return Path(__file__).with_name("replay.js").read_text(encoding="utf-8")
