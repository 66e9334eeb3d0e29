"""The front door: one module a command. It parses, calls, renders and picks an exit code; it holds no logic."""
