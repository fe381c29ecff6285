"""An API server over real HTTP in front of a fake cluster, and it can fail."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from kubernetes import client
from urllib3.util.retry import Retry

from goldbrief.platform.kubernetes.api import KubernetesApi

from .fake_cluster import FakeCluster, failure

NAMESPACE = "briefs"
_PATH = re.compile(
    rf"/(?:api/v1|apis/batch/v1|apis/coordination.k8s.io/v1)/namespaces/{NAMESPACE}"
    r"/(?P<kind>jobs|pods|events|leases)(?:/(?P<name>[^/]+))?(?P<log>/log)?"
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def cluster(self):
        return self.server.cluster

    def do_GET(self):
        self._answer()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server looks for these names

    def log_message(self, *_):
        pass

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.cluster.requests.append((self.command, self.path, self.headers["Authorization"]))
        fault = self.cluster.faults.popleft() if self.cluster.faults else None
        if fault == "hang":
            self.cluster.closing.wait(30)
        if fault in ("hang", "reset") or self.cluster.is_down:
            self.close_connection = True
        elif isinstance(fault, int):
            self._send(fault, failure(fault, "Faulty", "as the test asked"))
        elif fault == "garbage":
            self._send_bytes(502, b"<html>bad gateway</html>", "text/html")
        elif "watch=true" in self.path:
            self._stream()
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
        kind, name = match["kind"], match["name"]
        if match["log"]:
            log = self.cluster.logs.get(name)
            return (200, log) if log is not None else (400, failure(400, "BadRequest", "no log"))
        if self.command == "POST":
            return self.cluster.create(kind, body)
        if self.command == "PUT":
            return self.cluster.replace(kind, name, body)
        if self.command == "DELETE":
            return self.cluster.delete(name, body)
        if name:
            return self.cluster.read(kind, name)
        return 200, self.cluster.listed(kind, parse_qs(url.query))

    def _stream(self):
        url = urlsplit(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in self.cluster.watched(_PATH.fullmatch(url.path)["kind"], parse_qs(url.query)):
            if line is None:
                continue
            faults = self.cluster.stream_faults
            fault = faults.popleft() if faults else None
            if fault == "cut":
                self._chunk(line[: len(line) // 2])
                self.close_connection = True
                return
            copies = {"lost": b"", "doubled": line + line, "garbage": b"<html>\n"}
            self._chunk(copies.get(fault, line))
        if self.cluster.is_down:
            self.close_connection = True
        else:
            self._chunk(b"", last=True)

    def _chunk(self, data, last=False):
        if data or last:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

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
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    configuration = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
    configuration.api_key["BearerToken"] = "bearer of-the-pod"
    configuration.proxy = None
    configuration.retries = Retry(total=0)
    try:
        yield server.cluster, KubernetesApi(client.ApiClient(configuration), NAMESPACE)
    finally:
        server.cluster.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
