"""Whose a system is, and objects whose names are taken."""

from __future__ import annotations

from accidents import TRIMTAB, System, config_map

from accident_histories.table import ANOTHERS, AWAY, HELD, REFUSED, THERE, UNHARMED, Door, history

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
