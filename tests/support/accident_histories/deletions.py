"""Specs that are not what was meant, what holds data, and a yes that was for something else."""

from __future__ import annotations

from accidents import System, claim, config_map
from own_objects import definition

from accident_histories.table import DATA, EMPTIED, HELD, NOT_RIGHT, REFUSED, WRONG, Door, history

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
