"""An import says of every file what became of it, and never fails for one of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldbrief.core.documents import Article
from goldbrief.core.errors import AlreadyExistsError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.plans import ImportPolicy
from goldbrief.datasets import uploads
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.sources import Source
from goldbrief.datasets.uploads import store_upload

from .samples import Workplace, make_pdf, prose


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def fates(place: Workplace, work_id: str) -> dict[str, ImportedFile]:
    files = place.imports.files(work_id)
    assert all(isinstance(file, ImportedFile) for file in files)
    return {file.name: file for file in files if isinstance(file, ImportedFile)}


def article(place: Workplace, sha256: str) -> Article:
    return Article.model_validate_json(place.store.get(f"articles/{sha256}.json"))


def test_good_files_become_articles_whatever_lies_beside_them(place: Workplace) -> None:
    text = prose(1)
    work = place.run_import(
        {
            "good.md": f"---\ncompany: Calder\n---\n{text}".encode(),
            "copy.txt": text.encode(),
            "similar.txt": text.replace("rose 2", "fell 2", 1).encode() + b" And one more word.",
            "binary.txt": b"\x00\x01",
            "latin.txt": (prose(3) + " é").encode("cp1252"),
            "utf16.txt": prose(4).encode("utf-16"),
            "short.txt": b"Too short for a good summary.",
            "long.txt": ("word " * 300_000).encode(),
            "broken.pdf": make_pdf(prose(5))[:300],
            "locked.pdf": make_pdf(prose(5), password="x"),
            "hidden.txt": prose(6).replace(" ", "\u200b ", 3).encode(),
            "table.xlsx": b"PK\x03\x04",
        }
    )
    assert work.state == "SUCCEEDED"
    assert work.result == {
        "articles_key": f"imports/{work.id}/articles.json", "kept": 3, "rejected": 9
    }  # fmt: skip
    reasons = {name: file.reason for name, file in fates(place, work.id).items()}
    assert reasons["good.md"] == ""
    assert reasons["copy.txt"] == "duplicate of good.md: the same text"
    assert reasons["similar.txt"].startswith("duplicate of good.md: 9")
    assert reasons["similar.txt"].endswith("% of their word sequences are shared")
    assert reasons["latin.txt"].startswith("it is not UTF-8: byte ")
    assert reasons["utf16.txt"] == "company 'utf16' guessed from the file's name"
    assert reasons["short.txt"] == "it is shorter than 80 words (it has 6)"
    assert reasons["long.txt"] == "its text has 1.4 MiB, more than 1"
    assert "removed 3 hidden characters" in reasons["hidden.txt"]
    assert reasons["locked.pdf"] == "it is encrypted; save it without a password"


def test_the_articles_are_listed_in_the_order_of_the_files(place: Workplace) -> None:
    names = [f"{letter}.txt" for letter in "gfedcba"]
    work = place.run_import({name: prose(name).encode() for name in names})
    listed = json.loads(place.store.get(work.result["articles_key"]))
    assert [entry["name"] for entry in listed] == names
    stored = article(place, listed[0]["sha256"])
    assert (stored.text, stored.uri, listed[0]["words"]) == (prose("g.txt"), "g.txt", 180)


def test_each_row_of_a_jsonl_file_has_a_fate(place: Workplace) -> None:
    rows = [json.dumps({"text": prose(n), "company": f"C{n}"}) for n in range(100)]
    rows[41] = "{}"
    work = place.run_import({"rows.jsonl": "\n".join(rows).encode()})
    assert (work.result["kept"], work.result["rejected"]) == (99, 1)
    files = fates(place, work.id)
    assert list(files) == [f"rows.jsonl:{line}" for line in range(1, 101)]
    assert files["rows.jsonl:42"].reason == "the row has no `text`; found:"
    assert article(place, files["rows.jsonl:7"].article_sha256).company == "C6"


def test_a_reason_quotes_only_characters_that_can_be_stored(place: Workplace) -> None:
    rows = [json.dumps({"text": prose(1)}), r'{"a\ud800\u0000b": 1}']
    work = place.run_import({"r.jsonl": "\n".join(rows).encode()})
    assert fates(place, work.id)["r.jsonl:2"].reason == "the row has no `text`; found: ab"


def test_of_two_files_with_one_text_the_first_gives_the_metadata(place: Workplace) -> None:
    text = prose(1)
    work = place.run_import(
        {name: f"---\ncompany: {name}\n---\n{text}".encode() for name in ("z.md", "a.md")}
    )
    kept = fates(place, work.id)["z.md"]
    assert article(place, kept.article_sha256).company == "z.md"


def test_an_import_of_nothing_useful_fails_with_the_reasons(place: Workplace) -> None:
    work = place.run_import({"a.txt": b"Short.", "b.txt": b"Brief.", "c.bin": b"x"})
    assert work.state == "FAILED"
    assert work.cause is not None
    assert work.cause["reason"] == "NO_ARTICLES"
    assert (
        "None of the 3 files became an article: it is shorter than 80 words "
        in work.cause["message"]
    )
    assert ".bin is not a supported type" in work.cause["message"]
    assert [file.fate for file in fates(place, work.id).values()] == ["REJECTED"] * 3


def test_before_the_end_only_names_and_rejections_are_known(place: Workplace) -> None:
    upload = store_upload(place.store, "a.txt", [prose(1).encode()])
    empty = store_upload(place.store, "b.txt", [b""])
    work = place.imports.create(
        "r", "", [Source("a.txt", upload.sha256), Source("b.txt", empty.sha256)]
    )
    item = place.ledger.works.items(work.id)[1]
    claim = place.ledger.items.claim(item.id)
    assert claim is not None
    place.ledger.items.move(claim, place.imports.ingest(work.id, 1, item.data, ImportPolicy()))
    first, second = place.imports.files(work.id)
    assert first == "a.txt"
    assert isinstance(second, ImportedFile)
    assert second.fate == "REJECTED"


def test_a_request_id_names_one_import(place: Workplace) -> None:
    one = store_upload(place.store, "a.txt", [b"one"]).sha256
    two = store_upload(place.store, "a.txt", [b"two"]).sha256
    work = place.imports.create("r", "run-1", [Source("a.txt", one)])
    assert place.imports.create("r", "run-1", [Source("a.txt", one)]).id == work.id
    with pytest.raises(AlreadyExistsError):
        place.imports.create("r", "run-1", [Source("a.txt", two)])


def test_an_import_needs_files_that_were_uploaded(place: Workplace) -> None:
    with pytest.raises(NotFoundError, match=r"a.txt was not uploaded"):
        place.imports.create("r", "", [Source("a.txt", "0" * 64)])
    with pytest.raises(InvalidInputError, match="no files"):
        place.imports.create("r", "", [])
    with pytest.raises(InvalidInputError, match="no request_id"):
        place.imports.create("", "", [Source("a.txt", "0" * 64)])


def test_an_upload_is_stored_under_its_hash(place: Workplace) -> None:
    upload = store_upload(place.store, "a.txt", [b"one ", b"two"])
    assert (upload.sha256, upload.size) == (sha256_bytes(b"one two"), 7)
    assert place.store.get(f"uploads/{upload.sha256}") == b"one two"


def test_an_upload_that_is_too_large_is_refused(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInputError, match=r"chunks of over 1 MiB"):
        store_upload(place.store, "a.txt", [b"x" * (1024 * 1024 + 1)])
    monkeypatch.setattr(uploads, "MAX_BYTES", 2 * 1024 * 1024)
    with pytest.raises(InvalidInputError, match=r"a.txt is over 2 MiB"):
        store_upload(place.store, "a.txt", [b"x" * 1024 * 1024] * 3)
