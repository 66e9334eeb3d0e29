"""Texts with units become numbers; texts that say something else are refused, with an example of what is right."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from trimtab.spec.model import values
from trimtab.spec.model.values import Quantity


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (values.Duration, "10m", 600),
        (values.Duration, "26h", 26 * 3600),
        (values.Duration, "45d", 45 * 86400),
        (values.Duration, "1h30m", 5400),
        (values.Latency, "50ms", 0.05),
        (values.Latency, "1.5s", 1.5),
        (values.Percent, "99.9%", 0.999),
        (values.Percent, "0%", 0.0),
        (values.Percent, "100%", 1.0),
        (values.Size, "1Gi", Quantity("1Gi", 2**30)),
        (values.Size, "1024Mi", Quantity("1Gi", 2**30)),
        (values.Size, "1.5Gi", Quantity("1536Mi", 1.5 * 2**30)),
        (values.Size, "2G", Quantity("2G", 2e9)),
        (values.Cores, "500m", Quantity("500m", 0.5)),
        (values.Cores, "1000m", Quantity("1", 1.0)),
        (values.Cores, 0.5, Quantity("500m", 0.5)),
        (values.Cores, 2, Quantity("2", 2.0)),
        (values.Count, "7B", 7_000_000_000),
        (values.Count, "1.5M", 1_500_000),
    ],
)
def test_read(kind: Any, text: object, value: object) -> None:
    assert TypeAdapter(kind).validate_python(text) == value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (values.Duration, 600),
        (values.Duration, "10 minutes"),
        (values.Duration, "50ms"),
        (values.Duration, ""),
        (values.Latency, 0.05),
        (values.Percent, "101%"),
        (values.Percent, 0.5),
        (values.Size, "32GB"),
        (values.Size, 1024),
        (values.Cores, True),
        (values.Cores, "-1"),
        (values.Name, "two words"),
        (values.Name, "-dash"),
        (values.Name, "x\n"),
        (values.DnsLabel, "Fraud"),
        (values.Cron, "every monday"),
        (values.Timezone, "CET+1h"),
        (values.RelativePath, "/etc"),
        (values.RelativePath, "../outside"),
        (values.RelativePath, "a/../../b"),
        (values.Uri, "lake"),
        (values.Host, "localhost:8080"),
        (values.Subject, "risk"),
        (values.Destination, "api.example.com"),
        (values.Regex, "[unclosed"),
        (values.Date, "2027-13-01"),
    ],
)
def test_refused_with_an_example(kind: Any, given: object) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(given)
    (error,) = refused.value.errors()
    assert error["type"] == "format"
    example = error["ctx"]["example"]
    TypeAdapter(kind).validate_python(example.replace("<64 hex digits>", 64 * "0"))


def test_a_path_may_hold_dots() -> None:
    assert TypeAdapter(values.RelativePath).validate_python("a..b/.c/...") == "a..b/.c/..."
