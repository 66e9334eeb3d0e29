"""The kinds of value a spec is written in, as annotations of the model: see `trimtab.spec.shape.texts`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from trimtab.spec.shape import texts
from trimtab.spec.shape.texts import Quantity as Quantity
from trimtab.spec.shape.texts import Text as Text

Duration = Annotated[int, texts.DURATION]
"""In seconds."""
Latency = Annotated[float, texts.LATENCY]
"""In seconds, with fractions."""
Percent = Annotated[float, texts.PERCENT]
"""A fraction from 0 to 1."""
Size = Annotated[Quantity, texts.SIZE]
Cores = Annotated[Quantity, texts.CORES]
Count = Annotated[int, texts.COUNT]

Name = Annotated[str, texts.NAME]
"""A name given in the spec. How it becomes a Kubernetes name is the compiler's."""
DnsLabel = Annotated[str, texts.DNS_LABEL]
EnvName = Annotated[str, texts.ENV_NAME]
MetricName = Annotated[str, texts.METRIC_NAME]
Host = Annotated[str, texts.HOST]
Image = Annotated[str, texts.IMAGE]
Cron = Annotated[str, texts.CRON]
Timezone = Annotated[str, texts.TIMEZONE]
Date = Annotated[str, texts.DATE]
Uri = Annotated[str, texts.URI]
HttpsUrl = Annotated[str, texts.HTTPS_URL]
RelativePath = Annotated[str, texts.RELATIVE_PATH]
PlatformPath = Annotated[str, texts.YAML_PATH]
Subject = Annotated[str, texts.SUBJECT]
Destination = Annotated[str, texts.DESTINATION]
Regex = Annotated[str, texts.REGEX]


def _scalar(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool)):
        return value
    raise PydanticCustomError("shape", "expected {expected}", {"expected": "a text, a number, true or false"})


class AnyScalar:
    """A text, a number, true or false."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_scalar)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}


Scalar = Annotated[str | int | float | bool, AnyScalar()]
Positive = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
