"""Everything that runs nothing: claims, Services, Namespaces, autoscalers, and kinds that are taken at their word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health.reading import (
    Body,
    any_condition,
    condition,
    is_current,
    refusal,
    said,
    spec_of,
    status_of,
)
from trimtab.reconciler.health.sentences import unmeasured


def other(body: Body, owned: Sequence[Body]) -> Health:
    """Kinds without a rule. What they say of themselves as most kinds do counts; without a word they are there."""
    stalled, busy = condition(body, "Stalled"), condition(body, "Reconciling")
    if stalled or busy:
        reason, message = said(stalled or busy)
        return Health(is_current(body), False, reason=reason, message=message)
    if any_condition(body, "Ready") is None:
        return Health(reconciled=is_current(body), ready=is_current(body))
    return by_condition("Ready")(body, owned)


def by_condition(name: str) -> Callable[[Body, Sequence[Body]], Health]:
    """Ready when that condition holds, and not before it does."""

    def rule(body: Body, owned: Sequence[Body]) -> Health:
        told = any_condition(body, name)
        ready = is_current(body) and told is not None and told.get("status") == "True"
        reason, message = ("", "") if ready else said(told)
        waits = reason or ("" if ready else "Pending")
        return Health(is_current(body), ready, reason=waits, message=message)

    return rule


def namespace(body: Body, owned: Sequence[Body]) -> Health:
    leaving = status_of(body).get("phase") == "Terminating" or "deletionTimestamp" in body["metadata"]
    return Health(
        ready=not leaving, reason="Terminating" if leaving else "", message=_stuck(body) if leaving else ""
    )


def _stuck(body: Body) -> str:
    """Why a Namespace that is to go is still there."""
    names = ("NamespaceContentRemaining", "NamespaceFinalizersRemaining", "NamespaceDeletionDiscoveryFailure")
    told = (said(condition(body, name))[1] for name in names)
    return next((text for text in told if text), "it is being deleted")


def claim(body: Body, owned: Sequence[Body]) -> Health:
    phase = status_of(body).get("phase", "Pending")
    bound = phase == "Bound"
    message = {"Pending": "no volume is bound to it yet", "Lost": "its volume is gone"}.get(phase, "")
    return Health(reconciled=bound, ready=bound, reason="" if bound else phase, message=message)


def service(body: Body, owned: Sequence[Body]) -> Health:
    if spec_of(body).get("type") in (None, "ClusterIP", "NodePort", "ExternalName"):
        return Health()
    if (status_of(body).get("loadBalancer") or {}).get("ingress"):
        return Health()
    return Health(
        ready=False, reason="AddressPending", message="no load balancer has given it an address yet"
    )


def autoscaler(body: Body, owned: Sequence[Body]) -> Health:
    """Able to scale is enough: where nobody measures the load, replicas stay within bounds, and the words say so."""
    status, unable, blind = status_of(body), refusal(body, "AbleToScale"), refusal(body, "ScalingActive")
    replicas = status.get("currentReplicas", 0)
    acted = max(replicas, status.get("desiredReplicas", 0)) >= spec_of(body).get("minReplicas", 1)
    reason, message = said(unable or blind)
    message = unmeasured(message)
    if not acted and not unable:
        reason, message = "NotYetScaled", "its replicas have not been brought within bounds yet"
    return Health(
        reconciled=is_current(body),
        ready=acted and not unable,
        replicas=replicas,
        reason=reason,
        message=message,
    )
