"""The RPCs over a real channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.core.errors import (
    FailedPreconditionError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.settings import Settings
from goldbrief.datasets.imports import MAX_BYTES, Imports
from goldbrief.datasets.server import DatasetsServicer
from goldbrief.datasets.service import build
from goldbrief.datasets.sources import Source, Sources
from goldbrief.datasets.uploads import store_upload
from goldbrief.platform.fetching import Fetcher
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import Buckets
from goldbrief.testing.ledgers import run_to_end

from ..dataset_server import build_version
from .samples import Workplace, make_material, make_plan, prose


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture
def stub(place: Workplace) -> Iterator[datasets_pb2_grpc.DatasetsServiceStub]:
    servicer = DatasetsServicer(place.imports, place.versions, place.ledger, place.store)
    service = Service(
        "goldbrief.api.datasets.v1.DatasetsService",
        lambda server: datasets_pb2_grpc.add_DatasetsServiceServicer_to_server(servicer, server),
    )
    server = RpcServer("127.0.0.1", 0, [service])
    channel = connect(f"127.0.0.1:{server.start()}")
    yield datasets_pb2_grpc.DatasetsServiceStub(channel)
    channel.close()
    server.stop()


def upload(
    stub: datasets_pb2_grpc.DatasetsServiceStub, name: str, *chunks: bytes
) -> datasets_pb2.UploadFileResponse:
    messages = [datasets_pb2.UploadFileRequest(name=name)]
    messages += [datasets_pb2.UploadFileRequest(chunk=chunk) for chunk in chunks]
    return stub.UploadFile(iter(messages))


def test_files_travel_from_upload_to_fates(
    place: Workplace, stub: datasets_pb2_grpc.DatasetsServiceStub
) -> None:
    text = prose(1).encode()
    good = upload(stub, "good.txt", text[:100], text[100:])
    assert (good.sha256, good.size) == (sha256_bytes(text), len(text))
    bad = upload(stub, "bad.txt", b"short")
    request = datasets_pb2.CreateImportRequest(
        request_id="r",
        files=[
            datasets_pb2.UploadedFile(name="good.txt", sha256=good.sha256),
            datasets_pb2.UploadedFile(name="bad.txt", sha256=bad.sha256),
        ],
    )
    created = getattr(stub.CreateImport(request), "import")
    assert created.work.state == work_pb2.STATE_QUEUED
    listing = datasets_pb2.ListImportedFilesRequest(import_id=created.work.id)
    assert [file.fate for file in stub.ListImportedFiles(listing).files] == ["", ""]
    place.run(place.imports.get(created.work.id))
    got = stub.GetImport(datasets_pb2.GetImportRequest(id=created.work.id))
    assert getattr(got, "import").work.state == work_pb2.STATE_SUCCEEDED
    first, second = stub.ListImportedFiles(listing).files
    assert (first.fate, len(first.article_sha256s), first.words) == ("KEPT", 1, 180)
    assert (first.size, first.source) == (len(text), "good.txt")
    article = stub.GetArticle(datasets_pb2.GetArticleRequest(sha256=first.article_sha256s[0]))
    assert (article.text, article.uri) == (text.decode(), "good.txt")
    assert (second.fate, list(second.article_sha256s)) == ("REJECTED", [])


def test_the_wired_service_does_its_stages_from_the_queue(tmp_path: Path) -> None:
    resources = Resources(Settings(home=tmp_path))
    service = build(resources)
    assert service.name == "goldbrief.api.datasets.v1.DatasetsService"
    upload = store_upload(resources.store, "a.txt", [prose(1).encode()])
    sources = Sources(Fetcher(), Buckets(resources.settings), MAX_BYTES)
    imports = Imports(resources.ledger, resources.store, sources)
    work = imports.create("r", "", [Source("a.txt", upload.sha256)])
    work = run_to_end(resources.broker, work.id)
    assert work.result["kept"] == 1
    resources.close()


def test_a_wrong_policy_is_refused_by_its_key(
    stub: datasets_pb2_grpc.DatasetsServiceStub,
) -> None:
    request = datasets_pb2.CreateImportRequest(request_id="r", policy_json='{"pii": "shred"}')
    with pytest.raises(InvalidInputError, match=r"policy is wrong: pii: Input should be 'keep'"):
        stub.CreateImport(request)


def test_an_unknown_article_is_refused(stub: datasets_pb2_grpc.DatasetsServiceStub) -> None:
    with pytest.raises(NotFoundError, match="There is no article 'abc'"):
        stub.GetArticle(datasets_pb2.GetArticleRequest(sha256="abc"))


def test_a_server_without_s3_says_what_to_set(stub: datasets_pb2_grpc.DatasetsServiceStub) -> None:
    with pytest.raises(FailedPreconditionError, match="GOLDBRIEF_S3_ENDPOINT"):
        stub.ListSources(datasets_pb2.ListSourcesRequest(uri="s3://news/2025/"))
    with pytest.raises(InvalidInputError, match="no address like s3://bucket/prefix"):
        stub.ListSources(datasets_pb2.ListSourcesRequest(uri="news"))


def test_an_unknown_import_is_refused(stub: datasets_pb2_grpc.DatasetsServiceStub) -> None:
    with pytest.raises(NotFoundError, match="no import 'x'"):
        stub.GetImport(datasets_pb2.GetImportRequest(id="x"))


def test_a_dataset_version_is_shown_with_its_card(
    place: Workplace, stub: datasets_pb2_grpc.DatasetsServiceStub
) -> None:
    request = datasets_pb2.CreateDatasetVersionRequest(
        request_id="r",
        name="briefs",
        synthesis_id=place.add_synthesis([make_material(n, f"C{n}") for n in range(5)]),
        plan_key=place.put_plan(make_plan()),
    )
    created = stub.CreateDatasetVersion(request).dataset_version
    assert (created.name, created.digest) == ("briefs", "")
    place.run(place.versions.get(created.work.id))
    got = stub.GetDatasetVersion(datasets_pb2.GetDatasetVersionRequest(id=created.work.id))
    version = got.dataset_version
    assert version.digest.startswith(version.version)
    assert sum(version.rows.values()) == 5
    assert version.card.startswith(f"# Dataset briefs, version {version.version}")
    (listed,) = stub.ListDatasetVersions(
        datasets_pb2.ListDatasetVersionsRequest(name="briefs")
    ).dataset_versions
    assert (listed.digest, listed.card) == (version.digest, "")


def test_an_article_tells_the_versions_that_it_is_in(
    place: Workplace, stub: datasets_pb2_grpc.DatasetsServiceStub
) -> None:
    materials = [make_material(n, f"C{n}") for n in range(4)]
    synthesis = place.add_synthesis(materials)
    first = build_version(place, synthesis)
    build_version(place, synthesis, seed=0)  # another work of the same version
    sha256 = materials[0].article.sha256
    request = datasets_pb2.ListArticleUsesRequest(sha256=sha256[:6])
    found = stub.ListArticleUses(request)
    assert found.sha256 == sha256
    (use,) = found.uses
    assert use.dataset_version.digest == first.result["digest"]
    rows = stub.ListDatasetRows(datasets_pb2.ListDatasetRowsRequest(id=first.id))
    splits = {one.row.split for one in rows if one.row.article_sha256 == sha256}
    assert set(use.splits) == splits


@pytest.mark.parametrize(
    ("prefix", "reason"),
    [("abc", "INVALID_HASH"), ("../../etc", "INVALID_HASH"), ("ffffff", "ARTICLE_NOT_FOUND")],
)
def test_an_article_that_cannot_be_meant_has_no_uses(
    stub: datasets_pb2_grpc.DatasetsServiceStub, prefix: str, reason: str
) -> None:
    with pytest.raises(GoldbriefError) as caught:
        stub.ListArticleUses(datasets_pb2.ListArticleUsesRequest(sha256=prefix))
    assert caught.value.reason == reason
