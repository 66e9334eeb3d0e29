"""Rules as a whole: each has a page and a code of its own, and none complains of a sound spec."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from trimtab.spec.diagnostic import Severity
from trimtab.spec.explain import codes
from trimtab.spec.load import load
from trimtab.spec.model.anatomy import child, fields_of, is_map, item_of, model_of, text_of
from trimtab.spec.model.base import OneOf, camel
from trimtab.spec.model.system import MLSystem
from trimtab.spec.model.workload import Workload
from trimtab.spec.resolve import resolve
from trimtab.spec.rules import RULES
from trimtab.spec.shape import texts
from trimtab.spec.shape.generate import models_below
from trimtab.spec.shape.texts import Text

ROOT = Path(__file__).parents[3]
SOUND = sorted([
    *(Path(__file__).parent / "specs").glob("*.yaml"),
    *ROOT.glob("examples/*/mlsystem.yaml"),
    *ROOT.glob("cli/trimtab/cli/templates/*/mlsystem.yaml"),
])  # fmt: skip


def test_every_rule_has_a_code_of_its_own_and_a_page() -> None:
    registered = Counter(code for code, _, _ in RULES)
    assert registered.most_common(1)[0][1] == 1
    assert len(registered) >= 60
    assert set(registered) <= set(codes())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_why_it_is_one(rule: Any) -> None:
    assert rule.check.__doc__
    assert rule.code.startswith("TT3") == (rule.check.__module__.endswith(("policy_rules", "secret_rules")))


@pytest.mark.parametrize("path", SOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_false_alarm(path: Path) -> None:
    loaded = load(path.read_text(encoding="utf-8"), path.name)
    assert loaded.system is not None
    names: list[str | None] = [*loaded.system.spec.environments]
    for name in names or [None]:
        assert resolve(loaded, name).diagnostics == ()


def _keys(tree: Any, kind: Any) -> set[str]:
    """The keys of the language that a tree writes, each by the class it belongs to."""
    model = model_of(kind)
    if model and isinstance(tree, dict):
        own = {f"{model.__name__}.{key}" for key in tree}
        return own.union(*(_keys(value, child(model, key)) for key, value in tree.items()))
    below = item_of(kind)
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*(_keys(item, below) for item in items)) if below is not None else set()


def _must_be_written() -> set[str]:
    """All keys but the variants of one-ofs (one is enough) and what every workload has in common."""
    common = set(fields_of(Workload))
    return {
        f"{name}.{key}"
        for name, model in models_below(MLSystem).items()
        for key in fields_of(model)
        if not (issubclass(model, OneOf) and key in {camel(v) for v in model.variants}) and key not in common
    }


def test_sound_specs_write_every_key_of_the_language() -> None:
    written: set[str] = set()
    for path in SOUND:
        written |= _keys(load(path.read_text(encoding="utf-8"), path.name).document.tree, MLSystem)
    assert _must_be_written() - written == {"Security.confidentialComputing", "Spec.platform"}


WAIVED = """
security:
  podSecurity: privileged
  waivers:
    driver:
      rule: TT311
      for: [security.podSecurity]
      reason: the driver needs it until 2.4
      until: "2027-01-31"
"""


def test_a_waiver_turns_an_error_into_a_remark(resolved: Any) -> None:
    result = resolved(WAIVED)
    (found,) = result.diagnostics
    assert (found.code, found.severity) == ("TT311", Severity.INFO)
    assert "accepted until 2027-01-31" in found.notes[-1].message
    assert result.system is not None


def test_a_waiver_covers_its_own_place_only(resolved: Any) -> None:
    result = resolved(WAIVED.replace("[security.podSecurity]", "[security.waivers]"))
    assert [d.severity for d in result.diagnostics] == [Severity.ERROR]
    assert result.system is None


def test_everything_that_dangles_is_reported_at_once(resolved: Any) -> None:
    result = resolved("""
data:
  stores: {lake: {uri: s3://acme, identity: redaer}}
  datasets: {features: {store: laek}}
security: {identities: {reader: {aws: "arn:aws:iam::1:role/r"}}}
training: {model: {code: {path: src}, command: [train], pool: gpu, reads: [featrues], base: llama}}
""")
    assert [d.code for d in result.diagnostics if d.code == "TT201"] == ["TT201"] * 5
    first = result.diagnostics[0]
    assert first.fix is not None
    assert first.fix.edits[0].text == "reader"


def test_a_name_beside_other_errors_is_told_what_the_text_declares(resolved: Any) -> None:
    found = resolved("""
data:
  stores: {lake: {volume: {siz: 1Gi}}}
  datasets: {features: {store: laek}}
""").diagnostics
    assert [d.code for d in found] == ["TT101", "TT201"]
    assert "did you mean `lake`?" in found[1].message


def test_a_short_list_of_names_is_shown_whole(resolved: Any) -> None:
    pools = ", ".join(f"p{n}: {{}}" for n in range(20))
    result = resolved(f"""
compute: {{pools: {{{pools}}}}}
training: {{model: {{code: {{path: src}}, command: [train], pool: zebra}}}}
""")
    (found,) = result.diagnostics
    assert "`p19` and 8 more" in found.message


def text_of_items(field: FieldInfo) -> Text | None:
    item = item_of(field.annotation)
    return next((m for m in getattr(item, "__metadata__", ()) if isinstance(m, Text)), None)


def test_whoever_adds_a_name_says_what_it_names() -> None:
    """Each key that holds a name of another section; a new one is looked up in `rules/references.py` and listed here."""
    named = {
        f"{name}.{camel(key)}"
        for name, model in models_below(MLSystem).items()
        for key, field in model.model_fields.items()
        if not is_map(field.annotation) and (text_of(field) or text_of_items(field)) is texts.NAME
    }
    assert named == {
        "ApiKey.secret", "Artifacts.store", "Audit.to", "BaseModelSource.identity", "BaseModelSource.secret",
        "Batch.reads", "Batch.writes", "Capture.writes", "Checkpoint.to", "Cloud.identity", "Cluster.groups",
        "Dataset.store", "Deployment.adapters", "Deployment.model", "Deployment.pool", "Deployment.reads",
        "Deployment.writes", "Drift.against", "Drift.of", "Email.secret", "EnvValue.secret", "EnvValue.secretFile",
        "Environment.modelsFrom", "Evaluation.pool", "Evaluation.reads", "Evaluation.writes", "Feast.registry",
        "FeatureView.of", "Images.pullWith", "OnlineStore.postgres", "OnlineStore.redis", "Otlp.secret",
        "PagerDuty.secret", "Pipeline.pool", "Pipeline.reads", "Pipeline.writes", "Quality.labels", "Quality.of",
        "Retrain.onData", "Retrain.onDrift", "Role.pool", "Schedule.after", "Slack.secret", "Smoke.reads",
        "Spec.defaultEnvironment", "Store.identity", "Store.secret", "Stream.reads", "Stream.writes", "Tls.secret",
        "Training.base", "Training.pool", "Training.reads", "Training.writes", "Webhook.secret",
    }  # fmt: skip
