"""The schema of `engine.db` and how older ones become the newest. A released migration is never edited."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from trimtab.reconciler.cluster import ClusterUnavailable

MIGRATIONS: Sequence[str] = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE objects (
        api_version TEXT NOT NULL,
        kind TEXT NOT NULL,
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        managers TEXT NOT NULL,
        UNIQUE (api_version, kind, namespace, name)
    );
    CREATE TABLE happenings (
        api_version TEXT NOT NULL,
        kind TEXT NOT NULL,
        namespace TEXT NOT NULL,
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        message TEXT NOT NULL,
        times INTEGER NOT NULL,
        last TEXT NOT NULL,
        UNIQUE (api_version, kind, namespace, name, reason, message)
    );
    """,
)


def version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the file to the newest version, each step a transaction, with a copy of what was before the first."""
    at = version(connection)
    if at > len(migrations):
        raise ClusterUnavailable(
            f"{path} was written by a newer Trimtab (format {at}, this one knows {len(migrations)}): use that one"
        )
    if 0 < at < len(migrations):
        _back_up(connection, path.with_name(f"{path.name}.v{at}"))
    for number, script in enumerate(migrations[at:], start=at + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")


def _back_up(connection: sqlite3.Connection, to: Path) -> None:
    with closing(sqlite3.connect(to)) as copy:
        connection.backup(copy)
