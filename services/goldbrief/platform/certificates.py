"""Servers whose certificate does not hold: the same advice whatever library found it."""

from __future__ import annotations

_REFUSED = ("certificate verify failed", "hostname verification check failed")
"""The words of OpenSSL, which libraries pass on, and of gRPC."""


def certificate_remedy(error: object) -> str:
    """Say how to mend a server's certificate.

    Args:
        error: Of a connection that failed, or its text.

    Returns:
        What to do; empty when the certificate is not why it failed.
    """
    words = str(error).lower().replace("_", " ")
    if "wrong version number" in words:
        return "The server speaks no TLS there: leave out https, or name the port that does."
    if not any(refused in words for refused in _REFUSED):
        return ""
    if "expired" in words:
        return "The server's certificate has expired: renew it."
    if "mismatch" in words or "not valid for" in words or "hostname" in words:
        return "Address the server by a name that its certificate has."
    return (
        "Renew the server's certificate if it has expired, or have this machine trust who signed"
        " it (SSL_CERT_FILE)."
    )
