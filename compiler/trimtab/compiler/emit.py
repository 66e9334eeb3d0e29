"""Manifests as text: canonical YAML that readers of YAML 1.1 and of 1.2 understand alike.

The order of keys is the compiler's own. A text is quoted whenever either version would read something else, so
that a commit hash such as `1e10` in a label stays a text. Nothing is read back here, and no digest is taken over YAML.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from trimtab.compiler.bundle import Bundle, Late, Manifest
from trimtab.compiler.kind_order import rank

LONGEST_KEY = 1000
"""Readers give up on a plain key beyond 1,024 characters; Kubernetes' own end at 317."""

_PLAIN = re.compile(
    r"(?:-{0,2}[A-Za-z]|[0-9]+-(?=[A-Za-z])|[_/$(]|<(?!<))(?:[\w /.@+=,()$<>*-]|:(?=[^\s:])|(?<=[^\s])#)*(?<![ :])",
    re.ASCII,
)
_QUANTITY = re.compile(r"[1-9][0-9]{0,17}(?:[mkMGT]|[KMGTPE]i|s|h|d)")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_BREAKS_OR_UNSEEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
_NOT_IN_FILES = re.compile(r"[^a-z0-9.-]", re.IGNORECASE)
_ESCAPED = re.compile(f'[\\\\"\\t\\n{_BREAKS_OR_UNSEEN}]')
_NOT_IN_BLOCK = re.compile(f"[{_BREAKS_OR_UNSEEN}]|\\A[ \\t\\n]|^[ \\t]+$|\\n\\n\\Z", re.MULTILINE)
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def emit(manifests: Iterable[Manifest]) -> str:
    """One stream, a document an object."""
    return "---\n".join(document(manifest.body) for manifest in manifests)


def document(value: Any) -> str:
    """One value as a YAML document with a final newline."""
    return "".join(line + "\n" for line in _lines(value, ""))


def files(bundle: Bundle) -> dict[str, str]:
    """A folder's content: a file an object, numbered by kind in apply order, the runs' own objects below `runs/`."""
    objects = dict(map(_file, bundle.manifests))
    index = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(objects),
    }
    runs: dict[str, str] = {}
    for run in bundle.runs:
        made = dict([*map(_file, run.workload), ("lookup.yaml", document(run.lookup.body))])
        runs |= {f"runs/{run.name}/{name}": text for name, text in made.items()}
    return {"kustomization.yaml": document(index), **objects, **runs}


def _file(manifest: Manifest) -> tuple[str, str]:
    """A name that stays the same whatever else there is, so that a folder's history tells what changed."""
    return f"{rank(manifest):02}-{_file_stem(manifest)}.yaml", document(manifest.body)


def _file_stem(manifest: Manifest) -> str:
    kind, name = manifest.ref.kind.lower(), _NOT_IN_FILES.sub("_", manifest.ref.name)
    return kind if "<" in manifest.ref.name else f"{kind}-{name}"


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _entry(f"{indent}{_key(name)}:", item, indent)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _item(item, indent)
    else:
        yield indent + _scalar(value, indent + "  ")


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    """Lists stand below their key without indentation, as kubectl prints them."""
    if item and isinstance(item, Mapping | list | tuple):
        yield head
        yield from _lines(item, indent + ("  " if isinstance(item, Mapping) else ""))
    else:
        yield f"{head} {_scalar(item, indent + '  ')}"


def _item(item: Any, indent: str) -> Iterator[str]:
    if not (item and isinstance(item, Mapping | list | tuple)):
        yield f"{indent}- {_scalar(item, indent + '  ')}"
        return
    below = _lines(item, indent + "  ")
    yield f"{indent}- {next(below)[len(indent) + 2 :]}"
    yield from below


def _key(name: str) -> str:
    if len(name) > LONGEST_KEY:
        raise ValueError(f"a key of {len(name)} characters has no place in a manifest")
    return _inline(name)


def _scalar(value: Any, indent: str) -> str:
    match value:
        case Late():
            return _inline(str(value))
        case str():
            return (
                _block(value, indent) if "\n" in value and not _NOT_IN_BLOCK.search(value) else _inline(value)
            )
        case None | bool():
            return "null" if value is None else str(value).lower()
        case int():
            return str(value)
        case float():
            return _float(value)
        case Mapping():
            return "{}"
        case list() | tuple():
            return "[]"
    raise TypeError(f"{type(value).__name__} has no place in a manifest")


def _float(value: float) -> str:
    """YAML 1.1 wants a point before an exponent."""
    if not math.isfinite(value):
        raise ValueError(f"{value} has no place in a manifest")
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{e}{exponent}" if e else mantissa


def _block(text: str, indent: str) -> str:
    lines = (indent + line if line else "" for line in text.removesuffix("\n").split("\n"))
    return "\n".join(["|" if text.endswith("\n") else "|-", *lines])


@lru_cache(maxsize=4096)
def _inline(text: str) -> str:
    if (_PLAIN.fullmatch(text) and text.lower() not in _WORDS) or _QUANTITY.fullmatch(text):
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
