"""One request to an API server, what came back, and for how long one may wait for it: values, and nothing that sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

Params = Mapping[str, str]

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Request:
    """`within` limits all attempts together, in seconds. `urgent` ones do not queue behind others. `permitted` is asked
    right before each sending: the right to write may have gone while the server was away."""

    method: str
    path: str
    params: Params | None = None
    body: bytes | None = None
    content_type: str = JSON
    accept: str = JSON
    within: float | None = None
    urgent: bool = False
    permitted: Callable[[], bool] | None = None


class Answer(NamedTuple):
    """What came back.

    `again`: an earlier answer to the same request was lost, so it may have been carried out before. `elapsed` is how
    long it has been under way since it was first sent, in seconds.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    again: bool = False
    elapsed: float = 0.0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """None where the body is no JSON: gateways answer in HTML."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds.

    `known` is for a server that has answered before and may be restarting, `unknown` for one that never has, `brief`
    for one that is there and says 5xx without saying for how long. `first` and `longest` bound the pauses between.
    """

    connect: float = 5.0
    answer: float = 40.0  # webhooks alone may take 30 of it
    known: float = 60.0
    unknown: float = 3.0
    brief: float = 5.0
    first: float = 0.2
    longest: float = 10.0
