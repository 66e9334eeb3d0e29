"""What a system remembers of its objects is short, and is read or passed over, never misread."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler.baselines import Packer, pack, unpack
from trimtab.reconciler.state import Baseline


def of(number: int) -> tuple[Ref, Baseline]:
    kind = ("ConfigMap", "Service")[number % 2]
    name = f"images-contract-params-{digest(number)[7:19]}"
    return Ref("v1", kind, "team-vision", name), Baseline(digest(["d", number]), digest(["o", number])[7:39])


THOUSAND = dict(of(number) for number in range(1000))


def test_what_is_packed_is_read() -> None:
    assert unpack(pack(THOUSAND)) == THOUSAND
    cluster_wide = {Ref("v1", "Namespace", "", "shop"): Baseline(digest(1), digest(2))}
    assert unpack(pack(cluster_wide)) == cluster_wide
    assert pack({}) == ""


def test_a_thousand_objects_take_well_under_64_kb() -> None:
    assert len(pack(THOUSAND)) < 48 * 1024


def test_a_baseline_is_compared_with_whole_digests() -> None:
    ref, baseline = of(1)
    kept = unpack(pack({ref: baseline}))[ref]
    assert kept.is_of(digest(["d", 1]))
    assert not kept.is_of(digest(["d", 2]))
    assert kept.is_as(digest(["o", 1])[7:39])
    assert not kept.is_as(digest(["o", 2])[7:39])
    assert not kept.is_as("")


def test_what_has_no_digest_is_not_remembered() -> None:
    ref, baseline = of(1)
    assert unpack(pack({ref: baseline, of(2)[0]: Baseline(digest(1), "")})) == {ref: baseline}


def before() -> str:
    """As it was written once: whole digests, no dot."""
    rows = {"|".join(ref): [f"sha256:{64 * 'a'}", 32 * "b"] for ref in THOUSAND}
    return base64.b64encode(zlib.compress(json.dumps(rows).encode())).decode()


WHOLE = pack(THOUSAND)


@pytest.mark.parametrize(
    "text",
    ["", ".", "no base64 at all", before(), WHOLE[:-8], WHOLE[8:], f"{WHOLE}AAAA", WHOLE.replace(".", "")],
    ids=["nothing", "a dot", "words", "whole digests", "cut", "begun late", "more", "no dot"],
)
def test_what_cannot_be_read_is_absent(text: str) -> None:
    assert unpack(text) == {}


def test_a_packer_packs_what_it_is_given() -> None:
    packer, fewer = Packer(), dict(of(number) for number in range(3))
    for baseline in ({}, fewer, dict(fewer), THOUSAND, fewer, {}):
        assert packer(baseline) == pack(baseline)
