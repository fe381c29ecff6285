"""What an S3 says no with becomes our words; what it keeps is tested on a real one."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from goldbrief.core.errors import ResourceExhaustedError
from goldbrief.core.settings import Settings
from goldbrief.platform.storage import open_store


class FullStore(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"<Error><Code>XMinioStorageFull</Code><Message>no space</Message></Error>"
        self.send_response(507)
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


@pytest.fixture
def full_store(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), FullStore)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield open_store(
        Settings(
            home=tmp_path, objects="s3://briefs", s3_endpoint=f"127.0.0.1:{server.server_port}",
            s3_secure=False, s3_access_key="key", s3_secret_key="secret",
        )
    )  # fmt: skip
    server.shutdown()
    server.server_close()


def test_a_full_volume_is_said_with_what_to_do(full_store):
    with pytest.raises(ResourceExhaustedError) as caught:
        full_store.put("datasets/briefs/train.jsonl", b"{}")
    assert caught.value.reason == "DISK_FULL"
    assert "Enlarge its volume" in caught.value.remedy
