"""A commit asks for a kind that the cluster does not have yet: what was kept is kept, until the kind and the rights come."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from control_plane import Access, Refused
from followed import MAIN, Live, Repository, account, daemon, namespace, spec
from trimtab_cli import wait_for

from trimtab.reconciler.rights import WRITE, Right, binding, role


class Widgets:
    """A kind of the test's own."""

    def __init__(self, plane: Access) -> None:
        self._plane, self.group = plane, f"test-{uuid.uuid4().hex[:8]}.example.com"

    def asked_for_by(self, text: str) -> str:
        widget = f"{{apiVersion: {self.group}/v1, kind: Widget, metadata: {{name: one}}, spec: {{size: 3}}}}"
        return text.replace("  manifests:\n", f"  manifests:\n    widget: {widget}\n")

    def install(self) -> None:
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
        spec = {
            "group": self.group,
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [version],
        }
        definition = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"widgets.{self.group}"},
            "spec": spec,
        }
        self._apply(definition)

    def grant(self, subject: dict[str, str]) -> None:
        name = f"widgets-{self.group}"
        self._apply(role("ClusterRole", name, [Right(f"{self.group}/v1", "Widget", WRITE)]))
        self._apply(binding("ClusterRoleBinding", name, ("ClusterRole", name), subject))

    def _apply(self, body: dict[str, Any]) -> None:
        self._plane.kubectl("apply", "--server-side", "-f", "-", stdin=body)

    def sizes(self, place: str) -> list[int]:
        listed = self._plane.kubectl("get", f"widgets.{self.group}", "-n", place, "-o", "json")
        return [each["spec"]["size"] for each in json.loads(listed)["items"]]

    def remove(self) -> None:
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{self.group}"
        with suppress(Refused):
            self._plane.api.delete(path)


@pytest.fixture
def widgets(prepared_cluster: Access) -> Iterator[Widgets]:
    widgets = Widgets(prepared_cluster)
    yield widgets
    widgets.remove()


def test_what_was_kept_is_healed_until_the_kind_and_the_rights_are_there(
    prepared_cluster: Access, widgets: Widgets, tmp_path: Path
) -> None:
    who, repository = account(prepared_cluster), Repository.new(tmp_path)
    with (
        namespace(prepared_cluster, "kinds") as place,
        daemon(repository, who, tmp_path / "home") as process,
    ):
        live = Live(prepared_cluster, place)
        process.reaches(repository.push({MAIN: spec(place, one="red", two="red")}))
        commit = repository.push({MAIN: widgets.asked_for_by(spec(place, one="blue", two="red"))})
        process.says(f"{MAIN}: commit {commit[:10]} has to wait: {who.subject['name']} may not get")
        holder = live.holder()
        live.delete("two")
        wait_for("what was deleted", lambda: live.color("two") == "red")
        assert (live.color("one"), live.holder()) == ("red", holder)
        widgets.install()
        widgets.grant(who.subject)
        process.reaches(commit)
        assert (live.color("one"), widgets.sizes(place)) == ("blue", [3])
        assert process.end().count("has to wait") == 1


def test_who_may_do_everything_is_told_of_the_kind_and_all_else_is_kept(
    prepared_cluster: Access, widgets: Widgets, tmp_path: Path
) -> None:
    who = prepared_cluster.users.named(f"admin-{uuid.uuid4().hex[:8]}", ["system:masters"])
    repository = Repository.new(tmp_path)
    with (
        namespace(prepared_cluster, "kinds") as place,
        daemon(repository, who, tmp_path / "home") as process,
    ):
        live = Live(prepared_cluster, place)
        process.reaches(repository.push({MAIN: spec(place, one="red", two="red")}))
        repository.push({MAIN: widgets.asked_for_by(spec(place, one="blue", two="red"))})
        process.says(f"{MAIN}: held back: Widget/one")
        wait_for("the rest of the commit", lambda: live.color("one") == "blue")
        live.delete("two")
        wait_for("what was deleted", lambda: live.color("two") == "red")
        process.end()
