"""`python -m trimtab.runtime drift`: does what an endpoint is asked still look like what its model learnt from?

The params name the dataset of captured requests, and the one of reference with its format. Each input of the model is
compared with the reference's column of the same name; the metrics are the worst of them. With too few requests there is
no verdict, and the words say so.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trimtab.runtime import optional
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.environment import Environment
from trimtab.runtime.run import Run
from trimtab.runtime.table import Unreadable, read_table

FEWEST = 50
"""Rows. Below, chance alone moves an index by what a rule would call drift."""
MOST = 20_000
"""Rows, the newest: what was asked long ago has been judged."""


def run(environment: Environment) -> None:
    this = Run(environment, makes_artifact=False)
    captured, reference = this.input(this.params["captured"]), this.input(this.params["reference"])
    fewest, form = this.params.get("minSamples", FEWEST), this.params.get("format", "")
    metrics, problems = compare(captured, reference, fewest=fewest, form=form)
    for sentence in (*problems, ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())):
        print(sentence)
    this.finish(metrics=metrics, problems=problems)


def compare(
    captured: Path, reference: Path, fewest: int = FEWEST, form: str = ""
) -> tuple[dict[str, float], list[str]]:
    """The metrics (`samples`, and with enough of them `psi` and `ks`), and what kept them from being measured.

    `form` is the format of the reference; requests are captured in one of their own.
    """
    inputs, samples = _captured_inputs(captured)
    if samples < fewest:
        return {"samples": samples}, [f"{samples} requests were captured; {fewest} are needed to tell drift"]
    try:
        columns = read_table(reference, form).columns
    except Unreadable as error:
        raise Complaint(f"the reference can't be read: {error}") from error
    shared = sorted(inputs.keys() & columns.keys())
    if not shared:
        raise Complaint(
            f"the requests hold {', '.join(sorted(inputs))}, the reference {', '.join(sorted(columns))}: "
            "drift needs a column in common"
        )
    return _worst(samples, {name: (columns[name].values, inputs[name]) for name in shared})


def _worst(samples: int, pairs: Mapping[str, tuple[Any, Any]]) -> tuple[dict[str, float], list[str]]:
    from trimtab.runtime.drift_statistics import ks, psi

    metrics: dict[str, float] = {"samples": samples}
    for name, (expected, actual) in pairs.items():
        features = list(_features(name, expected, actual))
        for statistic, measure in (("psi", psi), ("ks", ks)):
            worst = max(measure(*feature) for feature in features)
            metrics[statistic] = max(metrics.get(statistic, 0.0), worst)
            metrics[f"{statistic}.{name}"] = worst
    return metrics, []


def _features(name: str, expected: Any, actual: Any) -> Iterator[tuple[Any, Any]]:
    """A vector is a row of a table: each position is a feature of its own. An image or a text is one: all its cells."""
    if expected.shape[1:] != actual.shape[1:]:
        raise Complaint(
            f"{name} has rows of shape {actual.shape[1:]} in requests, {expected.shape[1:]} in the reference"
        )
    if expected.ndim == 2:
        yield from ((expected[:, i], actual[:, i]) for i in range(expected.shape[1]))
    else:
        yield expected.ravel(), actual.ravel()


def _captured_inputs(folder: Path) -> tuple[dict[str, Any], int]:
    """The model's inputs as arrays. Requests of another shape than the newest were for an older model, and left out."""
    np = optional.need("numpy", "measuring drift")
    rows = list(itertools.islice(_newest_first(folder), MOST))
    if not rows:
        return {}, 0
    shapes = {name: np.shape(value) for name, value in rows[0].items()}
    alike = [row for row in rows if {name: np.shape(value) for name, value in row.items()} == shapes]
    return {name: np.array([row[name] for row in alike]) for name in shapes}, len(alike)


def _newest_first(folder: Path) -> Iterator[dict[str, Any]]:
    """The inputs of each request. Servers are writing: a line that is not whole yet, or never became so, is passed over."""
    for file in sorted(folder.rglob("*.jsonl"), reverse=True):
        for line in reversed(file.read_text(encoding="utf-8", errors="replace").splitlines()):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                inputs = json.loads(line)["inputs"]
                if isinstance(inputs, dict):
                    yield inputs
