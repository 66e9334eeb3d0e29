"""Where things lie: the claim of each store, and in it the directory of each dataset, run and checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.compiler import kubernetes_basics
from trimtab.compiler.bundle import Late, Manifest, Slot, SlotKind, Write
from trimtab.compiler.intents import Mount
from trimtab.compiler.site import SPEC, Site
from trimtab.compiler.tree import at
from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.data import Volume

DATA: SpecPath = (*SPEC, "data")
ARTIFACTS = "artifacts"
ARTIFACTS_SIZE = "10Gi"
"""Of the volume that holds runs where the spec names no store for them."""
ROLE_ANNOTATION = "trimtab.dev/role"
LIVE = "live"
"""The version of a dataset that endpoints append to."""


class Place(NamedTuple):
    """A directory of a claim; an empty directory is its root."""

    claim: str
    directory: str

    def below(self, *parts: str | Slot) -> Late:
        """A path below it, whose parts the ledger may fill."""
        path: list[str | Slot] = [self.directory] if self.directory else []
        for part in parts:
            path += ["/", part] if path else [part]
        return Late(tuple(path))


@dataclass(frozen=True, slots=True)
class Storage:
    objects: tuple[Manifest, ...]
    artifacts: Place
    datasets: Mapping[str, Place]
    stores: Mapping[str, str]

    def run(self, path: SpecPath, name: str = "record", *, read_only: bool = False) -> Mount:
        """The run's own directory, which holds its record and its output."""
        directory = self.artifacts.below(Slot(SlotKind.RUN_DIRECTORY))
        return Mount(name, self.artifacts.claim, directory, path, read_only)

    def output(self, path: SpecPath, *, read_only: bool = False) -> Mount:
        directory = self.artifacts.below(Slot(SlotKind.RUN_DIRECTORY), "output")
        return Mount("output", self.artifacts.claim, directory, path, read_only)

    def model(self, training: str, path: SpecPath) -> Mount:
        directory = self.artifacts.below(Slot(SlotKind.MODEL, training), "output")
        return Mount("model", self.artifacts.claim, directory, path, read_only=True)

    def input(self, dataset: str, path: SpecPath) -> Mount:
        claim = self.datasets[dataset].claim
        return Mount(f"input/{dataset}", claim, Late((Slot(SlotKind.INPUT, dataset),)), path, read_only=True)

    def written(self, dataset: str, path: SpecPath, *, read_only: bool = False) -> Mount:
        directory = self.datasets[dataset].below(Slot(SlotKind.KEY_SEGMENT))
        return Mount(f"output/{dataset}", self.datasets[dataset].claim, directory, path, read_only)

    def live(self, dataset: str, path: SpecPath) -> Mount:
        claim, directory = self.datasets[dataset]
        return Mount("capture", claim, f"{directory}/{LIVE}", path)

    def checkpoints(self, store: str | None, run: str, path: SpecPath) -> Mount:
        place = Place(self.stores[store], "") if store else self.artifacts
        return Mount(
            "checkpoints", place.claim, place.below("checkpoints", run, Slot(SlotKind.KEY_SEGMENT)), path
        )

    def write(self, dataset: str) -> Write:
        return Write(dataset, *self.datasets[dataset])


def storage(site: Site) -> Storage:
    data = site.spec.data
    own = _artifacts_claim(site) if site.spec.computes and not data.artifacts.store else None
    objects, stores = [own] if own else [], {}
    for name, store in sorted(data.stores.items()):
        path = (*DATA, "stores", name)
        stores[name] = site.claim_names.give(path, site.system, name)
        if store.volume:
            objects.append(_claim(site, stores[name], store.volume, (*path, "volume")))
    artifacts = own.ref.name if own else stores.get(data.artifacts.store or "", "")
    datasets = {
        name: Place(stores[dataset.store] if dataset.store else artifacts, dataset.path or f"data/{name}")
        for name, dataset in data.datasets.items()
    }
    return Storage(tuple(objects), Place(artifacts, data.artifacts.path or ""), datasets, stores)


def _claim(site: Site, name: str, volume: Volume, path: SpecPath) -> Manifest:
    mode = "ReadWriteMany" if volume.access == "many" else "ReadWriteOnce"
    storage_class = at(volume.class_, (*path, "class")) if volume.class_ else None
    size, access = at(volume.size.text, (*path, "size")), at(mode, (*path, "access"))
    return kubernetes_basics.claim(site, name, size, access, storage_class, {}, path)


def _artifacts_claim(site: Site) -> Manifest:
    path = (*DATA, ARTIFACTS)
    name = site.claim_names.give(path, site.system, ARTIFACTS)
    role: dict[str, Any] = {ROLE_ANNOTATION: ARTIFACTS}
    return kubernetes_basics.claim(site, name, ARTIFACTS_SIZE, "ReadWriteMany", None, role, path)
