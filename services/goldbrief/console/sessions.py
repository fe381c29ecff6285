"""Who is signed in: a signed cookie, and a token against requests that others forged."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass

from goldbrief.api.reviews.v1 import reviews_pb2 as pb

COOKIE = "goldbrief_session"
LIFETIME_S = 12 * 3600
ROLES = ("reviewer", "lead", "operator")
"""Each may do what those before it may."""


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie says."""

    name: str
    token_id: str
    """Of the link that was signed in with."""
    expires_at: float
    nonce: str

    @classmethod
    def of(cls, account: pb.Account) -> Session:
        """Begin a session of an account; it ends with the account's link at the latest."""
        expires_at = min(time.time() + LIFETIME_S, account.expire_time.ToSeconds())
        return cls(account.name, account.token_id, expires_at, secrets.token_urlsafe(12))


class Sessions:
    """Signs sessions and knows them again.

    Args:
        secret: Known to the console alone.
    """

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def sealed(self, session: Session) -> str:
        """The value of the cookie."""
        body = base64.urlsafe_b64encode(json.dumps(asdict(session)).encode()).decode()
        return f"{body}.{self._mac('session', body)}"

    def opened(self, value: str) -> Session | None:
        """The session of a cookie's value; None when it is not ours, or over."""
        body, _, mac = value.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac("session", body).encode()):
            return None
        try:
            session = Session(**json.loads(base64.urlsafe_b64decode(body)))
        except (binascii.Error, ValueError, TypeError):
            return None  # signed by another version of ours
        return session if session.expires_at > time.time() else None

    def csrf_token(self, session: Session) -> str:
        """What forms of this session carry."""
        return self._mac("csrf", session.nonce)

    def is_from_our_page(self, session: Session, token: str) -> bool:
        """Whether a request carries the token of its session."""
        return hmac.compare_digest(token.encode(), self.csrf_token(session).encode())

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
