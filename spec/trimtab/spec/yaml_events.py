"""The one place that knows PyYAML: libyaml's event stream, or the same in pure Python where libyaml is missing.

Only events are used. PyYAML's constructors, resolvers and tags never run, so no document can make them do anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from yaml import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

__all__ = [
    "AliasEvent",
    "DocumentEndEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingStartEvent",
    "Mark",
    "MarkedYAMLError",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "StreamEndEvent",
    "YAMLError",
    "pure_python_events",
    "tokens",
    "yaml_events",
]


class Mark(Protocol):
    """A place in the text; both parsers count from 0, columns in characters."""

    index: int
    line: int
    column: int


def yaml_events(text: str) -> Callable[[], Any]:
    """A function that returns the next event of `text`."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        return pure_python_events(text)
    get: Callable[[], Any] = CParser(text).get_event
    return get


def tokens(text: str) -> Iterator[Any]:
    """The tokens of sound YAML text, with their marks: what the layout is made from."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        scanner: Any = _python_parser(text)
    else:
        scanner = CParser(text)
    while scanner.check_token():
        yield scanner.get_token()


def pure_python_events(text: str) -> Callable[[], Any]:
    """The same events, about thirteen times slower."""
    get: Callable[[], Any] = _python_parser(text).get_event
    return get


def _python_parser(text: str) -> Any:
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class PythonParser(Reader, Scanner, Parser):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return PythonParser()
