"""Environment variables of a container: Kubernetes' expansion, this machine's values, secrets only by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.service_names import Names
from trimtab.reconciler.local.controllers.variables import Variables, command, variables
from trimtab.reconciler.local.objects import Stored

POD = Stored(
    Ref("v1", "Pod", "shop", "web-1"),
    {
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "u", "labels": {"tier": "front"}},
        "spec": {"containers": []},
    },
    {},
)


class Sources:
    def config(self, name: str) -> Mapping[str, str] | None:
        return {"color": "red", "size": "10"} if name == "settings" else None

    def secret_keys(self, name: str) -> Iterable[str] | None:
        return ("token",) if name == "hf" else None

    def addresses(self, text: str) -> str:
        return text.replace("web.shop.svc:80", "127.0.0.1:4000")


def values(*env: dict[str, Any], local: Mapping[str, str] | None = None, **more: Any) -> Variables:
    return variables(POD, {"env": list(env), **more}, local or {}, Sources())


def plain(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value}


def source(name: str, **ref: Any) -> dict[str, Any]:
    return {"name": name, "valueFrom": ref}


def test_a_reference_is_to_what_stands_before() -> None:
    found = values(plain("A", "1"), plain("B", "$(A)2"), plain("C", "$(D)"), plain("D", "4"))
    assert found.plain == {"A": "1", "B": "12", "C": "$(D)", "D": "4"}


def test_two_dollars_are_one() -> None:
    assert values(plain("A", "1"), plain("B", "$$(A) $$")).plain["B"] == "$(A) $"


def test_values_of_this_machine_stand_over_those_of_the_manifest() -> None:
    found = values(
        plain("TRIMTAB_ROOT", "/trimtab"),
        plain("OUT", "$(TRIMTAB_ROOT)/out"),
        local={"TRIMTAB_ROOT": "/here"},
    )
    assert found.plain == {"TRIMTAB_ROOT": "/here", "OUT": "/here/out"}


def test_addresses_of_services_are_this_machines() -> None:
    found = values(plain("NAMESPACE", "shop"), plain("URL", "http://web.$(NAMESPACE).svc:80/v2"))
    assert found.plain["URL"] == "http://127.0.0.1:4000/v2"


def test_fields_of_the_pod() -> None:
    found = values(
        source("NAME", fieldRef={"fieldPath": "metadata.name"}),
        source("TIER", fieldRef={"fieldPath": "metadata.labels['tier']"}),
        source("IP", fieldRef={"fieldPath": "status.podIP"}),
    )
    assert found.plain == {"NAME": "web-1", "TIER": "front", "IP": "127.0.0.1"}


def test_config_by_key_and_as_a_whole() -> None:
    found = values(
        source("COLOR", configMapKeyRef={"name": "settings", "key": "color"}),
        envFrom=[{"prefix": "S_", "configMapRef": {"name": "settings"}}],
    )
    assert found.plain == {"S_color": "red", "S_size": "10", "COLOR": "red"}


def test_secrets_are_places_never_values() -> None:
    found = values(
        source("TOKEN", secretKeyRef={"name": "hf", "key": "token"}),
        envFrom=[{"prefix": "HF_", "secretRef": {"name": "hf"}}],
    )
    assert found.plain == {}
    assert found.secret == {"HF_token": ("hf", "token"), "TOKEN": ("hf", "token")}


def test_a_secret_cannot_be_copied_into_another_text() -> None:
    token = source("TOKEN", secretKeyRef={"name": "hf", "key": "token"})
    with pytest.raises(Hindered, match="would copy a secret"):
        values(token, plain("URL", "https://u:$(TOKEN)@host"))
    with pytest.raises(Hindered, match="would copy a secret"):
        command({"command": ["run", "--token=$(TOKEN)"]}, values(token))


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ({"configMapKeyRef": {"name": "nothing", "key": "x"}}, "ConfigMap nothing is not there"),
        ({"configMapKeyRef": {"name": "settings", "key": "x"}}, "ConfigMap settings has no key x"),
        ({"secretKeyRef": {"name": "nothing", "key": "x"}}, "secret nothing is not in the secrets file"),
        ({"secretKeyRef": {"name": "hf", "key": "x"}}, "secret hf has no key x in the secrets file"),
        (
            {"resourceFieldRef": {"resource": "limits.cpu"}},
            "resourceFieldRef, which is not known on this machine",
        ),
    ],
)
def test_what_is_missing_is_named(ref: dict[str, Any], said: str) -> None:
    with pytest.raises(Hindered, match=said):
        values(source("A", **ref))


def test_what_is_optional_may_be_missing() -> None:
    ref = {"name": "nothing", "key": "x", "optional": True}
    assert values(source("A", configMapKeyRef=ref), source("B", secretKeyRef=ref)) == Variables()


def service(name: str, status: dict[str, Any] | None = None, **spec: Any) -> Stored:
    return Stored(Ref("v1", "Service", "shop", name), {"spec": spec, "status": status or {}}, {})


GANG = service("gang", clusterIP="None")
WEB = service("web", {"localPorts": {"80": 4000}})
SERVICES = {stored.ref: stored for stored in (GANG, WEB)}
NAMES = Names("shop", SERVICES.get, lambda stored, member, port: 5000 + int(member[-1]))


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("gang-0.gang:29500", "127.0.0.1:5000"),
        ("tcp://gang-1.gang.shop.svc.cluster.local:29500", "tcp://127.0.0.1:5001"),
        ("http://web.shop.svc:80/x?y=1", "http://127.0.0.1:4000/x?y=1"),
        ("http://web.shop.svc.cluster.local:80", "http://127.0.0.1:4000"),
        ("a-0.gang:1,a-1.gang:1", "127.0.0.1:5000,127.0.0.1:5001"),
        ("example.com:443", "example.com:443"),
        ("gang-0.gang", "gang-0.gang"),
        ("x.gang-0.gang.y:1", "x.gang-0.gang.y:1"),
        ("sha256:abc.def:12", "sha256:abc.def:12"),
    ],
)
def test_names_of_services_in_texts(text: str, here: str) -> None:
    assert NAMES.replaced(text) == here


def test_an_address_that_is_not_there_yet_is_waited_for() -> None:
    with pytest.raises(Hindered, match="Service other in shop has no address for port 80 yet") as hindered:
        NAMES.replaced("http://other.shop.svc:80")
    assert not hindered.value.final
