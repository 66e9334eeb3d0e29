"""Every kind as its own controller tells of it, story by story, and what health makes of it.

A story changes the object of its page a little, gives it a status (and what it owns), and names the facts to expect.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest
from health_stories import Story, stories

from trimtab.reconciler.health import _RULES, health_of


@pytest.mark.parametrize("story", [pytest.param(s, id=f"{s.page}: {s.told}") for s in stories()])
def test_story(story: Story) -> None:
    health = asdict(health_of(story.object, story.owned))
    assert {name: health[name] for name in story.health} == story.health


def test_a_message_is_one_sentence() -> None:
    for story in stories():
        message = health_of(story.object, story.owned).message
        assert "\n" not in message
        assert len(message) < 250


def test_every_rule_of_its_own_kind_is_told_of() -> None:
    seen = {(s.object["apiVersion"].rpartition("/")[0], s.object["kind"]) for s in stories()}
    elsewhere = {
        ("", "PersistentVolumeClaim"),
        ("apps", "ReplicaSet"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        *((group, kind) for group, kind in _RULES if group == "kubeflow.org"),
        *((group, kind) for group, kind in _RULES if _RULES[group, kind].__name__ == "rule"),
    }
    assert _RULES.keys() - elsewhere <= seen
