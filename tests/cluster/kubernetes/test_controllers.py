"""Controllers that we run beside Kubernetes' own are published, accepted, and of the version of their definitions."""

from __future__ import annotations

import re

import pytest
from control_plane import Access
from control_plane.building import MODULES as PINS
from control_plane.controllers import MODULES, manifests


@pytest.mark.parametrize("system", sorted(MODULES))
def test_its_manifests_name_its_program_and_are_whole(control_plane: Access, system: str) -> None:
    kinds = {each["kind"] for each in manifests(control_plane, system)}
    assert {"Namespace", "CustomResourceDefinition", "Deployment", "ValidatingWebhookConfiguration"} <= kinds


@pytest.mark.parametrize("system", sorted(MODULES))
def test_program_and_definitions_are_of_one_version(system: str) -> None:
    module, _ = MODULES[system]
    files = [(PINS / folder / "go.mod").read_text() for folder in (system, "crds")]
    pins = [re.findall(rf"{re.escape(module)} (v\S+)", text) for text in files]
    assert pins[0]
    assert pins[0] == pins[1]
