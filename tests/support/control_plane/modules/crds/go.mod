module trimtab.dev/tests/crds

go 1.26.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/external-secrets/external-secrets v1.3.2
	github.com/fluxcd/kustomize-controller v1.9.6
	github.com/fluxcd/source-controller v1.9.0
	github.com/kedacore/keda/v2 v2.21.0
	github.com/kserve/kserve v0.20.0
	github.com/kubeflow/trainer/v2 v2.3.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	github.com/ray-project/kuberay/ray-operator v1.6.0
	sigs.k8s.io/gateway-api v1.6.1
	sigs.k8s.io/jobset v0.12.0
	sigs.k8s.io/kueue v0.15.0
	sigs.k8s.io/lws v0.9.0
	volcano.sh/volcano v1.14.1
)
