"""What all else stands on: namespace, accounts, claims, policies; and what waits for what."""

from __future__ import annotations

import pytest
from compiled_specs import CLUSTER, bundle, digits, manifest, run, spec

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle, Edge, Fact
from trimtab.compiler.kind_order import rank


@pytest.fixture(scope="module")
def laptop() -> Bundle:
    return bundle(digits())


def test_the_namespace_pins_the_standard_it_enforces() -> None:
    target = Capabilities(runtime_image="r@sha256:0", kubernetes_minor=35)
    made = bundle(digits(environment="cluster"), target)
    labels = manifest(made, "Namespace/digits").body["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["pod-security.kubernetes.io/enforce-version"] == "v1.35"


def test_every_object_carries_the_system_and_the_user_s_labels(laptop: Bundle) -> None:
    for found in (*laptop.manifests, *(m for r in laptop.runs for m in (*r.workload, r.lookup))):
        labels = found.body["metadata"]["labels"]
        assert labels["team"] == "examples"
        assert labels["trimtab.dev/system"] == "digits"
        assert labels["app.kubernetes.io/managed-by"] == "trimtab"
        assert "applyset.kubernetes.io/part-of" not in labels


def test_stores_and_artifacts_are_claims(laptop: Bundle) -> None:
    assert manifest(laptop, "PersistentVolumeClaim/digits-scratch").body["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    artifacts = manifest(laptop, "PersistentVolumeClaim/digits-artifacts").body["metadata"]
    assert artifacts["annotations"] == {"trimtab.dev/role": "artifacts"}


def test_a_store_of_the_spec_s_own_takes_the_artifacts_below_its_path() -> None:
    stored = "    artifacts: {store: scratch, path: models}\n    datasets:\n"
    named = bundle(digits(("    datasets:\n", stored)))
    assert [m.ref.name for m in named.manifests if m.ref.kind == "PersistentVolumeClaim"] == [
        "digits-scratch"
    ]
    output = (
        run(named, "classifier")
        .workload[-1]
        .body["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    )
    assert "models/<run.directory>/output" in {str(m.get("subPath")) for m in output}


def test_all_is_denied_first_and_only_to_this_system_s_pods(laptop: Bundle) -> None:
    deny = manifest(laptop, "NetworkPolicy/digits-default-deny").body["spec"]
    assert deny == {
        "podSelector": {"matchLabels": {"trimtab.dev/system": "digits"}},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_each_other_policy_opens_one_way(laptop: Bundle) -> None:
    policies = {m.ref.name: m.body["spec"] for m in laptop.manifests if m.ref.kind == "NetworkPolicy"}
    assert set(policies) == {
        "digits-default-deny", "digits-dns", "digits-classifier-ranks", "digits-recognizer-callers",
    }  # fmt: skip
    ranks = policies["digits-classifier-ranks"]
    assert ranks["ingress"][0]["from"][0]["podSelector"] == ranks["podSelector"]
    callers = policies["digits-recognizer-callers"]["ingress"][0]
    assert callers == {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": "http"}]}


def test_egress_is_by_address() -> None:
    made = bundle(spec("security: {network: {egress: [10.1.2.3/8:443]}}"))
    assert manifest(made, "NetworkPolicy/test-egress").body["spec"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"protocol": "TCP", "port": 443}]}
    ]


def test_accounts_have_no_rights_and_no_token(laptop: Bundle) -> None:
    accounts = [m for m in laptop.manifests if m.ref.kind == "ServiceAccount"]
    assert [a.ref.name for a in accounts] == ["digits-runs", "digits-serving"]
    assert all(a.body["automountServiceAccountToken"] is False for a in accounts)
    assert not [m for m in laptop.manifests if "Role" in m.ref.kind]


def test_what_others_refer_to_comes_first(laptop: Bundle) -> None:
    ranks = [rank(m) for m in laptop.manifests]
    assert ranks == sorted(ranks)
    assert laptop.manifests[0].ref.kind == "Namespace"
    assert len({m.ref for m in laptop.manifests}) == len(laptop.manifests)


EDGES = [
    Edge("run:classifier", "run:prepare", Fact.FINISHED),
    Edge("run:classifier", "run:images-contract", Fact.ACCEPTED),
    Edge("run:images-contract", "run:prepare", Fact.FINISHED),
    Edge("run:classifier-on-held-out", "run:classifier", Fact.FINISHED),
    Edge("run:classifier-on-held-out", "run:prepare", Fact.FINISHED),
    Edge("run:inputs-drift", "Deployment/recognizer", Fact.READY),
    Edge("run:classifier", "PersistentVolumeClaim/digits-scratch", Fact.RECONCILED),
    Edge("run:prepare", "ServiceAccount/digits-runs", Fact.RECONCILED),
    Edge("Deployment/recognizer", "PersistentVolumeClaim/digits-artifacts", Fact.RECONCILED),
    Edge("HorizontalPodAutoscaler/recognizer", "Deployment/recognizer", Fact.RECONCILED),
    Edge("Service/recognizer", "Namespace/digits", Fact.RECONCILED),
]


@pytest.mark.parametrize("edge", EDGES, ids=lambda e: f"{e.node} after {e.after}")
def test_what_waits_for_what_follows_from_what_refers_to_what(laptop: Bundle, edge: Edge) -> None:
    assert edge in laptop.edges


def test_edges_lead_to_what_is_there_and_never_in_a_circle(laptop: Bundle) -> None:
    nodes = {m.node for m in laptop.manifests} | {r.node for r in laptop.runs}
    assert all(edge.node in nodes and edge.after in nodes for edge in laptop.edges)
    left = set(laptop.edges)
    while free := {e for e in left if not any(o.node == e.after for o in left)}:
        left -= free
    assert not left


def test_every_field_has_a_line(laptop: Bundle) -> None:
    positions = digits().positions
    for found in (*laptop.manifests, *(m for r in laptop.runs for m in (*r.workload, r.lookup))):
        assert () in found.provenance
        assert all(positions.nearest(path)[0] for path in found.provenance.values()), found.ref


ENDPOINT = ("spec", "deployment", "recognizer")
POD = ("spec", "template", "spec")
ORIGINS = [
    ("Deployment/recognizer", (*POD, "containers"), ENDPOINT),
    (
        "Deployment/recognizer",
        (*POD, "containers", 0, "resources", "requests", "cpu"),
        (*ENDPOINT, "resources", "cpu"),
    ),
    ("HorizontalPodAutoscaler/recognizer", ("spec", "maxReplicas"), (*ENDPOINT, "replicas", "max")),
    (
        "PersistentVolumeClaim/digits-scratch",
        ("spec", "resources", "requests", "storage"),
        ("spec", "data", "stores", "scratch", "volume", "size"),
    ),
    ("Namespace/digits", ("metadata", "labels", "team"), ("metadata", "labels", "team")),
]


@pytest.mark.parametrize(("node", "field", "path"), ORIGINS)
def test_a_field_leads_to_the_line_that_asked_for_it(
    laptop: Bundle, node: str, field: tuple[str, ...], path: tuple[str, ...]
) -> None:
    assert manifest(laptop, node).origin(field) == path


def test_where_datasets_lie(laptop: Bundle) -> None:
    found = {d.name: d for d in laptop.datasets}
    assert (found["images"].writer, found["images"].contract) == ("prepare", "images-contract")
    assert (found["requests"].writer, found["requests"].directory) == (None, "data/requests")
    assert found["heldOut"].claim == "digits-artifacts"


def test_the_spec_is_mirrored_as_it_is_in_this_environment() -> None:
    alone = "{overrides: {training: {classifier: {nodes: 1}}}, runOn: cluster"
    made = bundle(digits(("{runOn: cluster", alone), environment="cluster"), CLUSTER)
    assert made.spec["training"]["classifier"]["nodes"] == 1
    assert "apiVersion" not in made.spec
