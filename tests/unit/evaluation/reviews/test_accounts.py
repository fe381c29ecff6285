"""Accounts: who may sign in, for how long, and that only a hash is kept."""

from __future__ import annotations

import pytest

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.evaluation.reviews.tables import ReviewAccount

from .conftest import House


def test_a_token_finds_its_account_and_is_not_kept(house: House) -> None:
    _, token = house.accounts.create("Ann  Lee", "lead")
    account = house.accounts.sign_in(token)
    assert (account.name, account.role, account.is_simulated) == ("Ann Lee", "lead", False)
    assert token not in str(account.__dict__)
    with pytest.raises(NotFoundError, match="not valid"):
        house.accounts.sign_in(token[:-1])


def test_a_new_token_voids_the_old_one(house: House) -> None:
    _, old = house.accounts.create("ann", "reviewer")
    _, new = house.accounts.create("ann", "lead")
    assert house.accounts.sign_in(new).role == "lead"
    with pytest.raises(NotFoundError):
        house.accounts.sign_in(old)
    assert [account.name for account in house.accounts.all()] == ["ann"]


def test_tokens_expire_and_can_be_revoked(house: House) -> None:
    _, token = house.accounts.create("ann", "reviewer", hours=1)
    with house.database.transaction() as session:
        session.get_one(ReviewAccount, "ann").expires_at -= 3601
    with pytest.raises(NotFoundError):
        house.accounts.sign_in(token)
    _, token = house.accounts.create("ann", "reviewer")
    house.accounts.revoke("ann")
    with pytest.raises(NotFoundError):
        house.accounts.sign_in(token)
    with pytest.raises(NotFoundError, match="zoe"):
        house.accounts.revoke("zoe")


@pytest.mark.parametrize(
    ("name", "role"), [("", "lead"), ("x" * 61, "lead"), ("a\x00b", "lead"), ("ann", "boss")]
)
def test_accounts_that_cannot_be_are_refused(house: House, name: str, role: str) -> None:
    with pytest.raises(InvalidInputError):
        house.accounts.create(name, role)


def test_a_persons_name_never_becomes_a_programs(house: House) -> None:
    house.accounts.create("ann", "reviewer")
    with pytest.raises(InvalidInputError, match="a person's"):
        house.accounts.create("ann", "reviewer", is_simulated=True)
