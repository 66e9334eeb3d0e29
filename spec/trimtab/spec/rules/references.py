"""TT201: every name that points into another section must exist there.

One table says which key names what. A dangling name is an error that lists what exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.choices import known_names, meant, unknown
from trimtab.spec.rules.registry import Context, Found, rule
from trimtab.spec.shape.facts import LOCAL

if TYPE_CHECKING:
    from trimtab.spec.model.data import Store
    from trimtab.spec.model.deployment import Deployment
    from trimtab.spec.model.features import FeatureStore
    from trimtab.spec.model.monitoring import Alert
    from trimtab.spec.model.training import Training
    from trimtab.spec.model.workload import EnvValue, Schedule, Workload

Reference = tuple[SpecPath, str, str]
"""Where a name was written, the name, and what kind of thing it names."""


@rule("TT201")
def names_exist(context: Context) -> Iterator[Found]:
    """A name in another section must be declared there."""
    known = _declared(context)
    for at, name, kind in _references(context):
        section, names = known[kind]
        if name not in names:
            guess = meant(name, names)
            notes = (f"declared: {known_names(names)}",) if guess else ()
            yield Found(at, unknown(kind, name, names, section, guess), notes, meant=guess)


def _declared(context: Context) -> dict[str, tuple[str, Collection[str]]]:
    known = _in_the_tree(context)
    if context.whole is None:
        return known
    return {kind: (section, _with_lost(section, names, context)) for kind, (section, names) in known.items()}


def _with_lost(section: str, names: Collection[str], context: Context) -> list[str]:
    lost = (context.taken_out("spec", *place.split(".")) for place in section.split(" or "))
    return list(dict.fromkeys((*names, *(name for each in lost for name in each))))


def _in_the_tree(context: Context) -> dict[str, tuple[str, Collection[str]]]:
    spec = context.spec
    return {
        "dataset": ("data.datasets", spec.data.datasets),
        "store": ("data.stores", spec.data.stores),
        "pipeline": ("data.pipelines", spec.data.pipelines),
        "pool": ("compute.pools", spec.compute.pools),
        "model": ("training or data.models", {**spec.training, **spec.data.models}),
        "training": ("training", spec.training),
        "endpoint": ("deployment", spec.deployment),
        "drift monitor": ("monitoring.drift", spec.monitoring.drift),
        "secret": ("security.secrets", spec.security.secrets),
        "identity": ("security.identities", spec.security.identities),
        "environment": ("environments", spec.environments),
        "cluster": ("clusters", spec.clusters),
    }


def _references(context: Context) -> Iterator[Reference]:
    yield from _of_data(context)
    for at, workload, _ in context.workloads():
        yield from _of_workload(at, workload)
    for name, training in context.spec.training.items():
        yield from _of_training(("spec", "training", name), training)
    for name, endpoint in context.spec.deployment.items():
        yield from _of_endpoint(("spec", "deployment", name), endpoint)
    yield from _of_compute(context)
    yield from _of_security(context)
    yield from _of_monitoring(context)
    yield from _of_environments(context)


def _one(at: SpecPath, name: str | None, kind: str) -> Iterator[Reference]:
    if name is not None:
        yield at, name, kind


def _many(at: SpecPath, names: Iterable[str], kind: str) -> Iterator[Reference]:
    for index, name in enumerate(names):
        yield (*at, index), name, kind


def _of_data(context: Context) -> Iterator[Reference]:
    data, at = context.spec.data, ("spec", "data")
    for name, store in data.stores.items():
        yield from _of_store((*at, "stores", name), store)
    yield from _one((*at, "artifacts", "store"), data.artifacts.store, "store")
    for name, dataset in data.datasets.items():
        yield from _one((*at, "datasets", name, "store"), dataset.store, "store")
    for name, model in data.models.items():
        yield from _one((*at, "models", name, "secret"), model.secret, "secret")
        yield from _one((*at, "models", name, "identity"), model.identity, "identity")
    for name, pipeline in data.pipelines.items():
        yield from _of_schedule((*at, "pipelines", name, "schedule"), pipeline.schedule)

    if data.feature_store:
        yield from _of_features((*at, "featureStore"), data.feature_store)


def _of_features(at: SpecPath, store: FeatureStore) -> Iterator[Reference]:
    feast = store.feast
    if feast:
        yield from _one((*at, "feast", "registry"), feast.registry, "store")
    if feast and feast.online:
        yield from _one((*at, "feast", "online", "redis"), feast.online.redis, "secret")
        yield from _one((*at, "feast", "online", "postgres"), feast.online.postgres, "secret")
    for name, view in store.views.items():
        yield (*at, "views", name, "of"), view.of, "dataset"
        yield from _of_schedule((*at, "views", name, "schedule"), view.schedule)


def _of_compute(context: Context) -> Iterator[Reference]:
    for name, pool in context.spec.compute.pools.items():
        for cloud in ("aws", "gcp", "azure"):
            if provider := getattr(pool.provider, cloud, None):
                at = ("spec", "compute", "pools", name, "provider", cloud, "identity")
                yield from _one(at, provider.identity, "identity")


def _of_security(context: Context) -> Iterator[Reference]:
    security, at = context.spec.security, ("spec", "security")
    yield from _many((*at, "images", "pullWith"), security.images.pull_with, "secret")
    if security.audit:
        yield from _one((*at, "audit", "to"), security.audit.to, "store")


def _of_store(at: SpecPath, store: Store) -> Iterator[Reference]:
    yield from _one((*at, "identity"), store.identity, "identity")
    yield from _one((*at, "secret"), store.secret, "secret")


def _of_schedule(at: SpecPath, schedule: Schedule | None) -> Iterator[Reference]:
    if schedule:
        yield from _one((*at, "after"), schedule.after, "pipeline")


def _of_workload(at: SpecPath, workload: Workload) -> Iterator[Reference]:
    yield from _one((*at, "pool"), workload.pool, "pool")
    yield from _many((*at, "reads"), workload.reads, "dataset")
    yield from _many((*at, "writes"), workload.writes, "dataset")
    yield from _of_env((*at, "env"), workload.env)


def _of_env(at: SpecPath, env: Mapping[str, EnvValue]) -> Iterator[Reference]:
    for variable, value in env.items():
        yield from _one((*at, variable, "secret"), value.secret, "secret")
        yield from _one((*at, variable, "secretFile"), value.secret_file, "secret")


def _of_training(at: SpecPath, training: Training) -> Iterator[Reference]:
    yield from _one((*at, "base"), training.base, "model")
    if training.checkpoint:
        yield from _one((*at, "checkpoint", "to"), training.checkpoint.to, "store")
    if training.retrain:
        yield from _of_schedule((*at, "retrain", "schedule"), training.retrain.schedule)
        yield from _many((*at, "retrain", "onData"), training.retrain.on_data, "dataset")
        yield from _one((*at, "retrain", "onDrift"), training.retrain.on_drift, "drift monitor")
    for name, role in training.roles.items():
        yield from _one((*at, "roles", name, "pool"), role.pool, "pool")
        yield from _of_env((*at, "roles", name, "env"), role.env)


def _of_endpoint(at: SpecPath, endpoint: Deployment) -> Iterator[Reference]:
    yield from _one((*at, "model"), endpoint.model, "model")
    yield from _many((*at, "adapters"), endpoint.adapters, "training")
    if endpoint.batch:
        yield from _many((*at, "batch", "reads"), endpoint.batch.reads, "dataset")
        yield from _many((*at, "batch", "writes"), endpoint.batch.writes, "dataset")
        yield from _of_schedule((*at, "batch", "schedule"), endpoint.batch.schedule)
    if endpoint.capture:
        yield from _many((*at, "capture", "writes"), endpoint.capture.writes, "dataset")
    if endpoint.rollout and endpoint.rollout.smoke:
        yield from _many((*at, "rollout", "smoke", "reads"), endpoint.rollout.smoke.reads, "dataset")
    if endpoint.stream:
        yield from _many((*at, "stream", "reads"), endpoint.stream.reads, "dataset")
        yield from _many((*at, "stream", "writes"), endpoint.stream.writes, "dataset")
    if endpoint.expose:
        expose, below = endpoint.expose, (*at, "expose")
        if expose.tls:
            yield from _one((*below, "tls", "secret"), expose.tls.secret, "secret")
        if expose.auth and expose.auth.api_key:
            yield from _one((*below, "auth", "apiKey", "secret"), expose.auth.api_key.secret, "secret")


def _of_monitoring(context: Context) -> Iterator[Reference]:
    monitoring, at = context.spec.monitoring, ("spec", "monitoring")
    for name, drift in monitoring.drift.items():
        yield from _one((*at, "drift", name, "of"), drift.of, "endpoint")
        yield from _one((*at, "drift", name, "against"), drift.against, "training")
        yield from _of_schedule((*at, "drift", name, "schedule"), drift.schedule)
    for name, quality in monitoring.quality.items():
        yield from _one((*at, "quality", name, "of"), quality.of, "endpoint")
        yield from _one((*at, "quality", name, "labels"), quality.labels, "dataset")
        yield from _of_schedule((*at, "quality", name, "schedule"), quality.schedule)
    for name, alert in monitoring.alerts.items():
        yield from _of_alert((*at, "alerts", name), alert)
    for what in ("logs", "traces", "metrics"):
        if receiver := getattr(monitoring.export, what, None):
            yield from _one((*at, "export", what, "secret"), receiver.secret, "secret")


def _of_alert(at: SpecPath, alert: Alert) -> Iterator[Reference]:
    if alert.chosen:
        yield (*at, alert.chosen, "secret"), getattr(alert, alert.chosen).secret, "secret"


def _of_environments(context: Context) -> Iterator[Reference]:
    at = ("spec", "environments")
    yield from _one(("spec", "defaultEnvironment"), context.spec.default_environment, "environment")
    if context.spec.clusters:
        run_on = (*at, context.environment_name, "runOn")
        clusters = context.environment.run_on.clusters
        yield from ((run_on, name, "cluster") for name in clusters if name != LOCAL)
    for name, environment in context.spec.environments.items():
        yield from _one((*at, name, "modelsFrom"), environment.models_from, "environment")
