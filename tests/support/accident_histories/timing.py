"""What happens between a plan and the deed, and to runs."""

from __future__ import annotations

from accidents import TRIMTAB, System, config_map, suspended_job

from accident_histories.table import HELD, THERE, UNHARMED, Door, history

MERGE_PATCH = "application/merge-patch+json"

# Between the plan and the deed


def made_anew(system: System, name: str) -> None:
    system.plane.api.delete(system.path("configmaps", name))
    system.someone_applies(config_map(name, theirs="1"))


@history(
    "the object is made anew between plan and deletion",
    UNHARMED,
    "as the spec says",
    changed=["configmaps/limits"],
)
def _(system: System) -> Door:
    del system.manifests["limits"]
    system.write()
    return lambda: system.apply_while(lambda: made_anew(system, "limits"))


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


@history("the object is made anew between plan and heal", HELD, THERE, changed=["configmaps/settings"])
def _(system: System) -> Door:
    system.plane.api.request(
        "PATCH", system.path("configmaps", "settings"), {"data": {"color": "blue"}}, MERGE_PATCH
    )
    return lambda: system.apply_while(lambda: made_anew(system, "settings"))


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
