"""News of training Jobs and their pods, as they come."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from goldbrief.core.errors import GoldbriefError
from goldbrief.finetuning.kubernetes_jobs import RUN_LABEL
from goldbrief.finetuning.leader_lease import RENEW_S, LeaderLease
from goldbrief.platform.kubernetes.api import Kind, KubernetesApi, Object
from goldbrief.platform.kubernetes.errors import EXPIRED

_log = logging.getLogger(__name__)

_TURN_S = 0.1
_LONGEST_PAUSE_S = 60.0
_LIVED_S = 10.0
"""A stream that lasted so long was no failure, however it ended."""


class JobWatch:
    """Wakes the runs whose Jobs or pods have changed.

    It decides nothing: a run that is woken looks at its Job itself, so that doubled and outdated
    news do no harm, and what is missed comes with the next look (`JobLauncher.poll_s`). One
    replica watches at a time, to spare the API server; two would be right as well.

    Args:
        api: Of the namespace that has the Jobs.
        lease: Says whether this replica watches.
        wake: Called with the id of a job, as its label says; False asks to be called again.
    """

    def __init__(self, api: KubernetesApi, lease: LeaderLease, wake: Callable[[str], bool]) -> None:
        self._api = api
        self._lease = lease
        self._wake = wake
        self._changed: SimpleQueue[str] = SimpleQueue()
        self._lease_trouble = _Trouble("Jobs are not watched, only looked at")
        self._wake_trouble = _Trouble("Runs are not woken")

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop; whatever goes wrong is logged and tried again."""
        kinds: tuple[Kind, ...] = ("jobs", "pods")
        for kind in kinds:
            stream = _Stream(self._api, kind, self._lease, self._changed.put)
            # a daemon: nothing interrupts one that waits for the server's next word
            threading.Thread(
                target=stream.follow, args=(stop,), name=f"watch-{kind}", daemon=True
            ).start()
        next_at = 0.0
        while not stop.wait(_TURN_S):
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + self._campaign()
            self._wake_changed(stop)
        self._lease.release()

    def _campaign(self) -> float:
        """Take or renew the lease; returns the seconds until the next time."""
        try:
            self._lease.hold()
        except GoldbriefError as error:
            return self._lease_trouble.tell(error)
        self._lease_trouble.is_over()
        return RENEW_S * random.uniform(0.8, 1.0)

    def _wake_changed(self, stop: threading.Event) -> None:
        changed = set(_drained(self._changed))
        for job_id in sorted(changed):
            try:
                if self._wake(job_id):
                    changed.discard(job_id)
            except GoldbriefError as error:
                stop.wait(min(self._wake_trouble.tell(error), 1.0))
                break
        else:
            self._wake_trouble.is_over()
        for job_id in changed:
            self._changed.put(job_id)


class _Stream:
    """Lists objects of a kind and then follows them; lists again whenever in doubt."""

    def __init__(
        self, api: KubernetesApi, kind: Kind, lease: LeaderLease, tell: Callable[[str], None]
    ) -> None:
        self._api = api
        self._kind = kind
        self._lease = lease
        self._tell = tell
        self._version = ""
        """Of what was seen last; empty when something may have been missed."""
        self._known: set[str] = set()
        """Jobs that were seen: those that a list no longer has were deleted unseen."""
        self._trouble = _Trouble(f"The watch of {kind} broke")

    def follow(self, stop: threading.Event) -> None:
        """Follow, while the lease is held, until told to stop."""
        while not stop.is_set():
            if not self._lease.is_held:
                self._version = ""
                stop.wait(_TURN_S)
                continue
            began = time.monotonic()
            try:
                self._list()
                self._watch(stop)
                pause = 1.0  # where a proxy ends every stream at once
            except GoldbriefError as error:
                self._version = ""
                if time.monotonic() - began > _LIVED_S:
                    self._trouble.is_over()
                pause = self._trouble.tell(error)
            stop.wait(pause)

    def _list(self) -> None:
        if self._version:
            return
        objects, self._version = self._api.listed(self._kind, RUN_LABEL)
        listed = {_job_of(each) for each in objects}
        for job_id in self._known | listed:
            self._tell(job_id)
        self._known = listed

    def _watch(self, stop: threading.Event) -> None:
        for event in self._api.watch(self._kind, RUN_LABEL, self._version):
            self._version = event["object"]["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self._known.add(_job_of(event["object"]))
                self._tell(_job_of(event["object"]))
            if stop.is_set() or not self._lease.is_held:
                return
        self._trouble.is_over()


class _Trouble:
    """Tells of a trouble once, and how long to wait: longer and longer, until it is over."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._times = 0
        self._told = ""

    def tell(self, error: GoldbriefError) -> float:
        """Returns the seconds to wait, 60 at most and not all processes alike."""
        if error.reason not in (self._told, EXPIRED):
            _log.warning("%s; trying again: %s", self._what, error)
            self._told = error.reason
        self._times += 1
        return min(_LONGEST_PAUSE_S, 2.0 ** min(self._times, 10)) * random.uniform(0.25, 0.5)

    def is_over(self) -> None:
        """What comes next is a new trouble."""
        self._times, self._told = 0, ""


def _drained(queue: SimpleQueue[str]) -> list[str]:
    drained = []
    try:
        while True:
            drained.append(queue.get_nowait())
    except Empty:
        return drained


def _job_of(found: Object) -> str:
    return str(found["metadata"]["labels"][RUN_LABEL])
