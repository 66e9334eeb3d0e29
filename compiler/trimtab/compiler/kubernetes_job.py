"""Jobs of core Kubernetes: a single Pod, or an Indexed Job whose ranks meet behind a headless Service.

A Job here is one attempt of a run: created once, never applied again, deleted by the reconciler once its end is
recorded, hence without a TTL. Disruptions cost no retry, and a command that is not there gets none. torchrun needs no
operator: its environment is written out.
"""

from __future__ import annotations

from typing import Any

from trimtab.compiler.bundle import Late, Manifest, Slot, SlotKind
from trimtab.compiler.exit_codes import NOT_FOUND, NOT_RUN
from trimtab.compiler.intents import Gang, JobIntent
from trimtab.compiler.kubernetes_pod import template
from trimtab.compiler.naming import RECORD_LABEL, RUN_LABEL
from trimtab.compiler.security import RUNS_ACCOUNT, account
from trimtab.compiler.site import Site
from trimtab.compiler.tree import manifest, mapped

RENDEZVOUS_PORT = 29500
RUN_NAME = Late((Slot(SlotKind.RUN_NAME),))
WORKLOAD = Late((Slot(SlotKind.WORKLOAD),))
TORCHRUN = ("python", "-m", "torch.distributed.run", "--no-python")
_FAILURES = {
    "rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [NOT_RUN, NOT_FOUND]}},
    ]
}


def job(site: Site, intent: JobIntent, name: Late = WORKLOAD) -> tuple[Manifest, ...]:
    """What carries out one attempt, the Job last."""
    meeting = (_meeting_point(site, intent, intent.gang),) if intent.gang else ()
    tree = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": site.metadata(name, intent.component, intent.run, labels={RUN_LABEL: intent.run}),
        "spec": {
            **_completion(intent),
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": _FAILURES,
            "activeDeadlineSeconds": intent.deadline,
            "template": template(
                site, _pod_labels(site, intent), intent.work, _pod(site, intent), _container(intent)
            ),
        },
    }
    return (*meeting, manifest(tree, intent.at))


def torchrun_variables(gang: Gang, retries: Any) -> dict[str, Any]:
    """torchrun's own options, as it reads them from the environment.

    Threads are one a process, which is torchrun's own rule for more than one: ranks that share a machine would
    otherwise each take all of its cores (ten times slower for two ranks on two cores). `env` may say more.
    """
    endpoint = Late((*WORKLOAD.parts, "-0.", *RUN_NAME.parts, f":{RENDEZVOUS_PORT}"))
    return {
        "PET_NNODES": mapped(str, gang.nodes),
        "PET_NPROC_PER_NODE": str(gang.processes),
        "PET_RDZV_BACKEND": "c10d",
        "PET_RDZV_ENDPOINT": endpoint,
        "PET_RDZV_ID": WORKLOAD,
        "PET_MAX_RESTARTS": mapped(str, retries),
        # Where the workers' store is the agents' own, a restarted group finds the addresses of the dead one in it.
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
        "OMP_NUM_THREADS": "1",
    }


def _completion(intent: JobIntent) -> dict[str, Any]:
    if intent.gang is None:
        return {"backoffLimit": intent.retries}
    return {
        "completionMode": "Indexed",
        "completions": intent.gang.nodes,
        "parallelism": intent.gang.nodes,
        "backoffLimitPerIndex": intent.retries,
        "maxFailedIndexes": 0,
    }


def _pod_labels(site: Site, intent: JobIntent) -> dict[str, Any]:
    return {**site.labels(intent.component, intent.run), RUN_LABEL: intent.run, RECORD_LABEL: RUN_NAME}


def _pod(site: Site, intent: JobIntent) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "subdomain": RUN_NAME if intent.gang else None,
        "serviceAccountName": account(site, RUNS_ACCOUNT),
        "terminationGracePeriodSeconds": intent.grace,
    }


def _container(intent: JobIntent) -> dict[str, Any]:
    port = {"name": "rendezvous", "containerPort": RENDEZVOUS_PORT, "protocol": "TCP"}
    return {"name": intent.component, "ports": [port] if intent.gang else None}


def _meeting_point(site: Site, intent: JobIntent, gang: Gang) -> Manifest:
    """Ranks look each other up before they are ready. It outlives an attempt, so it selects by the run's record."""
    tree = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": site.metadata(RUN_NAME, intent.component, intent.run, labels={RUN_LABEL: intent.run}),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": {RECORD_LABEL: RUN_NAME},
            "ports": [
                {
                    "name": "rendezvous",
                    "port": RENDEZVOUS_PORT,
                    "targetPort": "rendezvous",
                    "protocol": "TCP",
                }
            ],
        },
    }
    return manifest(tree, gang.at)
