"""The definition of `Run`: one entry of the ledger. Its claim never changes, and (attempt, phase) only advances.

The API server holds that by rules of its own, whoever writes. It cannot see into `recipe`, whose keys it does not
know; the recipe's digest, which it can see, is what the reconciler looks runs up by.
"""

from __future__ import annotations

from typing import Any

from trimtab.compiler.bundle import RunKind
from trimtab.reconciler.crds.definition import Column, Names, definition
from trimtab.reconciler.crds.shapes import WHOLE, Schema, anything, each, many, record, text, whole, yes_or_no
from trimtab.reconciler.ledger import RANK, Phase
from trimtab.reconciler.words import POINTS, PROBLEMS

COLUMNS = (
    Column("Run", ".spec.run", "What it is a run of."),
    Column("Kind", ".spec.kind", "What kind of run."),
    Column("Phase", ".status.phase", "How far it is."),
    Column("Attempt", ".status.attempt", "How often it was started.", type="integer"),
    Column("Metrics", ".status.summary.metrics", "What it measured."),
    Column("Verdict", ".status.summary.verdict", "What the rules of `accept` say of it."),
    Column("Age", ".metadata.creationTimestamp", "Since when it is here.", type="date"),
    Column("System", ".spec.system", "The system it belongs to.", wide=True),
    Column("Commit", ".spec.commit", "The commit that opened it.", wide=True),
    Column("Reason", ".status.reason", "Why it ended as it did.", wide=True),
)
SELECTABLE = (".spec.system", ".spec.run", ".spec.kind", ".status.phase")

_DIGEST = "^sha256:[0-9a-f]{64}$"
_ADVANCES = (
    "self.attempt > oldSelf.attempt || "
    "(self.attempt == oldSelf.attempt && {ranks}[self.phase] >= {ranks}[oldSelf.phase])"
)


def run() -> dict[str, Any]:
    return definition(Names("Run", "runs", "run", ("mlrun",)), _schema(), COLUMNS, SELECTABLE)


def _schema() -> Schema:
    return record(
        "A fact: what a recipe made of its inputs. It is written by the reconciler, is never pruned, and outlives "
        "the system it belongs to.",
        {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": _claim(),
            "status": _status(),
        },
        required=["spec"],
    )


def _claim() -> Schema:
    fields = {
        "system": text("The system it belongs to."),
        "run": text(
            "What it is a run of: a training, a pipeline, an evaluation, a contract or a drift check."
        ),
        "kind": text("What kind of run.", enum=[kind.value for kind in RunKind]),
        "key": text(
            "The run key: a digest of recipe and inputs. A key runs once.", pattern="^v1:[0-9a-f]{64}$"
        ),
        "recipeDigest": text("The digest of the recipe.", pattern=_DIGEST),
        "recipe": anything("All that the spec fixes and that can change the result."),
        "inputs": _inputs(),
        "retries": whole("How often a lost workload is started again.", minimum=0),
        "opened": text("When it was opened, in UTC.", format="date-time"),
        "commit": text("The commit that opened it; empty where there was none."),
    }
    return record(
        "What was to be run. It is fixed when the run opens.",
        fields,
        required=sorted(fields),
        **WHOLE,
        **_rule("self == oldSelf", "what a run is of is fixed when it opens; another run has another key"),
    )


def _inputs() -> Schema:
    fields = {
        "datasets": each({"type": "string"}, "The version of each dataset that it reads."),
        "directories": each({"type": "string"}, "Where each lies, below its store's root."),
        "model": text("The key of the run whose model it reads."),
        "modelDirectory": text("Where that model lies."),
        "modelDigest": text("That model's digest."),
        "occurrence": text("Which occurrence of its schedule it is."),
    }
    return record("What it reads, frozen when it opened.", fields, required=sorted(fields))


def _status() -> Schema:
    fields = {
        "phase": text("How far it is.", enum=[phase.value for phase in Phase]),
        "attempt": whole("How often its workload was started.", minimum=0),
        "restarts": whole("How often a Pod of its workload was restarted.", minimum=0),
        "recalled": yes_or_no("Its end was read from the record beside its artifact: nothing ran here."),
        "artifact": text("The digest of what it made."),
        "outputs": each({"type": "string"}, "The version of each dataset that it wrote."),
        "metrics": each(
            {"type": "number", "nullable": True}, "What it measured; null where that was no number."
        ),
        "history": each(
            many({"type": "number"}, "From its beginning to its end.", maxItems=POINTS),
            "How metrics went, in a few points each.",
        ),
        "problems": many({"type": "string"}, "What it found wrong.", maxItems=PROBLEMS),
        "verdicts": many(
            _verdict(),
            "What each rule of `accept` said, in the order in which they were asked. Only ever appended to.",
            **_rule("self.size() >= oldSelf.size()", "a verdict is never taken back"),
        ),
        "started": text("When its workload started, in UTC; empty before."),
        "ended": text("When it ended, in UTC; empty before."),
        "reason": text("Why it ended as it did."),
        "summary": record(
            "The above, as `kubectl get` shows it.",
            {"metrics": text("The metrics."), "verdict": text("The newest verdict.")},
        ),
    }
    ranks = "{" + ", ".join(f"'{phase.value}': {RANK[phase]}" for phase in Phase) + "}"
    rule = _ADVANCES.replace("{ranks}", ranks)
    return record(
        "What became of it.",
        fields,
        required=["phase", "attempt"],
        **_rule(rule, "a run only advances: a later phase, or the next attempt"),
    )


def _verdict() -> Schema:
    fields = {
        "rule": text("The digest of the rule."),
        "text": text("The rule, as people read it."),
        "accepted": yes_or_no("What it said."),
        "reason": text("The number that decided it."),
        "at": text("When it was asked, in UTC."),
    }
    return record("What one rule said.", fields, required=sorted(fields))


def _rule(rule: str, message: str) -> Schema:
    return {"x-kubernetes-validations": [{"rule": rule, "message": message}]}
