"""A cluster's objects and their history; the test plays controllers and kubelet."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections import deque


class FakeCluster:
    """Jobs, pods, events and leases, and what a watch tells of them."""

    def __init__(self):
        self.objects = {"jobs": {}, "pods": {}, "events": {}, "leases": {}}
        self.logs = {}
        self.faults = deque()
        """Each is used up by one request: a status code, `hang`, `reset`, `garbage`, or
        `lost`, which does what is asked and loses the answer."""
        self.stream_faults = deque()
        """Each is used up by one event of a watch: `cut` ends the stream in the middle of it,
        `lost` leaves it out, `doubled` sends it twice, `garbage` sends something else."""
        self.is_down = False
        self.refusal = None
        """(code, reason, message) of every create, as admission would answer."""
        self.requests = []
        self.pods_take_their_time = False
        self.page = 500
        self.closing = threading.Event()
        self._clock = 0
        self._version = 100
        self._forgotten = 0
        self._history = []
        self._moved = threading.Condition()

    def now(self):
        self._clock += 1
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + self._clock))

    def job(self, name=None):
        return self.objects["jobs"][name] if name else next(iter(self.objects["jobs"].values()))

    def end_job(self, kind, reason="", message="", name=None):
        condition = {"type": kind, "status": "True", "reason": reason, "message": message}
        self.job(name).setdefault("status", {})["conditions"] = [condition]
        self._happened("MODIFIED", "jobs", self.job(name))

    def add_pod(self, job, phase="Pending", state=None, conditions=(), **fields):
        number = len(self.objects["pods"]) + 1
        name = f"{job['metadata']['name']}-{number}"
        container = {"name": "training", "image": "goldbrief/training:0", "state": state or {}}
        metadata = {
            "name": name,
            "uid": f"pod-{number}",
            "labels": dict(job["spec"]["template"]["metadata"]["labels"]),
            "creationTimestamp": self.now(),
        }
        status = {
            "phase": phase,
            "conditions": list(conditions),
            "containerStatuses": [container] if state else None,
            **fields,
        }
        self.objects["pods"][name] = {"metadata": metadata, "status": status}
        self._happened("ADDED", "pods", self.objects["pods"][name])
        return self.objects["pods"][name]

    def add_event(self, uid, message, kind="Warning"):
        name = f"event-{len(self.objects['events'])}"
        self.objects["events"][name] = {
            "metadata": {"name": name},
            "involvedObject": {"uid": uid},
            "lastTimestamp": self.now(),
            "type": kind,
            "message": message,
        }

    def delete_by_hand(self, name=None):
        job = self.objects["jobs"].pop(name or self.job()["metadata"]["name"])
        self._happened("DELETED", "jobs", job)

    def finish_deletions(self):
        for name, job in list(self.objects["jobs"].items()):
            if "deletionTimestamp" in job["metadata"]:
                self.delete_by_hand(name)

    def forget_history(self):
        """What etcd's compaction does: watches from an earlier version are refused."""
        self._forgotten = self._version

    def create(self, kind, body):
        name = body["metadata"]["name"]
        if self.refusal:
            code, reason, message = self.refusal
            return code, failure(code, reason, message)
        if name in self.objects[kind]:
            return 409, failure(409, "AlreadyExists", f'{kind} "{name}" already exists')
        body["metadata"].update(uid=f"uid-{name}", creationTimestamp=self.now())
        if kind == "jobs":
            body["status"] = {}
        self.objects[kind][name] = body
        self._happened("ADDED", kind, body)
        return 201, body

    def replace(self, kind, name, body):
        if body["metadata"]["resourceVersion"] != self._stored_version(kind, name):
            return 409, failure(409, "Conflict", f'{kind} "{name}": the object has been modified')
        self.objects[kind][name] = body
        self._happened("MODIFIED", kind, body)
        return 200, body

    def read(self, kind, name):
        if name not in self.objects[kind]:
            return 404, failure(404, "NotFound", f'{kind} "{name}" not found')
        return 200, self.objects[kind][name]

    def delete(self, name, options):
        if name not in self.objects["jobs"]:
            return 404, failure(404, "NotFound", f'jobs.batch "{name}" not found')
        assert options["propagationPolicy"] == "Foreground"
        self.job(name)["metadata"]["deletionTimestamp"] = self.now()
        self._happened("MODIFIED", "jobs", self.job(name))
        if not self.pods_take_their_time:
            self.finish_deletions()
        return 200, {}

    def listed(self, kind, query):
        items = [item for item in self.objects[kind].values() if _matches(item, query)]
        begin = int(query.get("continue", ["0"])[0])
        end = begin + min(self.page, int(query["limit"][0]))
        metadata = {"resourceVersion": str(self._version)}
        if end < len(items):
            metadata["continue"] = str(end)
        return {"metadata": metadata, "items": items[begin:end] or None}

    def watched(self, kind, query):
        """Lines of a watch, as they come; None now and then, when nothing does."""
        seen = int(query["resourceVersion"][0])
        while not self.closing.is_set() and not self.is_down:
            if seen < self._forgotten:
                yield line("ERROR", failure(410, "Expired", "too old resource version"))
                return
            with self._moved:
                news = [entry for entry in self._history if entry[0] > seen]
                if not news:
                    self._moved.wait(0.02)
            for version, happened, of_kind, found in news:
                seen = version
                if of_kind == kind and _matches(found, query):
                    yield line(happened, found)
            yield None

    def _stored_version(self, kind, name):
        return self.objects[kind][name]["metadata"]["resourceVersion"]

    def _happened(self, happened, kind, found):
        with self._moved:
            self._version += 1
            found["metadata"]["resourceVersion"] = str(self._version)
            self._history.append((self._version, happened, kind, copy.deepcopy(found)))
            self._moved.notify_all()


def failure(code, reason, message):
    return {
        "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message,
    }  # fmt: skip


def line(happened, found):
    return json.dumps({"type": happened, "object": found}).encode() + b"\n"


def _matches(found, query):
    for selector in query.get("labelSelector", ()):
        labels = found["metadata"].get("labels", {})
        for part in selector.split(","):
            name, _, value = part.partition("=")
            if labels.get(name) is None or (value and labels[name] != value):
                return False
    for selector in query.get("fieldSelector", ()):
        if found["involvedObject"]["uid"] != selector.removeprefix("involvedObject.uid="):
            return False
    return True
