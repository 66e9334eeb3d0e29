"""`trimtab check` and `fmt`: what they find, what they write, and where they say it."""

from __future__ import annotations

import json
from pathlib import Path

from one_spec import SPEC, Call

from trimtab.cli.exits import Exit


def test_a_clean_spec_says_so_on_standard_error_alone(trimtab: Call, shop: Path) -> None:
    assert trimtab("check") == (Exit.OK, "", "no findings in 1 file\n")


def test_a_wrong_spec_is_named_with_line_and_caret(trimtab: Call, shop: Path) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    code, out, err = trimtab("check")
    assert code == Exit.FINDINGS
    assert "--> mlsystem.yaml:13:13" in out
    assert "^^^" in out
    assert err == "1 error in 1 file\n"


def test_formats_for_programs_are_pure_data(trimtab: Call, shop: Path) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    _, out, err = trimtab("check", "--output", "json")
    assert json.loads(out)["diagnostics"][0]["start"] == {"line": 13, "column": 13}
    assert err == ""
    assert "::error file=mlsystem.yaml,line=13" in trimtab("check", "--output", "github")[1]


def test_one_bad_file_does_not_hide_the_others(trimtab: Call, shop: Path, folder: Path) -> None:
    (folder / "b.mlsystem.yaml").mkdir()
    (folder / "c.mlsystem.yaml").write_text("kind: Nothing\n")
    (folder / "d.mlsystem.yaml").symlink_to("missing")
    code, out, err = trimtab("check", "c.mlsystem.yaml", "d.mlsystem.yaml")
    assert code == Exit.FAILED
    assert "c.mlsystem.yaml:1" in out
    assert "d.mlsystem.yaml: no such file" in err


def test_globs_and_folders_find_specs_and_skip_hidden_ones(trimtab: Call, folder: Path) -> None:
    for place in ("a", "b/c", ".hidden", "node_modules"):
        (folder / place).mkdir(parents=True)
        (folder / place / "mlsystem.yaml").write_text(SPEC)
    assert trimtab("check")[2] == "no findings in 2 files\n"
    assert trimtab("check", "**/mlsystem.yaml")[2] == "no findings in 3 files\n"
    code, _, err = trimtab("check", "nothing-*.yaml")
    assert code == Exit.FAILED
    assert "nothing-*.yaml" in err


def test_a_platform_is_read_beside_its_system_and_findings_may_stand_in_it(
    trimtab: Call, shop: Path, folder: Path
) -> None:
    shop.write_text(SPEC.replace("spec:\n", "spec:\n  platform: ../acme.yaml\n", 1))
    system = folder / "team" / "mlsystem.yaml"
    system.parent.mkdir()
    system.write_text(shop.read_text())
    shop.unlink()
    assert "the platform `../acme.yaml` could not be read" in trimtab("check", "team")[1]
    head = "apiVersion: trimtab.dev/v1\nkind: MLPlatform\nmetadata: {name: acme}\nspec:\n"
    platform = f"{head}  compute: {{pools: {{cpu: {{node: {{cpu: 1, memory: 4Gi}}}}}}}}\n"
    (folder / "acme.yaml").write_text(platform)
    code, out, _ = trimtab("check", "team")
    assert code == Exit.FINDINGS
    assert "--> team/mlsystem.yaml:9:25" in out
    assert "--> acme.yaml:5:39" in out
    assert trimtab("check", "acme.yaml")[0] == Exit.OK
    (folder / "acme.yaml").rename(folder / "mlplatform.yaml")
    system.write_text(system.read_text().replace("acme.yaml", "mlplatform.yaml"))
    assert trimtab("check")[2] == "1 error in 2 files\n"


def test_what_is_wrong_in_some_environments_says_in_which(trimtab: Call, shop: Path) -> None:
    one = "    {}: {{runOn: {}, overrides: {{training: {{fit: {{resources: {{gpu: 1}}}}}}}}}}\n"
    shop.write_text(SPEC + one.format("b", "b"))
    out = trimtab("check")[1]
    assert "TT223" in out
    assert "note: in environment `b`\n" in out
    assert "in environment" not in trimtab("check", "-e", "b")[1]
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu") + "    b: {runOn: b}\n")
    assert "in environment" not in trimtab("check")[1]


def test_fix_mends_and_keeps_comments(trimtab: Call, shop: Path) -> None:
    shop.write_text(SPEC.replace("  training:", "  # what makes models\n  traning:"))
    code, _, err = trimtab("check", "--fix")
    assert code == Exit.OK
    assert "1 finding mended" in err
    assert shop.read_text() == SPEC.replace("  training:", "  # what makes models\n  training:")


def test_fmt_writes_checks_and_shows(trimtab: Call, shop: Path) -> None:
    crooked = SPEC.replace("  name: shop", "    name:   shop")
    shop.write_text(crooked)
    assert trimtab("fmt", "--check")[:2] == (Exit.FINDINGS, "mlsystem.yaml\n")
    assert "-    name:   shop" in trimtab("fmt", "--diff")[1]
    assert shop.read_text() == crooked
    assert trimtab("fmt")[0] == Exit.OK
    assert shop.read_text() == SPEC
    assert trimtab("fmt", "--check")[0] == Exit.OK


def test_names_are_checked_against_what_is_known_of_the_cluster(
    trimtab: Call, shop: Path, folder: Path
) -> None:
    volume = "spec:\n  data: {stores: {lake: {volume: {size: 1Gi, class: tape}}}, artifacts: {store: lake}}"
    place = "    laptop: {runOn: local}\n    prod: {runOn: far}\n"
    shop.write_text(SPEC.replace("spec:", volume).replace("    laptop: {runOn: local}\n", place))
    assert trimtab("check")[0] == Exit.OK
    facts = folder / "clusters" / "far.json"
    facts.parent.mkdir()
    facts.write_text('{"minor": 37, "kinds": {}, "storageClasses": ["disk"], "defaultStorageClass": "disk"}')
    code, out, _ = trimtab("check", "--output", "concise")
    assert code == Exit.FINDINGS
    assert "[TT408] no storage class `tape` in cluster `far`; there is `disk`" in out
    assert trimtab("check", "-e", "laptop")[0] == Exit.OK
    facts.write_text("{}")
    assert "[TT403] `clusters/far.json` can't be read" in trimtab("check", "--output", "concise")[1]
