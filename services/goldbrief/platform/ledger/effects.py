"""Effects: calls to the outside whose results are recorded once.

A call is at least once, its recorded effect exactly once: a crash between the answer
and the record makes the call again, which is counted in `starts`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, bindparam, case, select, update
from sqlalchemy.orm import Session

from goldbrief.core.contents import get_content, put_content
from goldbrief.core.errors import TransientError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.spending import Spending
from goldbrief.platform.ledger.tables import Effect, Work, insert_into
from goldbrief.platform.ledger.works import WorkFacts
from goldbrief.platform.tracing.spans import span

_T = TypeVar("_T")

_PATIENCE_S = 15.0
"""How long an answer that was paid for waits for a store or database that is away. Shorter than a
lease: then another worker begins the call anew."""
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class EffectUsage:
    """What a call used, in tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Effects:
    """Recorded calls.

    Args:
        database: Where they are recorded.
        store: Where their results lie, under the hash of their content.
        spending: Allows and counts the paid ones.
    """

    def __init__(self, database: Database, store: ObjectStore, spending: Spending) -> None:
        self._database = database
        self._store = store
        self._spending = spending

    def once(
        self,
        work: Work | WorkFacts,
        name: str,
        identity: Any,
        call: Callable[[], tuple[Any, EffectUsage]],
    ) -> Any:
        """Return the recorded result of a call, making the call when there is none.

        Args:
            work: Work on whose behalf it is made; a later work with another request id
                calls anew.
            name: Kind of call.
            identity: JSON value of everything that determines the call.
            call: Makes it; returns a JSON value and what it used.

        Returns:
            The JSON value, from this call or an earlier one.

        Raises:
            BudgetExhaustedError: The work's group has spent what it may.
            FailedPreconditionError: It has a budget, but the call's price is unknown.
        """
        key = sha256_json([work.kind, work.request_id, name, identity])
        recorded_at = self._database.run(lambda session: self._begin(session, work, name, key))
        if not recorded_at:
            with span(name):
                value, usage = call()
            result_key = _patiently(lambda: put_content(self._store, "effects", value))
            recorded_at = _patiently(
                lambda: self._database.run(
                    lambda session: self._record(session, work, name, key, result_key, usage)
                )
            )
            if recorded_at == result_key:  # no other worker's answer was recorded meanwhile
                return value
        return json.loads(get_content(self._store, recorded_at))

    def _begin(self, session: Session, work: Work | WorkFacts, name: str, key: str) -> str:
        """Count a start; returns where the recorded result is, or empty when there is none."""
        connection = session.connection()
        call = {"key": key, "work_id": work.id, "name": name}
        result_key = connection.execute(_start(connection.dialect.name), call).scalar_one()
        if not result_key:
            self._spending.require(session, work.group_id, name)
        return str(result_key)

    def _record(
        self,
        session: Session,
        work: Work | WorkFacts,
        name: str,
        key: str,
        result_key: str,
        usage: EffectUsage,
    ) -> str:
        """Record a result unless there is one; returns where the recorded one is."""
        cost = self._spending.cost(name, usage.prompt_tokens, usage.completion_tokens)
        new = {
            "effect": key,
            "new_result_key": result_key,
            "new_prompt_tokens": usage.prompt_tokens,
            "new_completion_tokens": usage.completion_tokens,
            "new_cost": cost,
        }
        if session.connection().execute(_RECORD, new).one_or_none() is None:
            return session.scalars(select(Effect.result_key).where(Effect.key == key)).one()
        self._spending.add(session, work.group_id, cost)
        return result_key


@cache
def _start(dialect: str) -> Insert:
    begun = insert_into(Effect, dialect).values(
        key=bindparam("key"),
        work_id=bindparam("work_id"),
        name=bindparam("name"),
        recorded=False,
        starts=1,
        result_key="",
        prompt_tokens=0,
        completion_tokens=0,
        cost=0.0,
    )
    again = Effect.starts + case((Effect.recorded, 0), else_=1)
    counted = begun.on_conflict_do_update(index_elements=["key"], set_={"starts": again})
    return counted.returning(Effect.result_key)


_RECORD = (
    update(Effect)
    .where(Effect.key == bindparam("effect"), ~Effect.recorded)
    .values(
        recorded=True,
        result_key=bindparam("new_result_key"),
        prompt_tokens=bindparam("new_prompt_tokens"),
        completion_tokens=bindparam("new_completion_tokens"),
        cost=bindparam("new_cost"),
    )
    .returning(Effect.key)
)


def _patiently(do: Callable[[], _T]) -> _T:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return do()
        except TransientError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_S)
