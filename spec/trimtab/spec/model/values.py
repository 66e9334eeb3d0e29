"""The kinds of value a spec is written in: durations, sizes, percentages, names, images.

Each is a text with a unit that becomes a plain number, or stays a text that is known to be well formed.
A `Text` carries all that is known of its kind: its pattern, what it becomes, an example, its JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Text:
    """An annotation: a text of one `kind`, recognised by `pattern`, turned into a value by `read` (`write` is its inverse).

    With `numbers`, a plain number is taken for the text it would be written as (`cpu: 2`).
    """

    __slots__ = ("example", "kind", "numbers", "pattern", "read", "write")

    def __init__(
        self,
        kind: str,
        pattern: str,
        example: str,
        read: Callable[[str], Any] | None = None,
        write: Callable[[Any], str] = str,
        numbers: bool = False,
    ) -> None:
        self.kind, self.pattern, self.example = kind, pattern, example
        self.read, self.write, self.numbers = read, write, numbers

    def parse(self, value: Any) -> Any:
        if self.numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = format(Decimal(str(value)), "f")
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.ASCII):
            raise self.refusal(value)
        try:
            return self.read(value) if self.read else value
        except (ArithmeticError, ValueError, re.error):
            raise self.refusal(value) from None

    def refusal(self, value: Any) -> PydanticCustomError:
        context = {"kind": self.kind, "given": value, "example": self.example}
        return PydanticCustomError("format", "not a {kind}, such as {example}", context)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = {"type": "string", "pattern": f"^(?:{self.pattern})$", "examples": [self.example]}
        return {"anyOf": [text, {"type": "number", "minimum": 0}]} if self.numbers else text


SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LATENCY = {"us": Decimal("0.000001"), "ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60)}
SIZES = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip
COUNTS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A Kubernetes quantity: its canonical text, and its number (bytes, or cores)."""

    text: str
    number: float

    def __str__(self) -> str:
        return self.text


def _seconds(text: str) -> int:
    return sum(int(n) * SECONDS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", text))


def _duration(seconds: int) -> str:
    """The text of the fewest characters: `90s`, `10m`, `30d`."""
    unit = next((u for u in ("d", "h", "m") if seconds and seconds % SECONDS[u] == 0), "s")
    return f"{seconds // SECONDS[unit]}{unit}"


def _percent(fraction: float) -> str:
    return f"{Decimal(str(fraction)) * 100:f}".rstrip("0").rstrip(".") + "%" if fraction else "0%"


def _latency(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(Decimal(number) * LATENCY[unit])


def _fraction(text: str) -> float:
    return float(Decimal(text[:-1]) / 100)


def _size(text: str) -> Quantity:
    number, unit = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text).groups()  # type: ignore[union-attr]
    total = Decimal(number) * SIZES[unit]
    family = [u for u in SIZES if u and u.endswith("i") == unit.endswith("i")]
    best = next((u for u in reversed(family) if total and total % SIZES[u] == 0), "")
    return Quantity(f"{int(total // SIZES[best])}{best}", float(total))


def _cores(text: str) -> Quantity:
    milli = int(Decimal(text[:-1]) if text.endswith("m") else Decimal(text) * 1000)
    return Quantity(str(milli // 1000) if milli % 1000 == 0 else f"{milli}m", milli / 1000)


def _count(text: str) -> int:
    number, unit = re.fullmatch(r"([\d.]+)([A-Z]?)", text).groups()  # type: ignore[union-attr]
    return int(Decimal(number) * COUNTS[unit])


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = r"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"

Duration = Annotated[int, Text("duration", r"(\d+[smhdw])+", "10m", _seconds, _duration)]
"""In seconds."""
Latency = Annotated[float, Text("latency", r"\d+(\.\d+)?(us|ms|s|m)", "50ms", _latency)]
"""In seconds, with fractions."""
Percent = Annotated[float, Text("percentage", r"(100(\.0+)?|\d{1,2}(\.\d+)?)%", "99.9%", _fraction, _percent)]
"""A fraction from 0 to 1."""
Size = Annotated[Quantity, Text("size", r"\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)", "16Gi", _size)]
Cores = Annotated[Quantity, Text("number of cores", r"\d+m|\d+(\.\d{1,3})?", "500m", _cores, numbers=True)]
Count = Annotated[int, Text("count", r"\d+(\.\d+)?[KMBT]?", "7B", _count, numbers=True)]

Name = Annotated[str, Text("name", r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*", "buildFeatures")]
"""A name given in the spec. How it becomes a Kubernetes name is the compiler's."""
DnsLabel = Annotated[str, Text("lower-case name", _LABEL, "fraud")]
EnvName = Annotated[str, Text("variable name", r"[A-Za-z_][A-Za-z0-9_]*", "HF_HOME")]
MetricName = Annotated[str, Text("metric name", r"[A-Za-z_][A-Za-z0-9_./@-]*", "auc")]
Host = Annotated[str, Text("host name", _HOST, "scorer.example.com")]
Image = Annotated[
    str,
    Text(
        "container image",
        r"[a-z0-9][a-z0-9.:_/-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?",
        "registry.example.com/team/train@sha256:<64 hex digits>",
    ),
]
Cron = Annotated[
    str,
    Text("cron expression of five fields", r"@(hourly|daily|weekly|monthly)|(\S+\s+){4}\S+", "15 2 * * *"),
]
Timezone = Annotated[str, Text("time zone", r"UTC|[A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}", "Europe/Berlin")]
Date = Annotated[str, Text("date", r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "2027-01-31")]
Uri = Annotated[str, Text("address", r"[a-z][a-z0-9+.-]*://\S+", "s3://acme-risk")]
HttpsUrl = Annotated[str, Text("https address", r"https?://\S+", "https://login.example.com")]
RelativePath = Annotated[
    str, Text("path below the store", r"(?!/)(?!(.*/)?\.\.(/|$))[^\0]+", "raw/transactions")
]
PlatformPath = Annotated[str, Text("path of a YAML file", r"(?!/)[^\0]+\.ya?ml", "../acme.yaml")]
Subject = Annotated[str, Text("person or group", r"(group|user|serviceAccount):\S+", "group:risk-ml")]
Destination = Annotated[
    str, Text("host and port", rf"({_HOST}|\d+\.\d+\.\d+\.\d+(/\d+)?):\d{{1,5}}", "api.example.com:443")
]


def _regex(text: str) -> str:
    re.compile(text)
    return text


Regex = Annotated[str, Text("regular expression", r"[\s\S]+", "[A-Z]{3}", _regex)]


def _scalar(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool)):
        return value
    raise PydanticCustomError("shape", "expected {expected}", {"expected": "a text, a number, true or false"})


class _Scalar:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_scalar)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}


Scalar = Annotated[str | int | float | bool, _Scalar()]
Positive = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
