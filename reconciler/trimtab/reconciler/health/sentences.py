"""What schedulers, kubelets and quotas say, as one sentence for people. What is not known here is passed on as it is."""

from __future__ import annotations

import re

_LONGEST = 200
"""Characters of a program's own sentence."""

_UNAVAILABLE = re.compile(
    r"0/(?P<nodes>\d+) nodes are available: (?P<reasons>.*?)(?:\. (?:no new claims|preemption)|$)", re.S
)
_REASON = re.compile(r"(?P<count>\d+) (?P<text>.+?)(?=, \d+ |\.?$)", re.S)
TOO_LITTLE, TAINTED = "too little", "a taint that it does not tolerate"
OTHER_LABELS = "other labels than it asks for"
_NODES = {
    r"Insufficient (?P<what>\S+)": f"{TOO_LITTLE} {{what}}",
    r"node\(s\) had untolerated taint(?:\(s\))? ?(?P<what>\{.*\})?": f"{TAINTED} {{what}}",
    r"node\(s\) didn't match Pod's node affinity/selector": OTHER_LABELS,
    r"node\(s\) were unschedulable": "closed to new Pods",
    r"Too many pods": "as many Pods as there may be",
    r"node\(s\) had volume node affinity conflict": "no way to its volume",
    r"node\(s\) didn't find available persistent volumes to bind": "no volume for it",
    r"node\(s\) didn't (?:match|satisfy) .*anti-affinity rules": "Pods that must be kept apart",
    r"node\(s\) didn't match pod topology spread constraints.*": "their share of its Pods",
}
"""What a scheduler says of some nodes -> what is the matter on them."""

_QUOTA = re.compile(
    r"exceeded quota: (?P<name>[^,]+), requested: (?P<asked>.*?), used: (?P<used>.*?), limited: (?P<limit>.*)$",
    re.S,
)
_PULL = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable"}
)
_NOT_FOUND = re.compile(r"not ?found|manifest unknown|does not exist", re.I)
_RAISED = re.compile(r"(?:\[rank\d+\]: *)?((?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit): *\S.*)")
_FORBIDDEN = re.compile(r"unauthorized|authentication required|access denied|\b40[13]\b", re.I)


def unscheduled(message: str) -> str:
    """Why no node takes a Pod, in the scheduler's words."""
    if "no nodes available" in message:
        return "the cluster has no node"
    if "unbound immediate PersistentVolumeClaims" in message:
        return "its volume is not bound yet"
    found = _UNAVAILABLE.search(message)
    if found is None:
        return message
    reasons = [_of_nodes(m["count"], m["text"]) for m in _REASON.finditer(found["reasons"])]
    nodes = "the only node can't" if found["nodes"] == "1" else f"none of {found['nodes']} nodes can"
    return f"{nodes} take it: {', '.join(reasons) or found['reasons']}"


def _of_nodes(count: str, text: str) -> str:
    for pattern, matter in _NODES.items():
        match = re.fullmatch(pattern, text.strip())
        if match:
            what = match.groupdict().get("what") or ""
            return f"{matter.format(what=what).strip()} on {count}"
    return f"{text.strip()} on {count}"


def not_started(reason: str, message: str, image: str) -> str:
    """Why a container waits, in the kubelet's words."""
    if reason in _PULL:
        return f"its image {image} can't be pulled{_why_not_pulled(reason, message)}".replace("  ", " ")
    return message or reason


def _why_not_pulled(reason: str, message: str) -> str:
    if reason == "InvalidImageName":
        return ": that is no name of an image"
    if _FORBIDDEN.search(message):
        return ": its registry asks for credentials, or refuses those that it was given"
    if _NOT_FOUND.search(message):
        return ": its registry does not have it"
    return ""


def telling(words: str) -> str:
    """Of the end of a log, the line that says what went wrong: the last exception, else the last line of any words."""
    lines = [line.strip() for line in words.splitlines() if any(c.isalpha() for c in line)]
    raised = [match[1] for line in lines if (match := _RAISED.fullmatch(line))]
    return (raised or lines or [""])[-1][:_LONGEST]


def not_created(message: str) -> str:
    """Why a controller could not make a Pod."""
    quota = _QUOTA.search(message)
    if quota is None:
        return message
    asked, used, limit = (quota[name].strip() for name in ("asked", "used", "limit"))
    return f"the quota {quota['name']} is used up: it asks for {asked}, and of {limit} are used {used}"


def in_queue(queue: str, message: str) -> str:
    """Why a queue has not let it in, in Kueue's words."""
    waits = f"it waits in the queue {queue}" if queue else "it waits in its queue"
    return f"{waits}: {message}" if message else waits


def unmeasured(message: str) -> str:
    """Why an autoscaler knows no load, in its controller's words."""
    if "metrics.k8s.io" in message and "could not find the requested resource" in message:
        return "its load is not measured and its replicas stay within bounds only: this cluster serves no metrics"
    return message
