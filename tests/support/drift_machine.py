"""A Hypothesis state machine: objects of ours on a real API server, and strangers who do to them whatever can be done.

After every step the arena judges (see there): what a dry run of our apply would change must have been seen.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from drift_arena import REWRITER, Arena, Kept
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from trimtab.reconciler.cluster import FIELD_MANAGER

Body = dict[str, Any]

names = st.sampled_from(["a", "b", "c"])
texts = st.sampled_from(["1", "2", "three"])
NO_LABELS = {"app": "x"}


def subset(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Body]:
    return st.fixed_dictionaries({}, optional=fields)


def keyed(
    key: str, keys: st.SearchStrategy[Any], least: int = 0, **more: Any
) -> st.SearchStrategy[list[Body]]:
    item = st.builds(lambda name, rest: {key: name, **rest}, keys, st.fixed_dictionaries(more))
    return st.lists(item, min_size=least, max_size=3, unique_by=lambda each: each[key])


def some(**fields: Any) -> Body:
    """What is not empty: a server forgets an empty list, and a compiler sends none."""
    return {name: value for name, value in fields.items() if value not in ([], {}, None)}


metadata = st.builds(
    lambda labels, notes: some(labels=labels, annotations=notes),
    subset(team=texts, tier=texts),
    subset(note=texts),
)
images = st.sampled_from(["example.org/x:1", "example.org/x:2"])
containers = st.builds(
    lambda env, args, ports, cpu: [
        some(
            name="main",
            image="example.org/main:1",
            env=env,
            args=args,
            ports=ports,
            resources={"requests": {"cpu": cpu}} if cpu else None,
        )
    ],
    keyed("name", names, value=texts),
    st.lists(texts, max_size=3),
    keyed("containerPort", st.integers(8080, 8082)),
    st.sampled_from([None, "1000m", "0.5", "2"]),
)
pods = st.builds(
    lambda inits, containers, volume, node: some(
        initContainers=inits,
        containers=containers,
        volumes=[{"name": "scratch", "emptyDir": volume}],
        nodeSelector=node,
    ),
    keyed("name", names, image=images),
    containers,
    st.sampled_from([{}, {"medium": "Memory"}]),
    subset(zone=texts),
)
deployments = st.builds(
    lambda about, replicas, pod: {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": about,
        "spec": some(
            replicas=replicas,
            selector={"matchLabels": NO_LABELS},
            template={"metadata": {"labels": NO_LABELS}, "spec": pod},
        ),
    },
    metadata,
    st.sampled_from([None, 0, 1, 2]),
    pods,
)
configs = st.builds(
    lambda about, data: {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": about,
        "data": {"color": "red", **data},
    },
    metadata,
    subset(x=texts, y=texts),
)
services = st.builds(
    lambda about, ports, selector: {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": about,
        "spec": {
            "ports": [{**p, "name": f"p{p['port']}"} for p in ports],
            "selector": {"app": "x", **selector},
        },
    },
    metadata,
    keyed("port", st.integers(80, 82), least=1),
    subset(tier=texts),
)
roles = st.builds(
    lambda about, verbs: {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": about,
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}],
    },
    metadata,
    st.lists(st.sampled_from(["get", "list", "watch"]), min_size=1, max_size=3, unique=True),
)
things = st.builds(
    lambda about, spec: {
        "apiVersion": "drift.trimtab.example/v1",
        "kind": "Thing",
        "metadata": about,
        "spec": {"nested": {"one": "1"}, **some(**spec)},
    },
    metadata,
    subset(
        merged=keyed("name", names),
        atomic=keyed("name", names),
        set=st.lists(names, max_size=3, unique=True),
        port=st.sampled_from([80, "80", "http"]),
        nested=subset(one=texts, two=st.integers(0, 2)),
        whole=subset(x=texts, y=texts),
        free=subset(x=texts, y=st.lists(texts, max_size=2)),
    ),
)
bodies = st.one_of(deployments, configs, services, roles, things)
OF_KIND = {
    "Deployment": deployments,
    "ConfigMap": configs,
    "Service": services,
    "Role": roles,
    "Thing": things,
}
Place = tuple[str | int, ...]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Everything in an object that somebody may change."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in below:
        yield (*path, key)
        yield from places(child, (*path, key))


def changeable(live: Body) -> list[Place]:
    content = {name: live[name] for name in ("spec", "data", "rules") if name in live}
    about = {name: live["metadata"][name] for name in ("labels", "annotations") if name in live["metadata"]}
    return [*places(content), *(("metadata", *place) for place in places(about))]


def holder(body: Any, place: Place) -> Any:
    for step in place[:-1]:
        body = body[step]
    return body


def one_of(found: list[Place], pick: int) -> Place | None:
    return found[pick % len(found)] if found else None


def pointer(place: Place) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


class DriftMachine(RuleBasedStateMachine):
    """`arena` is set by whoever runs it."""

    arena: ClassVar[Arena]
    kept: Kept

    @initialize(body=bodies)
    def begin(self, body: Body) -> None:
        self.kept = self.arena.keep(body)

    def teardown(self) -> None:
        if hasattr(self, "kept"):
            self.kept.leave()

    def theirs(self, data: st.DataObject) -> Body:
        """What somebody else would apply: an object like ours, under its name."""
        body = copy.deepcopy(data.draw(OF_KIND[self.kept.ref.kind]))
        namespace = self.kept.ref.namespace
        return {**body, "metadata": {**body["metadata"], "name": self.kept.ref.name, "namespace": namespace}}

    @rule(data=st.data())
    def we_change_our_mind(self, data: st.DataObject) -> None:
        self.kept.want(data.draw(OF_KIND[self.kept.ref.kind]))

    @rule()
    def we_heal(self) -> None:
        self.kept.heal("a heal")

    @rule(data=st.data())
    def somebody_writes_it_whole(self, data: st.DataObject) -> None:
        change = self.change(data)
        with self.kept.by_a_stranger("a replacement"):
            self.kept.stranger.put(change)

    @rule(data=st.data())
    def somebody_writes_it_whole_under_our_name(self, data: st.DataObject) -> None:
        change = self.change(data)
        with self.kept.by_a_stranger("a replacement under our name"):
            self.kept.stranger.put(change, manager=FIELD_MANAGER)

    def change(self, data: st.DataObject) -> Callable[[Body], None]:
        """One value set, or something taken out, anywhere."""
        pick, value = data.draw(st.integers(0, 10_000)), data.draw(texts)
        taken_out = data.draw(st.booleans())

        def change(live: Body) -> None:
            place = one_of(changeable(live), pick)
            if place is None:
                return
            if taken_out:
                del holder(live, place)[place[-1]]
            elif not isinstance(holder(live, place)[place[-1]], dict | list):
                holder(live, place)[place[-1]] = value

        return change

    @rule(pick=st.integers(0, 1000))
    def somebody_reorders_a_list(self, pick: int) -> None:
        def reverse(live: Body) -> None:
            place = one_of([p for p in changeable(live) if isinstance(holder(live, p)[p[-1]], list)], pick)
            if place is not None:
                holder(live, place)[place[-1]].reverse()

        with self.kept.by_a_stranger("a list in another order"):
            self.kept.stranger.put(reverse)

    @rule(data=st.data(), how=st.sampled_from(["merge", "strategic"]))
    def somebody_patches_it(self, data: st.DataObject, how: str) -> None:
        theirs = self.theirs(data)
        patch = {name: value for name, value in theirs.items() if name not in ("apiVersion", "kind")}
        if theirs["kind"] == "Thing":
            how = "merge"  # custom resources know no other
        with self.kept.by_a_stranger(f"a {how} patch"):
            self.kept.stranger.patch(patch, how)

    @rule(pick=st.integers(0, 1000), value=texts)
    def somebody_patches_one_place(self, pick: int, value: str) -> None:
        with self.kept.by_a_stranger("a JSON patch"):
            live = self.kept.stranger.get()
            place = one_of(
                [p for p in changeable(live) if not isinstance(holder(live, p)[p[-1]], dict | list)], pick
            )
            if place is not None:
                operation = {"op": "replace", "path": pointer(place), "value": value}
                self.kept.stranger.patch([operation], "json")

    @rule(data=st.data(), force=st.booleans())
    def somebody_applies(self, data: st.DataObject, force: bool) -> None:
        theirs = self.theirs(data)
        with self.kept.by_a_stranger("a forced apply" if force else "an apply"):
            self.kept.stranger.apply(theirs, force=force)

    @rule(data=st.data())
    def somebody_applies_under_our_name(self, data: st.DataObject) -> None:
        theirs = self.theirs(data)
        with self.kept.by_a_stranger("an apply under our name"):
            self.kept.stranger.apply(theirs, manager=FIELD_MANAGER, force=True)

    @rule()
    def somebody_applies_what_we_do(self) -> None:
        with self.kept.by_a_stranger("an apply of the same"):
            self.kept.stranger.apply(self.kept.body)

    @rule(replicas=st.integers(0, 3))
    def somebody_scales_it(self, replicas: int) -> None:
        with self.kept.by_a_stranger("a scale"):
            self.kept.stranger.patch({"spec": {"replicas": replicas}}, part="scale")

    @rule(value=texts)
    def its_controller_writes_its_status(self, value: str) -> None:
        status = {"conditions": [{"type": "Seen", "status": "True", "reason": value, "message": ""}]}
        with self.kept.by_a_stranger("a status"):
            self.kept.stranger.patch({"status": status}, part="status")

    @rule()
    def somebody_deletes_it(self) -> None:
        with self.kept.by_a_stranger("a delete"):
            self.kept.stranger.delete()

    @rule(data=st.data(), same=st.booleans())
    def somebody_deletes_it_and_makes_it_again(self, data: st.DataObject, same: bool) -> None:
        body = self.kept.body if same else self.theirs(data)
        with self.kept.by_a_stranger("a delete and a successor"):
            self.kept.stranger.delete()
            self.kept.create_again(body)

    @rule(what=st.sampled_from(["labels", "annotations"]))
    def somebody_strips_it(self, what: str) -> None:
        with self.kept.by_a_stranger(f"{what} stripped"):
            self.kept.stranger.put(lambda live: live["metadata"].pop(what, None))

    @rule()
    def somebody_resets_who_owns_what(self) -> None:
        with self.kept.by_a_stranger("ownership reset"):
            self.kept.stranger.put(lambda live: live["metadata"].update(managedFields=[{}]))

    @rule(value=texts)
    def admission_rewrites_ours_as_somebody_writes(self, value: str) -> None:
        with self.kept.by_a_stranger("admission"):
            note = {"metadata": {"annotations": {"example.org/by-the-way": value}}}
            self.kept.stranger.patch(note, manager=REWRITER)

    @rule()
    def the_watch_is_cut(self) -> None:
        self.arena.cut_the_watch()
        self.kept.judge("a cut")


def play(arena: Arena, steps: int, of_each: int = 20) -> None:
    """About `steps` steps, `of_each` with one object. Raises `Missed`."""

    class Here(DriftMachine):
        pass

    Here.arena = arena
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=max(steps // of_each, 1),
            stateful_step_count=of_each,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a cluster has a memory: the same steps again are other steps
            suppress_health_check=list(HealthCheck),
        ),
    )
