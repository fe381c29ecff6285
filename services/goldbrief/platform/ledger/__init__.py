"""Durable fan-out: works, items, recorded effects, outbox and events in one database.

The database is the truth and the broker only a doorbell. See docs/architecture.md.
"""

from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.effects import Effects, EffectUsage
from goldbrief.platform.ledger.items import Claim, Items
from goldbrief.platform.ledger.ledger import Ledger
from goldbrief.platform.ledger.tables import Base, Event, Item, Work
from goldbrief.platform.ledger.transitions import Advance, Finish, Hold, Later, Transition
from goldbrief.platform.ledger.works import NewWork, WorkFacts, Works

__all__ = [
    "Advance",
    "Base",
    "Claim",
    "Database",
    "EffectUsage",
    "Effects",
    "Event",
    "Finish",
    "Hold",
    "Item",
    "Items",
    "Later",
    "Ledger",
    "NewWork",
    "Transition",
    "Work",
    "WorkFacts",
    "Works",
]
