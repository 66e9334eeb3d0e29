"""Our hooks, run by pre-commit itself, in an environment that it builds from a clone of this repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hooked_repository import ROOT, Hooks, Repository, registry_answers

GOOD = """\
# nothing to find, nothing to format
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata: {name: fraud}
spec:
  compute:
    pools:
      cpu: {node: {cpu: 2, memory: 4Gi}}

  training:
    fit:
      image: registry.example.com/acme/fit@sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b
      command: [python, -m, fit]
      pool: cpu
"""
BAD = GOOD.replace("pool: cpu\n", "pool: gpus\n      num_workers: 2\n")
OTHERS = {
    "chart/templates/deployment.yaml": "{{- if .Values.on }}\nkind: {{ .Values.kind }}\n",
    "service.yml": "apiVersion: v1\nkind: Service\n  badly: indented\n",
}


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    """With their environment built. It is all that takes long here, and it is done once."""
    folder = tmp_path_factory.mktemp("hooks")
    made = Hooks.cloned(folder)
    built = made.used_in(folder / "first").pre_commit("install-hooks")
    if built.returncode and not registry_answers(folder):
        pytest.skip(
            "pip gets nothing from the package registry, so pre-commit can't build the hooks' environment"
        )
    assert built.returncode == 0, built.stdout + built.stderr
    return made


@pytest.fixture
def repository(hooks: Hooks, tmp_path: Path) -> Repository:
    """One good spec, and files that are no specs."""
    made = hooks.used_in(tmp_path)
    for path, text in OTHERS.items():
        made.write(path, text)
    made.write("mlsystem.yaml", GOOD)
    return made


def test_a_good_commit_passes_every_hook(repository: Repository) -> None:
    repository.pre_commit("install")
    done = repository.commit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("Passed") == 3
    assert repository.commits() == 1


def test_a_bad_commit_is_refused_with_the_lines(repository: Repository) -> None:
    repository.pre_commit("install")
    repository.write("teams/risk/scoring.mlsystem.yaml", BAD)
    done = repository.commit()
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert repository.commits() == 0
    assert "error[TT201]: no pool `gpus`" in told
    assert "--> teams/risk/scoring.mlsystem.yaml:14:13\n" in told
    assert "error[TT101]: `fit` has no key `num_workers`; did you mean `nodes`?" in told
    assert "--> teams/risk/scoring.mlsystem.yaml:15:7\n" in told
    assert "2 errors in 2 files" in told


def test_check_takes_options_as_any_hook_does(hooks: Hooks, tmp_path: Path) -> None:
    repository = hooks.used_in(tmp_path, [{"id": "trimtab-check", "args": ["--output", "github"]}])
    repository.write("mlsystem.yaml", BAD)
    done = repository.hook("trimtab-check")
    assert done.returncode == 1
    assert "::error file=mlsystem.yaml,line=14,col=13," in done.stdout


def test_fmt_writes_the_file_and_fails_once(repository: Repository) -> None:
    spec = repository.write("mlsystem.yaml", GOOD.replace("{node: {cpu: 2", "{ node:   {cpu: 2"))
    done = repository.hook("trimtab-fmt")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert spec.read_text() == GOOD
    assert repository.hook("trimtab-fmt").returncode == 0
    assert {path: (repository.folder / path).read_text() for path in OTHERS} == OTHERS


def test_migrate_writes_the_file_and_fails_once(repository: Repository) -> None:
    now = GOOD.replace("command:", "nodes: 1  # one\n      command:")
    spec = repository.write(
        "mlsystem.yaml", now.replace("dev/v1", "dev/v1beta1").replace("nodes:", "workers:")
    )
    assert repository.hook("trimtab-migrate").returncode == 1
    assert spec.read_text() == now
    assert repository.hook("trimtab-migrate").returncode == 0


def test_committed_manifests_are_current_or_the_commit_fails(hooks: Hooks, tmp_path: Path) -> None:
    """Written by the hook's own environment: the base install is enough to compile."""
    shutil.copytree(ROOT / "examples" / "digits", tmp_path, dirs_exist_ok=True)
    arguments = ["mlsystem.yaml", "-e", "cluster", "-o", "deploy"]
    repository = hooks.used_in(tmp_path, [{"id": "trimtab-compile", "args": arguments}])
    missing = repository.hook("trimtab-compile")
    assert missing.returncode == 1
    assert "deploy/kustomization.yaml: missing" in missing.stdout

    subprocess.run([hooks.program, "compile", *arguments], cwd=tmp_path, check=True, capture_output=True)
    assert repository.hook("trimtab-compile").returncode == 0

    script = tmp_path / "src" / "digits" / "train.py"
    script.write_text(script.read_text() + "\n# another recipe\n")
    stale = repository.hook("trimtab-compile")
    assert stale.returncode == 1
    assert "out of date" in stale.stdout
    assert "next: the same command without --check" in stale.stdout
