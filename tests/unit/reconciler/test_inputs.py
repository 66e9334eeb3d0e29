"""What a run reads is frozen when it opens: the newest version, or what the model at work has learnt from."""

from __future__ import annotations

from dataclasses import replace

from bundles import Store, run, shop
from settling import served, settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle, DatasetInfo, Every, Run, RunKind
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.freeze import LIVE, freeze
from trimtab.reconciler.ledger import Inputs
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.world import World


def watched(prepared: str, accuracy: float = 0.9) -> Bundle:
    """The shop with a drift monitor; `prepared` is what its pipeline does."""
    bundle = shop(accuracy=accuracy)
    drift = run("drift", RunKind.DRIFT, reads=("images", "asked"), model="train", schedule=Every(60))
    asked = DatasetInfo("asked", "c", "data/asked", None, None, None, ("spec", "data"))
    first = replace(bundle.runs[0], recipe={"as": prepared}, recipe_digest=f"sha256:{prepared}")
    return replace(bundle, runs=(first, *bundle.runs[1:], drift), datasets=(*bundle.datasets, asked))


def frozen(bundle: Bundle, state: State) -> Inputs | Hold:
    return freeze(World(bundle, state, Now(0)), bundle.runs[-1])


class Writing(Store):
    """Each recipe of the pipeline writes images of its own."""

    def _words(self, name: str, key: str) -> dict[str, object]:
        if name == "prepare":
            return {"v": 1, "outputs": {"images": {"digest": f"sha256:{key}"}}}
        return super()._words(name, key)


async def test_drift_is_measured_against_what_the_serving_model_has_learnt_from() -> None:
    store = Writing()
    cluster = SimulatedCluster(store)
    _, before = await settle(cluster, watched("once"))
    learnt = before.records[served(before)].inputs
    inputs = frozen(watched("once"), before)
    assert isinstance(inputs, Inputs)
    assert inputs.datasets == {"images": learnt.datasets["images"], "asked": LIVE}
    assert inputs.directories["images"] == learnt.directories["images"]

    anew = replace(watched("anew", 0.99), runs=_retrained(watched("anew", 0.99)))
    _, after = await settle(cluster, anew)
    assert served(after) == served(before), "the new model is rejected"
    assert {r.inputs.datasets["images"] for r in after.records.values() if r.run == "train"} > set(
        learnt.datasets.values()
    )
    assert frozen(anew, after) == inputs


def _retrained(bundle: Bundle) -> tuple[Run, ...]:
    """The training too has a new recipe, and so reads the new images."""
    return tuple(
        replace(r, recipe={"rate": 0.2}, recipe_digest="sha256:faster") if r.name == "train" else r
        for r in bundle.runs
    )


async def test_drift_waits_for_a_model_and_holds_nothing_back() -> None:
    bundle = watched("once", accuracy=0.99)
    _, state = await settle(SimulatedCluster(Store()), bundle)
    hold = frozen(bundle, state)
    assert isinstance(hold, Hold)
    assert (hold.kind, hold.reason) == (HoldKind.NOTE, "is measured once training train serves")
