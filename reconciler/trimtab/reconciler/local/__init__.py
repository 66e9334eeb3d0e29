"""The embedded engine: a small cluster on this machine, whose Pods are processes."""

from trimtab.reconciler.local.client import LocalCluster
from trimtab.reconciler.local.stopping import stop

__all__ = ["LocalCluster", "stop"]
