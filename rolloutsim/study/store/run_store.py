"""The folder of a run: replicates are written part by part while it goes on, and become the final tables at its end.

While a run is unfinished the folder ``parts`` holds its definition and what is done. Final tables are put into place together: from the
moment at which ``.commit`` is there, they are valid, whenever this process ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from rolloutsim.errors import StoreError, UnusableFileError
from rolloutsim.simulation.records.data_frames import restore
from rolloutsim.simulation.records.groups import FleetGroups
from rolloutsim.simulation.records.outcomes import Crash, Outcomes, Tables, join_outcomes
from rolloutsim.simulation.records.tables import SCHEMA, Keep
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.policies import identity
from rolloutsim.study.store.arrow_rows import consecutive
from rolloutsim.study.store.control_files import read_record, to_json, write_record
from rolloutsim.study.store.definition import scenario_differences
from rolloutsim.study.store.disk import move, write_whole
from rolloutsim.study.store.files import SavedResults, make_folder
from rolloutsim.study.store.locks import lock_folder
from rolloutsim.study.store.parquet import ParquetWriter
from rolloutsim.study.store.run_parts import Parts, RunPart, Saved, part_size

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.model.policy import DispatchPolicy

_DEFINITION, _COMMIT = "run.json", ".commit"
#: The files of a finished run, apart from the manifest.
_FINALS = (*(f"{name}.parquet" for name in SCHEMA), "summary.json")
#: What makes another run, beside the scenario.
_OPTIONS = {"seed": "the seed", "tables": "--tables", "record": "--record"}
#: Keys of a scenario that do not change its replicates.
_APART = ("seed", "replicates", "checks", "sweep")
_NEEDED = {"model_version": int, "seed": int, "tables": str, "record": list, "scenario": dict}
_HINT = "choose another folder, or add --overwrite"


class RunDefinition(NamedTuple):
    """What a run is about: with the number of replicates it determines every table.

    Attributes
    ----------
    scenario, seed
        What is simulated.
    keep, record
        As for `rolloutsim.simulation.records.recorder.Recorder`.
    dispatch
        The policy of your own that decides, if any does.
    """

    scenario: Scenario
    seed: int
    keep: Keep
    record: tuple[int, ...]
    dispatch: DispatchPolicy | None = None

    def content(self) -> dict[str, Any]:
        """Return it for JSON, by the names of a manifest."""
        return {
            "model_version": MODEL_VERSION,
            "seed": self.seed,
            "tables": self.keep,
            "record": list(self.record),
            **({} if self.dispatch is None else {"dispatch": identity(self.dispatch)}),
            "scenario": self.scenario.resolved(),
        }

    def differences(self, other: dict[str, Any]) -> list[str]:
        """Return in what this differs from another run, which is known by its manifest or definition."""
        mine = self.content()
        if other["model_version"] != MODEL_VERSION:
            return [f"the model version is {MODEL_VERSION}, not {other['model_version']}"]
        found = []
        if other.get("dispatch") != mine.get("dispatch"):
            found.append(f"the dispatch policy is {_policy(other)}, not {_policy(mine)}")
        found += [f"{option} is {_text(mine[key])}, not {_text(other[key])}" for key, option in _OPTIONS.items() if other[key] != mine[key]]
        return found + scenario_differences(
            *({key: each["scenario"][key] for key in each["scenario"] if key not in _APART} for each in (other, mine))
        )


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _policy(content: dict[str, Any]) -> str:
    policy = content.get("dispatch")
    return "that of the scenario" if policy is None else f"{policy['name']} {policy['version']}"


def saved_seed(folder: Path) -> int | None:
    """Return the seed of the run in a folder; None if there is none."""
    content = _content(folder)
    return None if content is None else int(content["seed"])


def _content(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a run, finished or not, or its definition if it has none yet."""
    paths = folder / "manifest.json", folder / "parts" / _DEFINITION
    path = next((path for path in paths if os.path.exists(path)), None)  # False also where the folder cannot be searched
    return None if path is None else read_record(path, _NEEDED, _HINT)


class RunStore:
    """The folder of a run in which this process works.

    Parameters
    ----------
    folder
        Made if need be.
    definition
        Of the run.
    stale
        Names of pictures and CSV files, which are removed with the results that they show.
    overwrite
        Remove the run that is there first.
    notify
        Called with what was damaged.

    Raises
    ------
    StoreError
        If the folder holds something else or cannot be written to, or if another process works there.

    Attributes
    ----------
    finished
        Whether the final tables hold everything that is done.
    """

    def __init__(
        self,
        folder: Path,
        definition: RunDefinition,
        *,
        stale: Iterable[str] = (),
        overwrite: bool = False,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        make_folder(folder, "run")
        self.folder, self._definition, self._stale = folder, definition, tuple(stale)
        self._size = part_size(definition.scenario)
        self._fleet = FleetGroups.of(definition.scenario)
        self._parts = Parts(folder / "parts", self._fleet.kept(definition.keep))
        self._written: dict[int, RunPart] = {}
        self._pending: list[tuple[int, Outcomes]] = []  # each with its first replicate
        self._next = 0
        self._parts.folder.mkdir(exist_ok=True)
        self._stack = ExitStack()
        try:
            self._stack.callback(_leave, self._parts.folder)
            lock = lock_folder(self._parts.folder, notify)
            self._stack.callback(lock.close)
            if overwrite:
                self._clear()
            self._finish_commit()
            self._open(notify)
        except BaseException:
            self.close()
            raise

    def _open(self, notify: Callable[[str], None]) -> None:
        content = _content(self.folder)
        if content is None:
            if there := [name for name in _FINALS if (self.folder / name).exists()]:
                raise StoreError(f"{self.folder}: holds {there[0]}, which belongs to no run that is known here: choose another folder")
        elif differences := self._definition.differences(content):
            raise StoreError(f"{self.folder}: holds another run: {'; '.join(differences)}: {_HINT}")
        for path in (*self.folder.glob(".*.part"), *self.folder.glob(".*.new")):
            _remove(path)
        self.finished = False
        if (self.folder / "manifest.json").exists():
            saved = Saved(SavedResults(self.folder, "run"), self._size)
            self._stack.callback(saved.close)
            self._written = dict(saved.load())
            self.finished = True
        for number, part in self._parts.load(lambda error: notify(f"{error}; it is simulated again")):
            # What crashed for want of memory may pass now.
            if not part.crashes and (number not in self._written or part.stop > self._written[number].stop):
                self._written[number] = part
                self.finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes work in the folder."""
        self._stack.close()

    @property
    def done(self) -> int:
        """How many replicates, from 0 on, are done without a gap."""
        done = 0
        for number in range(len(self._written)):
            if number not in self._written or done < number * self._size:
                break
            done = self._written[number].stop
        return done

    @property
    def has_gap(self) -> bool:
        """Whether something is done after what is missing."""
        return any(part.stop > self.done for part in self._written.values())

    def missing(self, until: int) -> list[range]:
        """Return what is missing of the replicates below a number."""
        left = [np.array([], np.int64)]
        for number in range(-(-until // self._size)):
            first = number * self._size
            start = self._written[number].stop if number in self._written else first
            left.append(np.arange(start, min(first + self._size, until)))
        return consecutive(np.concatenate(left))

    def begin(self, replicates: range) -> None:
        """Expect the outcomes of these replicates, in order."""
        write_record(self._parts.folder / _DEFINITION, self._definition.content())
        self.finished = False
        self._next = replicates.start
        self._pending = []

    def add(self, outcomes: Outcomes) -> None:
        """Add the next replicates, and write the parts that are whole now."""
        self._pending.append((self._stop, outcomes))
        whole = self._stop - self._stop % self._size
        if whole > self._next:
            self._write_until(whole)

    def flush(self) -> None:
        """Write what is not written yet, although its part is not whole."""
        if self._stop > self._next:
            self._write_until(self._stop)

    @property
    def _stop(self) -> int:
        """The next replicate to be added."""
        return self._pending[-1][0] + self._pending[-1][1].size if self._pending else self._next

    def _write_until(self, stop: int) -> None:
        pending = join_outcomes([outcomes for _, outcomes in self._pending])
        tables, crashes = pending.tables(), pending.crashes
        for number in range(self._next // self._size, -(-stop // self._size)):
            first, last = max(self._next, number * self._size), min(stop, (number + 1) * self._size)
            self._write(number, range(first, last), tables, crashes)
        # The last outcomes may reach into the next part.
        self._pending = self._pending[-1:] if self._stop > stop else []
        self._next = stop

    def _write(self, number: int, replicates: range, tables: Tables, crashes: Iterable[Crash]) -> None:
        """Write a part, after what is there of it already."""
        before = self._written.get(number)
        if before is not None:
            replicates = range(max(replicates.start, before.stop), replicates.stop)  # an interruption may have come after it was written
            if not replicates:
                return
        own = tuple(crash for crash in crashes if crash.replicate in replicates)
        frames = {}
        for name in self._parts.names:
            rows = _rows(getattr(tables, name), replicates)
            if before is not None:
                rows = pd.concat([before.source.read(number, name).to_pandas().astype(rows.dtypes), rows], ignore_index=True)
            frames[name] = rows
        earlier = () if before is None else before.crashes
        self._written[number] = self._parts.write(number, replicates.stop, (*earlier, *own), frames)

    def tables(self, until: int) -> Tables:
        """Return the tables of replicates below a number that do not grow with the fleet."""
        frames = {}
        for name in (name for name in self._parts.names if name in self._fleet.kept("summary")):
            pieces = [
                self._written[number].source.read(number, name) for number in range(-(-until // self._size)) if number in self._written
            ]
            whole = pa.concat_tables(pieces).unify_dictionaries()
            del pieces
            frame = restore(name, whole.to_pandas(split_blocks=True, self_destruct=True))
            del whole
            frames[name] = frame if self.done <= until else frame[(frame["replicate"] < until).to_numpy()]
        return Tables(**frames)

    def first(self) -> Tables | None:
        """Return all tables of the first part that is done, None if those of single robots are not kept."""
        if "robots" not in self._parts.names:
            return None
        number = min(self._written)
        source = self._written[number].source
        return Tables(**{name: restore(name, source.read(number, name).to_pandas()) for name in self._parts.names})

    @property
    def crashes(self) -> list[Crash]:
        """Of all parts."""
        return [crash for _, part in sorted(self._written.items()) for crash in part.crashes]

    def finish(self, manifest: dict[str, Any], summary: dict[str, Any]) -> None:
        """Turn all parts into final tables, with a summary and a manifest; pictures and CSV files of older results are removed.

        Raises
        ------
        StoreError
            If they cannot be written; what was there before is there still.
        """
        files = self._write_finals()
        data = to_json(summary)
        write_whole(_new(self.folder / "summary.json"), lambda path: path.write_bytes(data))
        files["summary.json"] = sha256(data).hexdigest()
        write_record(_new(self.folder / "manifest.json"), {**manifest, "files": files})
        write_record(self.folder / _COMMIT, {"new": [*files, "manifest.json"]})
        self._finish_commit()
        self.finished = True

    def _finish_commit(self) -> None:
        """Put new final tables into place, if there are any, and remove what went into them and what shows older results.

        The record names no file that a run does not have: what it may move is fixed, what is removed is known without it.
        """
        commit = self.folder / _COMMIT
        if not commit.exists():
            return
        record = read_record(commit, {"new": list}, _HINT)
        if foreign := [name for name in record["new"] if name not in (*_FINALS, "manifest.json")]:
            raise UnusableFileError(commit, f"it names {foreign[0]!r}, which is no file of a run", _HINT)
        for name in self._stale:
            _remove(self.folder / name)
        for name in record["new"]:
            path = self.folder / name
            if _new(path).exists():
                move(_new(path), path)
        self._clear_parts()
        commit.unlink()

    def _clear(self) -> None:
        """Remove a run, finished or not, and its pictures and CSV files; other files stay."""
        if not any((self.folder / name).exists() for name in ("manifest.json", f"parts/{_DEFINITION}", _COMMIT)):
            return
        finals = (*_FINALS, "manifest.json")
        names = [_COMMIT, "manifest.json", *_FINALS, *self._stale, *(_new(self.folder / name).name for name in finals)]
        for path in (*(self.folder / name for name in names), *self.folder.glob(".*.part")):
            _remove(path)
        self._clear_parts()

    def _clear_parts(self) -> None:
        self._parts.clear()
        (self._parts.folder / _DEFINITION).unlink(missing_ok=True)

    def _write_finals(self) -> dict[str, str]:
        """Write final tables beside those that are there, one row group per part, and return their digests."""
        writers: dict[str, ParquetWriter] = {}
        with ExitStack() as stack:
            for number, part in sorted(self._written.items()):
                for name in self._parts.names:
                    table = part.source.read(number, name)
                    if name not in writers:
                        writers[name] = stack.enter_context(ParquetWriter(_new(self.folder / f"{name}.parquet"), table.schema))
                    writers[name].write(table)
        return {f"{name}.parquet": writer.digest for name, writer in writers.items()}


def _rows(table: pd.DataFrame, replicates: range) -> pd.DataFrame:
    """Return the rows of some replicates of a table that has them in order."""
    first, stop = np.searchsorted(table["replicate"].to_numpy(), [replicates.start, replicates.stop]).tolist()
    return table.iloc[first:stop]


def _new(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _remove(path: Path) -> None:
    """Remove a file, if it is there; a folder of that name is not ours."""
    try:
        if not path.is_dir():
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be removed ({error.strerror or error}): remove it, or choose another folder") from error


def _leave(parts: Path) -> None:
    """Remove the folder of parts unless something is left in it."""
    with suppress(OSError):
        if {path.name for path in parts.iterdir()} <= {".lock"}:
            (parts / ".lock").unlink(missing_ok=True)
            parts.rmdir()
