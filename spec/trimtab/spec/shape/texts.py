"""The kinds of text a spec is written in: durations, sizes, percentages, names, images.

A `Text` carries all that is known of its kind: its pattern, what it becomes, an example. Both readers of the
language use the same ones: the pydantic model (which takes a `Text` as an annotation) and `shape.build`. Nothing
here imports pydantic unless pydantic asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.shape.units import Quantity as Quantity
from trimtab.spec.shape.units import (
    cores,
    count,
    cron,
    duration,
    fraction,
    latency,
    percent,
    regex,
    seconds,
    size,
)

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema, PydanticCustomError


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


class NotThis(ValueError):
    """A value that does not read as what it must be."""


class Text(NamedTuple):
    """A text of one `kind`, recognised by `pattern`, turned into a value by `read` (`write` is its inverse).

    With `numbers`, a plain number is taken for the text it would be written as (`cpu: 2`).
    """

    kind: str
    pattern: str
    example: str
    read: Callable[[str], Any] | None = None
    write: Callable[[Any], str] = str
    numbers: bool = False

    def parse(self, value: Any) -> Any:
        if self.numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = _digits(value)
        if not isinstance(value, str) or not _compiled(self.pattern).fullmatch(value):
            raise NotThis(self.kind)
        try:
            return self.read(value) if self.read else value
        except (ArithmeticError, RecursionError, ValueError, re.error):
            raise NotThis(self.kind) from None

    # ── as an annotation of pydantic's ──

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self._parse_or_refuse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = {"type": "string", "pattern": f"^(?:{self.pattern})$", "examples": [self.example]}
        return {"anyOf": [text, {"type": "number", "minimum": 0}]} if self.numbers else text

    def _parse_or_refuse(self, value: Any) -> Any:
        try:
            return self.parse(value)
        except NotThis:
            raise self._refusal(value) from None

    def _refusal(self, value: Any) -> PydanticCustomError:
        from pydantic_core import PydanticCustomError

        context = {"kind": self.kind, "given": value, "example": self.example}
        return PydanticCustomError("format", "not a {kind}, such as {example}", context)


def _digits(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    from decimal import Decimal

    return format(Decimal(str(number)), "f")


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = r"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"

DURATION = Text("duration", r"(\d{1,9}[smhdw])+", "10m", seconds, duration)
LATENCY = Text("latency", r"\d{1,9}(\.\d+)?(us|ms|s|m)", "50ms", latency)
PERCENT = Text("percentage", r"(100(\.0+)?|\d{1,2}(\.\d+)?)%", "99.9%", fraction, percent)
SIZE = Text("size", r"\d{1,15}(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)", "16Gi", size)
CORES = Text("number of cores", r"\d{1,9}m|\d{1,6}(\.\d{1,3})?", "500m", cores, numbers=True)
COUNT = Text("count", r"\d{1,15}(\.\d+)?[KMBT]?", "7B", count, numbers=True)
NAME = Text("name", r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*", "buildFeatures")
DNS_LABEL = Text("lower-case name", _LABEL, "fraud")
ENV_NAME = Text("variable name", r"[A-Za-z_][A-Za-z0-9_]*", "HF_HOME")
METRIC_NAME = Text("metric name", r"[A-Za-z_][A-Za-z0-9_./@-]*", "auc")
HOST = Text("host name", _HOST, "scorer.example.com")
IMAGE = Text(
    "container image",
    r"[a-z0-9][a-z0-9.:_/-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?",
    "registry.example.com/team/train@sha256:<64 hex digits>",
)
CRON = Text(
    "cron expression of five fields", r"@(hourly|daily|weekly|monthly)|(\S+\s+){4}\S+", "15 2 * * *", cron
)
TIMEZONE = Text("time zone", r"UTC|[A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}", "Europe/Berlin")
DATE = Text("date", r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "2027-01-31")
URI = Text("address", r"[a-z][a-z0-9+.-]*://\S+", "s3://acme-risk")
HTTPS_URL = Text("https address", r"https://\S+", "https://login.example.com")
RELATIVE_PATH = Text("path below the store", r"(?!/)(?!(.*/)?\.\.(/|$))[^\0]+", "raw/transactions")
YAML_PATH = Text("path of a YAML file", r"(?!/)[^\0]+\.ya?ml", "../acme.yaml")
SUBJECT = Text("person or group", r"(group|user|serviceAccount):\S+", "group:risk-ml")
DESTINATION = Text("host and port", rf"({_HOST}|\d+\.\d+\.\d+\.\d+(/\d+)?):\d{{1,5}}", "api.example.com:443")
REGEX = Text("regular expression", r"[\s\S]{1,1000}", "[A-Z]{3}", regex)

TEXTS = {text.kind: text for text in list(globals().values()) if isinstance(text, Text)}
"""Each by its kind."""
