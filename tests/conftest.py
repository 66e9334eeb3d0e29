"""What every folder of tests may ask for by name."""

pytest_plugins = ["control_plane.fixtures", "cluster_access", "node_agent.fixtures"]
