"""Which kinds live in a namespace: our table against a real API server, and against the definitions of our systems."""

from __future__ import annotations

import pytest
from cluster_access import client
from control_plane import Access
from control_plane.crds import DISCOVERY, FOLDERS, crds

from trimtab.compiler.scope import is_namespaced


def test_kinds_of_kubernetes_itself(control_plane: Access) -> None:
    wrong = []
    for path in ("/api", "/apis"):
        for group in control_plane.api.get(path, accept=DISCOVERY)["items"]:
            name = group["metadata"].get("name", "")
            for version in (
                group["versions"] if name == "" or name.endswith("k8s.io") or "." not in name else ()
            ):
                for resource in version["resources"]:
                    kind, verbs = resource["responseKind"]["kind"], resource["verbs"]
                    api_version = "/".join(filter(None, (name, version["version"])))
                    namespaced = resource["scope"] == "Namespaced"
                    if (
                        "create" in verbs
                        and "get" in verbs
                        and is_namespaced(api_version, kind, None, {}) != namespaced
                    ):
                        wrong.append((api_version, kind))
    assert wrong == []


async def test_the_core_group_is_what_is_taken_for_granted(control_plane: Access) -> None:
    async with client(control_plane) as cluster:
        before = control_plane.audit.mark()
        granted = dict(await cluster.discovery.resources())
        requests = control_plane.audit.requests(before)
        assert [each.uri for each in requests if each.user_agent.startswith("trimtab")] == ["/apis"]
        assert await cluster.discovery.resource("v1", "Binding") is not None, "not known, so asked for"
        served = await cluster.discovery.resources()
    made_and_read = {"create", "get", "list"}
    core = {key: each for key, each in served.items() if key[0] == "v1" and made_and_read <= each.verbs}
    assert core.keys() == {key for key in granted if key[0] == "v1"}
    for key, each in core.items():
        assert granted[key].path("a", "b") == each.path("a", "b")
        assert granted[key].verbs <= each.verbs


@pytest.mark.parametrize("system", sorted(FOLDERS))
def test_kinds_of_the_systems_that_we_compile_for(system: str) -> None:
    for definition in crds(system):
        spec = definition["spec"]
        namespaced = is_namespaced(f"{spec['group']}/v1", spec["names"]["kind"], None, {})
        assert namespaced == (spec["scope"] == "Namespaced"), spec["names"]["kind"]
