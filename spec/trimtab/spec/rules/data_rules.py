"""Rules about data: where it comes from, who makes it, what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trimtab.spec.diagnostic import Severity
from trimtab.spec.rules.choices import shown
from trimtab.spec.rules.facts import DATASETS, PIPELINES, STORES, circle, reads, writes
from trimtab.spec.rules.registry import Context, Found, rule
from trimtab.spec.suggest import listed

if TYPE_CHECKING:
    from trimtab.spec.model.contract import Column
    from trimtab.spec.model.data import Dataset, Store

STREAMS = frozenset({"kafka", "pulsar", "kinesis", "pubsub", "eventhub"})
WAREHOUSES = frozenset({
    "bigquery", "snowflake", "redshift", "databricks", "postgresql", "mysql", "clickhouse", "trino", "athena", "synapse",
})  # fmt: skip
READ_ONLY = frozenset({"hf", "http", "https", "oci"})
NUMBERS = frozenset({"int", "float"})


def scheme(store: Store | None) -> str:
    return store.uri.partition("://")[0] if store and store.uri else ""


@rule("TT205")
def model_names_are_unique(context: Context) -> Iterator[Found]:
    """A deployment names its model without saying whether it is trained or a base."""
    for name in context.spec.data.models:
        if name in context.spec.training:
            message = (
                f"`{name}` is both a base model and a training; an endpoint could not say which it means"
            )
            other = ("the training is here", ("spec", "training", name))
            yield Found(("spec", "data", "models", name), message, (other,), on_key=True)


@rule("TT206")
def one_writer_a_dataset(context: Context) -> Iterator[Found]:
    """Two writers would publish versions over each other."""
    first: dict[str, tuple[str, tuple[str | int, ...]]] = {}
    for use in writes(context):
        if use.dataset in first:
            by, at = first[use.dataset]
            message = f"{by} writes `{use.dataset}` already; a dataset has one writer"
            yield Found(use.at, message, (("the other writer", at),))
        first.setdefault(use.dataset, (use.by, use.at))


@rule("TT207")
def data_comes_from_somewhere(context: Context) -> Iterator[Found]:
    """A dataset that is read is written here, or lies in a store."""
    made = {use.dataset for use in writes(context)}
    readers = {use.dataset: use for use in reversed(reads(context))}
    for name, dataset in context.spec.data.datasets.items():
        first = readers.get(name)
        if first and not dataset.store and name not in made:
            message = f"`{name}` is read, but nothing here writes it and it names no `store`"
            yield Found((*DATASETS, name), message, ((f"{first.by} reads it", first.at),), on_key=True)


@rule("TT208")
def pipelines_do_not_go_in_circles(context: Context) -> Iterator[Found]:
    """What a pipeline reads must not depend on what it writes."""
    pipelines = context.spec.data.pipelines
    after: dict[str, list[str]] = {}
    for name, pipeline in pipelines.items():
        for dataset in pipeline.reads:
            after.setdefault(f"dataset {dataset}", []).append(name)
        if pipeline.schedule and pipeline.schedule.after:
            after.setdefault(pipeline.schedule.after, []).append(name)
    edges = {
        name: [
            *after.get(name, ()),
            *(other for d in pipeline.writes for other in after.get(f"dataset {d}", ())),
        ]
        for name, pipeline in pipelines.items()
    }
    if found := circle(edges):
        message = f"pipelines wait for each other in a circle: {shown(found)}"
        yield Found((*PIPELINES, found[0]), message, on_key=True)


@rule("TT209", Severity.WARNING)
def pipelines_write(context: Context) -> Iterator[Found]:
    """A pipeline is what makes datasets."""
    for name, pipeline in context.spec.data.pipelines.items():
        if not pipeline.writes:
            message = f"pipeline {name} writes no dataset, so nothing can read what it makes"
            yield Found((*PIPELINES, name), message, on_key=True)


@rule("TT210", Severity.WARNING)
def a_pin_is_not_written(context: Context) -> Iterator[Found]:
    """New versions of a pinned dataset reach nobody."""
    for use in writes(context):
        dataset = context.spec.data.datasets.get(use.dataset)
        if dataset and dataset.pinned:
            message = f"`{use.dataset}` is pinned to {dataset.pinned}, so what {use.by} writes is never read"
            yield Found((*DATASETS, use.dataset, "version"), message, ((f"{use.by} writes it", use.at),))


@rule("TT211")
def stores_hold_what_they_can(context: Context) -> Iterator[Found]:
    """Topics are in streams, tables and queries in warehouses, folders elsewhere."""
    for name, dataset in context.spec.data.datasets.items():
        store = context.spec.data.stores.get(dataset.store or "")
        if message := _misplaced(dataset, store):
            yield Found((*DATASETS, name, dataset.chosen or "store"), message)


def _misplaced(dataset: Dataset, store: Store | None) -> str | None:
    kind, chosen = scheme(store), dataset.chosen
    if chosen == "topic" and kind not in STREAMS:
        return (
            f"a topic is in a stream, and store `{dataset.store}` is none"
            if store
            else "a topic needs a `store`"
        )
    if chosen in ("table", "query") and kind not in WAREHOUSES:
        return f"store `{dataset.store}` has no tables" if store else f"a {chosen} needs a `store`"
    if kind in STREAMS and chosen != "topic":
        return f"store `{dataset.store}` is a stream: say which `topic`"
    if kind in WAREHOUSES and chosen not in ("table", "query"):
        return f"store `{dataset.store}` is a warehouse: say which `table`, or a `query`"
    return None


@rule("TT212")
def written_stores_can_be_written(context: Context) -> Iterator[Found]:
    """Some stores can only be read."""
    data = context.spec.data
    for use in writes(context):
        dataset = data.datasets.get(use.dataset)
        kind = scheme(data.stores.get(dataset.store or "")) if dataset else ""
        if dataset and (kind in READ_ONLY or dataset.query):
            why = (
                f"store `{dataset.store}` ({kind}) can only be read" if kind in READ_ONLY else "it is a query"
            )
            yield Found(use.at, f"{use.by} cannot write `{use.dataset}`: {why}")
    for at, name in _kept(context):
        if (kind := scheme(data.stores.get(name))) in READ_ONLY | STREAMS | WAREHOUSES:
            yield Found(at, f"store `{name}` ({kind}) cannot hold files that are written")


def _kept(context: Context) -> Iterator[tuple[tuple[str, ...], str]]:
    artifacts = context.spec.data.artifacts.store
    if artifacts:
        yield ("spec", "data", "artifacts", "store"), artifacts
    for name, training in context.spec.training.items():
        if training.checkpoint and training.checkpoint.to:
            yield ("spec", "training", name, "checkpoint", "to"), training.checkpoint.to


@rule("TT213")
def a_contract_can_be_checked(context: Context) -> Iterator[Found]:
    """Columns of data whose format is not known cannot be checked."""
    for name, dataset in context.spec.data.datasets.items():
        columns = dataset.expect.columns if dataset.expect else {}
        if columns and not dataset.format and dataset.chosen not in ("table", "query"):
            message = f"the columns of `{name}` cannot be checked without its `format`"
            yield Found((*DATASETS, name, "expect", "columns"), message, on_key=True)


@rule("TT214")
def columns_ask_what_they_can(context: Context) -> Iterator[Found]:
    """Bounds are for numbers, patterns for texts, values of the column's own type."""
    for name, dataset in context.spec.data.datasets.items():
        for column_name, column in (dataset.expect.columns if dataset.expect else {}).items():
            at = (*DATASETS, name, "expect", "columns", column_name)
            for key, message in _column_slips(column_name, column):
                yield Found((*at, key), message, on_key=True)


def _column_slips(name: str, column: Column) -> Iterator[tuple[str, str]]:
    if column.type is None:
        return
    bounded = next((key for key in ("min", "max") if getattr(column, key) is not None), None)
    if bounded and column.type not in NUMBERS:
        yield bounded, f"`{name}` is a {column.type}, and only numbers have bounds"
    if column.pattern and column.type != "string":
        yield "pattern", f"`{name}` is a {column.type}, and only texts match a pattern"
    fits = {"int": (int,), "float": (int, float), "string": (str,), "bool": (bool,)}.get(column.type)
    odd = [
        v
        for v in column.values
        if fits and (not isinstance(v, fits) or (isinstance(v, bool) != (fits == (bool,))))
    ]
    if odd:
        yield "values", f"`{name}` is a {column.type}, and {odd[0]!r} is none"


@rule("TT215")
def a_backfill_has_a_schedule(context: Context) -> Iterator[Found]:
    """What was due in the past is told by a calendar."""
    for name, pipeline in context.spec.data.pipelines.items():
        schedule = pipeline.schedule
        if pipeline.backfill and not (schedule and (schedule.cron or schedule.every)):
            message = "a backfill runs what was due in the past, and no `schedule` says what was"
            yield Found((*PIPELINES, name, "backfill"), message, on_key=True)


@rule("TT216")
def a_volume_of_one_node_is_mounted_by_one(context: Context) -> Iterator[Found]:
    """`access: one` and several nodes exclude each other."""
    data = context.spec.data
    single = {name for name, store in data.stores.items() if store.volume and store.volume.access == "one"}
    if not single:
        return
    for at, workload, title in context.workloads():
        if workload.nodes == 1:
            continue
        for index, name in enumerate(workload.reads):
            dataset = data.datasets.get(name)
            if dataset and dataset.store in single:
                message = f"{title} runs on {workload.nodes} nodes, and one node alone can mount store `{dataset.store}`"
                note = ("its volume says so", (*STORES, str(dataset.store), "volume", "access"))
                yield Found((*at, "reads", index), message, (note,))


@rule("TT217")
def clusters_share_no_volume(context: Context) -> Iterator[Found]:
    """Where several clusters serve, each must be able to read the artifacts."""
    clusters = context.environment.run_on.clusters
    store = context.spec.data.artifacts.store
    if len(clusters) < 2 or (store and context.spec.data.stores.get(store, None) is None):
        return
    if store is None or not context.spec.data.stores[store].uri:
        where = (
            ("spec", "data", "artifacts", "store")
            if store
            else ("spec", "environments", context.environment_name)
        )
        message = (
            f"{context.environment_name} runs on {listed(clusters, 'and')}, which share no volume; "
            "`data.artifacts` needs a store with a `uri`"
        )
        yield Found(where, message, on_key=not store)


@rule("TT218")
def published_features_have_a_place(context: Context) -> Iterator[Found]:
    """A view that endpoints look up is copied to an online store."""
    store = context.spec.data.feature_store
    if store is None or (store.feast and store.feast.online):
        return
    for name, view in store.views.items():
        if view.online == "published":
            message = f"view `{name}` is published to endpoints, but `feast` names no `online` store"
            yield Found(("spec", "data", "featureStore", "views", name, "online"), message)
