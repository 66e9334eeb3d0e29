"""The engine's database: all or nothing, migrated with a copy, healed where it is broken."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import ClusterUnavailable, Happening
from trimtab.reconciler.local import salvage, schema
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.server_side_apply import Manager, Operation
from trimtab.reconciler.local.store import Corrupt, Store


def config(name: str, **data: str) -> Stored:
    ref = Ref("v1", "ConfigMap", "shop", name)
    metadata = {
        "name": name,
        "namespace": "shop",
        "uid": f"uid-{name}",
        "resourceVersion": "0",
        "generation": 1,
    }
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    paths = frozenset(("data", key) for key in data)
    return Stored(ref, body, {Manager("us", Operation.APPLY): paths} if paths else {})


def names(store: Store) -> list[str]:
    return sorted(stored.ref.name for stored in store)


def test_what_was_committed_is_there_after_a_reopening(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "engine.db")) as store:
        uid = store.uid
        (change,) = store.commit([config("a", color="red")])
        assert change.new.revision == "1"
    with closing(Store.open(tmp_path / "engine.db")) as store:
        assert store.uid == uid
        assert store.revision == 1
        assert list(store) == [change.new]


def test_revisions_rise_over_removals_and_reopenings(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "engine.db")) as store:
        store.commit([config("a")])
        (gone,) = store.commit([config("a").ref])
        assert (gone.removed, gone.new.revision) == (True, "2")
    with closing(Store.open(tmp_path / "engine.db")) as store:
        assert store.commit([config("b")])[0].new.revision == "3"


def test_a_full_disk_is_one_sentence_and_nothing_half_written(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "engine.db")) as store:
        store.commit([config("a")])
        store._connection.execute("PRAGMA max_page_count = 8")
        with pytest.raises(ClusterUnavailable, match=r"the disk that holds .* is full: nothing was written"):
            store.commit([config("b"), config("large", text="x" * 200_000)])
        assert names(store) == ["a"]
        assert store.revision == 1
        store._connection.execute("PRAGMA max_page_count = 100000")
        store.commit([config("b")])
    with closing(Store.open(tmp_path / "engine.db")) as store:
        assert names(store) == ["a", "b"]


def test_what_is_said_twice_is_counted(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "engine.db")) as store:
        said = Happening(config("a").ref, "Pulled", "it was pulled", 1, "2026-01-01T00:00:00Z")
        store.record(said)
        store.record(said._replace(last="2026-01-01T00:00:05Z"))
        assert store.happenings("shop") == [said._replace(times=2, last="2026-01-01T00:00:05Z")]
        assert store.happenings("elsewhere") == []


def test_a_migration_keeps_a_copy_of_what_was(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with closing(Store.open(path)) as store:
        store.commit([config("a")])
    newer = (*schema.MIGRATIONS, "ALTER TABLE objects ADD COLUMN note TEXT NOT NULL DEFAULT ''")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.migrate(connection, path, newer)
        assert schema.version(connection) == 2
        assert connection.execute("SELECT note FROM objects").fetchall() == [("",)]
    with closing(Store.open(path.with_name("engine.db.v1"))) as before:
        assert names(before) == ["a"]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    Store.open(path).close()
    broken = (*schema.MIGRATIONS, "CREATE TABLE half (x); CREATE TABLE objects (x)")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(connection, path, broken)
        connection.execute("ROLLBACK") if connection.in_transaction else None
        assert schema.version(connection) == 1
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall() == []


def test_a_database_of_a_newer_trimtab_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(ClusterUnavailable, match="newer Trimtab"):
        Store.open(path)


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 5000, b"not a database " * 500], ids=["empty", "zeros", "text"]
)
def test_a_file_that_is_no_database(tmp_path: Path, damage: bytes) -> None:
    """An empty file is a database without a page; anything else is corrupt."""
    path = tmp_path / "engine.db"
    path.write_bytes(damage)
    if not damage:
        Store.open(path).close()
        return
    with pytest.raises(Corrupt):
        Store.open(path)


def test_what_can_still_be_read_is_kept(tmp_path: Path) -> None:
    places = Places.of(tmp_path)
    with closing(Store.open(places.database)) as store:
        for number in range(200):
            store.commit([config(f"c{number:03}", text="x" * 1000)])
    raw = bytearray(places.database.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 4096] = b"\xff" * 4096
    places.database.write_bytes(raw)
    store, (sentence,) = salvage.open_store(places)
    with closing(store):
        kept = names(store)
        assert 150 <= len(kept) < 200
        assert all(stored.managers for stored in store)
    assert "engine.db was corrupt" in sentence
    aside = next(path for path in tmp_path.glob("engine.db.corrupt-*") if path.name in sentence)
    assert aside.read_bytes() == raw


def test_a_lost_write_ahead_log_is_no_corruption(tmp_path: Path) -> None:
    """Killed at any moment: the file and its log as they are on disk open to all that was acknowledged."""
    with closing(Store.open(tmp_path / "engine.db")) as store:
        store.commit([config("a")])
        copy = tmp_path / "copy"
        copy.mkdir()
        for part in tmp_path.glob("engine.db*"):
            shutil.copy(part, copy)
    with closing(Store.open(copy / "engine.db")) as store:
        assert names(store) == ["a"]
