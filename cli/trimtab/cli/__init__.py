"""The front door: one module a command. It parses, calls, renders and chooses an exit code; it holds no logic."""
