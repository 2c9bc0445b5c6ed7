"""Paths into the plain data of a scenario: names with dots between them, quoted where they are not plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["ANY", "join_path", "quoted", "split_path"]

#: The part of a path that matches every name.
ANY = "*"

_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[.\[]|[^.\['"]+|.""", re.DOTALL)
_PLAIN = re.compile(r"[\w*-]*")


def split_path(path: str) -> list[str]:
    """Return the parts of a dotted path; ``[0]`` is a part too.

    Examples
    --------
    >>> split_path("deployment.deploymentApplicationConfigs[0].application")
    ['deployment', 'deploymentApplicationConfigs', '0', 'application']
    >>> split_path("network.sites.'wh.01 north'.downlink")
    ['network', 'sites', 'wh.01 north', 'downlink']
    """
    parts = [""]
    for token in _TOKEN.findall(path):
        if token in (".", "["):
            parts.append("")
        else:
            parts[-1] += token[1:-1] if len(token) > 1 and token[0] in "'\"" else token.replace("]", "")
    return parts


def join_path(parts: Iterable[str]) -> str:
    """Return parts as a path.

    Examples
    --------
    >>> join_path(["fleet", "flaky@wh07", "robots"])
    "fleet.'flaky@wh07'.robots"
    """
    return ".".join(map(quoted, parts))


def quoted(part: str) -> str:
    """Return a part as a path spells it: between quotes if it is no plain word."""
    return part if _PLAIN.fullmatch(part) else f'"{part}"' if "'" in part else f"'{part}'"
