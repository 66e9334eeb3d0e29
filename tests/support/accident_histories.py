"""The table of accidents: each is what happens to a running system, how the next command ends, and what it says.

`docs/accidents.md` lists them in these words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from accidents import TRIMTAB, System, Told, claim, config_map, suspended_job
from own_objects import definition

from trimtab.cli.exits import Exit

Door = Callable[[], Told]
Accident = Callable[[System], Door | None]


class Ending(NamedTuple):
    """How the command ends, and what that means for what is there."""

    code: Exit
    means: str


WRONG, REFUSED, AWAY = (Ending(code, "refused") for code in (Exit.FINDINGS, Exit.FAILED, Exit.UNREACHABLE))
HELD, UNHARMED = Ending(Exit.FINDINGS, "held"), Ending(Exit.OK, "goes on, nothing lost")


@dataclass(frozen=True)
class History:
    """`says` is part of what is said, in one line; `changed` are patterns of what may come or change, `gone` of what may
    go: `*/configmaps/other`."""

    accident: Accident
    ends: Ending
    says: str
    changed: tuple[str, ...]
    gone: tuple[str, ...]


HISTORIES: dict[str, History] = {}
OUR_MEMORY = ("*/mlsystems/shop", "*/configmaps/shop-applied-*")
"""The status says what is held, and a bundle is kept before it is applied."""

OURS = (
    *("configmaps/settings", "configmaps/limits", "services/door", "clusterroles/reader-*"),
    *("networkpolicies/shop-*", "mlsystems/shop"),
)

NOT_RIGHT = "is not right, and nothing was done"
EMPTIED = "the spec asks for nothing any more, and 4 objects would be deleted"
DATA = "something that holds data would be deleted"
ANOTHERS = "is kept by file:"
THERE = "it is there already, made by helm, and not of this system"


def history(
    name: str, ends: Ending, says: str, *, changed: Collection[str] = (), gone: Collection[str] = ()
) -> Callable[[Accident], Accident]:
    """What happened, how the command ends that is called next (`trimtab apply`, where none is given), what it says."""

    def told(accident: Accident) -> Accident:
        HISTORIES[name] = History(accident, ends, says, tuple(changed), tuple(gone))
        return accident

    return told


# A spec that is not what was meant


@history("the spec file is empty", WRONG, "the spec is empty")
def _(system: System) -> None:
    system.file.write_text("")


@history("the spec file ends in the middle", WRONG, NOT_RIGHT)
def _(system: System) -> None:
    text = system.file.read_text()
    system.file.write_text(text[: text.index("limits") + 3])


@history("the spec file is gone", REFUSED, "mlsystem.yaml")
def _(system: System) -> None:
    system.file.unlink()


@history("a merge left its marks in the spec", WRONG, NOT_RIGHT)
def _(system: System) -> None:
    system.file.write_text("<<<<<<< ours\n" + system.file.read_text())


@history("`spec` is emptied", WRONG, NOT_RIGHT)
def _(system: System) -> None:
    system.spec["spec"] = {}
    system.write()


@history("a template gives no objects", HELD, EMPTIED)
def _(system: System) -> None:
    system.manifests.clear()
    system.write()


@history("the key `manifests` is lost", HELD, EMPTIED)
def _(system: System) -> None:
    del system.spec["spec"]["manifests"]
    system.write()


@history(
    "another system's spec is checked out under this one's name",
    HELD,
    "the spec has nothing in common with the one before, and 4 objects would be deleted",
    changed=["configmaps/other"],
)
def _(system: System) -> None:
    system.manifests.clear()
    system.manifests["other"] = config_map("other", a="b")
    system.write()


@history("eleven of many objects go at once", HELD, "11 of 19 objects would be deleted")
def _(system: System) -> None:
    more = [f"more{index}" for index in range(11)]
    system.manifests.update({name: config_map(name) for name in more})
    system.write()
    assert system.apply().code == 0
    for name in more:
        del system.manifests[name]
    system.write()


@history("the platform that the spec is part of is gone", WRONG, NOT_RIGHT)
def _(system: System) -> None:
    system.spec["spec"]["platform"] = "../platform.yaml"
    system.write()


# What holds data


@history("a store is renamed", HELD, DATA, changed=["*claims/shop-tape", "*/volume-?-*"])
def _(system: System) -> None:
    data = system.spec["spec"]["data"]
    data["stores"] = {"tape": data["stores"]["disk"]}
    data["artifacts"]["store"] = "tape"
    system.write()


@history("a claim is taken out of `manifests`", HELD, DATA)
def _(system: System) -> None:
    system.manifests["data"] = claim("data", system.namespace)
    system.write()
    assert system.apply().code == 0
    del system.manifests["data"]
    system.write()


@history("a kind is taken out of `manifests` while objects of it exist", HELD, DATA)
def _(system: System) -> None:
    system.manifests["things"] = definition(f"{system.namespace}.example.com", "Thing")
    system.write()
    assert system.apply().code == 0
    del system.manifests["things"]
    system.write()


@history("a volume becomes smaller", HELD, "impossible: spec.resources.requests.storage")
def _(system: System) -> None:
    system.spec["spec"]["data"]["stores"]["disk"]["volume"]["size"] = "512Mi"
    system.write()


# A yes that was meant for something else


@history(
    "the yes was for other objects",
    HELD,
    "the spec asks for nothing any more, and 5 objects would be deleted",
)
def _(system: System) -> Door:
    before = dict(system.manifests)
    system.manifests.clear()
    code = system.asks()
    system.manifests.update(before, more=config_map("more"))
    system.write()
    assert system.apply().code == 0
    system.manifests.clear()
    system.write()
    return lambda: system.apply("--confirm", code)


@history("the yes was for another system", HELD, EMPTIED)
def _(system: System) -> Door:
    system.manifests.clear()
    system.write()
    return lambda: system.apply("--confirm", "0123456789ab")


@history("an object was made anew since the yes was asked for", HELD, EMPTIED)
def _(system: System) -> Door:
    before = dict(system.manifests)
    system.manifests.clear()
    code = system.asks()
    system.manifests.update(before)
    system.write()
    system.plane.api.delete(system.path("configmaps", "settings"))
    assert system.apply().code == 0
    system.manifests.clear()
    system.write()
    return lambda: system.apply("--confirm", code)


@history("`delete` is called where nobody can answer", REFUSED, "nobody is here to say yes")
def _(system: System) -> Door:
    return lambda: system.run("delete")


# Whose system is it?


@history("another repository has a system of this name", REFUSED, ANOTHERS)
def _(system: System) -> Door:
    return system.twin("another").apply


@history("another repository deletes its system of this name", REFUSED, ANOTHERS)
def _(system: System) -> Door:
    return lambda: system.twin("another").run("delete", "--yes")


@history("the `MLSystem` is deleted, and another repository applied", REFUSED, ANOTHERS)
def _(system: System) -> Door:
    system.plane.api.delete(system.path("mlsystems", "shop", TRIMTAB))
    return system.twin("another").apply


@history(
    "another environment is applied to the same place", REFUSED, "is kept as environment prod, not staging"
)
def _(system: System) -> None:
    environments = system.spec["spec"]["environments"]
    environments["staging"] = environments["prod"]
    system.environment = "staging"
    system.write()


@history("it came with a backup of another cluster", REFUSED, "was recorded on another cluster")
def _(system: System) -> None:
    system.change_metadata("mlsystems", "shop", {"annotations": {"trimtab.dev/cluster": "another"}}, TRIMTAB)


@history("the kubeconfig is another one", AWAY, "no context `elsewhere`")
def _(system: System) -> None:
    system.spec["spec"]["environments"]["prod"]["runOn"] = "elsewhere"
    system.write()


@history("somebody else is writing", AWAY, "is writing shop since")
def _(system: System) -> None:
    system.hold_lease()


# Names that are taken


@history(
    "another system gives the same ClusterRole",
    HELD,
    "system shop keeps it",
    changed=["*other*", "*/volume-?-*"],
)
def _(system: System) -> Door:
    return system.neighbour("reader").apply


@history(
    "another system of the namespace gives the same ConfigMap",
    HELD,
    "system shop keeps it",
    changed=["*other*", "*/volume-?-*"],
)
def _(system: System) -> Door:
    return system.neighbour("settings").apply


@history("the system is renamed", HELD, "system shop keeps it", changed=["*shop2*", "*/volume-?-*"])
def _(system: System) -> None:
    system.spec["metadata"]["name"] = "shop2"
    system.write()


@history(
    "the namespace is renamed",
    HELD,
    "system shop of another namespace keeps it",
    changed=["-b/*", "*/volume-?-*", "*-b"],
)
def _(system: System) -> None:
    system.spec["metadata"]["namespace"] += "-b"
    system.write()


@history(
    "another system shares the namespace", UNHARMED, "other on prod ✓", changed=["*other*", "*/volume-?-*"]
)
def _(system: System) -> Door:
    return system.neighbour().apply


@history("a stranger's object has the name", HELD, THERE)
def _(system: System) -> None:
    system.someone_applies(config_map("theirs", size="1"))
    system.manifests["theirs"] = config_map("theirs", color="red")
    system.write()


@history("a stranger's object has the name, and all that we would say", HELD, THERE)
def _(system: System) -> None:
    system.someone_applies(config_map("theirs", color="red"))
    system.manifests["theirs"] = config_map("theirs", color="red")
    system.write()


@history(
    "a stranger's object has the name and our labels", HELD, "it is there already, and not of this system"
)
def _(system: System) -> None:
    body = config_map("copy", size="1")
    body["metadata"] |= system.marks()
    system.someone_applies(body)
    system.manifests["copy"] = config_map("copy", color="red")
    system.write()


@history("a stranger put an object where ours was deleted", HELD, THERE)
def _(system: System) -> None:
    system.plane.api.delete(system.path("configmaps", "settings"))
    system.someone_applies(config_map("settings", color="blue"))


@history("the plan meets a stranger's object", HELD, THERE)
def _(system: System) -> Door:
    system.someone_applies(config_map("theirs", size="1"))
    system.manifests["theirs"] = config_map("theirs", color="red")
    system.write()
    return lambda: system.run("plan", "--server")


@history("helm took a field that the spec changes", HELD, "helm owns data.color")
def _(system: System) -> None:
    system.manifests["theirs"] = config_map("theirs", size="1")
    system.write()
    assert system.apply().code == 0
    system.someone_applies(config_map("theirs", color="blue"))
    system.manifests["theirs"] = config_map("theirs", size="1", color="red")
    system.write()


# Labels that were copied, changed or lost


@history("our labels were copied to a stranger's object", UNHARMED, "as the spec says")
def _(system: System) -> None:
    body = config_map("copy")
    body["metadata"] |= system.marks()
    system.someone_applies(body)


@history(
    "our labels were copied to strangers' objects, and the system is deleted",
    UNHARMED,
    "shop is deleted",
    gone=OURS,
)
def _(system: System) -> Door:
    for index, more in enumerate([{}, {"trimtab.dev/role": "workload"}, {"trimtab.dev/memory": "applied"}]):
        body = config_map(f"copy-{index}")
        body["metadata"] |= system.marks()
        body["metadata"]["labels"] |= more
        system.someone_applies(body)
    return lambda: system.run("delete", "--yes")


@history("the label of our memory was copied to a stranger's object", UNHARMED, "as the spec says")
def _(system: System) -> None:
    body = config_map("copy")
    body["metadata"] |= system.marks()
    body["metadata"]["labels"] |= {"trimtab.dev/memory": "applied"}
    system.someone_applies(body)


@history("the Namespace got our membership label", UNHARMED, "as the spec says")
def _(system: System) -> None:
    system.label_namespace()


@history(
    "the Namespace got our membership label, and the system is deleted",
    UNHARMED,
    "shop is deleted",
    gone=OURS,
)
def _(system: System) -> Door:
    system.label_namespace()
    return lambda: system.run("delete", "--yes")


@history("the label of the system was changed", UNHARMED, "as the spec says", changed=["configmaps/settings"])
def _(system: System) -> None:
    system.change_metadata("configmaps", "settings", {"labels": {"trimtab.dev/system": "other"}})


@history("all labels were taken off", UNHARMED, "as the spec says", changed=["configmaps/settings"])
def _(system: System) -> None:
    system.take_labels_off("settings")


@history("all labels were taken off what the spec drops", UNHARMED, "as the spec says")
def _(system: System) -> None:
    system.take_labels_off("settings")
    del system.manifests["settings"]
    system.write()


# What we remember is lost


@history("the status of the `MLSystem` is wiped", UNHARMED, "as the spec says")
def _(system: System) -> None:
    system.plane.kubectl(
        *("-n", system.namespace, "patch", "mlsystem", "shop", "--subresource=status", "--type=json"),
        *("-p", '[{"op": "remove", "path": "/status"}]'),
    )


@history("the `MLSystem` is deleted", UNHARMED, "as the spec says")
def _(system: System) -> None:
    system.plane.api.delete(system.path("mlsystems", "shop", TRIMTAB))


@history("the kept bundle is deleted", UNHARMED, "as the spec says")
def _(system: System) -> None:
    system.plane.api.delete(system.path("configmaps", system.kept()))


@history("the kept bundle is damaged", UNHARMED, "as the spec says")
def _(system: System) -> None:
    body = system.get("configmaps", system.kept())
    metadata = {name: body["metadata"][name] for name in ("name", "labels", "annotations")}
    system.plane.api.delete(system.path("configmaps", system.kept()))
    system.kubectl("create", "-f", "-", stdin={**body, "metadata": metadata, "binaryData": {"part": "AAAA"}})


@history("all that is remembered is lost, and the spec emptied", HELD, EMPTIED.replace("4", "3"))
def _(system: System) -> None:
    system.plane.api.delete(system.path("configmaps", system.kept()))
    system.plane.api.delete(system.path("mlsystems", "shop", TRIMTAB))
    system.manifests.clear()
    system.write()


# Between the plan and the deed


@history(
    "the object is made anew between plan and deletion",
    UNHARMED,
    "as the spec says",
    changed=["configmaps/limits"],
)
def _(system: System) -> Door:
    del system.manifests["limits"]
    system.write()

    def anew() -> None:
        system.plane.api.delete(system.path("configmaps", "limits"))
        system.someone_applies(config_map("limits", theirs="1"))

    return lambda: system.apply_while(anew)


@history(
    "its labels are taken off between plan and deletion",
    UNHARMED,
    "as the spec says",
    changed=["configmaps/limits"],
)
def _(system: System) -> Door:
    del system.manifests["limits"]
    system.write()
    return lambda: system.apply_while(lambda: system.take_labels_off("limits"))


@history("a stranger makes the object between plan and creation", HELD, THERE, changed=["configmaps/late"])
def _(system: System) -> Door:
    system.manifests["late"] = config_map("late", color="red")
    system.write()
    return lambda: system.apply_while(lambda: system.someone_applies(config_map("late", size="1")))


@history("a finalizer holds what the spec drops", UNHARMED, "as the spec says", changed=["configmaps/limits"])
def _(system: System) -> Door:
    system.change_metadata("configmaps", "limits", {"finalizers": ["example.com/never"]})
    del system.manifests["limits"]
    system.write()
    assert system.apply().code == 0
    return system.apply


# Runs


@history("the Job of a finished run is gone", UNHARMED, "as the spec says")
def _(system: System) -> None:
    system.train()


@history("a finished run's labels were copied to a stranger's Job", UNHARMED, "as the spec says")
def _(system: System) -> None:
    run = system.train()
    labels = {"trimtab.dev/system": "shop", "trimtab.dev/record": run, "trimtab.dev/role": "workload"}
    system.kubectl("create", "-f", "-", stdin=suspended_job("theirs", labels))


@history(
    "a run's record is deleted", UNHARMED, "lookup", changed=["runs/*", "jobs/*-lookup", "*claims/shop-disk"]
)
def _(system: System) -> Door:
    """Nothing is computed anew before it was looked for beside the artifact."""
    run = system.train()
    system.plane.api.delete(system.path("runs", run, TRIMTAB))
    return system.begin_run
