"""Levers and inputs without effect: whatever their values, every replicate comes out the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray


def without_effect(paths: Iterable[str], settings: Sequence[Mapping[str, Any]], outcomes: Sequence[pd.Series]) -> tuple[str, ...]:
    """Return the paths whose values make no difference in any replicate.

    Points that differ in nothing but the value at a path are compared replicate by replicate: all points see the same random numbers.

    Parameters
    ----------
    paths
        What may be without effect.
    settings
        The values of each point.
    outcomes
        Of each point, a digest per replicate; replicates that only one of two points has are left out.

    Returns
    -------
    paths
        Those of which at least two points could be compared, and no two points differ.

    Examples
    --------
    >>> import numpy as np
    >>> settings = [{"a": a, "b": b} for a in (1, 2) for b in ("x", "y")]
    >>> outcomes = [digests(np.array([[10.0 * each["a"], np.nan]])) for each in settings]
    >>> without_effect(["a", "b"], settings, outcomes)
    ('b',)
    """
    keys = [{name: repr(value) for name, value in setting.items()} for setting in settings]
    return tuple(path for path in paths if _is_idle(path, keys, outcomes))


def _is_idle(path: str, keys: Sequence[Mapping[str, str]], outcomes: Sequence[pd.Series]) -> bool:
    first: dict[tuple[str, ...], int] = {}
    compared = False
    for point, key in enumerate(keys):
        other = first.setdefault(tuple(value for name, value in key.items() if name != path), point)
        if key[path] == keys[other][path]:
            continue
        shared = outcomes[point].index.intersection(outcomes[other].index)
        if not outcomes[point].loc[shared].equals(outcomes[other].loc[shared]):
            return False
        compared |= len(shared) > 0
    return compared


def digests(values: FloatArray) -> pd.Series:
    """Return a digest of each replicate.

    Parameters
    ----------
    values
        By metric and replicate; NaN equals NaN.
    """
    return pd.util.hash_pandas_object(pd.DataFrame(values.T), index=False)
