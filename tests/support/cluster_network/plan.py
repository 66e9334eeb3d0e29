"""Who has which address in a network of the tests."""

ADDRESS = "10.244.0.1"
"""The bridge: the cluster's own address, and the way out of each Pod to Service addresses."""
BRIDGE = "pods"
POD_RANGE = "10.244.0.0/16"
SERVICE_RANGE = "10.96.0.0/16"
DNS = "10.96.0.10"
