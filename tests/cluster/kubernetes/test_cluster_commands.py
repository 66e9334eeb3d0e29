"""`trimtab cluster` and `plan --server`, called as a person calls them, on a real API server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from control_plane import Access
from trimtab_cli import System

from trimtab.cli.exits import Exit

CONTEXT = "tests"


@pytest.fixture
def digits(
    prepared_cluster: Access, kube_namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> System:
    """The example in a namespace of the test's own, on the control plane."""
    monkeypatch.setenv("KUBECONFIG", str(prepared_cluster.kubeconfig))
    system = System.copy("digits", tmp_path / "digits")
    text = system.spec.read_text(encoding="utf-8").replace(
        "namespace: digits", f"namespace: {kube_namespace}"
    )
    system.spec.write_text(text.replace("runOn: cluster", f"runOn: {CONTEXT}"), encoding="utf-8")
    return system


def words(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_what_is_installed_can_be_printed_and_is_as_it_was(digits: System, prepared_cluster: Access) -> None:
    printed = list(yaml.safe_load_all(digits.ok("cluster", "install", "--output", "yaml")))
    assert [o["kind"] for o in printed] == [*2 * ["CustomResourceDefinition"], *4 * ["ClusterRole"]]
    told = digits.run("cluster", "install", "--dry-run", "--context", CONTEXT)
    assert told.returncode == Exit.OK
    assert told.stdout.splitlines() == [f"{o['kind']}/{o['metadata']['name']}: unchanged" for o in printed]
    assert told.stderr == f"nothing was written to {CONTEXT}\n"


def test_a_context_that_is_not_there_is_told(digits: System) -> None:
    done = digits.run("cluster", "install", "--context", "nowhere")
    assert done.returncode == Exit.UNREACHABLE
    assert "no context `nowhere`" in done.stderr


def test_rights_are_printed_for_whom_they_are_meant(digits: System, kube_namespace: str) -> None:
    rights = ("cluster", "rights", "-e", "cluster", "--for")
    made = list(yaml.safe_load_all(digits.ok(*rights, "serviceAccount:ci/bot")))
    assert [o["kind"] for o in made] == [
        "Namespace",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    ]
    assert made[2]["subjects"] == [{"kind": "ServiceAccount", "name": "bot", "namespace": "ci"}]
    assert made[1]["metadata"]["namespace"] == kube_namespace
    everywhere = digits.ok("cluster", "rights", "--everywhere", "--for", "group:platform")
    assert [o["roleRef"]["name"] for o in yaml.safe_load_all(everywhere)] == [
        "trimtab-writer",
        "trimtab-writer-cluster",
    ]
    done = digits.run(*rights, "bob")
    assert done.returncode == Exit.FAILED
    assert "who is 'bob'?" in done.stderr


def test_what_the_cluster_can_do_is_written_and_names_are_checked_against_it(digits: System) -> None:
    inspect = ("cluster", "inspect", "-e", "cluster")
    assert digits.run(*inspect, "--check").returncode == Exit.FINDINGS
    assert digits.run(*inspect).returncode == Exit.OK
    file = digits.folder / "clusters" / f"{CONTEXT}.json"
    facts = json.loads(file.read_text(encoding="utf-8"))
    assert "Job" in facts["kinds"]["batch/v1"]
    assert digits.run(*inspect, "--check").returncode == Exit.OK
    facts |= {"storageClasses": ["disk"], "defaultStorageClass": "disk"}
    file.write_text(json.dumps(facts), encoding="utf-8")
    assert digits.run("check").returncode == Exit.OK
    text = digits.spec.read_text(encoding="utf-8")
    digits.spec.write_text(text.replace("{size: 1Gi}", "{size: 1Gi, class: tape}"), encoding="utf-8")
    for command in (("check",), ("plan", "-e", "cluster"), ("compile", "-e", "cluster")):
        done = digits.run(*command)
        assert done.returncode == Exit.FINDINGS
        assert f"no storage class `tape` in cluster `{CONTEXT}`; there is `disk`" in words(done)


def test_a_plan_asks_the_server(digits: System, prepared_cluster: Access, kube_namespace: str) -> None:
    plan = ("plan", "-e", "cluster", "--server")
    assert "objects taken" in words(digits.run(*plan))
    stranger = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "recognizer", "namespace": kube_namespace},
        "spec": {"ports": [{"port": 80, "name": "http", "targetPort": 9}]},
    }
    prepared_cluster.kubectl("apply", "--server-side", "--field-manager=helm", "-f", "-", stdin=stranger)
    done = digits.run(*plan)
    assert done.returncode == Exit.FINDINGS
    assert "Service/recognizer conflict helm owns spec.ports" in words(done)
    told = json.loads(digits.run(*plan, "--output", "json").stdout)
    assert [row["judgement"] for row in told["trials"]] == ["conflict"]
