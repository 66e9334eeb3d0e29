"""What an API server would reject is seen beforehand, whoever wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from compiled_specs import TARGETS, bundle, digits, pod_specs

from trimtab.compiler import pod_templates
from trimtab.compiler.checks import flaws
from trimtab.compiler.tree import manifest


def made(kind: str = "ConfigMap", name: str = "x", metadata: Any = None, **body: Any) -> list[str]:
    tree = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **(metadata or {})}, **body}
    whole = manifest(tree, ())
    return [
        ".".join(map(str, flaw.field)) for flaw in flaws(whole, tuple(pod_templates.pod_specs(whole.body)))
    ]


def pod(**container: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "x", **container}]}}}}


CONTAINER = "spec.template.spec.containers.0"


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (made(name="Bad_Name"), "metadata.name"),
        (made(name="a" * 254), "metadata.name"),
        (made("Service", name="1a"), "metadata.name"),
        (made("Service", name="a.b"), "metadata.name"),
        (made(metadata={"labels": {"a": "with space"}}), "metadata.labels.a"),
        (made(metadata={"labels": {"a": "x" * 64}}), "metadata.labels.a"),
        (made(metadata={"annotations": {"bad key": "x"}}), "metadata.annotations.bad key"),
        (made(data={"a": "x" * (1024 * 1024 + 1)}), "data"),
        (made("Job", **pod(resources={"requests": {"cpu": "one"}})), f"{CONTAINER}.resources.requests.cpu"),
        (made("Job", **pod(env=[{"name": "A"}, {"name": "A"}])), f"{CONTAINER}.env.1"),
        (made("Job", **pod(volumeMounts=2 * [{"mountPath": "/a"}])), f"{CONTAINER}.volumeMounts.1"),
    ],
)
def test_each_flaw_is_found_at_its_field(found: list[str], field: str) -> None:
    assert field in found


def test_what_is_right_has_none() -> None:
    assert made(name="a.b-c", metadata={"labels": {"a.b/c": "D_e.f", "x": ""}}, data={"a": "b"}) == []


@pytest.mark.parametrize("environment", ["laptop", "cluster"])
def test_nothing_is_sent_that_a_server_would_drop(environment: str) -> None:
    """Null, empty lists, empty texts: a server drops them, and the manifest would differ from its echo for ever."""
    found = bundle(digits(environment=environment), TARGETS[environment])
    for place, value in (leaf for m in found.manifests for leaf in _leaves(m.body, ())):
        assert value not in (None, [], ""), place
        assert value != {} or place[-1] in {"emptyDir", "podSelector"}, place
    assert all("hostNetwork" not in spec for spec in pod_specs(found))


def _leaves(value: Any, place: tuple[Any, ...]) -> Any:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*place, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*place, index))
    else:
        yield place, value
