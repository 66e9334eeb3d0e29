"""What all containers of a Pod share: network, host name, shared memory, and file systems in memory.

    python -I -S sandbox_process.py <host name> <own network: yes|no> [<folder> <mount options>]...

Says `ready`, and then is nothing but the process that keeps these namespaces. Ends with its parent.
"""

from __future__ import annotations

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from namespaces import linux


def main(host_name: str, own_network: str, *memory: str) -> None:
    linux.die_with_parent()
    network = linux.CLONE_NEWNET if own_network == "yes" else 0
    linux.unshare(network | linux.CLONE_NEWUTS | linux.CLONE_NEWIPC | linux.CLONE_NEWNS)
    linux.set_host_name(host_name)
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    for folder, options in zip(memory[::2], memory[1::2], strict=True):
        linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID, options)
    print("ready", flush=True)
    os.execvp("sleep", ["sleep", "infinity"])


if __name__ == "__main__":
    main(*sys.argv[1:])
