"""What an S3 says no with becomes our words; what it keeps is tested on a real one."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from goldbrief.core.errors import ResourceExhaustedError, RestingError
from goldbrief.core.settings import Settings
from goldbrief.platform.storage import open_store


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


class StoreOfAnotherTime(RefusingStore):
    status, code = 403, "RequestTimeTooSkewed"


@pytest.fixture
def store(request, tmp_path):
    server = HTTPServer(("127.0.0.1", 0), request.param)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield open_store(
        Settings(
            home=tmp_path, objects="s3://briefs", s3_endpoint=f"127.0.0.1:{server.server_port}",
            s3_secure=False, s3_access_key="key", s3_secret_key="secret",
        )
    )  # fmt: skip
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("store", [FullStore], indirect=True)
def test_a_full_volume_is_said_with_what_to_do(store):
    with pytest.raises(ResourceExhaustedError) as caught:
        store.put("datasets/briefs/train.jsonl", b"{}")
    assert caught.value.reason == "DISK_FULL"
    assert "Enlarge its volume" in caught.value.remedy


@pytest.mark.parametrize("store", [StoreOfAnotherTime], indirect=True)
def test_with_a_wrong_clock_work_waits_for_other_machines(store):
    with pytest.raises(RestingError) as caught:
        store.put("datasets/briefs/train.jsonl", b"{}")
    assert caught.value.reason == "CLOCK_WRONG"
    assert "Set this machine's clock" in caught.value.remedy
