"""The Pod Security Standards, rule by rule; tests/cluster holds the same Pods against a real API server."""

from __future__ import annotations

import pytest
from own_objects import pod_spec
from pod_variants import LEVELS, VARIANTS, pod

from trimtab.compiler.pod_security import violations
from trimtab.compiler.pod_templates import pod_specs

MINOR = 37


@pytest.mark.parametrize("name", VARIANTS)
def test_each_standard_refuses_what_it_does(name: str) -> None:
    found = {level for level in LEVELS if list(violations(pod(VARIANTS[name]), level, MINOR))}
    assert found == VARIANTS[name].refused


@pytest.mark.parametrize("name", VARIANTS)
def test_each_is_told_at_a_field_that_was_written(name: str) -> None:
    written = pod(VARIANTS[name])
    for field, message in violations(written, "restricted", MINOR):
        value: object = written
        for key in field:
            assert isinstance(value, dict | list)
            value = value[key]  # type: ignore[index]
        assert message


@pytest.mark.parametrize(
    ("name", "minor"),
    [
        ("a sysctl of late", 36),
        ("root in a namespace of its own", 34),
        ("SELinux type that may be", 30),
        ("a safe sysctl", 31),
    ],
)
def test_what_is_allowed_of_late_was_not_before(name: str, minor: int) -> None:
    assert list(violations(pod(VARIANTS[name]), "restricted", minor))


def test_what_is_forbidden_of_late_was_allowed_before() -> None:
    assert not list(violations(pod(VARIANTS["a probe elsewhere"]), "restricted", 33))


def test_what_is_unsaid_is_told_once_with_the_words_to_write() -> None:
    (found,) = violations({"containers": [{"name": "a", "image": "b"}]}, "restricted", MINOR)
    assert found.field == ("containers", 0)
    assert found.message.endswith(
        "`securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, runAsNonRoot: true, "
        "seccompProfile: {type: RuntimeDefault}}`"
    )


def test_pods_are_found_by_their_shape_alone() -> None:
    tree = {"a": [{"pod": pod_spec()}, {"containers": []}], "b": {"containers": [{"name": "own"}]}, "c": 1}
    assert [place for place, _ in pod_specs(tree)] == [("a", 0, "pod")]


def test_rubbish_is_no_reason_to_raise() -> None:
    odd = {"containers": [{"image": 1, "securityContext": [], "ports": 3}], "volumes": ["x"], "os": "windows"}
    assert list(violations(odd, "restricted", MINOR))
