"""What the model server counts, in Prometheus' text format."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. An objective for latency can be measured where it is one of these."""


class ServerMetrics:
    def __init__(self, info: Mapping[str, str]) -> None:
        self._info = dict(info)
        self._lock = threading.Lock()
        self._requests: Counter[int] = Counter()
        self._buckets = [0] * len(BUCKETS)
        self._count = 0
        self._seconds = 0.0
        self.in_flight = 0
        self.captured = 0
        self.capture_dropped = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Around a request, its bytes in and out included: a drain waits for those in flight."""
        with self._lock:
            self.in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    def observe(self, status: int, since: float) -> None:
        """An inference that was answered."""
        seconds = time.perf_counter() - since
        with self._lock:
            self._requests[status] += 1
            self._count += 1
            self._seconds += seconds
            for i, bound in enumerate(BUCKETS):
                self._buckets[i] += seconds <= bound

    def text(self, ready: bool) -> str:
        with self._lock:
            return "\n".join([*self._lines(ready), ""])

    def _lines(self, ready: bool) -> Iterator[str]:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in self._info.items())
        yield from _head("trimtab_model_info", "gauge", "The model that is served.")
        yield f"trimtab_model_info{{{labels}}} 1"
        yield from _head("trimtab_ready", "gauge", "Whether requests are wanted.")
        yield f"trimtab_ready {int(ready)}"
        yield from _head("trimtab_requests_in_flight", "gauge", "Requests being answered.")
        yield f"trimtab_requests_in_flight {self.in_flight}"
        yield from _head(
            "trimtab_inference_requests_total", "counter", "Inferences answered, by HTTP status."
        )
        for status, count in sorted(self._requests.items()):
            yield f'trimtab_inference_requests_total{{code="{status}"}} {count}'
        yield from _head(
            "trimtab_inference_seconds", "histogram", "From a request's last byte to its answer."
        )
        for bound, count in zip(BUCKETS, self._buckets, strict=True):
            yield f'trimtab_inference_seconds_bucket{{le="{bound:g}"}} {count}'
        yield f'trimtab_inference_seconds_bucket{{le="+Inf"}} {self._count}'
        yield f"trimtab_inference_seconds_sum {self._seconds:.9g}"
        yield f"trimtab_inference_seconds_count {self._count}"
        yield from _head(
            "trimtab_captured_rows_total", "counter", "Rows kept for drift and the next training."
        )
        yield f"trimtab_captured_rows_total {self.captured}"
        yield from _head(
            "trimtab_capture_dropped_total", "counter", "Requests not kept: the disk was too slow or full."
        )
        yield f"trimtab_capture_dropped_total {self.capture_dropped}"


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
