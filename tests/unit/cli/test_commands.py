"""The commands that need a spec and nothing else: what they print, where, and how they exit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from trimtab.cli import main as front
from trimtab.cli.exits import Exit
from trimtab.cli.scaffold import NAMES, TEMPLATES

SPEC = """\
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata:
  name: shop
spec:
  compute:
    pools:
      cpu: {node: {cpu: 2, memory: 4Gi}}
  training:
    fit:
      code: {path: src}
      command: [python, -m, fit]
      pool: cpu
  environments:
    laptop: {runOn: local}
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "TRIMTAB_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "fit.py").write_text("print('fit')\n")
    spec = folder / "mlsystem.yaml"
    spec.write_text(SPEC)
    return spec


@pytest.fixture
def trimtab(capsys: pytest.CaptureFixture[str], folder: Path) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = front.main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.parametrize("command", front.COMMANDS)
def test_every_command_explains_itself_with_examples(
    trimtab: Run, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        trimtab(command, "--help")
    assert ended.value.code == 0
    assert f"examples:\n  trimtab {command}" in capsys.readouterr().out


def test_without_a_command_it_introduces_itself(trimtab: Run) -> None:
    code, out, _ = trimtab()
    assert code == Exit.OK
    assert all(command in out for command in front.COMMANDS)


def test_a_misspelt_command_is_guessed(trimtab: Run) -> None:
    code, out, err = trimtab("staus")
    assert (code, out) == (Exit.FAILED, "")
    assert err == "error: there is no command 'staus'\n  next: trimtab status\n"


def test_an_unknown_option_names_itself(trimtab: Run) -> None:
    code, _, err = trimtab("check", "--colour")
    assert code == Exit.FAILED
    assert "trimtab check does not know --colour" in err


def test_a_clean_spec_says_so_on_standard_error_alone(trimtab: Run, shop: Path) -> None:
    assert trimtab("check") == (Exit.OK, "", "no findings in 1 file\n")


def test_a_wrong_spec_is_named_with_line_and_caret(trimtab: Run, shop: Path) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    code, out, err = trimtab("check")
    assert code == Exit.FINDINGS
    assert "--> mlsystem.yaml:13:13" in out
    assert "^^^" in out
    assert err == "1 error in 1 file\n"


def test_formats_for_programs_are_pure_data(trimtab: Run, shop: Path) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    _, out, err = trimtab("check", "--output", "json")
    assert json.loads(out)["diagnostics"][0]["start"] == {"line": 13, "column": 13}
    assert err == ""
    assert "::error file=mlsystem.yaml,line=13" in trimtab("check", "--output", "github")[1]


def test_one_bad_file_does_not_hide_the_others(trimtab: Run, shop: Path, folder: Path) -> None:
    (folder / "b.mlsystem.yaml").mkdir()
    (folder / "c.mlsystem.yaml").write_text("kind: Nothing\n")
    (folder / "d.mlsystem.yaml").symlink_to("missing")
    code, out, err = trimtab("check", "c.mlsystem.yaml", "d.mlsystem.yaml")
    assert code == Exit.FAILED
    assert "c.mlsystem.yaml:1" in out
    assert "d.mlsystem.yaml: no such file" in err


def test_globs_and_folders_find_specs_and_skip_hidden_ones(trimtab: Run, folder: Path) -> None:
    for place in ("a", "b/c", ".hidden", "node_modules"):
        (folder / place).mkdir(parents=True)
        (folder / place / "mlsystem.yaml").write_text(SPEC)
    assert trimtab("check")[2] == "no findings in 2 files\n"
    assert trimtab("check", "**/mlsystem.yaml")[2] == "no findings in 3 files\n"
    code, _, err = trimtab("check", "nothing-*.yaml")
    assert code == Exit.FAILED
    assert "nothing-*.yaml" in err


def test_a_platform_is_read_beside_its_system_and_findings_may_stand_in_it(
    trimtab: Run, shop: Path, folder: Path
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


def test_a_hook_leaves_out_what_is_no_spec(trimtab: Run, shop: Path, folder: Path) -> None:
    (folder / "other.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {trimtab.dev/system: a}}\n"
    )
    both = ("mlsystem.yaml", "other.yaml")
    assert trimtab("check", "--skip-others", *both) == (Exit.OK, "", "no findings in 1 file\n")
    assert trimtab("check", *both)[0] == Exit.FINDINGS
    assert trimtab("fmt", "--check", "--skip-others", *both)[0] == Exit.OK
    assert trimtab("check", "--skip-others", "other.yaml")[0] == Exit.OK


def test_fix_mends_and_keeps_comments(trimtab: Run, shop: Path) -> None:
    shop.write_text(SPEC.replace("  training:", "  # what makes models\n  traning:"))
    code, _, err = trimtab("check", "--fix")
    assert code == Exit.OK
    assert "1 finding mended" in err
    assert shop.read_text() == SPEC.replace("  training:", "  # what makes models\n  training:")


def test_fmt_writes_checks_and_shows(trimtab: Run, shop: Path) -> None:
    crooked = SPEC.replace("  name: shop", "    name:   shop")
    shop.write_text(crooked)
    assert trimtab("fmt", "--check")[:2] == (Exit.FINDINGS, "mlsystem.yaml\n")
    assert "-    name:   shop" in trimtab("fmt", "--diff")[1]
    assert shop.read_text() == crooked
    assert trimtab("fmt")[0] == Exit.OK
    assert shop.read_text() == SPEC
    assert trimtab("fmt", "--check")[0] == Exit.OK


def test_compile_prints_a_stream_or_fills_a_folder(trimtab: Run, shop: Path, folder: Path) -> None:
    code, out, _ = trimtab("compile")
    assert code == Exit.OK
    assert out.startswith("apiVersion: v1\nkind: Namespace\n")
    listed = json.loads(trimtab("compile", "--output", "json")[1])
    assert listed["items"][0]["kind"] == "Namespace"
    assert trimtab("compile", "-o", "out", "--check")[0] == Exit.FINDINGS
    assert trimtab("compile", "-o", "out")[0] == Exit.OK
    assert trimtab("compile", "-o", "out", "--check")[:2] == (Exit.OK, "")


def test_a_stale_folder_is_named_file_by_file_and_others_files_stay(
    trimtab: Run, shop: Path, folder: Path
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


def test_a_spec_with_errors_compiles_to_nothing(trimtab: Run, shop: Path) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    code, out, err = trimtab("compile")
    assert (code, out) == (Exit.FINDINGS, "")
    assert "mlsystem.yaml:13:13" in err
    assert "nothing was done" in err


def test_why_names_the_line_of_an_object_and_of_a_field(trimtab: Run, shop: Path) -> None:
    code, out, _ = trimtab("why", "job/fit", "spec.template.spec.containers[0].command")
    assert code == Exit.OK
    assert "comes from spec.training.fit.command" in out
    assert "mlsystem.yaml:12:7" in out
    found = json.loads(trimtab("why", "Namespace/shop", "--output", "json")[1])
    assert (found["object"], found["file"]) == ("Namespace/shop", "mlsystem.yaml")


def test_why_of_what_is_not_there_says_what_is(trimtab: Run, shop: Path) -> None:
    assert "Namespace/shop" in trimtab("why", "namespac/shop")[2]
    assert "has no field spec.nothing" in trimtab("why", "namespace/shop", "spec.nothing")[2]
    assert "is not a path" in trimtab("why", "namespace/shop", "spec..[x")[2]


def test_an_environment_that_is_no_machine_of_ours_is_refused_before_anything_starts(
    trimtab: Run, shop: Path
) -> None:
    image = f"registry.example.com/fit@sha256:{64 * '0'}"
    far = SPEC.replace("code: {path: src}", f"image: {image}")
    shop.write_text(far.replace("{runOn: local}", f"{{runOn: us-east, runtimeImage: '{image}'}}"))
    code, _, err = trimtab("apply")
    assert code == Exit.FAILED
    assert "trimtab compile" in err
    assert not (shop.parent / ".trimtab").exists()


@pytest.mark.parametrize("template", NAMES)
def test_what_init_writes_is_clean_and_in_the_one_form(trimtab: Run, folder: Path, template: str) -> None:
    assert trimtab("init", "My Fraud_2", "--template", template)[0] == Exit.OK
    spec = folder / "My Fraud_2" / "mlsystem.yaml"
    assert "  name: my-fraud-2\n" in spec.read_text()
    assert trimtab("check", str(spec.parent)) == (Exit.OK, "", "no findings in 1 file\n")
    assert trimtab("fmt", "--check", str(spec))[0] == Exit.OK
    assert trimtab("compile", str(spec))[0] == Exit.OK


def test_init_brings_the_schema_its_first_line_names_and_keeps_git_from_the_state(
    trimtab: Run, folder: Path
) -> None:
    trimtab("init")
    first = (folder / "mlsystem.yaml").read_text().splitlines()[0]
    schema = folder / first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(schema.read_text())["title"] == "MLSystem"
    assert (folder / ".gitignore").read_text() == ".trimtab/\n"


def test_init_never_replaces_what_is_there(trimtab: Run, shop: Path, folder: Path) -> None:
    (folder / ".gitignore").write_text("*.pyc")
    assert trimtab("init")[0] == Exit.OK
    assert shop.read_text() == SPEC
    assert (folder / ".gitignore").read_text() == "*.pyc\n.trimtab/\n"
    other = folder / "other" / "src" / "line" / "train.py"
    other.parent.mkdir(parents=True)
    other.write_text("mine\n")
    assert trimtab("init", "other")[0] == Exit.FAILED
    assert not (folder / "other" / "mlsystem.yaml").exists()


def test_templates_are_all_offered() -> None:
    assert {p.name for p in TEMPLATES.iterdir() if (p / "mlsystem.yaml").exists()} == set(NAMES)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(trimtab: Run, shell: str) -> None:
    code, out, _ = trimtab("completion", shell)
    assert code == Exit.OK
    assert all(command in out for command in front.COMMANDS)


def test_explain_tells_of_codes_and_of_keys(trimtab: Run) -> None:
    assert "TT203  " in trimtab("explain")[1]
    assert trimtab("explain", "tt203")[1].startswith("# TT203: ")
    assert trimtab("explain", "training.any.retries")[1].startswith("# training.any.retries\n")


@pytest.mark.parametrize(
    ("subject", "said", "next_step"),
    [
        ("TT999", "there is no code TT999", "trimtab explain"),
        (
            "training.any.nodez",
            "the language has no place training.any.nodez",
            "trimtab explain training.any",
        ),
        ("nothing", "the language has no place nothing", "trimtab explain spec"),
    ],
)
def test_explain_of_nothing_says_where_to_look(trimtab: Run, subject: str, said: str, next_step: str) -> None:
    code, out, err = trimtab("explain", subject)
    assert (code, out) == (Exit.FAILED, "")
    assert err.startswith(f"error: {said}\n  next: {next_step}")


def test_a_missing_extra_is_named(trimtab: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "shtab", None)
    monkeypatch.delitem(sys.modules, "trimtab.cli.commands.completion", raising=False)
    code, _, err = trimtab("completion", "bash")
    assert code == Exit.FAILED
    assert "pip install 'trimtab[reconcile]'" in err


def test_a_fault_of_ours_is_one_sentence(trimtab: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("surprise")

    monkeypatch.setattr("trimtab.cli.commands.check.check", broken)
    code, _, err = trimtab("check")
    assert code == Exit.FAILED
    assert err.splitlines()[0] == "error: a fault of Trimtab itself: ValueError: surprise"


def test_an_interrupt_is_quiet(trimtab: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trimtab.cli.commands.check.check", interrupted)
    assert trimtab("check")[0] == Exit.INTERRUPTED


def test_no_colour_where_nobody_looks_or_nobody_wants_it(
    trimtab: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write_text(SPEC.replace("pool: cpu", "pool: gpu"))
    assert "\x1b[" not in trimtab("check")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in trimtab("check")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in trimtab("check")[1]
