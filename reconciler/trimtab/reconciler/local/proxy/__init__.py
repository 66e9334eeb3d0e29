"""The program behind a Service's address: it forwards TCP connections to whichever backends are ready.

    python -I -S <this folder>/__main__.py <port> <backends.json>

The file is a list of `[host, port]`, replaced whole by the engine host and looked at with each new connection. Backends
take turns; one that refuses is passed over, and a client waits a while rather than being refused when there is none at
the moment. What is connected stays connected, whatever becomes of the file. Ends of either direction, and resets, are
passed on as they are. It knows nothing of what it carries.

Held by a shim like any process, it outlives the host. It imports nothing of ours.
"""
