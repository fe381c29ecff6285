"""Accounts of the console: a name, a role, and a token of which only the hash is kept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Literal, get_args

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_text
from goldbrief.evaluation.reviews.tables import (
    ReviewAccount,
    account_of_token,
    all_accounts,
    now,
)
from goldbrief.platform.ledger import Database

Role = Literal["reviewer", "lead", "operator"]
_DEFAULT_HOURS = 14 * 24.0
_LONGEST_NAME = 60


class Accounts:
    """Makes accounts and finds them by their token.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, role: str, is_simulated: bool = False, hours: float = 0.0
    ) -> tuple[ReviewAccount, str]:
        """Make an account, or give one a new token and role; its old token is void.

        Args:
            name: At most 60 characters, without line breaks.
            role: See Role.
            is_simulated: Whether a program plays it. That never changes for a name, so that what
                a program said is never taken for a person's word.
            hours: How long the token is good for; 0 means two weeks.

        Returns:
            The account, and the token: its hash alone is kept.

        Raises:
            InvalidInputError: The name or role cannot be, or a person's name is to be simulated.
        """
        name = " ".join(name.split())
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidInputError(
                f"{name!r} cannot name an account.",
                reason="INVALID_ACCOUNT_NAME",
                remedy=f"Use 1 to {_LONGEST_NAME} printable characters.",
            )
        if role not in get_args(Role) or hours < 0:
            raise InvalidInputError(
                f"There is no role {role!r}, or {hours} hours are no time.",
                reason="INVALID_ACCOUNT",
                remedy=f"Roles: {', '.join(get_args(Role))}; hours from 0 on.",
            )
        token = secrets.token_urlsafe(32)
        with self._database.transaction() as session:
            expires_at = now(session) + 3600 * (hours or _DEFAULT_HOURS)
            account = session.get(ReviewAccount, name, with_for_update=True)
            if account is None:
                account = ReviewAccount(name=name, is_simulated=is_simulated)
                session.add(account)
            elif account.is_simulated != is_simulated:
                kind = "simulated" if account.is_simulated else "a person's"
                raise InvalidInputError(
                    f"The account {name} is {kind} and stays so.",
                    reason="ACCOUNT_KIND_CHANGED",
                    remedy="Take another name.",
                )
            account.role = role
            account.token_sha256 = sha256_text(token)
            account.expires_at = expires_at
        return account, token

    def sign_in(self, token: str) -> ReviewAccount:
        """Return the account of a token; raises NotFoundError, also for one that expired."""
        with self._database.transaction() as session:
            account = account_of_token(session, sha256_text(token))
            if account is not None and account.expires_at > now(session):
                return account
        raise NotFoundError(
            "The link is not valid, or not any more.",
            reason="TOKEN_NOT_FOUND",
            remedy="Ask for a new one.",
        )

    def all(self) -> Sequence[ReviewAccount]:
        """All accounts, by name."""
        with self._database.transaction() as session:
            return all_accounts(session)

    def revoke(self, name: str) -> ReviewAccount:
        """Void an account's token; raises NotFoundError."""
        with self._database.transaction() as session:
            account = session.get(ReviewAccount, name, with_for_update=True)
            if account is None:
                raise account_not_found(name)
            account.expires_at = 0.0
            return account


def account_not_found(name: str) -> NotFoundError:
    """What is raised where there is no account of that name."""
    return NotFoundError(
        f"There is no account {name!r}.",
        reason="ACCOUNT_NOT_FOUND",
        remedy="`goldbrief reviews invite NAME` makes one.",
    )
