"""An API server over real HTTP that knows Jobs, pods, events and logs, and can fail."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from kubernetes import client
from urllib3.util.retry import Retry

from goldbrief.finetuning.kubernetes_api import KubernetesApi

NAMESPACE = "briefs"
_PATH = re.compile(
    rf"/(?:api/v1|apis/batch/v1)/namespaces/{NAMESPACE}/(?P<kind>jobs|pods|events)"
    r"(?:/(?P<name>[^/]+))?(?P<log>/log)?"
)


class FakeCluster:
    """What the server holds; the test plays controllers and kubelet."""

    def __init__(self):
        self.objects = {"jobs": {}, "pods": {}, "events": {}}
        self.logs = {}
        self.faults = deque()
        """Each is used up by one request: a status code, `hang`, `reset`, `garbage`, or
        `lost`, which does what is asked and loses the answer."""
        self.refusal = None
        """(code, reason, message) of every create, as admission would answer."""
        self.requests = []
        self.pods_take_their_time = False
        self._clock = 0

    def now(self):
        self._clock += 1
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + self._clock))

    def job(self, name=None):
        return self.objects["jobs"][name] if name else next(iter(self.objects["jobs"].values()))

    def end_job(self, kind, reason="", message="", name=None):
        condition = {"type": kind, "status": "True", "reason": reason, "message": message}
        self.job(name).setdefault("status", {})["conditions"] = [condition]

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

    def finish_deletions(self):
        for name, job in list(self.objects["jobs"].items()):
            if "deletionTimestamp" in job["metadata"]:
                del self.objects["jobs"][name]

    def create(self, body):
        name = body["metadata"]["name"]
        if self.refusal:
            code, reason, message = self.refusal
            return code, failure(code, reason, message)
        if name in self.objects["jobs"]:
            return 409, failure(409, "AlreadyExists", f'jobs.batch "{name}" already exists')
        body["metadata"].update(uid=f"uid-{name}", creationTimestamp=self.now())
        body["status"] = {}
        self.objects["jobs"][name] = body
        return 201, body

    def delete(self, name, options):
        if name not in self.objects["jobs"]:
            return 404, failure(404, "NotFound", f'jobs.batch "{name}" not found')
        assert options["propagationPolicy"] == "Foreground"
        self.job(name)["metadata"]["deletionTimestamp"] = self.now()
        if not self.pods_take_their_time:
            self.finish_deletions()
        return 200, {}

    def listed(self, kind, query):
        items = list(self.objects[kind].values())
        if "labelSelector" in query:
            wanted = dict(part.split("=") for part in query["labelSelector"][0].split(","))
            items = [i for i in items if wanted.items() <= i["metadata"]["labels"].items()]
        if "fieldSelector" in query:
            uid = query["fieldSelector"][0].removeprefix("involvedObject.uid=")
            items = [i for i in items if i["involvedObject"]["uid"] == uid]
        return {"items": items or None}


def failure(code, reason, message):
    return {
        "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message,
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def cluster(self):
        return self.server.cluster

    def do_GET(self):
        self._answer()

    do_POST = do_DELETE = do_GET  # noqa: N815 - http.server looks for these names

    def log_message(self, *_):
        pass

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.cluster.requests.append((self.command, self.path, self.headers["Authorization"]))
        fault = self.cluster.faults.popleft() if self.cluster.faults else None
        if fault == "hang":
            self.server.stopping.wait(30)
        if fault in ("hang", "reset"):
            self.close_connection = True
        elif isinstance(fault, int):
            self._send(fault, failure(fault, "Faulty", "as the test asked"))
        elif fault == "garbage":
            self._send_bytes(502, b"<html>bad gateway</html>", "text/html")
        else:
            code, answer = self._do(body)
            if fault == "lost":
                self.close_connection = True
            elif isinstance(answer, str):
                self._send_bytes(code, answer.encode(), "text/plain")
            else:
                self._send(code, answer)

    def _do(self, body):
        url = urlsplit(self.path)
        match = _PATH.fullmatch(url.path)
        assert match, self.path
        if match["log"]:
            log = self.cluster.logs.get(match["name"])
            return (200, log) if log is not None else (400, failure(400, "BadRequest", "no log"))
        if self.command == "POST":
            return self.cluster.create(body)
        if self.command == "DELETE":
            return self.cluster.delete(match["name"], body)
        return 200, self.cluster.listed(match["kind"], parse_qs(url.query))

    def _send(self, code, answer):
        self._send_bytes(code, json.dumps(answer).encode(), "application/json")

    def _send_bytes(self, code, data, kind):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def fake_kubernetes():
    """Run the server; yields the cluster and an API that asks it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.cluster = FakeCluster()
    server.stopping = threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    configuration = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
    configuration.api_key["BearerToken"] = "bearer of-the-pod"
    configuration.proxy = None
    configuration.retries = Retry(total=0)
    try:
        yield server.cluster, KubernetesApi(client.ApiClient(configuration), NAMESPACE)
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
