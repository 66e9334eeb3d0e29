"""Endpoints: what serves, who scales it, who may call it."""

from __future__ import annotations

from typing import Any

from compiled_specs import CLUSTER, bundle, digits, manifest

from trimtab.compiler.bundle import Bundle, Edge, Fact, Owner


def server(made: Bundle) -> dict[str, Any]:
    found: dict[str, Any] = manifest(made, "Deployment/recognizer").body["spec"]["template"]["spec"][
        "containers"
    ][0]
    return found


FIXED = ("replicas: {min: 2, max: 4, target: {cpu: 70%}}", "replicas: 3")


def test_the_model_is_mounted_whole_and_its_digest_told() -> None:
    found = server(bundle(digits()))
    model = next(m for m in found["volumeMounts"] if m["mountPath"] == "/trimtab/model")
    told = {v["name"]: str(v["value"]) for v in found["env"]}
    assert (str(model["subPath"]), model["readOnly"]) == ("<model:classifier>/output", True)
    assert told["TRIMTAB_MODEL_DIGEST"] == "<model.digest:classifier>"
    assert (told["TRIMTAB_HOST"], told["TRIMTAB_PORT_HTTP"]) == ("0.0.0.0", "8080")


def test_requests_are_kept_where_the_monitor_reads_them() -> None:
    found = server(bundle(digits()))
    capture = next(m for m in found["volumeMounts"] if m["mountPath"] == "/trimtab/capture")
    told = {v["name"]: v["value"] for v in found["env"]}
    assert (capture["subPath"], "readOnly" in capture) == ("data/requests/live", False)
    assert (told["TRIMTAB_CAPTURE_DATASET"], told["TRIMTAB_CAPTURE_SAMPLE"]) == ("requests", "1")


def test_replicas_that_an_autoscaler_owns_are_not_sent() -> None:
    found = manifest(bundle(digits()), "Deployment/recognizer")
    assert "replicas" not in found.body["spec"]
    owner = Owner("HorizontalPodAutoscaler/recognizer", ("spec", "deployment", "recognizer", "replicas"))
    assert found.owners == {("spec", "replicas"): owner}


def test_the_autoscaler_has_the_spec_s_bounds() -> None:
    scaler = manifest(bundle(digits()), "HorizontalPodAutoscaler/recognizer").body["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 4)
    assert scaler["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}


def test_a_fixed_number_needs_no_autoscaler() -> None:
    made = bundle(digits(FIXED))
    assert manifest(made, "Deployment/recognizer").body["spec"]["replicas"] == 3
    assert not manifest(made, "Deployment/recognizer").owners
    assert not [m for m in made.manifests if m.ref.kind == "HorizontalPodAutoscaler"]


def test_one_replica_is_replaced_at_a_time_and_only_by_one_that_answers() -> None:
    found = manifest(bundle(digits()), "Deployment/recognizer").body["spec"]
    assert found["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    probes = server(bundle(digits()))
    assert probes["readinessProbe"]["httpGet"]["path"] == "/v2/health/ready"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/v2/health/live"
    assert "host" not in probes["readinessProbe"]["httpGet"]


def test_a_replica_has_time_to_leave_and_to_drain() -> None:
    model = "      model: classifier\n"
    drained = bundle(digits((model, f"{model}      drain: 2m\n")))
    pod = manifest(drained, "Deployment/recognizer").body["spec"]["template"]["spec"]
    leaves = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= 120 + leaves


def test_a_disruption_takes_one_replica_at_a_time() -> None:
    budget = manifest(bundle(digits()), "PodDisruptionBudget/recognizer").body["spec"]
    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_the_service_leads_to_the_replicas() -> None:
    made = bundle(digits())
    service = manifest(made, "Service/recognizer").body["spec"]
    labels = manifest(made, "Deployment/recognizer").body["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    assert (service["ports"][0]["port"], service["ports"][0]["targetPort"]) == (80, "http")


def test_on_this_machine_it_runs_where_the_training_ran() -> None:
    made = bundle(digits())
    training = next(r for r in made.runs if r.name == "classifier").workload[-1]
    assert server(made)["image"] == training.body["spec"]["template"]["spec"]["containers"][0]["image"]


def test_on_a_cluster_the_runtime_serves() -> None:
    assert server(bundle(digits(environment="cluster"), CLUSTER))["image"] == CLUSTER.runtime_image


def test_an_endpoint_waits_for_an_accepted_training() -> None:
    made = bundle(digits())
    assert Edge("Deployment/recognizer", "run:classifier", Fact.ACCEPTED) in made.edges
    (endpoint,) = made.endpoints
    assert (endpoint.name, endpoint.training) == ("recognizer", "classifier")
    assert str(endpoint.deployment) == "Deployment/recognizer"
    assert str(endpoint.service) == "Service/recognizer"
