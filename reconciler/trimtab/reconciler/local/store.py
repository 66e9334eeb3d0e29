"""The engine's truth: objects in `engine.db`, each change one transaction, numbered by one rising revision.

There is one writer, the engine host, which holds the directory's lock; so a mirror in memory answers every read.
The mirror changes after a commit and never before: what could not be written has not happened. Which writes are
allowed is not decided here.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import ClusterUnavailable, Happening
from trimtab.reconciler.local import schema
from trimtab.reconciler.local.objects import Stored, decode_managers, encode_managers

HAPPENINGS_KEPT = 2000
"""About what a person could ever read; the oldest leave first."""


class Corrupt(Exception):
    """The file is not, or no longer, a sound database."""


class Change(NamedTuple):
    """What one write did. `new` of a removal is the object's last state, under the revision of its removal."""

    old: Stored | None
    new: Stored
    removed: bool


class Store:
    """Open one with `Store.open`, or `salvage.open_store`, which also heals a corrupt one."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._objects: dict[Ref, Stored] = {}
        self._by_kind: dict[tuple[str, str], dict[Ref, Stored]] = {}
        for stored in self._rows():
            self._remember(stored)
        self.uid = self._fact("uid", lambda: str(uuid.uuid4()))
        self.revision = int(self._fact("revision", lambda: "0"))

    @classmethod
    def open(cls, path: Path) -> Store:
        """Raises `Corrupt` where the file is broken, `ClusterUnavailable` where it can't be used."""
        try:
            connection = sqlite3.connect(path, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise ClusterUnavailable(f"{path} could not be opened: {error}") from error
        try:
            _check(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            schema.migrate(connection, path)
            return cls(connection, path)
        except (sqlite3.DatabaseError, ValueError, KeyError) as error:
            connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise ClusterUnavailable(_sentence(path, error)) from error
            raise Corrupt(str(error)) from error
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def get(self, ref: Ref) -> Stored | None:
        return self._objects.get(ref)

    def of_kind(self, api_version: str, kind: str, namespace: str = "") -> list[Stored]:
        """All of a kind, in the order they were made; in one namespace where it is given, if they are in any."""
        found = self._by_kind.get((api_version, kind), {})
        return [stored for ref, stored in found.items() if not namespace or ref.namespace in ("", namespace)]

    def __iter__(self) -> Iterator[Stored]:
        return iter(tuple(self._objects.values()))

    def commit(self, writes: Sequence[Stored | Ref]) -> list[Change]:
        """Write objects, and remove those of which only the name is given: all or none."""
        changes = [
            self._change(write, self.revision + number) for number, write in enumerate(writes, start=1)
        ]
        with _Transaction(self._connection, self._path):
            for change in changes:
                self._write(change)
            self._set_fact("revision", str(self.revision + len(changes)))
        self.revision += len(changes)
        for change in changes:
            self._forget(change.new.ref) if change.removed else self._remember(change.new)
        return changes

    def record(self, happening: Happening) -> None:
        """Say something of an object; what was said before is counted, not repeated."""
        with _Transaction(self._connection, self._path):
            self._connection.execute(
                "INSERT INTO happenings VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET times = times + excluded.times, last = excluded.last",
                (*happening.ref, happening.reason, happening.message, happening.times, happening.last),
            )
            self._connection.execute(
                "DELETE FROM happenings WHERE rowid <= (SELECT max(rowid) FROM happenings) - ?",
                (HAPPENINGS_KEPT,),
            )

    def happenings(self, namespace: str, ref: Ref | None = None) -> list[Happening]:
        rows = self._connection.execute(
            "SELECT * FROM happenings WHERE namespace = ? ORDER BY last, rowid", (namespace,)
        ).fetchall()
        found = [Happening(Ref(*row[:4]), *row[4:]) for row in rows]
        return [happening for happening in found if ref is None or happening.ref == ref]

    def _rows(self) -> Iterator[Stored]:
        for row in self._connection.execute("SELECT * FROM objects ORDER BY rowid"):
            yield decode_row(row)

    def _fact(self, name: str, make: Callable[[], str]) -> str:
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        if row:
            return str(row[0])
        value = make()
        self._set_fact(name, value)
        return value

    def _set_fact(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _change(self, write: Stored | Ref, revision: int) -> Change:
        ref = write.ref if isinstance(write, Stored) else write
        old = self._objects.get(ref)
        new = write if isinstance(write, Stored) else self._objects[ref]
        return Change(old, new.with_metadata(resourceVersion=str(revision)), not isinstance(write, Stored))

    def _write(self, change: Change) -> None:
        ref = change.new.ref
        if change.removed:
            self._connection.execute(
                "DELETE FROM objects WHERE api_version = ? AND kind = ? AND namespace = ? AND name = ?", ref
            )
            return
        self._connection.execute(
            "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET body = excluded.body, managers = excluded.managers",
            (*ref, _json(change.new.body), _json(encode_managers(change.new.managers))),
        )

    def _remember(self, stored: Stored) -> None:
        self._objects[stored.ref] = stored
        self._by_kind.setdefault((stored.ref.api_version, stored.ref.kind), {})[stored.ref] = stored

    def _forget(self, ref: Ref) -> None:
        del self._objects[ref]
        del self._by_kind[ref.api_version, ref.kind][ref]


def decode_row(row: Sequence[Any]) -> Stored:
    body: Mapping[str, Any] = json.loads(row[4])
    stored = Stored(Ref(*row[:4]), body, decode_managers(json.loads(row[5])))
    _ = stored.uid, stored.revision, stored.generation  # a row without them is not one of ours
    return stored


class _Transaction:
    """BEGIN to COMMIT; an error takes everything back and becomes one sentence."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def __enter__(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._execute("COMMIT")
            return
        self._roll_back()
        if isinstance(error, sqlite3.Error):
            raise ClusterUnavailable(_sentence(self._path, error)) from error

    def _execute(self, statement: str) -> None:
        try:
            self._connection.execute(statement)
        except sqlite3.Error as error:
            self._roll_back()
            raise ClusterUnavailable(_sentence(self._path, error)) from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _check(connection: sqlite3.Connection) -> None:
    """A brand-new file is sound; otherwise SQLite itself says so, page by page."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found[0] != "ok":
        raise Corrupt(str(found[0]))


def _sentence(path: Path, error: sqlite3.Error) -> str:
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return f"the disk that holds {path} is full: nothing was written, make room and run the command again"
    return f"{path} could not be used ({error}): nothing was written"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
