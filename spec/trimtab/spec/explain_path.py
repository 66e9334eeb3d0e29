"""What a place of the spec is for: its description, type, default and an example, straight from the model.

`trimtab explain training.classifier.accept` prints it. Names that a person gives (`classifier`) may be written, or
left as `<name>`; a path may begin with `spec` or at a section. What a platform alone may say has its page too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from trimtab.spec.model.anatomy import bare, default_of, fields_of, is_map, item_of, model_of, text_of
from trimtab.spec.model.base import CLUSTER, Model, OneOf, Shorthand, camel
from trimtab.spec.model.platform import MLPlatform
from trimtab.spec.model.system import MLSystem
from trimtab.spec.model.values import Text
from trimtab.spec.yaml_scalars import resolve_plain

_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_FLOW = frozenset("{}[],")
_INDICATORS = frozenset("&*#?|<>=!%@:`\"'-")


def explain_path(path: str) -> str | None:
    """The page of a place, as Markdown; None where the model has no such place."""
    parts = [part for part in path.strip().strip(".").split(".") if part]
    if not parts:
        return None
    written = parts if parts[0] in fields_of(MLSystem) else ["spec", *parts]
    return _walk(MLSystem, _overridden(written)) or _walk(MLSystem, written) or _walk(MLPlatform, written)


def _overridden(parts: list[str]) -> list[str]:
    """What an override stands for: a part of the spec."""
    inside = parts[1:2] == ["environments"] and parts[3:4] == ["overrides"] and parts[4:]
    return ["spec", *inside] if inside else parts


def _walk(kind: Any, parts: list[str]) -> str | None:
    """Follow the path; each step is a key of a model, a name in a map, or an index of a list."""
    field: FieldInfo | None = None
    shown: list[str] = []
    for part in parts:
        model = model_of(kind)
        if model is not None:
            field = fields_of(model).get(part)
            if field is None:
                return None
            kind = field.annotation
            shown.append(part)
        elif (item := item_of(kind)) is not None:
            kind, field = item, None
            shown.append("<name>" if part.startswith("<") else part)
        else:
            return None
    return _page(".".join(shown[1:] if shown[:1] == ["spec"] and len(shown) > 1 else shown), kind, field)


def _page(title: str, kind: Any, field: FieldInfo | None) -> str:
    model = model_of(kind) or model_of(item_of(kind))
    lines = [f"# {title}", "", (field and field.description) or (model and model.__doc__) or ""]
    facts = [*_facts(kind, field)]
    lines += ["", *facts] if facts else []
    if field and field.examples:
        lines += ["", "## Example", "", "```yaml", *_example(title.rpartition(".")[2], field), "```"]
    if model:
        lines += ["", "## Keys" if model_of(kind) else "## Keys of each", "", *_keys(model)]
        lines += _deeper(title if model_of(kind) else f"{title}.<name>", model)
    return "\n".join(lines).rstrip() + "\n"


def _facts(kind: Any, field: FieldInfo | None) -> Iterator[str]:
    yield f"- type: {_type(kind, field)}"
    if field:
        default = _default(field)
        if field.is_required():
            yield "- required"
        elif default not in (None, "", [], {}):
            yield f"- default: `{flow(default)}`"
        extra = field.json_schema_extra
        if isinstance(extra, Mapping) and "unit" in extra:
            yield f"- unit: {extra['unit']}"
        if extra == CLUSTER:
            yield "- a name that only the cluster knows"
    model = model_of(kind)
    if model and issubclass(model, Shorthand):
        yield f"- written as: {model.short_form}"
    if model and issubclass(model, OneOf):
        count = "at most" if model.optional else "exactly"
        yield f"- {count} one of: {', '.join(f'`{camel(v)}`' for v in model.variants)}"


def _default(field: FieldInfo) -> Any:
    """What holds when the key is left out; of a mapping, what it then says."""
    given = field.default
    if not isinstance(given, Model):
        return default_of(field)
    said = {
        camel(name): getattr(given, name)
        for name in type(given).model_fields
        if name in given.model_fields_set
    }
    texts = {key: text_of(fields_of(type(given))[key]) for key in said}
    return {key: text.write(value) if (text := texts[key]) else value for key, value in said.items()}


def _type(kind: Any, field: FieldInfo | None = None) -> str:
    if field and (text := text_of(field)):
        return f"{text.kind}, such as `{text.example}`"
    plain = bare(kind)
    if get_origin(plain) is Literal:
        words = [f"`{word}`" for word in get_args(plain)]
        return f"one of {', '.join(words)}" if len(words) > 1 else words[0]
    if model_of(kind):
        return "mapping"
    if (item := item_of(kind)) is not None:
        return f"map of {_named(kind)} to {_held(item)}" if is_map(kind) else f"list of {_held(item)}"
    return _PLAIN.get(plain, "value")


def _named(kind: Any) -> str:
    """What the keys of a map are."""
    text = next(
        (m for m in getattr(get_args(bare(kind))[0], "__metadata__", ()) if isinstance(m, Text)), None
    )
    return f"{text.kind}s" if text else "names"


def _held(item: Any) -> str:
    """What a list or map holds."""
    if get_origin(bare(item)) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(bare(item)))
    if model_of(item):
        return "mappings"
    text = next((m for m in getattr(item, "__metadata__", ()) if isinstance(m, Text)), None)
    if text is None or " " not in text.kind:
        return f"{text.kind if text else _PLAIN.get(bare(item), 'value')}s"
    return f"texts such as `{text.example}`"


def _deeper(title: str, model: type[Model]) -> list[str]:
    """Where to ask on."""
    nested = (key for key, field in fields_of(model).items() if model_of(field.annotation))
    return [f"\nEach key has a page: `trimtab explain {title}.{key}`." for key in list(nested)[:1]]


def _keys(model: type[Model]) -> Iterator[str]:
    for key, field in fields_of(model).items():
        default, text = _default(field), text_of(field)
        facts = [text.kind if text else _type(field.annotation)]
        facts += ["required"] if field.is_required() else []
        facts += [f"default `{flow(default)}`"] if default not in (None, "", [], {}) else []
        yield f"- `{key}` ({', '.join(facts)}): {field.description}"


def _example(key: str, field: FieldInfo) -> Iterator[str]:
    for index, example in enumerate(field.examples or ()):
        if index:
            yield "# or"
        yield f"{key}: {flow(example)}"


def flow(value: Any) -> str:
    """A value in YAML's flow style, as short as it may be."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return f"{value:.10f}".rstrip("0") if isinstance(value, float) and "e" in str(value) else str(value)
    return value if _may_be_plain(value) else _quoted(value)


def _may_be_plain(text: str) -> bool:
    if not text or text != text.strip() or text[0] in _INDICATORS or _FLOW & set(text):
        return False
    return ": " not in text and " #" not in text and not text.endswith(":") and resolve_plain(text) == text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
