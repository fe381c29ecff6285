"""Servers whose certificate does not hold: the same advice whatever library found it."""

from __future__ import annotations

_REFUSED = "certificate verify failed"
"""OpenSSL's words, which every library passes on."""


def certificate_remedy(error: BaseException) -> str:
    """Say how to mend a server's certificate.

    Args:
        error: Of a connection that failed.

    Returns:
        What to do; empty when the certificate is not why it failed.
    """
    words = str(error)
    if _REFUSED not in words:
        return ""
    if "expired" in words:
        return "The server's certificate has expired: renew it."
    if "mismatch" in words or "not valid for" in words:
        return "Address the server by a name that its certificate has."
    return (
        "Renew the server's certificate if it has expired, or have this machine trust who signed"
        " it (SSL_CERT_FILE)."
    )
