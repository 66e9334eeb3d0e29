"""Rules about trainings: what they run, how they are judged, what opens them anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from trimtab.spec.diagnostic import Severity
from trimtab.spec.rules.choices import shown
from trimtab.spec.rules.facts import MONITORING, TRAINING, Use, circle, reads, writes
from trimtab.spec.rules.registry import Context, Found, Placed, rule

if TYPE_CHECKING:
    from trimtab.spec.model.metric_rules import MetricRule
    from trimtab.spec.model.sweep import Search
    from trimtab.spec.positions import SpecPath

RISING = frozenset({
    "auc", "rocauc", "prauc", "accuracy", "balancedaccuracy", "f1", "precision", "recall", "sensitivity", "specificity",
    "r2", "ap", "map", "averageprecision", "ndcg", "mrr", "hitrate", "bleu", "rouge", "meteor", "iou", "dice", "mcc",
    "reward", "return", "winrate", "silhouette", "coverage", "throughput", "exactmatch", "passat1",
    "top1", "top3", "top5", "top10", "lift", "gini",
})  # fmt: skip
"""Metrics of which more is evidently better."""
FALLING = frozenset({
    "rmse", "mse", "mae", "mape", "smape", "perplexity", "wer", "cer", "fid", "brier", "ece", "psi", "latency",
    "errorrate", "error", "logloss", "crossentropy", "hallucinationrate", "toxicity",
})  # fmt: skip
"""Metrics of which less is evidently better."""
SHARES = frozenset({
    "auc", "rocauc", "prauc", "accuracy", "balancedaccuracy", "f1", "precision", "recall", "sensitivity", "specificity",
    "ap", "map", "ndcg", "mrr", "hitrate", "iou", "dice", "winrate", "exactmatch", "errorrate", "brier", "ece",
})  # fmt: skip
"""Metrics between 0 and 1."""


OTHER_THINGS = frozenset({
    "loss", "gap", "drop", "difference", "diff", "delta", "disparity", "std", "stddev", "variance", "deviation", "decay",
})  # fmt: skip
"""Words that turn what they stand beside into another thing: more `accuracy` is better, more `accuracyDrop` is not."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


def plain(metric: str) -> str:
    return metric.replace("_", "").replace("-", "").rpartition("/")[2].casefold()


def goal_of(metric: str) -> str | None:
    """Which direction is evident from the name: its own, or that of a word in it (`recallAt100`, `val_auc`)."""
    name = plain(metric)
    words = {word.casefold() for word in _WORDS.findall(metric)} - {name}
    if name in RISING | FALLING or words & OTHER_THINGS:
        return "maximize" if name in RISING else "minimize" if name in FALLING else None
    rises, falls = words & RISING, words & FALLING
    return None if bool(rises) == bool(falls) else "maximize" if rises else "minimize"


def judged(context: Context) -> Iterator[tuple[SpecPath, str, MetricRule]]:
    """Every rule of every `accept`."""
    spec = context.spec
    for name, training in spec.training.items():
        for metric, bounds in training.accept.items():
            yield (*TRAINING, name, "accept", metric), metric, bounds
        for key, evaluation in training.evaluate.items():
            for metric, bounds in evaluation.accept.items():
                yield (*TRAINING, name, "evaluate", key, "accept", metric), metric, bounds
    for kind, monitors in (("drift", spec.monitoring.drift), ("quality", spec.monitoring.quality)):
        for name, monitor in monitors.items():
            for metric, bounds in monitor.accept.items():
                yield (*MONITORING, kind, name, "accept", metric), metric, bounds
    for name, endpoint in spec.deployment.items():
        if endpoint.rollout and endpoint.rollout.smoke:
            for metric, bounds in endpoint.rollout.smoke.accept.items():
                yield ("spec", "deployment", name, "rollout", "smoke", "accept", metric), metric, bounds


@rule("TT240")
def a_rule_judges(context: Context) -> Iterator[Found]:
    """A rule without a bound accepts everything."""
    for at, metric, bounds in judged(context):
        if bounds.min is None and bounds.max is None and bounds.better_by is None:
            yield Found(
                at,
                f"the rule for `{metric}` accepts everything; give it `min`, `max` or `betterBy`",
                on_key=True,
            )


@rule("TT241")
def better_has_a_direction(context: Context) -> Iterator[Found]:
    """Whether more or less is better must be evident, or said."""
    for at, metric, bounds in judged(context):
        if bounds.better_by is not None and not (bounds.goal or goal_of(metric)):
            message = f"is more or less of `{metric}` better? say `goal: maximize` or `goal: minimize`"
            yield Found(at, message, on_key=True)


@rule("TT242")
def goals_agree_with_bounds(context: Context) -> Iterator[Found]:
    """A goal that contradicts the metric's name or the only bound given."""
    for at, metric, bounds in judged(context):
        name, goal = plain(metric), bounds.goal
        if (goal == "minimize" and name in RISING) or (goal == "maximize" and name in FALLING):
            better = "more" if name in RISING else "less"
            yield Found((*at, "goal"), f"`goal: {goal}` for `{metric}`, of which {better} is better")
        elif goal == "minimize" and bounds.min is not None and bounds.max is None:
            yield Found((*at, "min"), f"`{metric}` is to be small, so its bound is a `max`", on_key=True)
        elif goal == "maximize" and bounds.max is not None and bounds.min is None:
            yield Found((*at, "max"), f"`{metric}` is to be large, so its bound is a `min`", on_key=True)


@rule("TT243")
def shares_lie_between_0_and_1(context: Context) -> Iterator[Found]:
    """95 is no accuracy."""
    for at, metric, bounds in judged(context):
        for key, bound in (("min", bounds.min), ("max", bounds.max), ("betterBy", bounds.better_by)):
            if bound is not None and plain(metric) in SHARES and not 0 <= bound <= 1:
                hint = f"; {bound / 100:g} perhaps" if 1 < bound <= 100 else ""
                yield Found((*at, key), f"`{metric}` lies between 0 and 1, and never reaches {bound:g}{hint}")


@rule("TT244", Severity.WARNING)
def what_serves_is_judged(context: Context) -> Iterator[Found]:
    """Without `accept`, whatever a training makes is served."""
    for name, endpoint in context.spec.deployment.items():
        training = context.spec.training.get(endpoint.model)
        rules = training and (training.accept or any(e.accept for e in training.evaluate.values()))
        if training and not rules:
            message = f"nothing judges training {endpoint.model}: whatever it makes is served by {name}"
            note = ("served here", ("spec", "deployment", name, "model"))
            yield Found((*TRAINING, endpoint.model), message, (note,), on_key=True)


@rule("TT245", Severity.WARNING)
def judging_needs_other_data(context: Context) -> Iterator[Found]:
    """A model judged on what it learnt from looks better than it is."""
    for name, training in context.spec.training.items():
        learnt_from = set(training.reads)
        for key, evaluation in training.evaluate.items():
            for index, dataset in enumerate(evaluation.reads):
                if dataset in learnt_from:
                    at = (*TRAINING, name, "evaluate", key, "reads", index)
                    learnt = (*TRAINING, name, "reads", training.reads.index(dataset))
                    message = f"evaluation {key} judges the model on `{dataset}`, which it was trained on"
                    yield Found(at, message, (("it is trained on it here", learnt),))


@rule("TT246")
def models_do_not_go_in_circles(context: Context) -> Iterator[Found]:
    """A training cannot start, by any way, from what is made of it."""
    trainings = context.spec.training
    edges = {name: [t.base] if t.base in trainings and t.base else [] for name, t in trainings.items()}
    if found := circle(edges):
        message = f"trainings start from each other in a circle: {shown(found)}"
        yield Found((*TRAINING, found[0], "base"), message)


@rule("TT247")
def retraining_does_not_feed_itself(context: Context) -> Iterator[Found]:
    """A training that is opened by data which its own model makes is opened for ever."""
    for name, training in context.spec.training.items():
        made = _made_from(context, name) if training.retrain and training.retrain.on_data else {}
        for index, dataset in enumerate(training.retrain.on_data if training.retrain else ()):
            if dataset in made:
                message = f"new `{dataset}` opens a training whose model then makes new `{dataset}`: it would never end"
                yield Found((*TRAINING, name, "retrain", "onData", index), message, (made[dataset],))


def _made_from(context: Context, training: str) -> dict[str, tuple[str, SpecPath]]:
    """The datasets that come, by any way, from a training's model, and who writes each."""
    serving = {
        f"endpoint {n}" for n, e in context.spec.deployment.items() if training in (e.model, *e.adapters)
    }
    written_by: dict[str, list[Use]] = {}
    for use in writes(context):
        written_by.setdefault(use.by, []).append(use)
    read_by: dict[str, list[str]] = {}
    for use in reads(context):
        if use.by.startswith("pipeline "):
            read_by.setdefault(use.dataset, []).append(use.by)
    made: dict[str, tuple[str, SpecPath]] = {}
    waiting = [use for endpoint in sorted(serving) for use in written_by.get(endpoint, ())]
    while waiting:
        use = waiting.pop()
        if use.dataset not in made:
            made[use.dataset] = (f"{use.by} writes it", use.at)
            waiting += [onward for by in read_by.get(use.dataset, ()) for onward in written_by.get(by, ())]
    return made


@rule("TT248", Severity.WARNING)
def retraining_reads_what_opens_it(context: Context) -> Iterator[Found]:
    """New data that a training does not read changes nothing."""
    for name, training in context.spec.training.items():
        read = set(training.reads)
        for index, dataset in enumerate(training.retrain.on_data if training.retrain else ()):
            if dataset not in read:
                message = f"training {name} is opened by new `{dataset}` but does not read it"
                yield Found((*TRAINING, name, "retrain", "onData", index), message)


@rule("TT249")
def drift_retrains_its_own_model(context: Context) -> Iterator[Found]:
    """A drift monitor opens the training that it watches."""
    for name, training in context.spec.training.items():
        monitor = context.spec.monitoring.drift.get((training.retrain and training.retrain.on_drift) or "")
        if monitor and monitor.against != name:
            message = (
                f"`{training.retrain and training.retrain.on_drift}` watches {monitor.against}, not {name}"
            )
            yield Found((*TRAINING, name, "retrain", "onDrift"), message)


@rule("TT250")
def tuning_has_a_base(context: Context) -> Iterator[Found]:
    """Fine-tuning starts from a model; starting from the previous one is another way."""
    for name, training in context.spec.training.items():
        at = (*TRAINING, name)
        if training.tune and not training.base:
            yield Found(
                (*at, "tune"), f"training {name} is fine-tuned from nothing: it has no `base`", on_key=True
            )
        if training.base and training.start_from == "previous":
            message = f"training {name} starts from its `base` and from its previous model: it can do one of the two"
            yield Found((*at, "startFrom"), message, (("the base is here", (*at, "base")),))


@rule("TT251")
def sweeps_can_be_searched(context: Context) -> Iterator[Found]:
    """Bounds in order, above zero where magnitudes count, and a finite grid for a grid search."""
    for name, training in context.spec.training.items():
        for parameter, search in (training.sweep.search if training.sweep else {}).items():
            at = (*TRAINING, name, "sweep", "search", parameter)
            if message := _unsearchable(parameter, search):
                yield Found(at, message)
            elif training.sweep and training.sweep.method == "grid" and (search.linear or search.log):
                yield Found(at, f"a grid has no end along `{parameter}`; list its `values`")


def _unsearchable(parameter: str, search: Search) -> str | None:
    bounds = search.linear or search.log or search.integer
    if bounds and bounds[0] >= bounds[1]:
        return f"the bounds of `{parameter}` are not in order: {bounds[0]:g} is not below {bounds[1]:g}"
    if search.log and search.log[0] <= 0:
        return f"`{parameter}` is searched by magnitude, so its bounds are above zero"
    return None


@rule("TT252", Severity.WARNING)
def sweeps_have_so_many_trials(context: Context) -> Iterator[Found]:
    """More at a time than there are, or more than the grid has."""
    for name, training in context.spec.training.items():
        sweep, at = training.sweep, (*TRAINING, name, "sweep")
        if not sweep:
            continue
        if sweep.parallel > sweep.trials:
            message = f"{sweep.parallel} trials at a time, and only {sweep.trials} in all"
            yield Found((*at, "parallel"), message)
        points = prod(map(_points, sweep.search.values()))
        if sweep.method == "grid" and 0 < points < sweep.trials:
            yield Found((*at, "trials"), f"{sweep.trials} trials, and the grid has {points} points")


def _points(search: Search) -> int:
    """How many values a parameter may have; 0 where there is no end of them."""
    if search.values:
        return len(search.values)
    return search.integer[1] - search.integer[0] + 1 if search.integer else 0


@rule("TT253")
def roles_say_their_nodes(context: Context) -> Iterator[Found]:
    """With roles, nodes and processes are each role's own."""
    for name, training in context.spec.training.items():
        for key in ("nodes", "processes"):
            if training.roles and context.wrote(*TRAINING, name, key):
                message = f"training {name} has roles, so each role says its own `{key}`"
                yield Found((*TRAINING, name, key), message, on_key=True)


@rule("TT254")
def what_runs_has_something_to_run(context: Context) -> Iterator[Found]:
    """A pipeline, a training, an evaluation has a command, and an image or code that holds it."""
    for placed in context.workloads():
        if placed.at[1] != "deployment":
            yield from _nothing_to_run(context, placed)


def _nothing_to_run(context: Context, placed: Placed) -> Iterator[Found]:
    at, workload, title = placed
    training = context.spec.training.get(str(at[2])) if at[1] == "training" else None
    roles = training.roles if training else {}
    image = workload.image or (training.image if training else None)
    code = workload.code or (training.code if training else None)
    if not workload.command and not (len(at) == 3 and roles and all(r.command for r in roles.values())):
        yield Found(at, f"{title} has no `command`", on_key=True)
    if not image and not code and not (len(at) == 3 and roles and all(r.image for r in roles.values())):
        yield Found(at, f"{title} has neither an `image` nor `code` to run", on_key=True)


@rule("TT255", Severity.WARNING)
def held_out_data_stands_still(context: Context) -> Iterator[Found]:
    """Models judged on different data cannot be compared."""
    made = {use.dataset for use in writes(context)}
    for name, training in context.spec.training.items():
        for key, evaluation in training.evaluate.items():
            for index, dataset_name in enumerate(evaluation.reads):
                dataset = context.spec.data.datasets.get(dataset_name)
                if dataset and not dataset.pinned and dataset_name not in made and evaluation.accept:
                    at = (*TRAINING, name, "evaluate", key, "reads", index)
                    message = f"`{dataset_name}` judges models and may change under them: pin its `version`"
                    note = ("it is declared here", ("spec", "data", "datasets", dataset_name))
                    yield Found(at, message, (note,))
