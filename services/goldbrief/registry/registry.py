"""The registry put together: who finds versions, moves aliases, delivers, decides and watches."""

from __future__ import annotations

from goldbrief.core.seams import ObjectStore, Replicas
from goldbrief.platform.ledger import Ledger
from goldbrief.platform.signing import Signer
from goldbrief.registry.aliases import Aliases
from goldbrief.registry.canaries import Tolerance
from goldbrief.registry.canary_watch import CanaryWatch
from goldbrief.registry.decisions import DecisionLog
from goldbrief.registry.delivery import Delivery, Rollout
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.promotion_stages import PromotionStages
from goldbrief.registry.promotions import Promotions
from goldbrief.registry.signatures import ManifestTrust


class Registry:
    """All parts, made for each other.

    Args:
        ledger: Where promotions are worked on.
        store: Holds the versions' files.
        replicas: Of the engine that serves them.
        signer: Vouches for versions and decisions.
        trust: Says whose versions may be served.
        tolerance: How much worse than the served version a canary may be.
        rollout: See Delivery.
        wait_s: See Delivery.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: ObjectStore,
        replicas: Replicas,
        signer: Signer,
        trust: ManifestTrust,
        *,
        tolerance: Tolerance = Tolerance(),  # noqa: B008 - frozen
        rollout: Rollout | None = None,
        wait_s: float = 20.0,
    ) -> None:
        database = ledger.database
        self.ledger = ledger
        self.store = store
        self.trust = trust
        self.versions = ModelVersions(database, store, signer)
        self.decisions = DecisionLog(database, signer, trust.verifier)
        self.aliases = Aliases(database, self.versions, self.decisions)
        self.delivery = Delivery(store, replicas, trust, rollout, self.aliases.served_names, wait_s)
        self.promotions = Promotions(ledger.works, self.versions)
        self.watch = CanaryWatch(database, tolerance)
        self.stages = PromotionStages(
            self.versions, self.aliases, self.delivery, self.watch, store, replicas
        )
