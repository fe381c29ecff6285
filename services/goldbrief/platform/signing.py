"""Signed statements: JSON in DSSE envelopes, with Ed25519 signatures.

DSSE is the Dead Simple Signing Envelope 1.0.2 of the secure-systems-lab, which in-toto and sigstore
use too: the signature covers the statement's bytes and what kind of statement it is, so that one
kind is never taken for another. Ed25519 is RFC 8032.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509 import load_pem_x509_certificates
from pydantic import BaseModel, ValidationError

from goldbrief.core.errors import DataCorruptionError, FailedPreconditionError, InvalidInputError
from goldbrief.core.hashing import canonical_json, sha256_bytes

_PEM = "-----BEGIN "
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_KEY_ID_CHARS = 16


class _Signature(BaseModel):
    keyid: str
    sig: str


class _Envelope(BaseModel):
    payload: str
    payloadType: str  # noqa: N815 - the name is DSSE's
    signatures: list[_Signature]


class Signer:
    """Signs statements with one private key.

    Args:
        key: Ed25519.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.key_id = key_id(key.public_key())
        """Names the key in envelopes and messages."""

    @classmethod
    def generate(cls) -> Signer:
        """A signer with a new key that is kept nowhere."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, kind: str, statement: Mapping[str, Any]) -> bytes:
        """Put a statement in a signed envelope.

        Args:
            kind: DSSE's payload type.
            statement: What JSON can hold.

        Returns:
            The envelope, JSON.
        """
        payload = canonical_json(statement)
        signature = self._key.sign(_pre_authentication(kind, payload))
        envelope = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind,
            "signatures": [
                {"keyid": self.key_id, "sig": base64.b64encode(signature).decode()},
            ],
        }
        return canonical_json(envelope)

    @property
    def public_key(self) -> str:
        """The public half, in the form that fits in one line: base64 of its PEM alone."""
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def verifier(self) -> Verifier:
        """A verifier that trusts this key alone."""
        return Verifier([self._key.public_key()])


class Verifier:
    """Knows whose statements to believe.

    Args:
        keys: Ed25519 public keys; a statement that any of them signed is believed.
    """

    def __init__(self, keys: Sequence[Ed25519PublicKey]) -> None:
        self._keys = {key_id(key): key for key in keys}

    def open(self, kind: str, envelope: bytes) -> dict[str, Any]:
        """Return the statement of an envelope.

        Args:
            kind: What it must be.
            envelope: As `Signer.sign` gave it.

        Returns:
            The statement.

        Raises:
            DataCorruptionError: It is no envelope, or a trusted key did not sign these bytes
                (SIGNATURE_INVALID).
            FailedPreconditionError: No trusted key is among those that signed it (UNKNOWN_SIGNER).
        """
        try:
            parsed = _Envelope.model_validate_json(envelope)
            payload = base64.b64decode(parsed.payload, validate=True)
            signatures = {
                one.keyid: base64.b64decode(one.sig, validate=True) for one in parsed.signatures
            }
        except (ValidationError, binascii.Error) as error:
            raise _invalid(f"it is no DSSE envelope: {error}") from error
        if parsed.payloadType != kind:
            raise _invalid(f"it is a {parsed.payloadType}, not a {kind}")
        known = [name for name in signatures if name in self._keys]
        if not known:
            raise self._unknown(list(signatures))
        for name in known:
            try:
                self._keys[name].verify(signatures[name], _pre_authentication(kind, payload))
            except InvalidSignature as error:
                raise _invalid(f"key {name} did not sign these bytes") from error
        return dict(json.loads(payload))

    def _unknown(self, signers: Sequence[str]) -> FailedPreconditionError:
        trusted = ", ".join(self._keys) or "none"
        return FailedPreconditionError(
            f"The signature is by key {', '.join(signers) or 'none'}; trusted keys: {trusted}.",
            reason="UNKNOWN_SIGNER",
            remedy="If that key is yours, add its public half to GOLDBRIEF_TRUSTED_KEYS.",
        )


def key_id(key: Ed25519PublicKey) -> str:
    """The beginning of the SHA-256 of a public key's 32 bytes, hex."""
    return sha256_bytes(key.public_bytes_raw())[:_KEY_ID_CHARS]


def read_signer(text: str, setting: str) -> Signer:
    """Read a private key.

    Args:
        text: PEM (PKCS 8), the base64 of such a PEM alone, or the path of a file that holds either.
        setting: Where the text comes from, for the message.

    Returns:
        A signer with it.

    Raises:
        InvalidInputError: It is no Ed25519 private key.
    """
    try:
        pem = _as_pem(_content(text), "PRIVATE KEY")
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, OSError) as error:
        raise _no_key(setting, "private key", str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(setting, "private key", "it is of another kind")
    return Signer(key)


def read_verifier(text: str, setting: str) -> Verifier:
    """Read public keys.

    Args:
        text: PEM of one or several keys or certificates (of which only the keys count, not the
            dates), the base64 of one PEM alone, or the path of a file that holds any of these.
        setting: Where the text comes from, for the message.

    Returns:
        A verifier that trusts them.

    Raises:
        InvalidInputError: It holds no Ed25519 public key, or one of another kind.
    """
    try:
        keys = _public_keys(_as_pem(_content(text), "PUBLIC KEY"))
    except (ValueError, OSError) as error:
        raise _no_key(setting, "public key", str(error)) from error
    found = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not found or len(found) < len(keys):
        raise _no_key(setting, "public key", "it is of another kind" if keys else "it is empty")
    return Verifier(found)


def kept_signer(path: Path) -> Signer:
    """Read the private key of a file, which is made when it is not there.

    Args:
        path: A PEM file that only we may read.

    Returns:
        A signer with it; several processes that make it at once get the same one.

    Raises:
        InvalidInputError: The file holds something else.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".key-") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was faster, and its key is the one
                os.link(file.name, path)
    return read_signer(str(path), str(path))


def _pre_authentication(kind: str, payload: bytes) -> bytes:
    """What is signed: DSSE's PAE, which no other kind and payload have."""
    kind_bytes = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind_bytes), kind_bytes, len(payload), payload)


def _content(text: str) -> str:
    text = text.strip()
    if text.startswith(_PEM):
        return text
    path = Path(text)
    return path.read_text().strip() if len(text) < 1000 and path.is_file() else text


def _as_pem(content: str, label: str) -> str:
    if content.startswith(_PEM):
        return content
    base64.b64decode(content, validate=True)
    return f"-----BEGIN {label}-----\n{content}\n-----END {label}-----\n"


def _public_keys(pem: str) -> list[Any]:
    if pem.startswith(_CERTIFICATE):
        return [one.public_key() for one in load_pem_x509_certificates(pem.encode())]
    blocks = [f"{_PEM}{part}" for part in pem.split(_PEM)[1:]]
    return [serialization.load_pem_public_key(block.encode()) for block in blocks]


def _no_key(setting: str, what: str, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"{setting} holds no Ed25519 {what}: {problem}.",
        reason="INVALID_KEY",
        remedy="Make a pair: openssl genpkey -algorithm ed25519 -out signing.pem; its public half:"
        " openssl pkey -in signing.pem -pubout.",
    )


def _invalid(problem: str) -> DataCorruptionError:
    return DataCorruptionError(f"The signature is wrong: {problem}.", reason="SIGNATURE_INVALID")
