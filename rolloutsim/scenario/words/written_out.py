"""Plain data of a scenario as YAML: keys in lines of their own, cohorts and sites in one line each."""

from __future__ import annotations

import io
from typing import Any

__all__ = ["to_yaml"]

#: Values below this depth are in one line.
_BLOCKS = {"fleet": 1, "network": 2}


def to_yaml(data: dict[str, Any]) -> str:
    """Return plain data as YAML.

    Examples
    --------
    >>> print(to_yaml({"fleet": [{"cohort": "a", "robots": 2}], "application": {"bundle": "1 MB"}}), end="")
    fleet:
    - {cohort: a, robots: 2}
    application:
      bundle: 1 MB
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 1 << 20
    text = io.StringIO()
    yaml.dump({key: _styled(value, _BLOCKS.get(key, 50)) for key, value in data.items()}, text)
    return text.getvalue()


def _styled(value: Any, blocks: int) -> Any:
    """Return a value whose mappings and lists are in one line below a depth."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        styled: Any = CommentedMap({key: _styled(inner, blocks - 1) for key, inner in value.items()})
    elif isinstance(value, list | tuple):
        styled = CommentedSeq([_styled(inner, blocks - 1) for inner in value])
    else:
        return value
    if blocks <= 0:
        styled.fa.set_flow_style()
    return styled
