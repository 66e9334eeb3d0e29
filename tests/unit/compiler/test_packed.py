"""A packed bundle is the same bundle: what its objects are, and which line each of their fields comes from."""

from __future__ import annotations

import pytest
from compiled_specs import CLUSTER, bundle, digits, spec

from trimtab.compiler.bundle import Bundle, Late
from trimtab.compiler.packed import Packed, packed

OWN = """
manifests:
  settings: {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: "1", é: null}}
  web:
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, labels: {app: web}}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
          containers:
          - name: web
            image: "example.com/web@sha256:%s"
            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
""" % ("a" * 64)


@pytest.fixture(params=["own objects", "every section"])
def whole(request: pytest.FixtureRequest) -> Bundle:
    return bundle(spec(OWN), CLUSTER) if request.param == "own objects" else bundle(digits())


def test_it_is_the_same_and_says_the_same_of_each_field(whole: Bundle) -> None:
    again = packed(whole)
    assert again == whole
    for before, after in zip(whole.manifests, again.manifests, strict=True):
        assert dict(after.provenance) == dict(before.provenance)
        assert all(after.origin((*place, "unheard of")) == line for place, line in before.provenance.items())


def test_what_has_slots_is_left_as_it_is() -> None:
    manifests = packed(bundle(digits())).manifests
    kinds = {manifest.ref.kind: type(manifest.body) for manifest in manifests}
    assert (kinds["Deployment"], kinds["Service"]) == (dict, Packed)


def test_packing_twice_is_packing_once(whole: Bundle) -> None:
    once = packed(whole)
    assert [m.body for m in packed(once).manifests] == [m.body for m in once.manifests]


def test_a_slot_is_no_json() -> None:
    with pytest.raises(TypeError):
        Packed({"name": Late(("x",))})
