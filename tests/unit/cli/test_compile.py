"""`trimtab compile` and `why`: from a spec to manifests, and from a field back to its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from one_spec import SPEC, Call

from trimtab.cli.exits import Exit


def test_compile_prints_a_stream_or_fills_a_folder(trimtab: Call, shop: Path, folder: Path) -> None:
    code, out, _ = trimtab("compile")
    assert code == Exit.OK
    assert out.startswith("apiVersion: v1\nkind: Namespace\n")
    listed = json.loads(trimtab("compile", "--output", "json")[1])
    assert listed["items"][0]["kind"] == "Namespace"
    assert trimtab("compile", "-o", "out", "--check")[0] == Exit.FINDINGS
    assert trimtab("compile", "-o", "out")[0] == Exit.OK
    assert trimtab("compile", "-o", "out", "--check")[:2] == (Exit.OK, "")


def test_what_a_platform_says_is_compiled(trimtab: Call, shop: Path, folder: Path) -> None:
    pools = SPEC[SPEC.index("  compute:") : SPEC.index("  training:")]
    head = "apiVersion: trimtab.dev/v1\nkind: MLPlatform\nmetadata: {name: acme}\nspec:\n"
    _, alone, _ = trimtab("compile")
    (folder / "acme.yaml").write_text(head + pools)
    shop.write_text(SPEC.replace(pools, "  platform: acme.yaml\n"))
    assert trimtab("compile") == (Exit.OK, alone, "")
    (folder / "acme.yaml").unlink()
    assert "the platform `acme.yaml` could not be read" in trimtab("compile")[2]


def test_a_stale_folder_is_named_file_by_file_and_others_files_stay(
    trimtab: Call, shop: Path, folder: Path
) -> None:
    trimtab("compile", "-o", "out")
    (folder / "out" / "notes.yaml").write_text("mine: true\n")
    (folder / "out" / "99-job-old.yaml").write_text("old: true\n")
    namespace = next((folder / "out").glob("*-namespace-*.yaml"))
    namespace.write_text("changed\n")
    code, out, _ = trimtab("compile", "-o", "out", "--check")
    assert code == Exit.FINDINGS
    assert out.splitlines() == [
        f"out/{namespace.name}: out of date",
        "out/99-job-old.yaml: no longer asked for",
    ]
    trimtab("compile", "-o", "out")
    assert not (folder / "out" / "99-job-old.yaml").exists()
    assert (folder / "out" / "notes.yaml").exists()


def test_a_spec_with_errors_compiles_to_nothing(trimtab: Call, shop: Path) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    code, out, err = trimtab("compile")
    assert (code, out) == (Exit.FINDINGS, "")
    assert "mlsystem.yaml:13:13" in err
    assert "nothing was done" in err


def test_what_comes_from_a_platform_is_found_in_its_file(trimtab: Call, shop: Path, folder: Path) -> None:
    """`check` and `compile` read the same platform, and what comes from it is found in it."""
    system = folder / "team" / "mlsystem.yaml"
    (system.parent / "src").mkdir(parents=True)
    own = SPEC.replace("  compute:\n    pools:\n      cpu: {node: {cpu: 2, memory: 4Gi}}\n", "")
    system.write_text(own.replace("spec:\n", "spec:\n  platform: ../acme.yaml\n", 1))
    head = "apiVersion: trimtab.dev/v1\nkind: MLPlatform\nmetadata: {name: acme}\nspec:\n"
    pools = "  compute: {pools: {cpu: {node: {cpu: 2, memory: 4Gi}}}}\n"
    (folder / "acme.yaml").write_text(head + pools)
    assert trimtab("compile", "team")[0] == Exit.OK
    assert "acme.yaml is a platform" in trimtab("compile", "acme.yaml")[2]
    field = "spec.template.spec.containers[0].resources.requests.memory"
    assert "acme.yaml:5:" in trimtab("why", "job/fit", field, "-f", "team")[1]
    (folder / "acme.yaml").write_text(head + pools + "  data: {stores: {lake: {uri: s3://acme}}}\n")
    code, _, err = trimtab("compile", "team")
    assert code == Exit.FINDINGS
    assert "data.stores.lake.uri" in err
    assert "--> acme.yaml:6:26" in err


def test_why_names_the_line_of_an_object_and_of_a_field(trimtab: Call, shop: Path) -> None:
    code, out, _ = trimtab("why", "job/fit", "spec.template.spec.containers[0].command")
    assert code == Exit.OK
    assert "comes from spec.training.fit.command" in out
    assert "mlsystem.yaml:12:7" in out
    found = json.loads(trimtab("why", "Namespace/shop", "--output", "json")[1])
    assert (found["object"], found["file"]) == ("Namespace/shop", "mlsystem.yaml")


def test_why_of_what_is_not_there_says_what_is(trimtab: Call, shop: Path) -> None:
    assert "Namespace/shop" in trimtab("why", "namespac/shop")[2]
    assert "has no field spec.nothing" in trimtab("why", "namespace/shop", "spec.nothing")[2]
    assert "is not a path" in trimtab("why", "namespace/shop", "spec..[x")[2]


def test_a_cluster_that_no_kubeconfig_names_is_told_before_anything_starts(
    trimtab: Call, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(shop.parent / "none"))
    image = f"registry.example.com/fit@sha256:{64 * '0'}"
    far = SPEC.replace("code: {path: src}", f"image: {image}")
    shop.write_text(far.replace("{runOn: local}", f"{{runOn: us-east, runtimeImage: '{image}'}}"))
    code, _, err = trimtab("apply")
    assert code == Exit.UNREACHABLE
    assert "there is no kubeconfig with a context `us-east`" in err
    assert not (shop.parent / ".trimtab").exists()
