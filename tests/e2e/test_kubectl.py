"""What people see of a system who have kubectl and nothing of ours: it waits, lists, explains and describes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from blinking import blinking
from cluster_home import ClusterHome
from system_homes import CLUSTER
from trimtab_cli import System

Kubectl = Callable[..., str]


@pytest.fixture(scope="module")
def blink(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with blinking(request, CLUSTER, tmp_path_factory.mktemp("kubectl") / "blink") as system:
        system.apply()
        yield system


@pytest.fixture
def kubectl(blink: System) -> Kubectl:
    home = blink.home
    assert isinstance(home, ClusterHome)
    return lambda *arguments: home.kubectl(*arguments, "-n", blink.namespace)


def rows(table: str) -> list[dict[str, str]]:
    """By the places of the columns, so that an empty cell is one."""
    head, *lines = table.rstrip("\n").splitlines()
    names = head.split()
    starts = [head.index(name) for name in names]
    ends = [*starts[1:], None]
    return [
        {name: line[start:end].strip() for name, start, end in zip(names, starts, ends, strict=True)}
        for line in lines
    ]


def test_it_waits_until_a_system_is_ready(kubectl: Kubectl) -> None:
    said = kubectl("wait", "mlsystem/blink", "--for=condition=Ready", "--timeout=10m")
    assert said == "mlsystem.trimtab.dev/blink condition met\n"


def test_a_system_is_listed_with_what_it_serves(kubectl: Kubectl, blink: System) -> None:
    [row] = rows(kubectl("get", "mlsystems"))
    [training] = blink.trainings()
    assert (row["NAME"], row["READY"], row["SERVING"]) == ("blink", "True", f"teller={training['record']}")


def test_runs_are_listed_with_what_became_of_them(kubectl: Kubectl) -> None:
    found = {
        row["RUN"]: (row["KIND"], row["PHASE"], row["METRICS"], row["VERDICT"])
        for row in rows(kubectl("get", "runs"))
    }
    assert found == {
        "count": ("pipeline", "Succeeded", "rows=4", ""),
        "numbers-contract": ("contract", "Succeeded", "rows=4 violations=0", "accepted"),
        "mean": ("training", "Succeeded", "mean=2.5", ""),
        "mean-on-numbers": ("evaluation", "Succeeded", "closeness=1", "accepted"),
    }


def test_a_run_is_described_with_the_rule_that_it_was_judged_by(kubectl: Kubectl) -> None:
    [record] = [row["NAME"] for row in rows(kubectl("get", "runs")) if row["RUN"] == "mean-on-numbers"]
    said = kubectl("describe", f"run/{record}")
    for line in ("Phase:  Succeeded", "Reason:    closeness is 1; the rule is closeness >= 0.5"):
        assert line in said


@pytest.mark.parametrize(
    ("path", "sentences"),
    [
        ("mlsystem.spec.training", ["How models are made", "retries\t<Object>", "Default:"]),
        ("mlsystem.spec.deployment.replicas", ["target\t<Object>"]),
        ("run.status.phase", ["FIELD: phase <string>", "Succeeded"]),
    ],
)
def test_the_language_explains_itself(kubectl: Kubectl, path: str, sentences: list[str]) -> None:
    said = kubectl("explain", path)
    for sentence in sentences:
        assert sentence in said, said
