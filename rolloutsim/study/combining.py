"""One study from several: shards that parallel jobs have computed, or points and replicates that were added elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rolloutsim.errors import StoreError, UsageError
from rolloutsim.study.store.arrow_rows import same
from rolloutsim.study.store.definition import Definition, read_definition
from rolloutsim.study.store.locks import reading
from rolloutsim.study.store.store import Store
from rolloutsim.study.store.store_reader import Contents
from rolloutsim.study.study import Study


def combine(folders: Sequence[str | Path], out: str | Path, *, notify: Callable[[str], None] = lambda _: None) -> Study:
    """Merge studies into a folder; the final tables are those of one study that had computed all of it.

    Parameters
    ----------
    folders
        Of studies that belong together: of one scenario, in which the same things are varied. They are only read.
    out
        A folder for the whole; what is there already stays.
    notify
        Called with files that could not be used, and why.

    Raises
    ------
    UsageError
        For no folders, or if one of them is `out`.
    StoreError
        With everything that does not belong together, before anything is written; if two folders have other numbers for the same
        replicate; or if a folder cannot be used.
    """
    places, target = [Path(folder) for folder in folders], Path(out)
    if not places:
        raise UsageError("nothing to combine: name the folders of at least one study")
    if target.resolve() in {place.resolve() for place in places}:
        raise UsageError(f"{target} is one of the folders to combine: choose another one for the whole")
    whole = _whole(places, read_definition(target))

    def refuse(path: Path, why: str) -> None:
        notify(f"{path}: {why}; it is left out")

    with Store(target, notify=notify) as store:
        store.expect(whole.fingerprints)
        whole.write(target)
        for place in places:
            with reading(place):
                _add(store, Contents(place, refuse), whole)
        store.compact(whole.fingerprints)
    return Study(target)


def _add(store: Store, contents: Contents, whole: Definition) -> None:
    """Add what a folder holds to the whole."""
    twice = [key[0] for key in contents.done() if np.intersect1d(contents.replicates(*key), store.contents.replicates(*key)).size]
    for fingerprint in twice:
        if not same(contents.rows_of(fingerprint), store.contents.rows_of(fingerprint)):
            raise StoreError(
                f"{contents.folder}: for the same scenario, seed, replicate and model version it has other numbers than the others: a file "
                f"was changed, or computed by a changed program; {store.folder} is not complete"
            )
    for rows in contents.rows(whole.fingerprints):
        store.add([rows])


def _whole(places: list[Path], before: Definition | None) -> Definition:
    """Return what the whole is about."""
    whole, wrong = before, []
    for place in places:
        found = read_definition(place)
        if found is None:
            wrong.append(f"{place}: there is no study")
            continue
        if whole is None:
            whole = found
            continue
        differences = whole.differences(found)
        wrong += [f"{place}: {why}" for why in differences]
        if not differences:
            seeds = tuple(sorted({*whole.seeds, *found.seeds}))
            whole = whole.with_points_of(found)._replace(seeds=seeds, replicates=max(whole.replicates, found.replicates))
    if wrong:
        raise StoreError("these do not belong together:\n  " + "\n  ".join(wrong))
    assert whole is not None
    return whole
