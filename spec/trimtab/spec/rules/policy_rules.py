"""TT3xx: what a spec may do, and what needs a reason. Each may be waived for a while in `security.waivers`."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.spec.diagnostic import Severity
from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.facts import DEPLOYMENT, ENVIRONMENTS, POOLS, SECURITY, STORES, ran
from trimtab.spec.rules.registry import RULES, Context, Found, rule
from trimtab.spec.suggest import listed

Named = tuple[SpecPath, str]
"""An image and where it was written."""
_CONTAINERS = frozenset({"containers", "initContainers"})
WORLD = ("0.0.0.0", "::/0")  # noqa: S104


def images(context: Context) -> Iterator[Named]:
    for at, workload, _ in context.workloads():
        if workload.image:
            yield (*at, "image"), workload.image
    for name, training in context.spec.training.items():
        for role, part in training.roles.items():
            if part.image:
                yield ("spec", "training", name, "roles", role, "image"), part.image
    for path, key, value in _keys(context.spec.manifests, ("spec", "manifests")):
        if key == "image" and isinstance(value, str) and path[-3] in _CONTAINERS:
            yield path, value
    if context.environment.runtime_image:
        yield (*ENVIRONMENTS, context.environment_name, "runtimeImage"), context.environment.runtime_image


def registry_of(image: str) -> str:
    """`registry.example.com/acme/train` -> `registry.example.com`; Docker's own where none is named."""
    first, _, rest = image.partition("/")
    return first if rest and ("." in first or ":" in first or first == "localhost") else "docker.io"


@rule("TT301")
def images_are_pinned(context: Context) -> Iterator[Found]:
    """A tag may mean another image tomorrow; a digest never does."""
    if context.spec.security.images.digests != "required":
        return
    for at, image in images(context):
        if "@sha256:" not in image:
            message = f"`{image}` may be another image tomorrow; name it by digest (`…@sha256:…`)"
            yield Found(at, message, ("`docker buildx imagetools inspect` shows the digest of a tag",))


@rule("TT302")
def endpoints_ask_who_calls(context: Context) -> Iterator[Found]:
    """What is reachable from outside asks its callers who they are."""
    for name, endpoint in context.spec.deployment.items():
        if endpoint.expose and not endpoint.expose.auth:
            message = (
                f"endpoint {name} can be reached from outside by anybody; say how callers show who they are"
            )
            note = "`auth: {none: {reason: …}}` says that this is meant"
            yield Found((*DEPLOYMENT, name, "expose"), message, (note,), on_key=True)


@rule("TT303")
def endpoints_are_encrypted(context: Context) -> Iterator[Found]:
    """What is reachable from outside is encrypted."""
    for name, endpoint in context.spec.deployment.items():
        if endpoint.expose and not endpoint.expose.tls:
            message = f"endpoint {name} can be reached from outside without encryption; give it `tls`"
            yield Found((*DEPLOYMENT, name, "expose"), message, on_key=True)


@rule("TT306")
def images_come_from_allowed_registries(context: Context) -> Iterator[Found]:
    """Where registries are listed, images come from no other."""
    allowed = context.spec.security.images.registries
    mirrors = context.spec.security.images.mirrors
    for at, image in images(context) if allowed else ():
        registry = registry_of(image)
        if (
            not any(image == a or image.startswith(f"{a.rstrip('/')}/") for a in allowed)
            and registry not in mirrors
        ):
            note = ("the registries are listed here", (*SECURITY, "images", "registries"))
            yield Found(
                at, f"`{registry}` is none of the registries allowed: {listed(allowed, 'and')}", (note,)
            )


@rule("TT307")
def data_stays_where_it_may_be(context: Context) -> Iterator[Found]:
    """Where residency names regions, data is kept and worked on in no other."""
    allowed = context.spec.security.residency
    for at, region in _regions(context) if allowed else ():
        if region not in allowed:
            message = f"data may be in {listed(allowed, 'and')} only, and this is {region}"
            yield Found(at, message, (("the regions are named here", (*SECURITY, "residency")),))


def _regions(context: Context) -> Iterator[Named]:
    for name, store in context.spec.data.stores.items():
        if store.region:
            yield (*STORES, name, "region"), store.region
    for name, pool in context.spec.compute.pools.items():
        for cloud in ("aws", "gcp", "azure") if pool.provider else ():
            if region := getattr(getattr(pool.provider, cloud), "region", None):
                yield (*POOLS, name, "provider", cloud, "region"), region
    for name in context.environment.run_on.clusters:
        if (cluster := context.spec.clusters.get(name)) and cluster.region:
            yield ("spec", "clusters", name, "region"), cluster.region
    placement = context.spec.compute.placement
    for index, region in enumerate(placement.regions if placement else ()):
        yield ("spec", "compute", "placement", "regions", index), region


@rule("TT308")
def secrets_stay_on_confidential_machines(context: Context) -> Iterator[Found]:
    """Where confidential computing is required, everything runs on machines that can do it."""
    if not context.spec.security.confidential_computing:
        return
    for item in ran(context):
        if not item.pool.confidential:
            note = ("it is required here", (*SECURITY, "confidentialComputing"))
            message = f"{item.title} runs on pool `{item.pool_name}`, whose machines are not confidential"
            yield Found((*item.at, "pool") if context.wrote(*item.at, "pool") else item.at, message, (note,))


@rule("TT309")
def restricted_data_is_encrypted(context: Context) -> Iterator[Found]:
    """Restricted data is encrypted where it lies and on its way."""
    encryption = context.spec.security.encryption
    missing = [
        key
        for key, value in (("atRest", encryption.at_rest), ("inTransit", encryption.in_transit))
        if not value
    ]
    for name, dataset in context.spec.data.datasets.items():
        if missing and dataset.classification == "restricted":
            message = (
                f"`{name}` is restricted, and `security.encryption` does not say {listed(missing, 'and')}"
            )
            yield Found(("spec", "data", "datasets", name, "classification"), message)


@rule("TT310", Severity.WARNING)
def doors_are_not_left_open(context: Context) -> Iterator[Found]:
    """A rule that lets workloads talk to everybody is none."""
    for index, destination in enumerate(context.spec.security.network.egress):
        if destination.startswith(WORLD) or destination.startswith("*.:"):
            message = f"`{destination}` lets workloads talk to the whole world; name whom they need"
            yield Found((*SECURITY, "network", "egress", index), message)


@rule("TT311")
def privilege_has_a_reason(context: Context) -> Iterator[Found]:
    """`privileged` switches every protection off: it needs a waiver with a reason and an end."""
    if context.spec.security.pod_security == "privileged":
        message = (
            "`podSecurity: privileged` switches every protection off; a waiver must say why, and until when"
        )
        yield Found((*SECURITY, "podSecurity"), message)


_FORBIDDEN = {
    "hostNetwork": "the node's network", "hostPID": "the node's processes", "hostIPC": "the node's shared memory",
    "privileged": "every right on the node", "hostPath": "the node's files", "allowPrivilegeEscalation": "more rights",
    "procMount": "an unmasked /proc",
}  # fmt: skip


@rule("TT312")
def fragments_keep_the_standard(context: Context) -> Iterator[Found]:
    """A `kubernetes` fragment cannot ask for what the Pod Security Standard forbids."""
    level = context.spec.security.pod_security
    for at, workload, title in context.workloads() if level != "privileged" else ():
        for path, key, value in _keys(workload.kubernetes, (*at, "kubernetes")):
            if key in _FORBIDDEN and value not in (False, None, "Default"):
                yield Found(
                    path,
                    f"{title} asks for {_FORBIDDEN[key]}, which `podSecurity: {level}` forbids",
                    on_key=True,
                )


def _keys(tree: object, at: SpecPath) -> Iterator[tuple[SpecPath, str, object]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield (*at, key), key, value
            yield from _keys(value, (*at, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from _keys(item, (*at, index))


@rule("TT313")
def waivers_waive_something(context: Context) -> Iterator[Found]:
    """A waiver names a rule that can be waived and a place that exists."""
    for name, waiver in context.spec.security.waivers.items():
        at = (*SECURITY, "waivers", name)
        if waiver.rule.startswith("TT3") and waiver.rule not in {code for code, _, _ in RULES}:
            yield Found((*at, "rule"), f"there is no policy {waiver.rule}")
        for index, path in enumerate(waiver.for_):
            if not context.wrote("spec", *path.split(".")):
                yield Found((*at, "for", index), f"there is nothing at `{path}`")


@rule("TT314")
def base_models_are_pinned(context: Context) -> Iterator[Found]:
    """A model hub may hold other weights under the same name tomorrow."""
    for name, model in context.spec.data.models.items():
        if not model.revision and "@" not in model.uri:
            message = f"base model `{name}` may be another one tomorrow; pin its `revision`"
            yield Found(("spec", "data", "models", name), message, on_key=True)


@rule("TT315")
def signatures_sign_digests(context: Context) -> Iterator[Found]:
    """A signature is of a digest; a tag that moves has none."""
    images_ = context.spec.security.images
    if images_.signed_by and images_.digests != "required":
        at = (*SECURITY, "images", "digests")
        yield Found(at, "what is signed is a digest: with `signedBy`, `digests` must be required")


@rule("TT316", Severity.WARNING)
def stores_are_encrypted_on_the_way(context: Context) -> Iterator[Found]:
    """Data that comes over plain http can be read and changed on its way."""
    for name, store in context.spec.data.stores.items():
        for key, address in (("endpoint", store.endpoint), ("uri", store.uri)):
            if address and address.startswith("http://"):
                yield Found((*STORES, name, key), f"`{address}` is not encrypted; use https")


@rule("TT317", Severity.WARNING)
def captured_data_is_classified(context: Context) -> Iterator[Found]:
    """Requests made of confidential features are as confidential as these."""
    ranks = ("public", "internal", "confidential", "restricted")
    datasets = context.spec.data.datasets
    for name, endpoint in context.spec.deployment.items():
        training = context.spec.training.get(endpoint.model)
        kept = datasets.get(endpoint.capture.writes[0]) if endpoint.capture else None
        if not kept or not training:
            continue
        own = ranks.index(kept.classification or "public")
        for dataset in (d for d in training.reads if d in datasets):
            needed = datasets[dataset].classification
            if needed and ranks.index(needed) > own:
                at = (*DEPLOYMENT, name, "capture", "writes", 0)
                message = f"requests look like `{dataset}`, which is {needed}, and are kept in a dataset that is not"
                yield Found(at, message, (("it is classified here", ("spec", "data", "datasets", dataset)),))


@rule("TT318", Severity.WARNING)
def nobody_approves_alone(context: Context) -> Iterator[Found]:
    """Who may edit the spec should not be the only one who approves it."""
    editors = set(context.spec.security.access.edit)
    approve = context.environment.approve
    if approve and editors and set(approve.by) <= editors:
        at = (*ENVIRONMENTS, context.environment_name, "approve", "by")
        message = "whoever may edit this system also approves its changes, so nobody else sees them"
        yield Found(at, message, (("the editors are here", (*SECURITY, "access", "edit")),))
