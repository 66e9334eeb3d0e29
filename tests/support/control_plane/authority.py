"""Who is trusted by a control plane of the tests: an authority, and the certificates and keys that it hands out.

Nothing here is fit for anything but tests: each key lies unencrypted in the control plane's own folder.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=30)
CLOCKS_DIFFER = timedelta(minutes=5)


class Pair(NamedTuple):
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """Signs what a control plane needs; its files lie in `folder`."""

    def __init__(self, folder: Path, name: str, key: ec.EllipticCurvePrivateKey) -> None:
        self.folder = folder
        self.pair = Pair(folder / f"{name}.crt", folder / f"{name}.key")
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = key

    @classmethod
    def new(cls, folder: Path, name: str) -> Self:
        self = cls(folder, name, ec.generate_private_key(ec.SECP256R1()))
        own = self._key.public_key()
        signed = (
            _dated(self._name, self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signs_certificates(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        _write(folder, name, signed, self._key)
        return self

    @classmethod
    def read(cls, folder: Path, name: str) -> Self:
        """One that another process has made."""
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(folder, name, key)

    @property
    def certificate(self) -> Path:
        return self.pair.certificate

    def client(self, user: str, groups: Sequence[str] = ()) -> Pair:
        """What Kubernetes takes for `user` in `groups`."""
        names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, user)])
        return self._issue(user, subject, ExtendedKeyUsageOID.CLIENT_AUTH, [])

    def server(self, name: str, addresses: Sequence[str]) -> Pair:
        """`addresses`: the host names and IP addresses under which the server is dialled."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return self._issue(name, subject, ExtendedKeyUsageOID.SERVER_AUTH, addresses)

    def _issue(
        self, name: str, subject: x509.Name, use: x509.ObjectIdentifier, addresses: Sequence[str]
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        wanted = (
            _dated(subject, self._name, key)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(signer, critical=False)
        )
        if addresses:
            names = x509.SubjectAlternativeName([_alternative(each) for each in addresses])
            wanted = wanted.add_extension(names, critical=False)
        # Several processes may share a control plane and ask for the same name at once.
        alone = f"{name}-{secrets.token_hex(4)}"
        return _write(self.folder, alone, wanted.sign(self._key, hashes.SHA256()), key)


def token_keys(folder: Path) -> Path:
    """The key that signs service-account tokens; it holds the one that checks them too."""
    return _write_key(folder / "service-accounts.key", ec.generate_private_key(ec.SECP256R1()))


def _dated(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + LIFE)
    )


def _alternative(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(folder: Path, name: str, signed: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    stem = name.replace(":", "-").replace("/", "-")
    certificate = folder / f"{stem}.crt"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return Pair(certificate, _write_key(folder / f"{stem}.key", key))


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    file.touch(mode=0o600)
    file.write_bytes(pem)
    return file
