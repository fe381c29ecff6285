"""What an S3 says no with becomes our words; what it keeps is tested on a real one."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from goldbrief.core.errors import AwayError, ResourceExhaustedError, RestingError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.storage import open_store
from goldbrief.testing.servers import free_port


class RefusingStore(BaseHTTPRequestHandler):
    """Takes no object, for a reason."""

    status, code = 0, ""

    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        body = b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class FullStore(RefusingStore):
    status, code = 507, "XMinioStorageFull"


class FailingStore(RefusingStore):
    status, code = 503, "SlowDown"


class StoreOfAnotherTime(RefusingStore):
    status, code = 403, "RequestTimeTooSkewed"


class HangingUp(RefusingStore):
    """Ends the connection amid an object as often as `halves` says."""

    halves = 0
    whole = b"Revenue rose."

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.whole)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 30 Nov 2026 02:00:00 GMT")
        self.end_headers()

    def do_GET(self):
        if "location" in self.path:
            super().do_GET()
            return
        cls = type(self)
        cls.halves -= 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.whole)))
        self.end_headers()
        self.wfile.write(self.whole[:5] if cls.halves >= 0 else self.whole)


def opened(home, port):
    return open_store(
        Settings(
            home=home, objects="s3://briefs", s3_endpoint=f"127.0.0.1:{port}", s3_secure=False,
            s3_access_key="key", s3_secret_key="secret",
        )
    )  # fmt: skip


@pytest.fixture
def store(request, tmp_path):
    server = HTTPServer(("127.0.0.1", 0), request.param)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield opened(tmp_path, server.server_port)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("store", [FullStore], indirect=True)
def test_a_full_volume_is_said_with_what_to_do(store):
    with pytest.raises(ResourceExhaustedError) as caught:
        store.put("datasets/briefs/train.jsonl", b"{}")
    assert caught.value.reason == "DISK_FULL"
    assert "Enlarge its volume" in caught.value.remedy


@pytest.mark.parametrize("store", [FailingStore], indirect=True)
def test_a_store_that_only_fails_is_away_and_work_waits_for_it(store):
    with pytest.raises(AwayError) as caught:
        store.put("candidates/1.json", b"{}")
    assert caught.value.reason == "OBJECT_STORE_UNAVAILABLE"


def test_a_store_that_nobody_reaches_is_away(tmp_path):
    with pytest.raises(AwayError, match="The object store failed on briefs"):
        opened(tmp_path, free_port())


@pytest.mark.parametrize("store", [StoreOfAnotherTime], indirect=True)
def test_with_a_wrong_clock_work_waits_for_other_machines(store):
    with pytest.raises(RestingError) as caught:
        store.put("datasets/briefs/train.jsonl", b"{}")
    assert caught.value.reason == "CLOCK_WRONG"
    assert "Set this machine's clock" in caught.value.remedy


@pytest.mark.parametrize("store", [HangingUp], indirect=True)
def test_half_an_object_is_asked_for_again(store, tmp_path):
    HangingUp.halves = 2
    assert store.get("candidates/1.json") == HangingUp.whole
    HangingUp.halves = 2
    store.get_file("candidates/1.json", tmp_path / "1.json")
    assert (tmp_path / "1.json").read_bytes() == HangingUp.whole


@pytest.mark.parametrize("store", [HangingUp], indirect=True)
def test_a_store_that_never_gives_the_whole_has_failed(store):
    HangingUp.halves = 100
    with pytest.raises(TransientError) as caught:
        store.get("candidates/1.json")
    assert caught.value.reason == "OBJECT_STORE_UNAVAILABLE"
    assert HangingUp.halves > 90, "it is not asked for ever"
