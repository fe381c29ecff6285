"""The certificate that a server shows."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.settings import Settings


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a server."""

    certificate: Path
    """Its own, and those that lead to its root."""
    key: Path


def tls_files(settings: Settings) -> TlsFiles | None:
    """Find the certificate that the settings name.

    Args:
        settings: Of the process.

    Returns:
        Its files; None where it is to speak without TLS.

    Raises:
        InvalidInputError: Only one of the two is set.
        FailedPreconditionError: They cannot be read, or do not belong together.
    """
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise InvalidInputError(
            "Certificate and key belong together, and only one is set.",
            reason="INVALID_SETTING",
            remedy="Set GOLDBRIEF_TLS_CERTIFICATE and GOLDBRIEF_TLS_KEY.",
        )
    if not settings.tls_certificate:
        return None
    files = TlsFiles(Path(settings.tls_certificate), Path(settings.tls_key))
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            files.certificate, files.key
        )
    except OSError as error:  # ssl.SSLError is one
        raise FailedPreconditionError(
            f"No TLS with {files.certificate} and {files.key}: {error}.",
            reason="CERTIFICATE_UNUSABLE",
            remedy="Check GOLDBRIEF_TLS_CERTIFICATE and GOLDBRIEF_TLS_KEY.",
        ) from error
    return files
