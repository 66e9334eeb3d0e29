"""Opening `engine.db`, whatever state it is in: a corrupt file is moved aside and its objects gathered again.

What can still be read from it is kept; what runs is known from the directories of Pods and Services, where each, and the
object that owns it, was noted before it started. The rest the next apply writes again. Who owned which field is not in
a note: the fields then belong to nobody until they are applied.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.objects import Body, Stored, ref_of
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.store import Corrupt, Store, decode_row

log = logging.getLogger(__name__)

NOTE = "objects.json"
"""In the directory of a Pod or Service: itself and what owns it, as they were when it started."""


def open_store(places: Places) -> tuple[Store, tuple[str, ...]]:
    """The store, and a sentence for people where it had to be healed."""
    if not places.database.exists():
        return _rebuilt(places, _all_noted(places), "was missing")
    try:
        return Store.open(places.database), ()
    except Corrupt as error:
        log.warning("engine.db is corrupt: %s", error)
    aside = _moved_aside(places.database)
    return _rebuilt(
        places, [*_all_noted(places), *_readable(aside)], f"was corrupt, and is kept as {aside.name}"
    )


def _rebuilt(places: Places, gathered: Sequence[Stored], why: str) -> tuple[Store, tuple[str, ...]]:
    """A new store with what was gathered, later ones over earlier ones."""
    store = Store.open(places.database)
    found = {stored.ref: stored for stored in gathered}
    if found:
        store.commit(list(found.values()))
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(_count(found).items()))
        return store, (f"engine.db {why}: it was rebuilt with {kinds}, and apply writes the rest",)
    return store, (
        f"engine.db {why}: it starts empty, and apply writes it again",
    ) if "corrupt" in why else ()


def write_note(directory: Path, *objects: Stored) -> None:
    """Before something starts: what to know it by if the database is lost."""
    fresh = directory / f"{NOTE}.new"
    fresh.write_text(json.dumps([stored.body for stored in objects]))
    fresh.replace(directory / NOTE)


def noted(directory: Path) -> list[Stored]:
    """The objects of one directory's note; none where there is no such note."""
    note = directory / NOTE
    try:
        bodies: list[Body] = json.loads(note.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.warning("%s can't be read: %s", note, error)
        return []
    return [Stored(ref_of(body), body, {}) for body in bodies]


def _all_noted(places: Places) -> list[Stored]:
    """Whatever runs, and the Namespaces it is in."""
    directories = [*sorted(places.pods.glob("*")), *sorted(places.services.glob("*"))]
    found = [stored for directory in directories for stored in noted(directory)]
    return [
        *(_namespace(stored.ref.namespace, stored.body) for stored in found if stored.ref.namespace),
        *found,
    ]


def _namespace(name: str, beside: Body) -> Stored:
    ref = Ref("v1", "Namespace", "", name)
    kept = {key: beside["metadata"][key] for key in ("creationTimestamp",)}
    metadata = {"name": name, "uid": f"rebuilt-{name}", "resourceVersion": "0", "generation": 1, **kept}
    return Stored(ref, {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}, {})


def _moved_aside(database: Path) -> Path:
    aside = database.with_name(f"{database.name}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _readable(path: Path) -> Iterator[Stored]:
    """Each object whose row can still be read; broken pages end a scan, so it is tried from both ends."""
    for order in ("ASC", "DESC"):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                for row in connection.execute(f"SELECT * FROM objects ORDER BY rowid {order}"):  # noqa: S608
                    yield from _row(row)
        except sqlite3.DatabaseError as error:
            log.warning("reading %s ended: %s", path.name, error)


def _row(row: tuple[Any, ...]) -> Iterator[Stored]:
    try:
        yield decode_row(row)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        log.warning("an object can't be read: %s", error)


def _count(found: dict[Ref, Stored]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for ref in found:
        counts[ref.kind] = counts.get(ref.kind, 0) + 1
    return counts
