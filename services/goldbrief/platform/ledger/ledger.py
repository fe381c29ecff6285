"""The ledger as one object, for wiring."""

from __future__ import annotations

from types import MappingProxyType

from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.effects import Effects
from goldbrief.platform.ledger.items import Items
from goldbrief.platform.ledger.outbox import Outbox
from goldbrief.platform.ledger.spending import Prices, Spending
from goldbrief.platform.ledger.works import Works

_IDLE_LEASES = 0.5
"""Idle time before messages count as lost, as a share of the lease."""


class Ledger:
    """All of the ledger over one database.

    Args:
        database: Migrated database.
        store: Where effects keep their results.
        lease_s: Seconds that a claim lasts without renewal.
        prices: Of the paid calls that this process makes.
    """

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        lease_s: float = 30.0,
        prices: Prices = MappingProxyType({}),
    ) -> None:
        self.database = database
        self.works = Works(database)
        self.items = Items(database, lease_s)
        self.spending = Spending(database, prices)
        self.effects = Effects(database, store, self.spending)
        self.outbox = Outbox(database, idle_s=lease_s * _IDLE_LEASES)
