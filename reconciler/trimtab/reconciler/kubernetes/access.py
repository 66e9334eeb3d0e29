"""Where an API server is and who we are to it: what a connection needs to send a request.

Values alone; how they come about is `credentials.py`'s business. Nothing here is ever logged: headers carry secrets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Access:
    """`server` is a base URL without a slash at its end. `tls` is None where all is plain HTTP."""

    server: str
    tls: SSLContext | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy: str | None = None
    server_name: str | None = None


class Credentials(Protocol):
    """`access` is asked before each request and must be cheap; `renew` after an API server did not know us.

    Both raise `ClusterUnavailable` with what a person has to do.
    """

    async def access(self) -> Access: ...
    async def renew(self, refused: Access) -> Access: ...
