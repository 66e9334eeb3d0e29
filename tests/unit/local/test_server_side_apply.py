"""Server-side apply where examples say more than laws: order, keys, paths, shared ownership."""

from __future__ import annotations

from typing import Any

from trimtab.reconciler.cluster import Conflict
from trimtab.reconciler.local import server_side_apply as ssa
from trimtab.reconciler.local.server_side_apply import Manager, Operation, Result

EMPTY: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
US = Manager("us", Operation.APPLY)


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {**EMPTY, "spec": {**spec, **({"containers": list(containers)} if containers else {})}}


def whole(result: Result) -> dict[str, Any]:
    return {**EMPTY, **result.content, "metadata": {"name": "x", **result.content.get("metadata", {})}}


def apply(live: dict[str, Any], managers: ssa.Managers, wanted: dict[str, Any], name: str = "us") -> Result:
    result = ssa.apply(live, managers, wanted, name)
    assert isinstance(result, Result)
    return result


def test_containers_are_found_by_name_not_by_place() -> None:
    theirs = apply(EMPTY, {}, pod({"name": "sidecar", "image": "s"}), "them")
    ours = apply(whole(theirs), theirs.managers, pod({"name": "main", "image": "m"}))
    assert {c["name"] for c in ours.content["spec"]["containers"]} == {"sidecar", "main"}


def test_a_conflict_names_the_place_in_what_was_applied() -> None:
    theirs = apply(EMPTY, {}, pod({"name": "a", "image": "1"}, {"name": "b", "image": "1"}), "them")
    answer = ssa.apply(whole(theirs), theirs.managers, pod({"name": "b", "image": "2"}), "us")
    assert answer == Conflict("them", (("spec", "containers", 0, "image"),))


def test_two_managers_may_own_the_same_value() -> None:
    theirs = apply(EMPTY, {}, pod(hostname="h"), "them")
    ours = apply(whole(theirs), theirs.managers, pod(hostname="h"))
    left = apply(whole(ours), ours.managers, EMPTY)
    assert left.content["spec"]["hostname"] == "h"


def test_ports_are_told_apart_by_protocol_and_tcp_is_understood() -> None:
    ours = apply(
        EMPTY,
        {},
        pod({"name": "a", "ports": [{"containerPort": 1}, {"containerPort": 1, "protocol": "UDP"}]}),
    )
    again = apply(
        whole(ours), ours.managers, pod({"name": "a", "ports": [{"containerPort": 1, "protocol": "TCP"}]})
    )
    assert again.content["spec"]["containers"][0]["ports"] == [{"containerPort": 1, "protocol": "TCP"}]


def test_the_digest_sees_a_new_order_of_list_items() -> None:
    ours = apply(EMPTY, {}, pod({"name": "a"}, {"name": "b"}))
    turned = ssa.replace(whole(ours), ours.managers, pod({"name": "b"}, {"name": "a"}), "them")
    before = ssa.own_digest(whole(ours), ours.managers, "us")
    assert turned.managers[US] == ours.managers[US]
    assert ssa.own_digest(whole(turned), turned.managers, "us") != before


def test_the_digest_is_empty_where_nothing_is_ours_by_apply() -> None:
    ours = ssa.replace(EMPTY, {}, pod(hostname="h"), "us")
    assert ssa.own_digest(whole(ours), ours.managers, "us") == ""


def test_true_is_not_one() -> None:
    ours = apply(EMPTY, {}, pod(hostNetwork=True))
    theirs = ssa.replace(whole(ours), ours.managers, pod(hostNetwork=1), "them")
    assert US not in theirs.managers


def test_lists_of_custom_resources_are_atomic() -> None:
    body = {"apiVersion": "trimtab.dev/v1", "kind": "Run", "metadata": {"name": "x"}}
    ours = apply(body, {}, {**body, "spec": {"env": [{"name": "a"}]}})
    answer = ssa.apply(
        {**body, **ours.content}, ours.managers, {**body, "spec": {"env": [{"name": "b"}]}}, "them"
    )
    assert isinstance(answer, Conflict)
    assert answer.paths == (("spec", "env"),)


def test_an_item_lives_as_long_as_somebody_owns_a_part_of_it() -> None:
    ours = apply(EMPTY, {}, pod({"name": "a", "image": "1"}))
    theirs = apply(whole(ours), ours.managers, pod({"name": "a", "tty": True}), "them")
    left = apply(whole(theirs), theirs.managers, EMPTY)
    assert left.content["spec"]["containers"] == [{"name": "a", "tty": True}]
