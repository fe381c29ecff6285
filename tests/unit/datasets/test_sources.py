"""Articles are read from the web as they are from a folder; S3 is in tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.core.plans import ImportPolicy
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.sources import Source
from goldbrief.platform.fetching import Fetcher
from goldbrief.platform.ledger import Finish

from .nasty_files import word_document
from .samples import Workplace, make_pdf, prose

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGES = {
    "/calder.html": (f"<p>Calder’s {prose(1)}</p>".encode("cp1252"), "text/html; charset=cp1252"),
    "/report": (make_pdf(prose(2)), "application/pdf"),
    "/merino.md": (f"# Merino\n\n{prose(3)}".encode(), "text/plain"),
    "/letter": (word_document(), WORD),
    "/rows.jsonl": (b'{"text": "%s"}' % prose(4).encode(), "application/octet-stream"),
    "/picture": (b"\x89PNG", "image/png"),
}


class Pages(BaseHTTPRequestHandler):
    """A site without TLS."""

    busy = 0
    """Requests that `/busy` still turns away."""

    def do_GET(self) -> None:
        """Answer by the path."""
        if self.path == "/busy" and Pages.busy:
            Pages.busy -= 1
            self.send_error(503)
            return
        data, kind = PAGES.get("/calder.html" if self.path == "/busy" else self.path, (b"", ""))
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def imported(place: Workplace, *addresses: str) -> list[ImportedFile]:
    work = place.import_sources([Source(address, uri=address) for address in addresses])
    files = place.imports.files(work.id)
    assert all(isinstance(file, ImportedFile) for file in files)
    return [file for file in files if isinstance(file, ImportedFile)]


def test_pages_of_every_type_become_articles(site: str, tmp_path: Path) -> None:
    place = Workplace(tmp_path, Fetcher(allows_http=True, may_reach=lambda a: a.is_loopback))
    addresses = [site + path for path in PAGES]
    files = imported(place, *addresses, f"{site}/missing")
    assert [file.fate for file in files] == ["KEPT"] * 3 + ["REJECTED", "KEPT", "REJECTED"] + [
        "REJECTED"
    ]
    article = place.imports.article(files[0].article_sha256)
    assert article.text.startswith("Calder’s Sales")
    assert (article.uri, article.company) == (addresses[0], "calder")
    assert (files[0].source, files[0].size) == (addresses[0], len(PAGES["/calder.html"][0]) + 5)
    assert "shorter than 80 words" in files[3].reason
    assert files[5].reason == "the server calls it image/png, which is not read"
    assert files[6].reason == "the server answered 404 Not Found"


def test_what_was_fetched_is_kept(site: str, tmp_path: Path) -> None:
    place = Workplace(tmp_path, Fetcher(allows_http=True, may_reach=lambda a: a.is_loopback))
    imported(place, f"{site}/report")
    (key,) = place.store.list("uploads/")
    assert place.store.get(key) == PAGES["/report"][0]


def test_addresses_inside_our_network_are_refused_by_name(site: str, tmp_path: Path) -> None:
    place = Workplace(tmp_path, Fetcher(allows_http=True))
    good = place.run_import({"o.txt": prose("o").encode()}, "good")
    assert good.state == "SUCCEEDED"
    work = place.import_sources([Source("x", uri=f"{site}/report")])
    assert work.cause is not None
    assert "127.0.0.1 is not on the public internet" in work.cause["message"]


def test_a_busy_server_is_left_to_be_asked_again(site: str, tmp_path: Path) -> None:
    place = Workplace(tmp_path, Fetcher(allows_http=True, may_reach=lambda a: a.is_loopback))
    source = Source("calder", uri=f"{site}/busy")
    work = place.imports.create("r", "", [source])
    Pages.busy = 1
    with pytest.raises(TransientError, match="503"):
        place.imports.ingest(work.id, 0, source._asdict(), ImportPolicy())
    assert place.imports.ingest(work.id, 0, source._asdict(), ImportPolicy()) == Finish()
