"""`trimtab migrate`: several specs at once, each written only when it is proven to mean the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from one_spec import SPEC, Call

from trimtab.cli.commands import migrate
from trimtab.cli.exits import Exit
from trimtab.spec.migrations.migrate import Migrated, migrate_text

V1 = SPEC.replace("      pool: cpu\n", "      pool: cpu\n      launcher: torchrun\n      nodes: 2  # ranks\n")
OLD = V1.replace("dev/v1", "dev/v1beta1").replace("nodes", "workers")
PLATFORM = """\
apiVersion: trimtab.dev/v1beta1
kind: MLPlatform
metadata: {name: acme}
spec:
  compute: {pools: {cpu: {node: {cpu: 2, memory: 4Gi}}}}
"""
SYSTEM = OLD.replace(
    "compute:\n    pools:\n      cpu: {node: {cpu: 2, memory: 4Gi}}\n", "platform: platform.yaml\n"
)


@pytest.fixture
def differing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration whose text says something else than what was meant: what no step that we ship does."""

    def other(text: str, file: str) -> Migrated:
        found = migrate_text(text, file)
        assert isinstance(found, Migrated)
        return dataclasses.replace(found, text=found.text.replace("nodes: 2", "nodes: 3"))

    monkeypatch.setattr(migrate, "migrate_text", other)


def test_a_spec_is_written_with_what_was_proven(trimtab: Call, shop: Path) -> None:
    shop.write_text(OLD)
    code, out, talk = trimtab("migrate")
    assert (code, talk) == (Exit.OK, "1 spec migrated, 0 as they were\n")
    assert out == f"{shop.name}: trimtab.dev/v1beta1 to trimtab.dev/v1; the same manifests in laptop\n"
    assert shop.read_text() == V1


def test_a_second_time_changes_nothing(trimtab: Call, shop: Path) -> None:
    shop.write_text(OLD)
    trimtab("migrate")
    assert trimtab("migrate") == (Exit.OK, "", "0 specs migrated, 1 as they were\n")
    assert shop.read_text() == V1


def test_several_specs_each_on_its_own(trimtab: Call, shop: Path, folder: Path) -> None:
    shop.write_text(OLD)
    texts = {
        "new.mlsystem.yaml": V1,
        "old.mlsystem.yaml": OLD,
        "broken.mlsystem.yaml": OLD + "  data: [\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    code, out, talk = trimtab("migrate", "*.yaml")
    assert code == Exit.FINDINGS
    assert [line.split(":")[0] for line in out.splitlines()] == ["mlsystem.yaml", "old.mlsystem.yaml"]
    assert " --> broken.mlsystem.yaml:19:1\n" in talk
    assert talk.endswith("2 specs migrated, 2 as they were\n")
    assert (folder / "broken.mlsystem.yaml").read_text() == texts["broken.mlsystem.yaml"]
    assert (folder / "new.mlsystem.yaml").read_text() == V1


def test_a_platform_is_migrated_before_the_systems_that_name_it(
    trimtab: Call, shop: Path, folder: Path
) -> None:
    shop.write_text(SYSTEM)
    (folder / "platform.yaml").write_text(PLATFORM)
    code, out, _ = trimtab("migrate", "mlsystem.yaml", "platform.yaml")
    assert code == Exit.OK
    assert out.splitlines() == [
        "platform.yaml: trimtab.dev/v1beta1 to trimtab.dev/v1",
        "mlsystem.yaml: trimtab.dev/v1beta1 to trimtab.dev/v1; the same manifests in laptop",
    ]


def test_check_writes_nothing(trimtab: Call, shop: Path) -> None:
    shop.write_text(OLD)
    assert trimtab("migrate", "--check")[0] == Exit.FINDINGS
    assert shop.read_text() == OLD
    shop.write_text(V1)
    assert trimtab("migrate", "--check")[0] == Exit.OK


def test_the_edits_are_shown_and_nothing_else(trimtab: Call, shop: Path) -> None:
    shop.write_text(OLD)
    code, out, _ = trimtab("migrate", "--diff")
    assert code == Exit.FINDINGS
    changed = [line for line in out.splitlines()[2:] if line[0] in "+-"]
    assert changed == [
        "-apiVersion: trimtab.dev/v1beta1",
        "+apiVersion: trimtab.dev/v1",
        "-      workers: 2  # ranks",
        "+      nodes: 2  # ranks",
    ]
    assert shop.read_text() == OLD


@pytest.mark.usefixtures("differing")
def test_other_manifests_are_shown_and_refused(trimtab: Call, shop: Path) -> None:
    shop.write_text(OLD)
    code, out, talk = trimtab("migrate")
    assert code == Exit.FINDINGS
    assert shop.read_text() == OLD
    assert "--- laptop/runs/fit/07-job.yaml (before)\n+++ laptop/runs/fit/07-job.yaml (after)\n" in out
    assert "-  parallelism: 2\n" in out
    assert "+  parallelism: 3\n" in out
    assert "next: trimtab migrate --accept-difference" in talk


@pytest.mark.usefixtures("differing")
def test_a_difference_that_was_seen_may_be_accepted(trimtab: Call, shop: Path) -> None:
    shop.write_text(OLD)
    code, out, _ = trimtab("migrate", "--accept-difference")
    assert code == Exit.OK
    assert out.splitlines()[-1].endswith("other manifests in laptop")
    assert shop.read_text() == V1.replace("nodes: 2", "nodes: 3")
