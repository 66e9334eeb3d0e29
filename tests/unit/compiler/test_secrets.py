"""Secrets travel by reference: as a variable that the cluster fills, or as a mounted file."""

from __future__ import annotations

from typing import Any

from compiled_specs import CLUSTER, IMAGE, LOCAL, bundle, findings, run, spec

from trimtab.compiler import Capabilities

BODY = """
training:
  c:
    command: [python]
    code: {path: src}
    image: IMAGE
    env:
      TOKEN: {secret: hf, key: token}
      CERT: {secretFile: tls, key: ca.crt}
      KEY: {secretFile: tls, key: tls.key}
security:
  secrets: {hf: {existing: hf-token}, tls: {existing: tlsFiles}}
""".replace("IMAGE", IMAGE)


def pod(body: str, capabilities: Capabilities = LOCAL) -> dict[str, Any]:
    job = run(bundle(spec(body), capabilities), "c").workload[-1]
    found: dict[str, Any] = job.body["spec"]["template"]["spec"]
    return found


def variables(found: dict[str, Any]) -> dict[str, Any]:
    return {v["name"]: v.get("valueFrom", v.get("value")) for v in found["containers"][0]["env"]}


def test_a_cluster_s_secret_has_the_name_it_has_there() -> None:
    found = variables(pod(BODY, CLUSTER))
    assert found["TOKEN"] == {"secretKeyRef": {"name": "hf-token", "key": "token"}}


def test_on_this_machine_it_has_the_name_it_has_in_the_spec() -> None:
    found = variables(pod(BODY))
    assert found["TOKEN"] == {"secretKeyRef": {"name": "hf", "key": "token"}}


def test_a_file_is_mounted_once_a_secret_and_its_path_told() -> None:
    found = pod(BODY)
    assert variables(found)["CERT"] == "$(TRIMTAB_ROOT)/secrets/tls/ca.crt"
    assert variables(found)["KEY"] == "$(TRIMTAB_ROOT)/secrets/tls/tls.key"
    assert [v["secret"] for v in found["volumes"] if "secret" in v] == [
        {"secretName": "tls", "defaultMode": 0o400}
    ]
    assert [m["mountPath"] for m in found["containers"][0]["volumeMounts"] if m["name"] == "secret-tls"] == [
        "/trimtab/secrets/tls"
    ]


def test_the_entry_of_a_secret_that_exists_must_be_named() -> None:
    assert findings(spec(BODY.replace(", key: token", ""))) == [("TT407", 12)]


def test_this_machine_s_file_stands_in_for_any_vault() -> None:
    body = BODY.replace("{existing: hf-token}", "{vault: kv/hf}").replace(", key: token", "")
    assert variables(pod(body))["TOKEN"] == {"secretKeyRef": {"name": "hf", "key": "value"}}
    assert [code for code, _ in findings(spec(body), CLUSTER)] == ["TT401"]


def test_a_user_s_variable_that_is_empty_has_no_value() -> None:
    empty = pod(BODY.replace("{secret: hf, key: token}", '""'))["containers"][0]["env"]
    assert {"name": "TOKEN"} in empty
