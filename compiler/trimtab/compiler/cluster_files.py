"""Where the facts of a cluster are committed: `clusters/<name>.json`, beside the spec. `cluster_facts` reads them."""

from __future__ import annotations

import re

FOLDER = "clusters"


def file_name(cluster: str) -> str:
    """Relative to the spec; a context's name may hold what no file's may."""
    return f"{FOLDER}/{re.sub(r'[^A-Za-z0-9._@-]', '_', cluster).lstrip('.') or '_'}.json"
