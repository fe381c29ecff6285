"""Certificates for servers on loopback."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = datetime.timedelta(days=1)


def write_certificate(path: Path, end: datetime.datetime, host: str = "") -> None:
    """Write a key and its certificate for a host or 127.0.0.1, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    holder = x509.DNSName(host) if host else address
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, end - 9 * DAY, end)
        .add_extension(x509.SubjectAlternativeName([holder]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(*text, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
