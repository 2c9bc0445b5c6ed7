"""Packages whose names are imported on first use (PEP 562), so that commands which need few of them start at once.

Below a package, modules import plainly. Every public name stands twice, side by side: for type checkers, and for the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, homes: Mapping[str, Iterable[str]]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    Parameters
    ----------
    package
        Its name.
    homes
        The public names in each module, by the name of the module within the package.

    Examples
    --------
    >>> get, _, names = lazy_names("json", {"decoder": ["JSONDecoder"], "encoder": ["JSONEncoder"]})
    >>> names, get("JSONDecoder").__module__
    (['JSONDecoder', 'JSONEncoder'], 'json.decoder')
    """
    home_of = {name: f"{package}.{home}" for home, names in homes.items() for name in names}
    names = sorted(home_of)

    def get(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home_of[name]), name)

    return get, lambda: names, names
