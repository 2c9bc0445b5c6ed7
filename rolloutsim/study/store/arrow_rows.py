"""Rows of a study: one per replicate, with all of its tables inside, so that a replicate is there whole or not at all.

A row is keyed by the scenario's fingerprint, the seed, the replicate and the model's version. `pack` makes rows of outcomes, `unpack` makes
flat tables of rows, and `repack` makes rows of flat tables. Codes that did not occur are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.store.row_layout import (
    KEY,
    KEY_FIELDS,
    LISTS,
    Extras,
    extras_of,
    extras_of_rows,
    fields_of,
    flat_schema,
    row_schema,
    tables_with,
)

if TYPE_CHECKING:
    from rolloutsim.simulation.records.outcomes import Outcomes


def pack(fingerprint: str, seed: int, outcomes: Outcomes) -> Any:
    """Return the rows of some replicates."""
    replicates, tables = outcomes.replicates, outcomes.columns()
    extras, good = extras_of(tables), {}
    for table, columns in tables.items():
        if table == "failure_codes":
            occurred = columns["count"] > 0
            columns = {name: column[occurred] for name, column in columns.items()}
        items = _items(table, columns, outcomes.fleet.categories, extras)
        if table in LISTS:
            starts = np.searchsorted(columns["replicate"], replicates)
            items = _lists(np.append(starts, len(columns["replicate"])), items)
        good[table] = items
    rows = _rows(_keys_of(fingerprint, seed, replicates), good, extras)
    if not outcomes.crashes:
        return rows
    crashed = {"crashes": pa.array([crash._asdict() for crash in outcomes.crashes], row_schema(extras).field("crashes").type)}
    numbers = np.array([crash.replicate for crash in outcomes.crashes], np.int64)
    return pa.concat_tables([rows, _rows(_keys_of(fingerprint, seed, numbers), crashed, extras)])


def _keys_of(fingerprint: str, seed: int, replicates: Any) -> dict[str, Any]:
    values = (fingerprint, seed, replicates, MODEL_VERSION)
    return {
        name: pa.array(value, kind) if name == "replicate" else pa.repeat(pa.scalar(value, kind), len(replicates))
        for (name, kind), value in zip(KEY_FIELDS, values, strict=True)
    }


def _items(table: str, columns: dict[str, Any], names: Mapping[str, Sequence[str]], extras: Extras) -> Any:
    """Return the columns of a table that are not of the key, as one.

    Parameters
    ----------
    table
        Its name.
    columns
        Of which those of categories hold numbers, -1 if missing.
    names
        Categories that the schema does not know.
    extras
        Of the rows.
    """
    arrays, fields = [], [field for field, _ in fields_of(table, extras)]
    for column in SCHEMA[table]:
        if column.name not in fields:
            continue
        values = columns[column.name]
        if column.dtype == "category":
            arrays.append(_texts(values, column.categories or names[column.name]))
        elif column.dtype == "float64":
            arrays.append(pa.array(values, pa.float64(), from_pandas=True))
        else:
            arrays.append(pa.array(values.astype(column.dtype)))
    return pa.StructArray.from_arrays(arrays, fields)


def _texts(codes: Any, categories: Sequence[str]) -> Any:
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(categories, pa.string())).cast(pa.string())


def _lists(offsets: Any, items: Any) -> Any:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items)


def _rows(keys: dict[str, Any], columns: dict[str, Any], extras: Extras) -> Any:
    """Return rows of their columns, of which some may be missing in all rows."""
    columns = keys | columns
    count = len(keys["replicate"])
    schema = row_schema(extras)
    return pa.table([columns[f.name] if f.name in columns else pa.nulls(count, f.type) for f in schema], schema=schema)


def repack(flat: dict[str, Any]) -> Any:
    """Return the rows of flat tables; the rows of a replicate stand together, in the order of jobs."""
    extras = extras_of({name: table.column_names for name, table in flat.items()})
    jobs, crashes = flat["jobs"].combine_chunks(), flat["crashes"].combine_chunks()
    good = {"jobs": _struct("jobs", jobs, extras)}
    for name in (name for name in flat if name in LISTS):
        table = flat[name].combine_chunks()
        counts = np.bincount(places(jobs, table), minlength=len(jobs))
        good[name] = _lists(np.append(0, np.cumsum(counts)), _struct(name, table, extras))
    crashed = {"crashes": _struct("crashes", crashes, extras)}
    parts = ((jobs, good), (crashes, crashed))
    return pa.concat_tables([_rows({name: table[name] for name in KEY}, columns, extras) for table, columns in parts])


def widened(rows: Any, extras: Extras) -> Any:
    """Return rows with more extras, of which they hold nothing; their order may change."""
    if extras_of_rows(rows.schema) == extras:
        return rows
    flat, wide = unpack(rows), {}
    for name in tables_with(extras):
        schema = flat_schema(name, extras)
        table = flat.get(name, schema.empty_table())
        columns = [table[field.name] if field.name in table.column_names else pa.nulls(len(table), field.type) for field in schema]
        wide[name] = pa.table(columns, schema=schema)
    return repack(wide)


def places(jobs: Any, table: Any) -> Any:
    """Return for each row of a flat table the row of its replicate in `jobs`; both have replicates in the same order."""
    of_jobs, numbers = _replicates(jobs)
    of_table, own = _replicates(table)
    found = np.empty(len(own), np.int64)
    for key, (start, stop) in of_table.items():
        low, high = of_jobs[key]
        found[start:stop] = low + np.searchsorted(numbers[low:high], own[start:stop])
    return found


def _replicates(table: Any) -> tuple[dict[tuple[str, int], tuple[int, int]], Any]:
    """Return where the rows of each fingerprint and seed are, and the replicate of each row."""
    return {(name, seed): (start, stop) for name, seed, start, stop in blocks(table)}, table["replicate"].to_numpy()


def blocks(table: Any) -> Iterator[tuple[str, int, int, int]]:
    """Yield fingerprint, seed, begin and end of the rows of the same fingerprint and seed that stand together."""
    if not len(table):
        return
    codes = pc.dictionary_encode(table["fingerprint"]).combine_chunks()
    names, of, seeds = codes.dictionary.to_pylist(), codes.indices.to_numpy(), table["seed"].to_numpy()
    changes = (np.flatnonzero((of[1:] != of[:-1]) | (seeds[1:] != seeds[:-1])) + 1).tolist()
    for start, stop in zip([0, *changes], [*changes, len(table)], strict=True):
        yield names[of[start]], int(seeds[start]), start, stop


def consecutive(numbers: Any) -> list[range]:
    """Return sorted numbers as ranges.

    >>> consecutive(np.array([0, 1, 2, 5, 6]))
    [range(0, 3), range(5, 7)]
    """
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    return [range(int(run[0]), int(run[-1]) + 1) for run in np.split(numbers, cuts) if len(run)]


def _struct(name: str, table: Any, extras: Extras) -> Any:
    names = [field for field, _ in fields_of(name, extras)]
    arrays = [_whole(table[field]) for field in names]
    return pa.StructArray.from_arrays(arrays, names) if len(table) else pa.array([], pa.struct(fields_of(name, extras)))


def _whole(column: Any) -> Any:
    """Return a column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) and column.num_chunks != 1 else column.chunk(0)


def _keys(table: Any) -> list[tuple[str, int, int]]:
    return list(zip(*(table[name].to_pylist() for name in KEY[:3]), strict=True))


def unpack(rows: Any) -> dict[str, Any]:
    """Return rows as flat tables by name."""
    rows = rows.combine_chunks()
    flat, extras = {}, extras_of_rows(rows.schema)
    for name in tables_with(extras):
        column = _whole(rows[name]) if len(rows) else pa.array([], row_schema(extras).field(name).type)
        if name in LISTS:
            parents, items = pc.list_parent_indices(column), pc.list_flatten(column)
        else:
            parents = pc.indices_nonzero(pc.is_valid(column))
            items = column.take(parents)
        keys = [rows[key].take(parents) for key in KEY]
        schema = flat_schema(name, extras)
        flat[name] = pa.table([*keys, *items.flatten()], schema=schema)
    return flat


def together(parts: Sequence[Any]) -> Any:
    """Return rows below one another, all with the extras of any."""
    extras = frozenset().union(*(extras_of_rows(part.schema) for part in parts))
    return pa.concat_tables([widened(part, extras) for part in parts])


def merge(parts: Sequence[Any], order: Sequence[str]) -> Any:
    """Return rows sorted by fingerprint (in a given order), seed and replicate, one a key.

    Of several rows of a key a good one is taken rather than a crash, and of those the first.
    """
    rows = together(parts).combine_chunks()
    place = pc.index_in(rows["fingerprint"], value_set=pa.array(order, pa.string())).to_numpy()
    seed, replicate = rows["seed"].to_numpy(), rows["replicate"].to_numpy()
    crashed = pc.is_null(rows["jobs"]).to_numpy()
    sequence = np.lexsort((crashed, replicate, seed, place))
    key = np.stack([place, seed.astype(np.uint64).view(np.int64), replicate])[:, sequence]
    first = np.ones(len(rows), bool)
    first[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    return rows.take(sequence[first])


def same(one: Any, other: Any) -> bool:
    """Return whether rows agree on the replicates that are done in both; both are sorted by `merge`."""
    common = [_among(rows, set(_keys(_good(beside)))) for rows, beside in ((one, other), (other, one))]
    extras = extras_of_rows(one.schema) | extras_of_rows(other.schema)
    flat, twin = (unpack(widened(rows, extras)) for rows in common)
    return all(flat[name].to_pandas().equals(twin[name].to_pandas()) for name in flat)


def _good(rows: Any) -> Any:
    return rows.filter(pc.is_valid(rows["jobs"]))


def _among(rows: Any, keys: set[tuple[str, int, int]]) -> Any:
    good = _good(rows)
    return good.filter(pa.array([key in keys for key in _keys(good)], pa.bool_()))
