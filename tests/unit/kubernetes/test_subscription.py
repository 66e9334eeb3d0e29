"""What one listener hears of the news of all."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Change, ClusterUnavailable, Event, Health, Observed
from trimtab.reconciler.kubernetes.subscription import Subscription
from trimtab.reconciler.kubernetes.table import Told

CONFIG, JOB = ("v1", "ConfigMap"), ("batch/v1", "Job")


def thing(revision: int, system: str = "a", namespace: str = "n") -> Observed:
    ref = Ref("v1", "ConfigMap", namespace, "x")
    return Observed(ref, "u", str(revision), 1, "", {"system": system}, {}, False, Health())


def listener(namespace: str = "", **selector: str) -> Subscription:
    return Subscription([CONFIG, JOB], namespace, selector)


async def heard(subscription: Subscription, *news: Told) -> list[Event]:
    for told in news:
        subscription.hear(told)
    subscription.fail(ClusterUnavailable("the end"))
    events = []
    with suppress(ClusterUnavailable):
        async for event in subscription.events():
            events.append(event)
    return events


async def test_the_news_of_others_are_not_for_him() -> None:
    assert await heard(listener(system="b"), Told(None, thing(1))) == []
    assert await heard(listener("elsewhere"), Told(None, thing(1))) == []
    assert len(await heard(listener("n", system="a"), Told(None, thing(1)))) == 1
    assert len(await heard(listener("n"), Told(None, thing(1, namespace="")))) == 1, "it is in no namespace"


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (None, thing(1), Change.ADDED),
        (thing(1), thing(2), Change.MODIFIED),
        (thing(1), None, Change.DELETED),
        (thing(1, "other"), thing(2), Change.ADDED),
        (thing(1), thing(2, "other"), Change.DELETED),
    ],
)
async def test_a_change(old: Any, new: Any, change: Change) -> None:
    (event,) = await heard(listener(system="a"), Told(old, new))
    assert event.change is change


async def test_what_left_the_selection_did_so_at_that_revision() -> None:
    (event,) = await heard(listener(system="a"), Told(thing(1), thing(2, "other")))
    assert event.observed is not None
    assert (event.observed.revision, event.observed.labels) == ("2", {"system": "a"})


async def test_all_is_known_when_each_kind_is_known_once() -> None:
    subscription = listener()
    subscription.note_synced(CONFIG)
    subscription.note_synced(CONFIG)
    subscription.hear(Told(None, thing(1)))
    subscription.note_synced(JOB)
    subscription.note_synced(JOB)
    changes = [event.change for event in await heard(subscription)]
    assert changes == [Change.ADDED, Change.SYNCED]
