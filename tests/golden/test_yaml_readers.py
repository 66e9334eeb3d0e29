"""Every reader understands the compiled manifests alike: YAML 1.1, YAML 1.2, and kubectl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compiled_specs import TARGETS, bundle, digits
from ruamel.yaml import YAML

from trimtab.compiler.bundle import Bundle, Late
from trimtab.compiler.emit import emit, files

KUBECTL = shutil.which("kubectl")


@pytest.fixture(params=TARGETS)
def found(request: pytest.FixtureRequest) -> Bundle:
    return bundle(digits(environment=request.param), TARGETS[request.param])


def shown(value: Any) -> Any:
    """A body with its slots as they are printed."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return str(value) if isinstance(value, Late) else value


def test_both_versions_of_yaml_read_what_was_meant(found: Bundle) -> None:
    manifests = [*found.manifests, *(m for run in found.runs for m in (*run.workload, run.lookup))]
    meant, text = [shown(m.body) for m in manifests], emit(manifests)
    assert list(yaml.safe_load_all(text)) == meant
    assert list(YAML(typ="safe", pure=True).load_all(text)) == meant


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on this machine")
def test_kubectl_reads_the_folder_as_it_was_meant(found: Bundle, tmp_path: Path) -> None:
    for name, text in files(found).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    read = subprocess.run(
        [str(KUBECTL), "kustomize", str(tmp_path)], check=True, capture_output=True, text=True
    )
    by_ref = {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load_all(read.stdout)}
    assert by_ref == {(m.ref.kind, m.ref.name): shown(m.body) for m in found.manifests}
