"""The spec that the command line's tests begin with, and how they call `trimtab`: exit code, output, talk."""

from __future__ import annotations

from collections.abc import Callable

SPEC = """\
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata:
  name: shop
spec:
  compute:
    pools:
      cpu: {node: {cpu: 2, memory: 4Gi}}
  training:
    fit:
      code: {path: src}
      command: [python, -m, fit]
      pool: cpu
  environments:
    laptop: {runOn: local}
"""

Call = Callable[..., tuple[int, str, str]]
