"""One among several replicas, by a Lease of coordination.k8s.io."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime

from goldbrief.core.errors import AlreadyExistsError, GoldbriefError, NotFoundError, TransientError
from goldbrief.platform.kubernetes.api import KubernetesApi, Object
from goldbrief.platform.kubernetes.errors import CONFLICT

RENEW_S = 5.0
"""Between two renewals."""
_DURATION_S = 15.0
"""A lease that was not renewed for so long is free."""
_DEADLINE_S = 10.0
"""A holder that could not renew for so long steps back, before others may step in."""


class LeaderLease:
    """A lease that one process at a time holds, and that comes free when it dies.

    The rules are those of client-go's leaderelection: changes are compare-and-set, and a lease
    has run out when *we* have seen it unchanged for its duration. Clocks of different nodes are
    never compared.

    Args:
        api: Of the namespace that has the lease.
        name: Of the lease.
        clock: Seconds that only grow.
    """

    def __init__(
        self, api: KubernetesApi, name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._name = name
        self._clock = clock
        self._identity = f"{socket.gethostname()}_{secrets.token_hex(4)}"
        self._renewed_at: float | None = None
        self._seen: Object = {}
        self._seen_at = 0.0

    @property
    def is_held(self) -> bool:
        """Whether we hold it."""
        renewed = self._renewed_at
        return renewed is not None and self._clock() < renewed + _DEADLINE_S

    def hold(self) -> None:
        """Take it when it is free, or renew it; `is_held` then tells who has it.

        Raises:
            GoldbriefError: The server cannot be asked, or refuses us.
        """
        asked_at = self._clock()
        try:
            is_ours = self._take()
        except AlreadyExistsError:
            return  # another was faster
        except TransientError as error:
            if error.reason != CONFLICT:
                raise
            return
        self._renewed_at = asked_at if is_ours else None

    def release(self) -> None:
        """Let another have it at once; where that fails, it runs out."""
        if not self.is_held:
            return
        self._renewed_at = None
        with contextlib.suppress(GoldbriefError):
            lease = self._api.lease(self._name)
            if lease["spec"].get("holderIdentity") == self._identity:
                spec = {**lease["spec"], "holderIdentity": "", "renewTime": _now()}
                self._api.replace_lease({**lease, "spec": spec})

    def _take(self) -> bool:
        try:
            lease = self._api.lease(self._name)
        except NotFoundError:
            metadata = {"name": self._name, "namespace": self._api.namespace}
            self._api.create_lease({"metadata": metadata, "spec": self._renewed({})})
            return True
        spec = lease.get("spec") or {}
        if spec != self._seen:
            self._seen, self._seen_at = spec, self._clock()
        if spec.get("holderIdentity") not in (None, "", self._identity):
            lasts = float(spec.get("leaseDurationSeconds", _DURATION_S))
            if self._clock() < self._seen_at + lasts:
                return False
        self._api.replace_lease({**lease, "spec": self._renewed(spec)})
        return True

    def _renewed(self, spec: Object) -> Object:
        now = _now()
        renewed = {
            **spec,
            "holderIdentity": self._identity,
            "leaseDurationSeconds": int(_DURATION_S),
            "renewTime": now,
        }
        if spec.get("holderIdentity") != self._identity:
            renewed["acquireTime"] = now
            renewed["leaseTransitions"] = spec.get("leaseTransitions", 0) + bool(spec)
        return renewed


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
