"""Who has which address in a network of the tests."""

ADDRESS = "10.244.0.1"
"""The bridge: the cluster's own address, and the way out of each Pod to Service addresses."""
BRIDGE = "pods"
BRIDGE_HARDWARE = "02:00:0a:f4:00:01"
"""Given once: a bridge that chooses for itself takes another with each interface that comes or goes, and whoever
knows it by the old one talks to nobody for a minute."""
POD_RANGE = "10.244.0.0/16"
SERVICE_RANGE = "10.96.0.0/16"
DNS = "10.96.0.10"
