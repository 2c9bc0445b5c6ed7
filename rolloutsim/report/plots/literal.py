"""Text in pictures is drawn as it is: names may hold ``$`` and ``%``, whatever a user's own settings make of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Draw = TypeVar("_Draw", bound="Callable[..., Axes]")

#: Settings of matplotlib are global, and plots are drawn in threads.
_LOCK = RLock()


@contextmanager
def literal_text() -> Iterator[None]:
    """Let what is drawn meanwhile be neither LaTeX nor mathematics."""
    from matplotlib import rc_context

    with _LOCK, rc_context({"text.usetex": False, "text.parse_math": False}):
        yield


def drawn_literally(draw: _Draw) -> _Draw:
    """Let a function ``draw(…, *, ax=None)`` write text as it is, also on axes of others; their own text stays what it was."""

    @wraps(draw)
    def drawing(*args: Any, ax: Axes | None = None, **more: Any) -> Axes:
        from matplotlib.text import Text

        def texts(axes: Axes) -> list[Text]:
            return [text for text in axes.findobj(Text) if isinstance(text, Text)]

        def set_literal(text: Text) -> None:
            text.set_parse_math(False)
            text.set_usetex(False)

        with literal_text():
            before = {} if ax is None else {text: text.get_text() for text in texts(ax)}
            for text, content in before.items():
                if not content:  # a title or label that the plot may set
                    set_literal(text)
            drawn = draw(*args, ax=ax, **more)
            for text in texts(drawn):
                if text.get_text() != before.get(text):
                    set_literal(text)
        return drawn

    return cast("_Draw", drawing)
