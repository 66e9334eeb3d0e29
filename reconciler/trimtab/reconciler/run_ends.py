"""How a run ended, as its record has it: by its last words, or by the record that it left beside its artifact. Pure."""

from __future__ import annotations

from dataclasses import replace

from trimtab.reconciler.actions import AdvanceRecord, Step
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.ledger import Phase, Record
from trimtab.reconciler.words import Words, parse


def said_nothing(job: Observed | None) -> bool:
    """It ended well, and its Pod may have been gone before anybody could read its last words."""
    return job is not None and job.health.finished is True and not job.health.words.strip()


def is_older(look_up: Observed, job: Observed) -> bool:
    """A look-up that was answered before the job had ended, and so tells nothing of its end."""
    return look_up.health.finished is not None and look_up.health.started < job.health.ended


def recorded(record: Record, health: Health, step: Step, now: str) -> AdvanceRecord:
    words = parse(health.words)
    said = words if isinstance(words, Words) else Words()
    ended = replace(
        with_words(record, said),
        restarts=max(health.restarts, said.restarts),
        started=health.started or record.started,
        ended=health.ended or now,
    )
    if health.finished:
        reason = "" if isinstance(words, Words) else words
        return AdvanceRecord(
            replace(step, reason="it ended well"), replace(ended, phase=Phase.SUCCEEDED, reason=reason)
        )
    reason = "; ".join(said.problems[:2]) or health.message or health.reason or "it failed"
    return AdvanceRecord(replace(step, reason=reason), replace(ended, phase=Phase.FAILED, reason=reason))


def with_words(record: Record, words: Words) -> Record:
    return replace(
        record,
        artifact=words.artifact,
        outputs=words.outputs,
        metrics=words.metrics,
        history=words.history,
        problems=words.problems,
        restarts=max(record.restarts, words.restarts),
    )


def why_not(record: Record, found: Words | str) -> str:
    """Why its model can't be served, by what was found beside the artifact; empty where that is what was recorded, or
    nothing was recorded of it."""
    if isinstance(found, str):
        return found
    if not found.found:
        return "; ".join(found.problems) or "its record is gone"
    is_another = record.artifact and found.artifact and record.artifact != found.artifact
    return "another artifact lies in its place than was recorded" if is_another else ""
