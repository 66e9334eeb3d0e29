"""What an API server says when it does not do what was asked, as values that a person understands.

Pure: an answer and the object that was sent in; `Conflict`, `Rejected` out, with the fields of that object. What is no
answer to the question (a server in trouble, credentials that are not known) is `ClusterUnavailable`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cause, ClusterUnavailable, Conflict, Rejected
from trimtab.reconciler.kubernetes.exchange import Answer
from trimtab.reconciler.kubernetes.field_names import field_path

Body = Mapping[str, Any]

OURS = "trimtab.dev/"

_MANAGER = re.compile(r'conflict with "((?:[^"\\]|\\.)*)"')
_TYPED = re.compile(r"failed to create typed (?:patch|live|new) object \([^)]*\): (.*)", re.DOTALL)
_TYPED_FIELD = re.compile(r"(\.\S+): (.+)")
_STRICT = re.compile(r'(unknown|duplicate) field "([^"]+)"')
_WEBHOOK_AWAY = re.compile(r'failed calling webhook "([^"]+)":\s*(.*)', re.DOTALL)
_WEBHOOK_NO = re.compile(r'admission webhook "([^"]+)" denied the request:?\s*(.*)', re.DOTALL)
_QUOTA = re.compile(r"exceeded quota: (\S+), requested: (.*), used: (.*), limited: (.*)")
_MAY_NOT = re.compile(
    r'User "([^"]*)" cannot (\S+) resource "([^"]*)"(?: in API group "([^"]*)")?(.*)', re.DOTALL
)
_LONG_HELP = re.compile(r" \(e\.g\. .*regex used for validation is '.*?'\)")
_NOWHERE = "<nil>"
"""The field of a remark about the others: that rules were not tried on an object that is wrong otherwise."""

_GO_CALL = re.compile(r'^(?:failed to call webhook: )?(?:Post "[^"]*": )?')


class Status(NamedTuple):
    """The parts of a Status object that are read. `reason` is one of a small set, `message` is for people."""

    code: int
    reason: str
    message: str
    details: Body
    causes: tuple[Body, ...]


def status_of(answer: Answer) -> Status:
    said = answer.json()
    if not isinstance(said, dict) or said.get("kind") != "Status":
        text = " ".join(answer.body[:300].decode(errors="replace").split())
        return Status(answer.status, "", text, {}, ())
    details = said.get("details") or {}
    return Status(
        answer.status,
        said.get("reason") or "",
        said.get("message") or "",
        details,
        tuple(details.get("causes") or ()),
    )


def conflict(status: Status, body: Body) -> Conflict | None:
    """None for a 409 of another sort: a revision, a uid, a name that is taken."""
    managers, paths = [], []
    for cause in status.causes:
        if cause.get("reason") == "FieldManagerConflict":
            match = _MANAGER.match(cause.get("message", ""))
            manager = match[1] if match else "another manager"
            if manager not in managers:
                managers.append(manager)
            paths.append(field_path(cause.get("field", ""), body))
    return Conflict(" and ".join(managers), tuple(paths)) if paths else None


def is_unknown_kind(status: Status) -> bool:
    """The path itself is not served, whatever is in it: the kind's CRD or its API server has gone."""
    return status.code == 404 and status.reason != "NotFound"


def is_gone(status: Status) -> bool:
    return status.code == 404 and status.reason == "NotFound" and status.details.get("kind") != "namespaces"


def rejected(status: Status, ref: Ref, body: Body) -> Rejected:
    """The refusal of a write. Raises ClusterUnavailable where the API server itself is in trouble."""
    for reader in (_unauthorized, _webhook, _typed, _strict, _forbidden, _no_namespace, _too_large):
        found = reader(status, ref, body)
        if found is not None:
            return found
    if _is_trouble(status):
        raise in_trouble(status)
    causes = tuple(
        Cause(field_path(cause.get("field", ""), body), _short(cause.get("message", "")))
        for cause in status.causes
        if cause.get("field") != _NOWHERE
    )
    return Rejected(_sentence(status, ref, causes), causes)


def _is_trouble(status: Status) -> bool:
    """An InternalError may be about the one object; what has no reason comes from a gateway."""
    about_object = status.reason == "InternalError" and "etcdserver: " not in status.message
    return status.code >= 500 and not about_object


def in_trouble(status: Status) -> ClusterUnavailable:
    said = status.message or "without a word"
    return ClusterUnavailable(f"the API server fails with {status.code} ({said[:300]}): see its log")


def not_known() -> ClusterUnavailable:
    return ClusterUnavailable("the API server does not know the credentials of this context: log in again")


def _sentence(status: Status, ref: Ref, causes: tuple[Cause, ...]) -> str:
    if not causes:
        return _short(status.message) or f"{ref} is refused with {status.code}"
    told = [f"{'.'.join(map(str, c.path))}: {c.message}" if c.path else c.message for c in causes]
    return f"{ref} is invalid: {'; '.join(told)}"


def _short(message: str) -> str:
    return _LONG_HELP.sub("", message).strip()


def _unauthorized(status: Status, ref: Ref, body: Body) -> None:
    if status.code == 401:
        raise not_known()


def _webhook(status: Status, ref: Ref, body: Body) -> Rejected | None:
    if away := _WEBHOOK_AWAY.search(status.message):
        why = _GO_CALL.sub("", away[2]).strip()
        return Rejected(
            f"the webhook {away[1]} did not answer ({why}), and nothing passes without it: "
            "repair it, or remove its configuration"
        )
    if no := _WEBHOOK_NO.search(status.message):
        return Rejected(f"the webhook {no[1]} refuses {ref}: {no[2].strip() or 'it gives no reason'}")
    return None


def _typed(status: Status, ref: Ref, body: Body) -> Rejected | None:
    """What an apply says of an object that is not of its kind's shape, with status 500."""
    match = _TYPED.search(status.message)
    if match is None:
        return None
    causes = tuple(
        Cause(field_path(field, body), _short(what.replace("field not declared in schema", "unknown field")))
        for field, what in _TYPED_FIELD.findall(match[1])
    )
    said = _sentence(status, ref, causes) if causes else match[1].strip()
    return Rejected(said + _definitions(ref, causes), causes)


def _strict(status: Status, ref: Ref, body: Body) -> Rejected | None:
    if status.code != 400 or "strict decoding error" not in status.message:
        return None
    causes = tuple(
        Cause(field_path(field, body), f"{what} field") for what, field in _STRICT.findall(status.message)
    )
    said = _sentence(status, ref, causes) if causes else status.message
    return Rejected(said + _definitions(ref, causes), causes)


def _definitions(ref: Ref, causes: tuple[Cause, ...]) -> str:
    """Fields of our own kinds are unknown to the definitions of an older version, and to them alone."""
    if not ref.api_version.startswith(OURS) or not any("unknown field" in cause.message for cause in causes):
        return ""
    return (
        ": another version of Trimtab was installed there, and an administrator brings it up to date with "
        "`trimtab cluster install`"
    )


def _forbidden(status: Status, ref: Ref, body: Body) -> Rejected | None:
    if status.code != 403:
        return None
    if any(cause.get("reason") == "NamespaceTerminating" for cause in status.causes):
        return _rejected_at(
            ("metadata", "namespace"),
            f"namespace {ref.namespace} is being deleted and takes nothing new: wait until it is gone, "
            "or see which finalizers hold what is left in it",
        )
    if quota := _QUOTA.search(status.message):
        return Rejected(
            f"the quota {quota[1]} of namespace {ref.namespace} has no room for {ref}: "
            f"it asks for {quota[2]}, where {quota[3]} of {quota[4]} are used"
        )
    if rights := _MAY_NOT.search(status.message):
        return Rejected(f"{_rights(rights)}: `trimtab cluster rights` prints those that are needed")
    _, _, why = status.message.partition(" is forbidden: ")
    return Rejected(f"{ref} is forbidden: {why or status.message}")


def _no_namespace(status: Status, ref: Ref, body: Body) -> Rejected | None:
    if status.code != 404 or status.details.get("kind") != "namespaces":
        return None
    return _rejected_at(("metadata", "namespace"), f"namespace {ref.namespace} is not there")


def _too_large(status: Status, ref: Ref, body: Body) -> Rejected | None:
    if status.code != 413 and "etcdserver: request is too large" not in status.message:
        return None
    return Rejected(f"{ref} is too large for the cluster ({_short(status.message)}): make it smaller")


def _rejected_at(path: tuple[str, ...], message: str) -> Rejected:
    return Rejected(message, (Cause(path, message),))


def unknown_kind(ref: Ref, served: Sequence[str], down: bool) -> Rejected:
    """`served` are the versions in which the kind is; `down` says that its group is registered and does not answer."""
    message = f'no matches for kind "{ref.kind}" in version "{ref.api_version}"'
    if served:
        message += f"; it is served as {', '.join(sorted(served))}"
    elif down:
        message += ": the API server that is registered for its group does not answer"
    elif ref.api_version.startswith(OURS):
        message += ": an administrator installs it with `trimtab cluster install`"
    else:
        message += ": install what defines it, or choose another way to say it in the spec"
    return _rejected_at(("apiVersion",) if served else ("kind",), message)


def unreadable(path: str, status: Status) -> ClusterUnavailable:
    """The cluster does not let itself be read."""
    if status.code == 401:
        return not_known()
    if rights := _MAY_NOT.search(status.message):
        return ClusterUnavailable(f"{_rights(rights)}: `trimtab cluster rights` prints those that are needed")
    if status.code >= 500:
        return in_trouble(status)
    return ClusterUnavailable(f"{path} can't be read ({status.code}: {status.message[:300]})")


def _rights(match: re.Match[str]) -> str:
    user, verb, resource, group, where = match.groups()
    place = re.search(r'in the namespace "([^"]+)"', where or "")
    named = ".".join(filter(None, (resource, group)))
    return f"{user} may not {verb} {named}{' in namespace ' + place[1] if place else ''}"
