"""The embedded engine: a small cluster on this machine, whose Pods are processes."""

from trimtab.reconciler.local.client import LocalCluster

__all__ = ["LocalCluster"]
