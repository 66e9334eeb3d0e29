"""The Kubernetes engine: any conformant cluster, through a thin client of our own. See `docs/architecture.md`."""
