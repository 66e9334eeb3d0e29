"""A system in a platform: it has what the platform gives, may narrow it, and never widens it."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.spec.load import Loaded, load
from trimtab.spec.resolve import Resolved, resolve

PLATFORM = """\
apiVersion: trimtab.dev/v1
kind: MLPlatform
metadata: {name: acme}
spec:
  data:
    stores: {lake: {uri: s3://acme, identity: reader}}
    artifacts: {store: lake}
  compute:
    pools:
      gpu:
        accelerator: {type: [H100, H200], perNode: 8}
        nodes: {min: 1, max: 8}
        capacity: [reserved, onDemand]
        maxPrice: 5
      cpu: {}
    queues: {risk: {quota: {H100: 32}}, search: {quota: {H100: 8}}}
    budget: {perRun: 1000}
  security:
    podSecurity: baseline
    images: {registries: [registry.example.com]}
    identities: {reader: {aws: "arn:aws:iam::1:role/read"}}
    residency: [eu-central-1, eu-west-1]
    audit: {keep: 90d}
  clusters:
    munich: {groups: [edge]}
    paris: {groups: [edge]}
    frankfurt: {}
"""
SYSTEM = """\
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata: {name: fraud}
spec:
  platform: acme.yaml
"""


def platform(text: str = PLATFORM) -> Loaded:
    return load(text, "acme.yaml")


def joined(spec: str, environment: str | None = None) -> Resolved:
    body = "".join(f"  {line}\n" for line in spec.strip("\n").splitlines())
    return resolve(load(SYSTEM + body, "mlsystem.yaml"), environment, platform())


def test_a_platform_is_sound_by_itself() -> None:
    assert platform().diagnostics == ()
    assert platform().platform is not None
    assert platform().system is None


def test_a_system_has_what_the_platform_gives() -> None:
    result = joined("""
data: {datasets: {features: {store: lake, path: features}}}
training: {model: {code: {path: src}, command: [train], pool: gpu, reads: [features], timeout: 1h}}
""")
    assert result.diagnostics == ()
    assert result.system is not None
    assert result.system.spec.data.stores["lake"].uri == "s3://acme"
    assert result.system.spec.data.artifacts.store == "lake"
    assert result.system.spec.security.pod_security == "baseline"
    found = result.positions.value(("spec", "compute", "pools", "gpu", "maxPrice"))
    assert (found.file, found.line) == ("acme.yaml", 14)
    assert result.positions.value(("spec", "training", "model", "pool")).file == "mlsystem.yaml"


NARROWER = [
    "compute: {pools: {gpu: {nodes: 4}}}",
    "compute: {pools: {gpu: {nodes: {max: 8}}}}",
    "compute: {pools: {gpu: {capacity: [reserved], maxPrice: 4, accelerator: {type: H100}}}}",
    "compute: {queue: {name: risk, quota: {H100: 16}}, budget: {perRun: 100, perMonth: 900}}",
    "security: {podSecurity: restricted, residency: [eu-west-1]}",
    "security: {audit: {keep: 400d}, images: {digests: required, signedBy: [ci@example.com]}}",
    "security: {secrets: {hf: {vault: kv/hf}}, network: {egress: ['api.example.com:443']}}",
    "data: {stores: {own: {volume: {size: 1Gi}}}, artifacts: {path: mine, keep: 3}}",
    "monitoring: {energy: {meter: kepler}}",
]


@pytest.mark.parametrize("spec", NARROWER)
def test_it_may_narrow(spec: str) -> None:
    result = joined(spec)
    assert [d.message for d in result.diagnostics] == []
    assert result.system is not None


@pytest.mark.parametrize(
    ("spec", "column"),
    [
        ("compute: {pools: {gpu: {nodes: 16}}}", 27),
        ("compute: {pools: {gpu: {nodes: {max: 16}}}}", 40),
        ("compute: {pools: {gpu: {nodes: {min: 0}}}}", 40),
        ("compute: {pools: {gpu: {capacity: [spot]}}}", 37),
        ("compute: {pools: {cpu: {capacity: [spot]}}}", 37),
        ("compute: {pools: {gpu: {maxPrice: 6}}}", 37),
        ("compute: {pools: {gpu: {accelerator: {type: [B200]}}}}", 47),
        ("compute: {pools: {gpu: {accelerator: {type: H100, perNode: 16}}}}", 62),
        ("compute: {pools: {gpu: {interconnect: efa}}}", 41),
        ("compute: {pools: {tpu: {}}}", 26),
        ("compute: {queue: {name: risk, quota: {H100: 64}}}", 47),
        ("compute: {queue: {name: risk, quota: {H200: 8}}}", 47),
        ("compute: {budget: {perRun: 2000}}", 30),
        ("data: {stores: {lake: {uri: s3://other}}}", 31),
        ("data: {stores: {lake: {uri: s3://acme, region: us-east-1}}}", 50),
        ("security: {podSecurity: privileged}", 27),
        ("security: {images: {digests: optional}}", 32),
        ("security: {images: {registries: [docker.io]}}", 35),
        ("security: {residency: [us-east-1]}", 25),
        ("security: {audit: {keep: 1w}}", 28),
        ("security: {identities: {reader: {aws: 'arn:aws:iam::2:role/all'}}}", 41),
        ("clusters: {tokyo: {}}", None),
    ],
)
def test_it_never_widens(spec: str, column: int | None) -> None:
    result = joined(spec)
    assert result.system is None
    found = [d for d in result.diagnostics if d.code == "TT319"]
    assert found, result.diagnostics
    assert (found[0].span.file, found[0].span.line) == ("mlsystem.yaml", 6)
    assert column is None or found[0].span.column == column


def test_what_was_refused_names_the_line_of_the_platform() -> None:
    (found,) = joined("compute: {pools: {gpu: {nodes: {max: 16}}}}").diagnostics
    assert found.message == "platform acme allows at most 8 here"
    (note,) = found.notes
    assert note.span is not None
    assert (note.span.file, note.span.line) == ("acme.yaml", 12)


def test_an_override_does_not_widen_either() -> None:
    result = joined(
        "environments: {prod: {runOn: frankfurt, overrides: {compute: {pools: {gpu: {nodes: 9}}}}}}"
    )
    assert "TT319" in [d.code for d in result.diagnostics]


def test_the_quota_of_the_chosen_queue_holds() -> None:
    result = joined("""
compute: {queue: {name: search}}
training: {model: {code: {path: src}, command: [train], launcher: torchrun, pool: gpu, nodes: 2}}
""")
    assert [d.code for d in result.diagnostics if d.is_error] == ["TT227"]


def test_the_quota_is_found_in_the_platform_and_other_queues_are_not() -> None:
    result = joined("compute: {queue: {name: search, quota: {H100: 9}}}")
    (found,) = result.diagnostics
    (note,) = found.notes
    assert note.span is not None
    assert (note.span.file, note.span.line, note.span.column) == ("acme.yaml", 16, 64)
    chosen = joined("compute: {queue: {name: search}}").positions
    assert chosen.value(("spec", "compute", "queue", "quota", "H100")).column == 64
    assert not [path for path in chosen if "queues" in path]


def test_the_platform_s_own_name_and_labels_are_not_the_system_s() -> None:
    labelled = platform(PLATFORM.replace("name: acme", "name: acme, labels: {owner: us}", 1))
    positions = resolve(load(SYSTEM, "mlsystem.yaml"), None, labelled).positions
    assert ("metadata", "labels") not in positions
    assert positions.value(("metadata", "name")).file == "mlsystem.yaml"


def test_the_rules_look_at_the_whole() -> None:
    result = joined("training: {model: {image: 'docker.io/x:1', command: [train], pool: cpu}}")
    assert [d.code for d in result.diagnostics] == ["TT301", "TT306"]


@pytest.mark.parametrize("given", [None, load(SYSTEM, "acme.yaml"), load("nonsense", "acme.yaml")])
def test_a_platform_that_is_none(given: Loaded | None) -> None:
    result = resolve(load(SYSTEM, "mlsystem.yaml"), None, given)
    assert [d.code for d in result.diagnostics] == ["TT320"]
    assert result.system is None


def test_a_group_means_each_of_its_clusters() -> None:
    result = joined("environments: {prod: {runOn: {runs: frankfurt, serving: ['group:edge', paris]}}}")
    assert result.diagnostics == ()
    assert result.environment is not None
    assert result.environment.run_on.clusters == ("frankfurt", "munich", "paris")


@pytest.mark.parametrize("name", ["group:center", "tokyo"])
def test_a_cluster_must_exist_where_clusters_are_declared(name: str) -> None:
    result = joined(f"environments: {{prod: {{runOn: {{runs: frankfurt, serving: ['{name}']}}}}}}")
    (found,) = result.diagnostics
    assert found.code == "TT201"
    assert name in found.message


def test_other_errors_hide_nothing_of_what_the_platform_gives() -> None:
    """Names are looked up in what is right of a spec: its platform's stores, pools and clusters are there."""
    result = joined("""
data: {datasets: {features: {store: lake, path: features}, more: {store: lagoon, path: more}}}
training: {model: {code: {path: src}, command: [train], pool: gpu, retries: {causes: [rain]}}}
environments: {prod: {runOn: {runs: frankfurt, serving: ['group:edge']}}}
""")
    assert [(d.code, d.span.line) for d in result.diagnostics] == [("TT201", 6), ("TT105", 7)]


def test_without_its_platform_a_spec_with_errors_is_not_asked_for_names() -> None:
    body = "  data: {datasets: {features: {store: lake, retain: 9}}}\n"
    result = resolve(load(SYSTEM + body, "mlsystem.yaml"), None, None)
    assert [d.code for d in result.diagnostics] == ["TT320", "TT107"]


def test_light_and_whole_agree() -> None:
    for spec in NARROWER:
        body = f"{SYSTEM}  {spec}\n"
        found: list[Any] = [
            resolve(
                load(body, "m.yaml", light=light), None, load(PLATFORM, "acme.yaml", light=light)
            ).diagnostics
            for light in (False, True)
        ]
        assert found[0] == found[1]
