"""Labels that were copied, changed or lost; memory that is lost."""

from __future__ import annotations

from accidents import TRIMTAB, System, config_map

from accident_histories.table import EMPTIED, HELD, OURS, UNHARMED, Door, history

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
