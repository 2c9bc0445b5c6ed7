"""Bit rates of shared links for the synthetic tables: every download asks for a third of the capacity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .synthetic import SyntheticTables

__all__ = ["CAPACITIES", "timeline_of", "with_links"]

CAPACITIES: dict[str | None, float] = {None: 1e9, "yard": 2e8}

#: A row of a timeline: replicate, site (None for the origin), instant, value.
Row = tuple[int, str | None, float, float]


def timeline_of(rows: list[Row]) -> pd.DataFrame:
    """Return a timeline of shared links."""
    return pd.DataFrame(
        {
            "replicate": np.array([row[0] for row in rows], dtype=np.int64),
            "t_s": np.array([row[2] for row in rows], dtype=float),
            "quantity": pd.Categorical(["origin_bit_rate" if row[1] is None else "site_bit_rate" for row in rows]),
            "cohort": pd.Categorical([None] * len(rows)),
            "site": pd.Categorical([row[1] for row in rows], categories=sorted({row[1] for row in rows if row[1] is not None})),
            "value": np.array([row[3] for row in rows], dtype=float),
        }
    )


def with_links(tables: SyntheticTables, capacities: Mapping[str | None, float] = CAPACITIES) -> SyntheticTables:
    """Add the links' rates to the timeline."""
    downloads = tables.steps[tables.steps["phase"] == "downloading"]
    rows: list[Row] = []
    for replicate, own in downloads.groupby("replicate"):
        t_s = np.concatenate([[0.0], own["started_s"], own["ended_s"]])
        change = np.repeat([0.0, 1.0, -1.0], [1, len(own), len(own)])
        order = np.argsort(t_s, kind="stable")
        for site, capacity in capacities.items():
            rate = np.minimum(np.maximum(np.cumsum(change[order]), 0.0) * capacity / 3, capacity)
            rows += [(replicate, site, t, value) for t, value in zip(t_s[order], rate, strict=True)]
    timeline = pd.concat([tables.timeline.astype({"quantity": "str"}), timeline_of(rows).astype({"quantity": "str"})], ignore_index=True)
    return tables._replace(timeline=timeline.astype({"quantity": "category"}))
