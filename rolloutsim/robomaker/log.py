"""The log of a service: what was asked for and when, in SQLite; one transaction per request that changes something."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rolloutsim.errors import StoreError
from rolloutsim.robomaker.entry import Entry

__all__ = ["Log"]

_TABLES = """
CREATE TABLE IF NOT EXISTS service (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY, t REAL NOT NULL, operation TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL, found TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS clock (only INTEGER PRIMARY KEY CHECK (only = 0), t REAL NOT NULL) STRICT;
"""


class Log:
    """An append-only log.

    Parameters
    ----------
    path
        The file; None keeps the log in memory.
    identity
        What a service is: a log of another one is refused.
    scenario
        Of the service, as text, for those that read the file.

    Raises
    ------
    StoreError
        If the file is not such a log, that of another service, or in use.
    """

    def __init__(self, path: Path | None, identity: Mapping[str, str], scenario: str = "") -> None:
        self._name = str(path)
        try:
            self._database = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False, timeout=0)
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(f"BEGIN EXCLUSIVE; {_TABLES} COMMIT;")
            self._identify(identity, scenario)
        except sqlite3.Error as error:
            busy = "locked" in str(error)
            why = "another server uses it: stop that one, or name another file" if busy else f"it is not a store of this program ({error})"
            raise StoreError(f"{self._name}: {why}") from error

    @contextmanager
    def adding(self, entry: Entry) -> Iterator[None]:
        """Add an entry: it is in the file after this, unless what is done within fails."""
        texts = (json.dumps(value) for value in (entry.request, entry.answer, entry.found))
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.execute(
                "INSERT INTO log (t, operation, request, answer, found) VALUES (?, ?, ?, ?, ?)", (entry.t, entry.operation, *texts)
            )
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, the oldest first."""
        for t, operation, *texts in self._database.execute("SELECT t, operation, request, answer, found FROM log ORDER BY number"):
            yield Entry(t, operation, *map(json.loads, texts))

    @property
    def instant(self) -> float:
        """The instant up to which requests may have been answered."""
        row = self._database.execute("SELECT t FROM clock").fetchone()
        return 0.0 if row is None else float(row[0])

    @instant.setter
    def instant(self, t: float) -> None:
        self._database.execute("INSERT OR REPLACE INTO clock VALUES (0, ?)", (t,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _identify(self, identity: Mapping[str, str], scenario: str) -> None:
        known = dict(self._database.execute("SELECT key, value FROM service").fetchall())
        if not known:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO service VALUES (?, ?)", [*identity.items(), ("scenario", scenario)])
            self._database.execute("COMMIT")
            return
        others = [key for key, value in identity.items() if known.get(key) != value]
        if others:
            self._database.close()
            which = " and ".join(
                f"{key} {known.get(key, 'none')} is not {identity[key]}" if len(identity[key]) < 80 else f"the {key} is another"
                for key in others
            )
            raise StoreError(f"{self._name}: this is the store of another service ({which}): name another file")
