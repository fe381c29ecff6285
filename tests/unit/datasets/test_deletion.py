"""A deleted article is gone wherever the service kept it, and is refused from then on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from goldbrief.api.datasets.v1 import datasets_pb2 as pb
from goldbrief.api.datasets.v1.datasets_pb2_grpc import DatasetsServiceStub
from goldbrief.core.deletions import read_dataset_deletions
from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.live_summaries import marked_wrong_key
from goldbrief.core.object_keys import live_text_prefix
from goldbrief.core.plans import ImportPolicy
from goldbrief.datasets.sources import Source
from goldbrief.datasets.uploads import store_upload
from goldbrief.platform.ledger import Work
from goldbrief.platform.rpc.channel import connect

from ..dataset_server import build_version, serve
from .samples import Workplace, make_material, prose

WANTED = "A sentence that stands in one article alone, on the Tillmarsh loan of $7.7 million."


@dataclass
class Setting:
    """A dataset version of imported articles, one of which is `sha256`."""

    place: Workplace
    stub: DatasetsServiceStub
    version: Work
    sha256: str
    import_id: str

    def delete(self) -> pb.DeleteArticleResponse:
        return self.stub.DeleteArticle(pb.DeleteArticleRequest(sha256=self.sha256[:12]))

    def holding(self) -> list[str]:
        """Keys of all objects that hold the wanted sentence."""
        objects = self.place.folder / "objects"
        return [
            path.relative_to(objects).as_posix()
            for path in sorted(objects.rglob("*"))
            if path.is_file() and WANTED.encode() in path.read_bytes()
        ]


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    place = Workplace(tmp_path)
    texts = {f"{n}.txt": prose(n) for n in range(6)} | {"wanted.txt": f"{WANTED} {prose('x')}"}
    made = place.run_import({name: text.encode() for name, text in texts.items()})
    articles = [place.imports.article(sha256_text(text)) for text in texts.values()]
    materials = [make_material(n, article=article) for n, article in enumerate(articles)]
    version = build_version(place, place.add_synthesis(materials), pairs=7)
    with serve(place) as address:
        stub = DatasetsServiceStub(connect(address))
        yield Setting(place, stub, version, articles[-1].sha256, made.id)


def test_its_text_is_nowhere_afterwards(setting: Setting) -> None:
    store, digest = setting.place.store, setting.version.result["digest"]
    store.put(f"{live_text_prefix(setting.sha256)}20000-a.json", WANTED.encode())
    store.put(marked_wrong_key(digest, setting.sha256, "report-1"), WANTED.encode())
    kinds = {key.partition("/")[0] for key in setting.holding()}
    assert kinds == {"articles", "datasets", "imports", "live", "uploads"}
    setting.delete()
    assert setting.holding() == []


def test_a_version_keeps_its_other_rows_and_its_name_and_says_what_it_lost(
    setting: Setting,
) -> None:
    before = setting.version.result
    answer = setting.delete()
    (version,) = answer.dataset_versions
    assert (version.digest, version.version) == (before["digest"], before["version"])
    assert sum(version.rows.values()) == sum(before["rows"].values()) - 1
    assert [one.sha256 for one in version.deleted] == [setting.sha256]
    rows = list(setting.stub.ListDatasetRows(pb.ListDatasetRowsRequest(id=version.work.id)))
    assert len(rows) == sum(version.rows.values())
    assert setting.sha256 not in {one.row.article_sha256 for one in rows}
    got = setting.stub.GetDatasetVersion(pb.GetDatasetVersionRequest(id="briefs")).dataset_version
    assert json.loads(got.manifest_json)["deleted"][0]["sha256"] == setting.sha256
    assert got.rows == version.rows


def test_who_asks_for_it_is_told_that_it_was_deleted_by_whom(setting: Setting) -> None:
    setting.delete()
    with pytest.raises(NotFoundError, match=r"was deleted at .* by anonymous") as caught:
        setting.stub.GetArticle(pb.GetArticleRequest(sha256=setting.sha256))
    assert caught.value.reason == "ARTICLE_DELETED"
    uses = setting.stub.ListArticleUses(pb.ListArticleUsesRequest(sha256=setting.sha256[:8]))
    assert uses.deleted.principal == "anonymous"
    assert [use.dataset_version.digest for use in uses.uses] == [setting.version.result["digest"]]


def test_the_summaries_that_remain_are_named(setting: Setting) -> None:
    (line,) = setting.delete().remains
    assert line.startswith("1 summaries that a teacher wrote of it")


def test_an_import_of_the_same_text_is_refused_and_does_not_bring_it_back(
    setting: Setting,
) -> None:
    setting.delete()
    files = {"again.txt": f"{WANTED} {prose('x')}".encode(), "new.txt": prose("new").encode()}
    work = setting.place.run_import(files, "again")
    again, new = setting.place.imports.files(work.id)
    assert not isinstance(again, str)
    assert not isinstance(new, str)
    assert (again.fate, new.fate) == ("REJECTED", "KEPT")
    assert "it was deleted at" in again.reason
    setting.delete()  # takes what was uploaded anew out too
    assert setting.holding() == []


def test_a_synthesis_of_before_makes_datasets_without_it(setting: Setting) -> None:
    setting.delete()
    other = build_version(
        setting.place, setting.version.spec["synthesis_id"], "later", pairs=7, seed=5
    )
    rows = list(setting.stub.ListDatasetRows(pb.ListDatasetRowsRequest(id=other.id)))
    assert len(rows) == 6
    rejected = setting.stub.ListRejectedCandidates(pb.ListRejectedCandidatesRequest(id=other.id))
    assert [one.candidate.reason for one in rejected] == ["its article was deleted"]
    assert read_dataset_deletions(setting.place.store, other.result["digest"]) is None


def test_deleting_again_completes_what_was_interrupted(setting: Setting) -> None:
    delete = setting.place.store.delete
    setting.place.store.delete = _fail  # type: ignore[method-assign]
    with pytest.raises(NotFoundError):
        setting.delete()
    setting.place.store.delete = delete  # type: ignore[method-assign]
    assert setting.holding()
    first = setting.stub.ListArticleUses(pb.ListArticleUsesRequest(sha256=setting.sha256)).deleted
    assert setting.delete().deleted == first
    assert setting.holding() == []
    (version,) = setting.delete().dataset_versions
    assert sum(version.rows.values()) == 6


def test_nothing_is_deleted_under_work_that_may_read_it(setting: Setting) -> None:
    key = setting.version.spec["plan_key"]
    request = pb.CreateDatasetVersionRequest(
        request_id="x", name="x", synthesis_id=setting.version.spec["synthesis_id"], plan_key=key
    )
    setting.stub.CreateDatasetVersion(request)
    with pytest.raises(FailedPreconditionError) as caught:
        setting.delete()
    assert caught.value.reason == "WORK_UNDER_WAY"
    assert setting.holding()


def test_lines_of_other_names_with_the_same_rows_lose_them_too(setting: Setting) -> None:
    synthesis = setting.version.spec["synthesis_id"]
    other = build_version(setting.place, synthesis, "notes", pairs=7)
    assert other.result["digest"] == setting.version.result["digest"]
    names = {version.name for version in setting.delete().dataset_versions}
    assert names == {"briefs", "notes"}
    assert setting.holding() == []


def test_what_an_import_read_that_did_not_end_well_goes_too(setting: Setting) -> None:
    place, text = setting.place, f"{WANTED} {prose('x')}"
    upload = store_upload(place.store, "a.txt", [text.encode()])
    work = place.imports.create("broken", "", [Source("a.txt", upload.sha256)])
    item = place.ledger.works.items(work.id)[0]
    claim = place.ledger.items.claim(item.id)
    assert claim is not None
    policy = ImportPolicy()
    place.ledger.items.move(claim, place.imports.ingest(work.id, 0, item.data, policy))
    place.ledger.works.cancel(work_id=work.id)
    setting.delete()
    assert setting.holding() == []


def test_it_is_refused_too_with_passages_that_many_articles_shared(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    shared = (
        "Subscribers of the Northmere service may read what stands here in the evening, once the"
        " market where a company is listed has closed and its officers have answered our questions."
    )
    texts = [f"{shared}\n\n{prose(n)}" for n in range(6)] + [f"{shared}\n\n{WANTED} {prose('x')}"]
    work = place.run_import({f"{n}.txt": text.encode() for n, text in enumerate(texts)})
    kept = place.imports.files(work.id)[-1]
    assert not isinstance(kept, str)
    assert kept.article_sha256 != sha256_text(texts[-1]), "the shared passage was dropped"
    with serve(place) as address:
        stub = DatasetsServiceStub(connect(address))
        stub.DeleteArticle(pb.DeleteArticleRequest(sha256=kept.article_sha256))
        setting = Setting(place, stub, work, kept.article_sha256, work.id)
        assert setting.holding() == []
        alone = place.run_import(
            {"alone.txt": texts[-1].encode(), "b.txt": prose("b").encode()}, "2"
        )
        fate = place.imports.files(alone.id)[0]
        assert not isinstance(fate, str)
        assert fate.fate == "REJECTED"
        setting.delete()
        assert setting.holding() == []


def test_a_file_of_several_documents_stays_and_is_named(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    texts = [f"{WANTED} {prose('x')}", prose("y")]
    lines = "\n".join(json.dumps({"text": text}) for text in texts)
    place.run_import({"wire.jsonl.gz": gzip.compress(lines.encode())})
    with serve(place) as address:
        stub = DatasetsServiceStub(connect(address))
        answer = stub.DeleteArticle(pb.DeleteArticleRequest(sha256=sha256_text(texts[0])))
        (line,) = answer.remains
        assert line.startswith("uploads/")
        assert "(wire.jsonl.gz): it holds 2 documents" in line
        assert stub.GetArticle(pb.GetArticleRequest(sha256=sha256_text(texts[1]))).text == texts[1]


def _fail(key: str) -> None:
    raise NotFoundError(f"{key}: the store is away")
