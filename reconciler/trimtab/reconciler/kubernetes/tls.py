"""An SSL context out of what a kubeconfig or a plugin gives: made once for the same material, keys never left behind.

Python reads keys from files alone, so those that come as text are written to a folder that only this user can open,
in memory where the system has such a place, and that is gone when the context is made.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from trimtab.reconciler.cluster import ClusterUnavailable

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own with mode 0700 is made in it


@dataclass(frozen=True, slots=True)
class Material:
    """PEM texts. `authority` None stands for the system's own authorities."""

    authority: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    verify: bool = True


class Contexts:
    """Contexts by a digest of their material: open connections go on when a token alone has changed."""

    def __init__(self) -> None:
        self._made: tuple[bytes, ssl.SSLContext] | None = None

    def of(self, material: Material) -> ssl.SSLContext:
        name = _digest(material)
        if self._made is None or self._made[0] != name:
            self._made = name, _context(material)
        return self._made[1]


@contextmanager
def private_folder() -> Iterator[Path]:
    place = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="trimtab-", dir=place) as folder:
        yield Path(folder)


def _digest(material: Material) -> bytes:
    parts = (material.authority, material.certificate, material.key, b"1" if material.verify else b"")
    return hashlib.sha256(b"".join(hashlib.sha256(part or b"").digest() for part in parts)).digest()


def _context(material: Material) -> ssl.SSLContext:
    try:
        authority = material.authority.decode() if material.authority else None
        context = ssl.create_default_context(cadata=authority)
        if not material.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if material.certificate is not None:
            _load_certificate(context, material)
    except (ssl.SSLError, ValueError) as error:
        raise ClusterUnavailable(f"a certificate or key of the kubeconfig can't be read ({error})") from error
    # Authorities of clusters are often older than the rules that Python 3.13 made strict.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def _load_certificate(context: ssl.SSLContext, material: Material) -> None:
    with private_folder() as folder:
        certificate, key = folder / "certificate", folder / "key"
        certificate.write_bytes(material.certificate or b"")
        key.write_bytes(material.key or b"")
        context.load_cert_chain(certificate, key, password=_no_passphrase)


def _no_passphrase() -> str:
    raise ValueError("the client key is encrypted, and nobody is asked for its passphrase")
