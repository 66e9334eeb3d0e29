"""The program that holds one process, outlives whoever started it, and lets no exit code be lost.

    python -I -S <this folder>/__main__.py <directory>

reads `shim.json`, takes `lock`, leaves its parent, then starts the process, passes its output on to `log`, writes what
becomes of it to `status.json` and starts it again as its policy says. It returns to the caller once the process runs.
SIGTERM ends the process for good, SIGUSR1 ends it and lets the policy go on; a file `grace` may hold the seconds until
SIGKILL. A shim decides nothing else, asks nobody, and never writes a secret's value.

There is one shim per process, so it is kept small, about 15 ms to start and 5 MB: of ours it imports `process_identity`,
and no module of the standard library that is not in the interpreter already.
"""
