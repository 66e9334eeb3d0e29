"""The words for everything the reader refuses or remarks on while it builds a tree, each with its code."""

from __future__ import annotations

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note, Severity
from trimtab.spec.positions import Span
from trimtab.spec.yaml_scalars import Trap, quoted, shortened


class Stop(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


# ── what ends the reading ──


def too_many_nodes(limit: int, span: Span) -> Stop:
    return Stop(Diagnostic("TT003", f"the spec has more than {limit:,} keys and values", span))


def empty(span: Span) -> Stop:
    return Stop(Diagnostic("TT004", "the spec is empty", span))


def directive(span: Span) -> Stop:
    return Stop(Diagnostic("TT026", "directives are not part of the language; specs are YAML 1.2", span))


def second_document(span: Span) -> Stop:
    return Stop(Diagnostic("TT017", "a second document begins here; one file holds one spec", span))


def not_a_mapping(tree: object, span: Span) -> Stop:
    found = "a list" if isinstance(tree, list) else f"`{shortened(str(tree))}`"
    return Stop(Diagnostic("TT018", f"a spec is a mapping of keys to values, not {found}", span))


def aliases_too_large(limit: int, span: Span) -> Stop:
    message = f"aliases make this spec grow by more than {limit:,} values"
    return Stop(Diagnostic("TT023", message, span))


def too_deep(limit: int, span: Span) -> Stop:
    return Stop(Diagnostic("TT024", f"nested deeper than {limit} levels", span))


# ── what is stepped over ──


def invisible(character: str, text: str, span: Span) -> Diagnostic:
    message = f"the invisible character {character} is part of `{shortened(text)}`"
    return Diagnostic("TT002", message, span)


def duplicate_key(key: str, span: Span, first: Span | None) -> Diagnostic:
    notes = (Note("first given here", first),)
    return Diagnostic("TT012", f"`{shortened(key)}` is given twice", span, notes=notes)


def key_not_text(key: str, span: Span) -> Diagnostic:
    what = f"`{shortened(key)}` is not text, and a key must be" if key else "this key is empty"
    return Diagnostic("TT013", what, span, fix=quote(key, span) if key else None)


def complex_key(is_alias: bool, is_template: bool, span: Span) -> Diagnostic:
    message = f"{'an alias' if is_alias else 'a list or mapping'} cannot be a key"
    advice = "this looks like a template; a spec is plain YAML, without placeholders"
    return Diagnostic("TT014", message, span, notes=(Note(advice),) if is_template else ())


def tag(name: str, span: Span) -> Diagnostic:
    shown = shortened(name.replace("tag:yaml.org,2002:", "!!"))
    return Diagnostic("TT015", f"tags (`{shown}`) are not part of the language", span)


def merge_key(span: Span) -> Diagnostic:
    return Diagnostic("TT016", "merge keys (`<<`) are not part of the language", span)


def trap(found: Trap, text: str, span: Span) -> Diagnostic:
    return Diagnostic(found.code, found.message, span, fix=quote(text, span))


def undefined_alias(name: str, inside: bool, span: Span) -> Diagnostic:
    reason = "stands inside the value it names" if inside else "names no anchor above it"
    return Diagnostic("TT022", f"`*{name}` {reason}", span)


def duplicate_anchor(name: str, span: Span) -> Diagnostic:
    return Diagnostic("TT025", f"the anchor `&{name}` is defined twice", span)


def read_otherwise(text: str, meaning: str, span: Span) -> Diagnostic:
    message = f"`{shortened(text)}` is text in YAML 1.2; write `{meaning}` or quote it"
    return Diagnostic("TT027", message, span, Severity.WARNING, fix=quote(text, span))


def quote(text: str, span: Span) -> Fix:
    return Fix(f'quote it: "{shortened(text)}"', Applicability.SAFE, (Edit(span, quoted(text)),))
