"""What the compiler refuses, each at the line that asked for it."""

from __future__ import annotations

import pytest
from compiled_specs import CLUSTER, DIGITS, LOCAL, SOURCES, bundle, compiled, digits, findings, spec

from trimtab.compiler import Capabilities, CodeTree, Sources, compile_system
from trimtab.compiler.data import TABLES
from trimtab.runtime.table import READERS
from trimtab.spec.load import load
from trimtab.spec.resolve import Resolved, resolve

RUN = "command: [python], code: {path: src}"


def told(resolved: Resolved, capabilities: Capabilities = LOCAL) -> list[str]:
    return [d.message for d in compiled(resolved, capabilities).diagnostics]


def test_what_cannot_be_compiled_is_named_once_at_its_outermost_key() -> None:
    found = spec(f"training:\n  c: {{{RUN}, retrain: {{schedule: {{every: 1d}}, manual: allowed}}}}")
    assert told(found) == ["`training.c.retrain` can't be compiled yet for this machine"]
    assert compiled(found).diagnostics[0].span.column == 47
    assert compiled(found).bundle is None


def test_a_value_that_cannot_be_compiled_says_which_can() -> None:
    found = spec(f"training:\n  c: {{{RUN}, onChange: stop}}")
    assert told(found) == [
        "`training.c.onChange: stop` can't be compiled yet for this machine, only `finish`"
    ]
    assert findings(spec(f"training:\n  c: {{{RUN}, onChange: finish}}")) == []


def test_of_a_choice_the_rest_is_named_and_what_goes_with_it_is_not_told_again() -> None:
    store = "data: {stores: {lake: {region: eu, uri: s3://acme, identity: etl}}}"
    secret = "security: {identities: {etl: {gcp: e@acme}}, secrets: {hf: {vault: kv/hf}}}"
    assert told(spec(f"{store}\n{secret}"), CLUSTER) == [
        "`data.stores.lake.uri` can't be compiled yet for Kubernetes; `volume` can",
        "`security.identities` can't be compiled yet for Kubernetes",
        "`security.secrets.hf.vault` can't be compiled yet for Kubernetes; `existing` can",
    ]


def test_a_missing_runtime_image_is_told_with_the_rest() -> None:
    found = spec(f"training:\n  c: {{{RUN}, priority: high}}")
    assert [code for code, _ in findings(found, Capabilities())] == ["TT403", "TT401"]


def test_our_own_workloads_read_tables_alone() -> None:
    """The contract, and drift against what a model was trained on: what they can't read is not left to fail there."""
    body = f"""
data:
  stores: {{lake: {{volume: {{size: 1Gi}}}}}}
  datasets:
    clips: {{store: lake, format: audio, version: v1, expect: {{rows: {{min: 9}}}}}}
    asked: {{}}
training:
  c: {{{RUN}, reads: [clips], accept: {{auc: {{min: 0.9}}}}}}
deployment: {{api: {{model: c, server: {{torch: {{}}}}, capture: {{writes: [asked]}}}}}}
monitoring: {{drift: {{inputs: {{of: api, against: c, accept: {{psi: {{max: 0.2}}}}}}}}}}
"""
    assert [message.partition(" can't")[0] for message in told(spec(body)) if "`audio`" in message] == [
        "`data.datasets.clips.expect`",
        "drift against `c`",
    ]
    assert not [message for message in told(spec(body.replace("audio", "csv"))) if "only in" in message]
    assert {f".{name}" for name in TABLES} == set(READERS)


def test_requests_are_captured_in_one_format() -> None:
    body = f"""
data: {{datasets: {{asked: {{format: parquet}}}}}}
training:
  c: {{{RUN}, accept: {{auc: {{min: 0.9}}}}}}
deployment: {{api: {{model: c, server: {{torch: {{}}}}, capture: {{writes: [asked]}}}}}}
"""
    refusal = "`capture` can't be compiled yet into a dataset in `parquet`, only in jsonl"
    assert refusal in told(spec(body))
    assert refusal not in told(spec(body.replace("parquet", "jsonl")))


def test_everything_that_cannot_be_compiled_is_told_at_once() -> None:
    found = spec(
        f"training:\n  c: {{{RUN}, priority: high, nodes: 2, launcher: ray}}\nmonitoring: {{energy: {{meter: kepler}}}}"
    )
    assert [code for code, _ in findings(found)] == ["TT401", "TT401", "TT401"]


def test_what_other_environments_say_is_not_asked() -> None:
    body = f"""
training:
  c: {{{RUN}}}
defaultEnvironment: here
environments:
  here: {{runOn: local}}
  there: {{runOn: far, approve: {{by: [group:x]}}, overrides: {{training: {{c: {{priority: high}}}}}}}}
"""
    assert findings(spec(body)) == []


def test_an_override_that_cannot_be_compiled_is_refused_where_it_was_written() -> None:
    body = f"""
training:
  c: {{{RUN}}}
defaultEnvironment: here
environments:
  here:
    runOn: local
    overrides: {{training: {{c: {{priority: high}}}}}}
"""
    assert findings(spec(body)) == [("TT401", 12)]


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        (Sources({}, SOURCES.locks, ""), "TT403"),
        (Sources(SOURCES.trees, {}, ""), "TT403"),
        (Sources({"src": CodeTree("sha256:0", bytes(900 * 1024 + 1))}, SOURCES.locks, ""), "TT404"),
    ],
    ids=["no folder", "no lock", "too large"],
)
def test_sources_that_are_not_there_or_do_not_fit(sources: Sources, code: str) -> None:
    result = compile_system(
        spec("training:\n  c:\n    command: [python]\n    code: {path: src, lock: requirements.txt}"),
        LOCAL,
        sources,
    )
    assert [(d.code, d.span.line) for d in result.diagnostics] == [(code, 9)]


def test_an_image_alone_cannot_run_on_this_machine() -> None:
    found = spec("training:\n  c:\n    command: [python]\n    image: example.com/a@sha256:" + 64 * "0")
    assert findings(found) == [("TT405", 9)]
    assert findings(found, CLUSTER) == []


RUNTIME = "registry.example.com/trimtab/runtime@sha256:" + 64 * "e"


def test_code_alone_cannot_run_on_a_cluster() -> None:
    found = spec(f"training:\n  c: {{{RUN}}}")
    assert findings(found, CLUSTER) == [("TT405", 7)]
    assert findings(found) == []


def test_a_cluster_needs_an_image_for_our_own_workloads() -> None:
    without = (f", runtimeImage: {RUNTIME}", "")
    result = compile_system(digits(without, environment="cluster"), Capabilities(), SOURCES)
    (found,) = result.diagnostics
    assert found.code == "TT403"
    assert "runtimeImage" in found.message
    assert "cluster:" in DIGITS.read_text(encoding="utf-8").splitlines()[found.span.line - 1]


def test_the_environment_s_runtime_image_stands_before_the_capabilities() -> None:
    image = "example.com/runtime@sha256:" + 64 * "9"
    named = (RUNTIME, image)
    made = bundle(digits(named, environment="cluster"), CLUSTER)
    assert made.runs[0].lookup.body["spec"]["template"]["spec"]["containers"][0]["image"] == image


def test_data_without_versions_is_not_read() -> None:
    body = """
data:
  stores: {lake: {volume: {size: 1Gi}}}
  datasets: {raw: {store: lake}}
training:
  c:
    command: [python]
    code: {path: src}
    reads: [raw]
"""
    assert findings(spec(body)) == [("TT401", 13)]
    assert findings(spec(body.replace("{store: lake}", "{store: lake, version: v1}"))) == []


@pytest.mark.parametrize("version", ["../other", "/etc", "a/../../b", "a b", "a//b"])
def test_a_pin_does_not_lead_out_of_its_dataset(version: str) -> None:
    body = f"""
data:
  stores: {{lake: {{volume: {{size: 1Gi}}}}}}
  datasets:
    raw: {{store: lake, version: "{version}"}}
"""
    assert findings(spec(body)) == [("TT406", 9)]
    assert findings(spec(body.replace(version, "2026/11-01"))) == []


def test_what_is_written_has_a_folder_of_its_own() -> None:
    shared = ("heldOut: {format: npz}", "heldOut: {format: npz, path: data/images}")
    assert [code for code, _ in findings(digits(shared))] == ["TT402"]


def test_processes_need_somebody_who_starts_them() -> None:
    found = spec(f"training:\n  c: {{{RUN}, processes: 2}}")
    assert findings(found) == [("TT407", 7)]


def test_names_that_the_run_contract_takes_are_not_given() -> None:
    found = spec(f"training:\n  c: {{{RUN}, env: {{TRIMTAB_ROOT: /tmp}}}}")
    assert [code for code, _ in findings(found)] == ["TT406"]


def test_a_host_name_is_beyond_a_network_policy() -> None:
    found = spec("security: {network: {egress: [10.0.0.0/8:443, api.example.com:443]}}")
    assert findings(found) == [("TT401", 6)]
    assert "api.example.com" in told(found)[0]


def test_drift_has_one_reference() -> None:
    assert [code for code, _ in findings(digits(("reads: [images]", "reads: [images, heldOut]")))] == [
        "TT401"
    ]


def test_a_spec_that_is_not_right_is_not_compiled() -> None:
    wrong = resolve(load("kind: MLSystem\n", "mlsystem.yaml"))
    assert compile_system(wrong, LOCAL, SOURCES) == (None, ())
