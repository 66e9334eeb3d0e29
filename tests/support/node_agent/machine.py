"""What all Pods of the agent share: the way to the API server, images, addresses, and where Services are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from node_agent.addresses import Addresses
from node_agent.api import Api, Body
from node_agent.events import Events
from node_agent.images import Image
from trimtab.reconciler.local.notices import Notices


@dataclass(frozen=True)
class Machine:
    api: Api
    events: Events
    images: dict[str, Image]
    addresses: Addresses
    notices: Notices
    notices_path: Path
    pods: Path
    """A folder a Pod, by uid."""
    services: Callable[[], list[Body]]
    node_addresses: Mapping[str, str]
