"""Taking in, once and at the edge, the code trees and locks that a spec names, so that compiling stays pure."""

from __future__ import annotations

import io
import struct
import sys
import tarfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from trimtab.compiler.canonical import digest, digest_bytes
from trimtab.compiler.sources import CodeTree, Lock, Sources
from trimtab.reconciler.files import Blob, Files
from trimtab.spec.shape.build import Light

if TYPE_CHECKING:
    from trimtab.spec.model import MLSystem
    from trimtab.spec.model.workload import Code


async def gather(system: MLSystem, files: Files) -> Sources:
    """What is not there is left out; the compiler says so at the line that names it."""
    codes = list(_codes(system))
    trees, locks = {}, {}
    for path in sorted({code.path for code in codes}):
        blobs = await files.tree(path)
        if blobs is not None:
            trees[path] = CodeTree(tree_digest(blobs), archive(blobs), files.dirty)
    for path in sorted({code.lock for code in codes if code.lock is not None}):
        data = await files.read(path)
        if data is not None:
            locks[path] = Lock(digest_bytes(data), data.decode(errors="replace"))
    return Sources(trees, locks, interpreter())


def interpreter() -> str:
    return f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}"


def tree_digest(blobs: list[Blob]) -> str:
    """By content: a commit and a folder with the same files have the same digest."""
    return digest([[blob.path, blob.executable, digest_bytes(blob.data)] for blob in sorted(blobs)])


def archive(blobs: list[Blob]) -> bytes:
    """A .tar.gz whose bytes depend on the files alone.

    It is stored, not deflated: zlib's output differs between builds, and the archive becomes an immutable object
    that is named by the digest of its content.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for blob in sorted(blobs):
            entry = tarfile.TarInfo(blob.path)
            entry.size, entry.mode = len(blob.data), 0o755 if blob.executable else 0o644
            tar.addfile(entry, io.BytesIO(blob.data))
    return _stored_gzip(buffer.getvalue())


_BLOCK = 0xFFFF
"""The longest stored block of deflate (RFC 1951, 3.2.4)."""


def _stored_gzip(data: bytes) -> bytes:
    blocks = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)] or [b""]
    body = b"".join(
        struct.pack("<BHH", index == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block
        for index, block in enumerate(blocks)
    )
    header = b"\x1f\x8b\x08\x00" + 4 * b"\x00" + b"\x00\xff"
    return header + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _codes(value: Any) -> Iterator[Code]:
    if isinstance(value, Light):
        if type(value).__name__ == "Code":
            yield cast("Code", value)
        for _, item in value.written():
            yield from _codes(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _codes(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _codes(item)
