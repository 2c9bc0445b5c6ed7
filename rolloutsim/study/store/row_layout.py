"""Columns of the rows and tables of a study. Some exist only where a fleet has what they are about: they are its extras.

An extra is a table of groups, e.g. ``sites``, or an optional column, e.g. ``jobs.sites_bad``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from rolloutsim.simulation.records.outcomes import Crash
from rolloutsim.simulation.records.tables import GROUPS, SCHEMA

#: The flat tables of every study; the first three are those of `rolloutsim.simulation.records.tables`.
TABLES = ("jobs", "cohorts", "failure_codes", "crashes")
#: Those that a study may have.
ALL_TABLES = (*TABLES, *GROUPS)
KEY = ("fingerprint", "seed", "replicate", "model_version")

#: Tables with several rows per replicate.
LISTS = ("cohorts", "failure_codes", *GROUPS)
_TYPES = {"int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "category": pa.string()}
KEY_FIELDS = [("fingerprint", pa.string()), ("seed", pa.uint64()), ("replicate", pa.int64()), ("model_version", pa.int64())]

Extras = frozenset[str]
NO_EXTRAS: Extras = frozenset()


def extras_of(columns: Mapping[str, Collection[str]]) -> Extras:
    """Return the extras among the columns of tables.

    >>> sorted(extras_of({"jobs": ["replicate", "sites_bad"], "sites": ["replicate", "site"]}))
    ['jobs.sites_bad', 'sites']
    """
    optional = {(table, column.name) for table in ALL_TABLES if table in SCHEMA for column in SCHEMA[table] if column.optional}
    found = {f"{table}.{name}" for table, names in columns.items() for name in names if (table, name) in optional}
    return frozenset(found | {table for table in columns if table in GROUPS})


def extras_of_rows(schema: Any) -> Extras:
    """Return the extras of rows of a study, by their Arrow schema."""
    fields = {name: schema.field(name).type for name in schema.names if name in ALL_TABLES}
    structs = {name: kind.value_type if pa.types.is_list(kind) else kind for name, kind in fields.items()}
    return extras_of({name: [struct.field(place).name for place in range(struct.num_fields)] for name, struct in structs.items()})


def tables_with(extras: Extras) -> tuple[str, ...]:
    """Return the tables of a study with some extras."""
    return (*TABLES, *(table for table in GROUPS if table in extras))


@cache
def fields_of(name: str, extras: Extras = NO_EXTRAS) -> tuple[tuple[str, Any], ...]:
    """Return the columns of a table that are not of the key, with their types."""
    if name == "crashes":
        return tuple((field, pa.string()) for field in Crash._fields if field != "replicate")
    columns = (column for column in SCHEMA[name] if not column.optional or f"{name}.{column.name}" in extras)
    return tuple((column.name, _TYPES[column.dtype]) for column in columns if column.name not in KEY)


@cache
def row_schema(extras: Extras = NO_EXTRAS) -> Any:
    """Return the Arrow schema of rows."""
    tables = tables_with(extras)
    one = [(name, pa.struct(fields_of(name, extras))) for name in ("jobs", "crashes")]
    several = [(name, pa.list_(pa.struct(fields_of(name, extras)))) for name in tables if name in LISTS]
    return pa.schema([*KEY_FIELDS, *one, *several])


@cache
def flat_schema(name: str, extras: Extras = NO_EXTRAS) -> Any:
    """Return the Arrow schema of a flat table."""
    return pa.schema([*KEY_FIELDS, *fields_of(name, extras)])
