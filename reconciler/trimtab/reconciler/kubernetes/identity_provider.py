"""Log-ins that only the official package knows how to renew: `auth-provider` of a kubeconfig, which is OIDC today.

The package takes a third of a second and 20 MB to import, so it is imported here alone, for those who need it. It
stays silent where it finds nothing, which `kubeconfig.py` makes an error of.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

from trimtab.reconciler.kubernetes import kubeconfig_files
from trimtab.reconciler.kubernetes.tls import private_folder

_asking = Lock()
"""The package remembers for all threads which files it has written, and some of them would be another's folder."""


def authorization(context: str, files: str) -> str:
    """The header's value, empty where there is none; a renewed token is kept in the kubeconfig. Raises anything.

    A token that was renewed may make the old one useless, so it is kept, as kubectl does.
    """
    from kubernetes.client import Configuration
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

    read = (str(path) for path in kubeconfig_files.existing(files) if path.stat().st_size)
    merger: Any = KubeConfigMerger(os.pathsep.join(read))
    configuration = Configuration()
    with _asking, private_folder() as folder:
        KubeConfigLoader(
            merger.config,
            context,
            config_base_path=None,
            config_persister=merger.save_changes,
            temp_file_path=str(folder),
        ).load_and_set(configuration)
    return str(configuration.api_key.get("BearerToken") or "").strip()
