"""What to say to words that the language has no other word for: where that intention is told, and why not here.

Kept by hand, like `synonyms`: what one key simply calls otherwise belongs there. Each table is of one class of the
model; its words are written as `suggest.plain` leaves them.
"""

from __future__ import annotations

from collections.abc import Mapping

_BOUNDS = "bounds are written as `accept: {psi: {max: 0.2}}`"
_ORIGIN = "say where it comes from: `vault`, `aws`, `gcp`, `azure`, `sops`, or `existing` in the cluster"
_CAUSES = "write how often, and after what: `{times: 10, causes: [disruption]}`"
_TRITON = "Triton reads that from the model's own `config.pbtxt`"
_STORE = "declare the place in `data.stores`, and name it here: `store: lake`"
_RATE = "a rate is written as `requestsPerSecond: 50`"

ADVICE: Mapping[str, Mapping[str, str]] = {
    "Artifacts": dict.fromkeys(("uri", "url", "bucket", "region", "identity", "secret"), _STORE),
    "Capture": {
        "to": "`writes` names the dataset that they go to",
        "store": "`writes` names the dataset that they go to, and that names its store",
        "retain": "how long it is kept is `retain` of the dataset that `writes` names",
    },
    "Checkpoint": {"async": "how the script saves is its own affair; tell it in `params`"},
    "Drift": dict.fromkeys(("metric", "metrics", "min", "max", "threshold", "alert"), _BOUNDS),
    "Metrics": {"prometheus": "Prometheus reads them unasked: `metrics: {}` is all it takes"},
    "Quality": dict.fromkeys(
        ("metric", "metrics", "min", "max", "threshold", "alert"),
        "bounds are written as `accept: {auc: {min: 0.9}}`",
    ),
    "RateLimit": {
        **dict.fromkeys(("requests", "per", "limit", "unit"), _RATE),
        "requestsperminute": "rates are per second: `requestsPerSecond`, a sixtieth of it",
    },
    "Retries": dict.fromkeys(
        ("disruption", "preemption", "preempted", "infrastructure", "failed", "failure", "error", "application", "oom"),
        _CAUSES,
    ),
    "Rollout": {"steps": "the steps are the list itself: `canary: [5%, 25%, 100%]`"},
    "Secret": dict.fromkeys(("externalsecret", "externalsecrets", "value", "data"), _ORIGIN),
    "Target": {
        "latency": "latency rises when it is too late; hold `concurrency` or `requestsPerSecond`, promise in `slo`",
        "memory": "memory in use seldom falls again; hold `concurrency`, `requestsPerSecond` or `cpu`",
    },
    "TritonServer": dict.fromkeys(("backend", "platform", "maxbatchsize", "dynamicbatching", "instancegroup"), _TRITON),
}  # fmt: skip


def advice(model: str, word: str) -> str | None:
    """What to say to `word`, as a key of the class `model`."""
    return ADVICE.get(model, {}).get(word)
