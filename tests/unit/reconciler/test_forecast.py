"""What a plan says will follow: nothing that apply is going to write on a bare engine is left out."""

from __future__ import annotations

from bundles import shop

from trimtab.reconciler.actions import Verb
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.wanted import wants_of
from trimtab.reconciler.world import World


def test_objects_that_wait_for_their_namespace_are_told_of() -> None:
    bundle = shop()
    found = plan(bundle, State(), Now(0))
    told = [a.step.node for a in found.actions] + [s.node for s in found.later if s.verb is Verb.CREATE]
    assert len(found.actions) == 1
    assert told == [want.manifest.node for want in wants_of(World(bundle, State(), Now(0))).each]
    assert [s.node for s in found.later if s.verb is Verb.START], "runs follow as well"
