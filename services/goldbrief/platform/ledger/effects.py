"""Effects: calls to the outside whose results are recorded once.

A call is at least once, its recorded effect exactly once: a crash between the answer
and the record makes the call again, which is counted in `starts`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from goldbrief.core.hashing import canonical_json, sha256_bytes, sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.spending import Spending
from goldbrief.platform.ledger.tables import Effect, Work


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
        work: Work,
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
        recorded_at = self._begin(work, name, key)
        if recorded_at is not None:
            return json.loads(self._store.get(recorded_at))
        value, usage = call()
        data = canonical_json(value)
        result_key = f"effects/{sha256_bytes(data)}.json"
        self._store.put(result_key, data)
        recorded_at = self._record(work, key, result_key, usage)
        # another worker's answer may have been recorded meanwhile
        return json.loads(data if recorded_at == result_key else self._store.get(recorded_at))

    def _begin(self, work: Work, name: str, key: str) -> str | None:
        with self._database.transaction() as session:
            effect = _find(session, key)
            if effect is None or not effect.recorded:
                self._spending.require(session, work.group_id, name)
            if effect is None:
                session.add(
                    Effect(
                        key=key,
                        work_id=work.id,
                        name=name,
                        recorded=False,
                        starts=1,
                        result_key="",
                        prompt_tokens=0,
                        completion_tokens=0,
                        cost=0.0,
                    )
                )
            elif effect.recorded:
                return effect.result_key
            else:
                effect.starts += 1
        return None

    def _record(self, work: Work, key: str, result_key: str, usage: EffectUsage) -> str:
        with self._database.transaction() as session:
            effect = session.get_one(Effect, key, with_for_update=True)
            if not effect.recorded:
                effect.recorded = True
                effect.result_key = result_key
                effect.prompt_tokens = usage.prompt_tokens
                effect.completion_tokens = usage.completion_tokens
                effect.cost = self._spending.add(
                    session,
                    work.group_id,
                    effect.name,
                    usage.prompt_tokens,
                    usage.completion_tokens,
                )
            return effect.result_key


def _find(session: Session, key: str) -> Effect | None:
    return session.scalar(select(Effect).where(Effect.key == key).with_for_update())
