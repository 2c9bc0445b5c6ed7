"""Bit rates of shared links for the synthetic tables: every download asks for a third of the capacity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rolloutsim.simulation.records.cells import cells
from rolloutsim.simulation.records.data_frames import conform
from rolloutsim.simulation.records.tables import BIT_RATES, SCHEMA

from .synthetic import SyntheticTables, empty_tables, synthetic_tables

__all__ = ["CAPACITIES", "linked_tables", "with_links"]

CAPACITIES: dict[str | None, float] = {None: 1e9, "yard": 2e8}

#: A row of a timeline: replicate, site (None for the origin), instant, value.
Row = tuple[int, str | None, float, float]


def linked_tables(ends: Sequence[float], rows: list[Row], capacities: Mapping[str | None, float] = CAPACITIES) -> SyntheticTables:
    """Return tables of jobs with these ends and rates of links; those of replicate 0 are recorded."""
    jobs = synthetic_tables(len(ends), 1).jobs.assign(time_to_complete_s=ends)
    return _with_rates(empty_tables()._replace(jobs=jobs), rows, capacities)


def with_links(tables: SyntheticTables, capacities: Mapping[str | None, float] = CAPACITIES) -> SyntheticTables:
    """Add the rates of links."""
    downloads = tables.steps[tables.steps["phase"] == "downloading"]
    rows: list[Row] = []
    for replicate, own in downloads.groupby("replicate"):
        t_s = np.concatenate([[0.0], own["started_s"], own["ended_s"]])
        change = np.repeat([0.0, 1.0, -1.0], [1, len(own), len(own)])
        order = np.argsort(t_s, kind="stable")
        for site, capacity in capacities.items():
            rate = np.minimum(np.maximum(np.cumsum(change[order]), 0.0) * capacity / 3, capacity)
            rows += [(replicate, site, t, value) for t, value in zip(t_s[order], rate, strict=True)]
    return _with_rates(tables, rows, capacities)


def _with_rates(tables: SyntheticTables, rows: list[Row], capacities: Mapping[str | None, float]) -> SyntheticTables:
    sites = sorted({row[1] for row in rows if row[1] is not None})
    ends = dict(zip(tables.jobs["replicate"], tables.jobs["time_to_complete_s"], strict=True))
    functions: dict[tuple[int, str | None], dict[float, float]] = {}
    for replicate, site, t, value in sorted(rows, key=lambda row: row[2]):
        functions.setdefault((replicate, site), {0.0: 0.0})[t] = value  # the last one at an instant counts
    parts: list[dict[str, Any]] = []
    for (replicate, site), function in functions.items():
        t, rate = np.array(list(function)), np.array(list(function.values()))
        if rate[-1] != 0.0:  # what flows, flows to the end of the job
            t, rate = np.append(t, max(ends[replicate], t[-1] + 1.0)), np.append(rate, 0.0)
        found = cells(t, rate, ends[replicate], capacities.get(site, math.inf))
        names = ("t_s", "until_s", "bytes", "peak_bit_per_s", "busy_s", "saturated_s")
        parts += [{"replicate": replicate, "site": site, **dict(zip(names, cell, strict=True))} for cell in zip(*found, strict=True)]
    cohorts = pd.CategoricalDtype(["dock"])
    common = {"cohort": pd.Categorical([None] * len(parts), dtype=cohorts)}
    common["site"] = pd.Categorical([part["site"] for part in parts], categories=sites)
    common["quantity"] = pd.Categorical(
        ["origin_bit_rate" if part["site"] is None else "site_bit_rate" for part in parts], categories=BIT_RATES
    )
    numbers = {column.name: [part[column.name] for part in parts] for column in SCHEMA["link_use"] if column.name not in common}
    link_use = conform("link_use", numbers | common).assign(bytes=lambda table: table["bytes"] / 8)
    recorded = [row for row in rows if row[0] == 0]
    timeline = pd.DataFrame(
        {
            "replicate": np.zeros(len(recorded), np.int64),
            "t_s": np.array([row[2] for row in recorded], dtype=float),
            "quantity": ["origin_bit_rate" if row[1] is None else "site_bit_rate" for row in recorded],
            "cohort": pd.Categorical([None] * len(recorded), dtype=cohorts),
            "site": pd.Categorical([row[1] for row in recorded], categories=sites),
            "value": np.array([row[3] for row in recorded], dtype=float),
        }
    )
    joined = pd.concat([tables.timeline.astype({"quantity": "str"}), timeline], ignore_index=True)
    return tables._replace(timeline=joined.astype({"quantity": "category"}), link_use=link_use)
