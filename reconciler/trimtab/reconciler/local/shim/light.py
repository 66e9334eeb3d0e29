"""Signals and JSON without their packages, whose enums and regular expressions would double a shim's start and size."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` alone would cost a third of a start
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import Any
else:
    try:
        import _signal as signal
    except ImportError:
        import signal

__all__ = ["load", "parse", "render", "signal"]


def _json_parts() -> tuple[Callable[[str], Any], Callable[[object], str]]:
    """What json has in C, or json itself where an interpreter keeps these parts elsewhere."""
    try:
        from _json import encode_basestring_ascii, make_encoder, make_scanner

        class Context:
            strict, object_hook, object_pairs_hook, array_hook = True, None, None, None
            parse_float, parse_int, parse_constant = float, int, float

        scan = make_scanner(Context())  # type: ignore[arg-type]  # it asks for attributes, not for a type
        encode = make_encoder(None, repr, encode_basestring_ascii, None, ": ", ", ", False, False, False)
    except (ImportError, AttributeError, TypeError):
        import json

        return json.loads, json.dumps

    def parse(text: str) -> Any:
        text = text.strip()
        try:
            value, end = scan(text, 0)
        except (
            StopIteration,
            SystemError,
            ValueError,
        ):  # without its package, this part can't say what is wrong
            end = -1
        if end == len(text):
            return value
        import json

        return json.loads(text)

    return parse, lambda value: "".join(encode(value, 0))


parse, render = _json_parts()


def load(path: str) -> Any:
    """The JSON in a file. Raises OSError, and ValueError for what is no JSON."""
    with open(path, encoding="utf-8") as file:
        return parse(file.read())
