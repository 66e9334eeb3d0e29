"""Which kinds live in a namespace, and which in the cluster: by what was found there, by a definition that the same
spec gives, else by a table. A custom kind of which nothing is known counts as namespaced, as nearly all are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trimtab.compiler.cluster_facts import ClusterFacts


DEFINITION = "CustomResourceDefinition"
Scopes = Mapping[tuple[str, str], bool]
"""Group and kind -> whether it is namespaced."""

CLUSTER_SCOPED: Mapping[str, frozenset[str]] = {
    group: frozenset(kinds.split())
    for group, kinds in {
        "": "ComponentStatus Namespace Node PersistentVolume",
        "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
        "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
        "ValidatingWebhookConfiguration",
        "apiextensions.k8s.io": "CustomResourceDefinition",
        "apiregistration.k8s.io": "APIService",
        "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
        "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
        "networking.k8s.io": "IPAddress IngressClass ServiceCIDR",
        "node.k8s.io": "RuntimeClass",
        "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
        "resource.k8s.io": "DeviceClass DeviceTaintRule ResourcePoolStatusRequest ResourceSlice",
        "scheduling.k8s.io": "PriorityClass",
        "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
        "storagemigration.k8s.io": "StorageVersionMigration",
        "cert-manager.io": "ClusterIssuer",
        "eventing.keda.sh": "ClusterCloudEventSource",
        "external-secrets.io": "ClusterExternalSecret ClusterPushSecret ClusterSecretStore",
        "gateway.networking.k8s.io": "GatewayClass",
        "generators.external-secrets.io": "ClusterGenerator",
        "karpenter.k8s.aws": "EC2NodeClass",
        "karpenter.sh": "NodeClaim NodePool",
        "keda.sh": "ClusterTriggerAuthentication",
        "kueue.x-k8s.io": "AdmissionCheck ClusterQueue Cohort MultiKueueCluster MultiKueueConfig "
        "ProvisioningRequestConfig ResourceFlavor Topology WorkloadPriorityClass",
        "nodeinfo.volcano.sh": "Numatopology",
        "scheduling.volcano.sh": "Queue",
        "serving.kserve.io": "ClusterServingRuntime ClusterStorageContainer",
        "shard.volcano.sh": "NodeShard",
        "topology.volcano.sh": "HyperNode",
        "trainer.kubeflow.org": "ClusterTrainingRuntime",
    }.items()
}


def is_namespaced(api_version: str, kind: str, facts: ClusterFacts | None, defined: Scopes) -> bool:
    group = api_version.rpartition("/")[0]
    if facts is not None and facts.cluster_scoped is not None and facts.serves(api_version, kind):
        return kind not in facts.cluster_scoped.get(api_version, ())
    if (group, kind) in defined:
        return defined[group, kind]
    return kind not in CLUSTER_SCOPED.get(group, frozenset())
