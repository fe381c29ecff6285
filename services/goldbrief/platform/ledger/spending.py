"""Spending: what paid calls cost, and the most that a group of works may spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from goldbrief.core.errors import BudgetExhaustedError, FailedPreconditionError
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Budget

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of a language model cost, in the user's own currency."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Cost of so many tokens."""
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / _MILLION


Prices = Mapping[str, Price | None]
"""Kind of call to its price; None for paid calls whose price nobody told. Others are free."""


class Spending:
    """Budgets of groups, and what they have spent.

    Args:
        database: Where they live.
        prices: Of the calls that this process makes.
    """

    def __init__(self, database: Database, prices: Prices) -> None:
        self._database = database
        self._prices = prices

    def set_limit(self, group_id: str, limit: float) -> None:
        """Allow a group to spend so much in all, what it has spent included; 0 is no limit."""
        with self._database.transaction() as session:
            budget = session.get(Budget, group_id, with_for_update=True)
            if budget is None:
                session.add(Budget(group_id=group_id, limit=limit, spent=0.0))
            else:
                budget.limit = limit

    def require(self, session: Session, group_id: str, name: str) -> None:
        """Make sure that a call may be made.

        Args:
            session: Of the transaction that begins the call.
            group_id: Of the work that makes it; empty for works without a budget.
            name: Kind of call.

        Raises:
            BudgetExhaustedError: The group has spent its budget.
            FailedPreconditionError: It has one, but the call's price is unknown.
        """
        if not group_id or name not in self._prices:
            return
        budget = session.connection().execute(_BUDGET, {"group": group_id}).one_or_none()
        if budget is None or not budget.limit:
            return
        if self._prices[name] is None:
            raise FailedPreconditionError(
                f"There is a budget, but no price for the tokens of the {name}.",
                reason="PRICE_UNKNOWN",
                remedy=f"Set GOLDBRIEF_{name.upper()}_PROMPT_PRICE and "
                f"GOLDBRIEF_{name.upper()}_COMPLETION_PRICE, or leave the budget out.",
            )
        if budget.spent >= budget.limit:
            raise BudgetExhaustedError(
                f"The budget of {budget.limit:g} is spent ({budget.spent:.2f}).",
                remedy="Raise `budget` in the recipe and run it again: it goes on from here.",
            )

    def cost(self, name: str, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens of a kind of call cost; 0 where no price is known."""
        price = self._prices.get(name)
        return price.of(prompt_tokens, completion_tokens) if price else 0.0

    def add(self, session: Session, group_id: str, cost: float) -> None:
        """Count a call's cost against its group's budget."""
        if cost:
            session.connection().execute(_SPEND, {"group": group_id, "cost": cost})


_BUDGET = select(Budget.limit, Budget.spent).where(Budget.group_id == bindparam("group"))
_SPEND = (
    update(Budget)
    .where(Budget.group_id == bindparam("group"))
    .values(spent=Budget.spent + bindparam("cost"))
)
