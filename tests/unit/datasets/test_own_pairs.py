"""A user's own pairs become a dataset version, or are refused by line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.documents import Pair, PromptFormat
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.own_pairs import read_own_pairs
from goldbrief.datasets.own_pairs import OwnFile
from goldbrief.datasets.uploads import store_upload
from goldbrief.datasets.versions import OwnRequest
from goldbrief.finetuning.data_paths import AskedSource, DataPaths
from goldbrief.platform.ledger import Work
from goldbrief_training.sources import read_rows

from .samples import Workplace, make_material, make_plan, prose
from .test_versions import build, lines


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def summary(article: str, section: str = "Overview") -> str:
    first, second = article.split(". ")[:2]
    return f"## {section}\n\n{first}.\n\n## Key Takeaways\n\n- {second}.\n"


def own_rows(number: int = 12, **labels: Any) -> list[dict[str, Any]]:
    articles = [prose(f"own {n}") for n in range(number)]
    return [
        {"article": article, "summary": summary(article), "company": f"C{n}", **labels}
        for n, article in enumerate(articles)
    ]


def bring(
    place: Workplace, rows: list[dict[str, Any]], name: str = "pairs.jsonl", **request: Any
) -> Work:
    data = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    data = gzip.compress(data) if name.endswith(".gz") else data
    sha256 = store_upload(place.store, name, [data]).sha256
    file = OwnFile(name, sha256, request.pop("source", ""), request.pop("licence", ""))
    wanted = OwnRequest("own", file, **request)
    return place.run(place.versions.create_of_own(f"r {sha256} {request}", wanted))


def rows_of(place: Workplace, work: Work, split: str) -> list[Pair]:
    return [
        Pair.model_validate(row) for row in lines(place, f"{work.result['prefix']}{split}.jsonl")
    ]


def told(row: str) -> str:
    with pytest.raises(InvalidInputError) as refused:
        read_own_pairs([row], "f")
    return refused.value.message


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"prompt": "p"', "not JSON"),
        ("[1]", "not a JSON object"),
        (
            '{"text": "t", "by": 1}',
            "has none of article and summary, prompt and response, messages",
        ),
        ('{"text": "t", "by": 1}', "its fields: by, text"),
        ('{"prompt": "p", "response": "r", "article": "a"}', "has more than one of"),
        ('{"article": "a"}', "field 'summary' is missing"),
        ('{"prompt": "p", "response": " "}', "field 'response' is empty"),
        ('{"prompt": 1, "response": "r"}', "field 'prompt' is not text"),
        ('{"prompt": "p", "response": "r", "company": 4}', "field 'company' is not text"),
        (
            '{"prompt": "p", "response": "r", "weight": 0}',
            "field 'weight' is 0, not a number above",
        ),
        ('{"messages": [{"role": "user", "content": "u"}]}', "last message is not the assistant's"),
    ],
)
def test_a_bad_line_is_named_with_the_reason(row: str, problem: str) -> None:
    assert told(row).startswith("1 bad rows: f:1: ")
    assert problem in told(row)


def test_a_longer_chat_is_refused_with_what_can_train_on_it() -> None:
    turns = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    row = {"messages": [{"role": role, "content": text} for role, text in turns]}
    assert "the user speaks 2 times" in told(json.dumps(row))
    assert "--task CHAT_COMPLETION" in told(json.dumps(row))


def test_every_bad_line_is_named_and_nothing_is_imported(place: Workplace) -> None:
    rows = [*own_rows(4), {"article": "a"}, {"prompt": "p"}]
    work = bring(place, rows)
    assert (work.state, work.result) == ("FAILED", {})
    assert work.cause is not None
    assert work.cause["message"].startswith("2 bad rows: pairs.jsonl:5: field 'summary' is missing")
    assert "pairs.jsonl:6: field 'response' is missing" in work.cause["message"]


def test_articles_and_summaries_become_rows_with_source_and_licence(place: Workplace) -> None:
    rows = own_rows(12, persona="CEO", teacher="A. Editor")
    rows[3] |= {"source": "Wire", "licence": "CC0", "weight": 2}
    work = bring(place, rows, "pairs.jsonl.gz", source="desk", licence="our own", eval_pairs=3)
    assert work.result["rows"] == {"train": 9, "eval": 3, "golden": 0}
    pairs = rows_of(place, work, "train") + rows_of(place, work, "eval")
    assert {(p.origin, p.teacher, p.judge, p.persona) for p in pairs} == {
        ("imported", "A. Editor", "none", "CEO")
    }
    by_company = {pair.company: pair for pair in pairs}
    assert {p.source for p in pairs} == {"desk", "Wire"}
    assert (by_company["C3"].source, by_company["C3"].weight) == ("Wire", 2.0)
    assert all(place.store.exists(f"articles/{pair.article_sha256}.json") for pair in pairs)
    card = place.versions.card(work)
    assert "our own (11), CC0 (1)" in card
    prompt = PromptFormat.model_validate_json(place.versions.prompt_json(work))
    assert [section.heading for section in prompt.style.sections] == ["Overview", "Key Takeaways"]
    assert by_company["C1"].prompt.startswith(
        "Write an executive summary of the article for the CEO"
    )


def test_rows_that_fail_the_checks_are_left_out_by_line(place: Workplace) -> None:
    rows = own_rows(8)
    rows[2]["summary"] = rows[2]["summary"].replace(" million", " billion")
    rows[5]["summary"] += "- An unfinished line that goes on and"
    bullet = rows[6]["summary"].strip().splitlines()[-1]
    rows[6]["summary"] += f"{bullet}\n"
    work = bring(place, rows)
    found = [
        fate for fate in lines(place, f"{work.result['prefix']}fates.jsonl")
        if fate["step"] == "checks"
    ]  # fmt: skip
    reasons = [fate["reason"] for fate in found]
    assert reasons[0].startswith("pairs.jsonl:3: the article does not have $")
    assert reasons[1].startswith("pairs.jsonl:6: it seems cut off")
    assert reasons[2].startswith("pairs.jsonl:7: “Sales of")
    assert " repeats " in reasons[2]
    assert sum(work.result["rows"].values()) == 5


def test_prompts_stay_as_they_are_and_a_common_instruction_makes_no_duplicates(
    place: Workplace,
) -> None:
    instruction = f"{prose('instruction', 30)}\n\nArticle: "
    articles = [prose(f"own {n}", 4) for n in range(8)]
    rows = [
        {"prompt": f"{instruction}{article}\n\nSummary:", "response": article.split(". ")[0] + "."}
        for article in articles
    ]
    as_chats = [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": row["prompt"]},
                {"role": "assistant", "content": row["response"]},
            ]
        }
        for row in rows
    ]
    for given, start in ((rows, instruction), (as_chats, f"Be brief.\n\n{instruction}")):
        work = bring(place, given)
        assert sum(work.result["rows"].values()) == 8
        assert all(pair.prompt.startswith(start) for pair in rows_of(place, work, "train"))
        assert place.versions.prompt_json(work) == ""
        assert "Each row brings its own prompt." in place.versions.card(work)


def test_an_imported_version_is_training_data_by_its_name(place: Workplace) -> None:
    result = bring(place, own_rows(6)).result
    path = f"own/{result['version']}"
    data = DataPaths(place.store, "").resolve([AskedSource(path)], [])
    assert [file.key for source in data.train for file in source.files] == [
        f"{result['prefix']}train.jsonl"
    ]
    assert [file.key for file in data.held_out] == [f"{result['prefix']}eval.jsonl"]
    rows = list(read_rows(place.store, data.train[0].files[0], "INSTRUCTION_FINETUNE"))
    assert len(rows) == result["rows"]["train"]


def test_a_version_to_be_like_gives_prompts_and_holds_to_its_form(place: Workplace) -> None:
    materials = [make_material(n, f"C{n}") for n in range(6)]
    base = build(place, place.add_synthesis(materials), make_plan())
    rows = own_rows(6)
    rows[0]["summary"] = summary(rows[0]["article"], "Remarks")
    work = bring(place, rows, like="briefs")
    assert place.versions.prompt_json(work) == place.versions.prompt_json(base)
    (lost,) = (
        fate for fate in lines(place, f"{work.result['prefix']}fates.jsonl")
        if fate["step"] == "checks"
    )  # fmt: skip
    assert "The section 'Overview' is missing" in lost["reason"]
    with pytest.raises(NotFoundError, match="There is no dataset version 'nothing'"):
        bring(place, rows, like="nothing")


def test_a_request_that_makes_no_sense_is_refused_at_once(place: Workplace) -> None:
    with pytest.raises(InvalidInputError, match="-1 rows cannot be held out"):
        bring(place, own_rows(3), eval_pairs=-1)
    missing = OwnRequest("own", OwnFile("pairs.jsonl", "0" * 64, "", ""))
    with pytest.raises(NotFoundError, match=r"pairs\.jsonl was not uploaded"):
        place.versions.create_of_own("r", missing)


def test_rows_that_cannot_share_a_prompt_format_are_refused(place: Workplace) -> None:
    mixed = [*own_rows(3), {"prompt": "p", "response": "r."}]
    formless = [{**row, "summary": "Sales rose."} for row in own_rows(3)]
    for rows, message in (
        (mixed, "1 rows bring a prompt, and 3 an article (the first of either: lines 4 and 1)."),
        (own_rows(2), "2 summaries show no style; 3 would."),
        (formless, "The summaries show no common style."),
    ):
        work = bring(place, rows)
        assert work.cause is not None
        assert work.cause["message"].startswith(message)
