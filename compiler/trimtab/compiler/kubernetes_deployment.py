"""Endpoints of core Kubernetes: a Deployment behind a Service, its autoscaler and its disruption budget.

A new model replaces the old one replica by replica and only once it answers; a replica that goes first leaves the
address, then finishes what it began. Replicas belong to the autoscaler where there is one, and are then not sent.
"""

from __future__ import annotations

from typing import Any

from trimtab.compiler.bundle import Manifest
from trimtab.compiler.intents import Scale, ServerIntent
from trimtab.compiler.kubernetes_pod import template
from trimtab.compiler.naming import selector
from trimtab.compiler.security import SERVING_ACCOUNT, account
from trimtab.compiler.site import Site
from trimtab.compiler.tree import given_up, manifest, mapped, plain

COMPONENT = "serving"
PORT = 8080
LEAVE_SECONDS = 5
"""Between a replica's leaving the address and its end: until every node's proxy has heard of it."""
START_SECONDS = 600
"""How long a replica may take to load its model."""


def endpoint(site: Site, intent: ServerIntent) -> tuple[Manifest, ...]:
    autoscaler = () if _is_fixed(intent.scale) else (_autoscaler(site, intent),)
    return (_deployment(site, intent), _service(site, intent), *autoscaler, _disruption_budget(site, intent))


def _deployment(site: Site, intent: ServerIntent) -> Manifest:
    chosen = selector(site.system, intent.name, COMPONENT)
    labels = site.labels(COMPONENT, intent.name)
    pod = {
        "serviceAccountName": account(site, SERVING_ACCOUNT),
        "terminationGracePeriodSeconds": mapped(lambda drain: drain + 2 * LEAVE_SECONDS, intent.drain),
        "topologySpreadConstraints": [_spread(chosen, key) for key in ("zone", "hostname")],
    }
    tree = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": site.metadata(intent.name, COMPONENT, intent.name),
        "spec": {
            "replicas": _replicas(intent),
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": START_SECONDS + 300,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "selector": {"matchLabels": chosen},
            "template": template(site, labels, intent.work, pod, _container()),
        },
    }
    return manifest(tree, intent.at)


def _container() -> dict[str, Any]:
    live = {"path": "/v2/health/live", "port": "http"}
    ready = {"path": "/v2/health/ready", "port": "http"}
    return {
        "name": "server",
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "startupProbe": {"httpGet": live, "periodSeconds": 1, "failureThreshold": START_SECONDS},
        "readinessProbe": {"httpGet": ready, "periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 2},
        "livenessProbe": {"httpGet": live, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
        "lifecycle": {"preStop": {"sleep": {"seconds": LEAVE_SECONDS}}},
    }


def _spread(chosen: dict[str, str], key: str) -> dict[str, Any]:
    domain = "kubernetes.io/hostname" if key == "hostname" else f"topology.kubernetes.io/{key}"
    return {
        "maxSkew": 1,
        "topologyKey": domain,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": chosen},
        "matchLabelKeys": ["pod-template-hash"],
    }


def _is_fixed(scale: Scale) -> bool:
    return bool(plain(scale.minimum) == plain(scale.maximum))


def _replicas(intent: ServerIntent) -> Any:
    if _is_fixed(intent.scale):
        return intent.scale.minimum
    return given_up(f"HorizontalPodAutoscaler/{intent.name}", intent.scale.at)


def _service(site: Site, intent: ServerIntent) -> Manifest:
    tree = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": site.metadata(intent.name, COMPONENT, intent.name),
        "spec": {
            "type": "ClusterIP",
            "selector": selector(site.system, intent.name, COMPONENT),
            "ports": [
                {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}
            ],
        },
    }
    return manifest(tree, intent.at)


def _autoscaler(site: Site, intent: ServerIntent) -> Manifest:
    scale = intent.scale
    usage = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": scale.cpu_percent}}
    tree = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": site.metadata(intent.name, COMPONENT, intent.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": intent.name},
            "minReplicas": scale.minimum,
            "maxReplicas": scale.maximum,
            "metrics": [{"type": "Resource", "resource": usage}],
            "behavior": {
                "scaleDown": {
                    "stabilizationWindowSeconds": 600,
                    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
                }
            },
        },
    }
    return manifest(tree, scale.at)


def _disruption_budget(site: Site, intent: ServerIntent) -> Manifest:
    tree = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": site.metadata(intent.name, COMPONENT, intent.name),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(site.system, intent.name, COMPONENT)},
        },
    }
    return manifest(tree, intent.at)
