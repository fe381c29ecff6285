"""Articles, PDFs, plans and syntheses to test with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from goldbrief.core.documents import (
    Article,
    Candidate,
    Finding,
    Golden,
    Judgment,
    PromptFormat,
    SectionStyle,
    StyleContract,
)
from goldbrief.core.hashing import canonical_json, sha256_bytes, sha256_text
from goldbrief.core.plans import DatasetPlan, EvaluationPlan, ImportPolicy, SynthesisPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.core.settings import Settings
from goldbrief.core.states import Outcome
from goldbrief.datasets.imports import MAX_BYTES, Imports
from goldbrief.datasets.material import Material
from goldbrief.datasets.sources import Source, Sources
from goldbrief.datasets.tasks import register
from goldbrief.datasets.uploads import store_upload
from goldbrief.datasets.versions import DatasetVersions
from goldbrief.platform.broker import Broker, StageHandler
from goldbrief.platform.broker.stages import LeaseKeeper, run_stage
from goldbrief.platform.fetching import Fetcher
from goldbrief.platform.ledger import Finish, Ledger, NewWork, Work
from goldbrief.platform.storage import Buckets, DirectoryStore
from goldbrief.testing.ledgers import make_ledger

from ..quickstart import WordEmbedder

_SECTIONS = (("overview", "Overview", "prose"), ("takeaways", "Key Takeaways", "bullets"))
STYLE = StyleContract(
    sections=tuple(
        SectionStyle(
            name=name, heading=heading, form=form,
            min_items=1, max_items=5, min_words=5, max_words=90,
        )
        for name, heading, form in _SECTIONS
    ),
    personas=("CFO",),
    min_words=20,
    max_words=200,
    figures_per_100_words=1,
)  # fmt: skip
PROMPT = PromptFormat(
    template="brief-1",
    strategy="full",
    article_tokens=2000,
    wrap="plain",
    style=STYLE,
    max_new_tokens=200,
)


def prose(seed: int | str, sentences: int = 12) -> str:
    """Sentences that share hardly a word sequence with those of another seed."""
    draw = random.Random(str(seed))
    words = ["".join(draw.choices("abcdefghiklmnoprstuv", k=6)) for _ in range(60)]
    return " ".join(
        f"Sales of {' '.join(draw.sample(words, 8))} rose {draw.randint(2, 90)}% to "
        f"${draw.randint(10, 900)} million."
        for _ in range(sentences)
    )


def make_article(seed: int | str, company: str = "", text: str = "") -> Article:
    body = text or prose(seed)
    return Article(
        sha256=sha256_text(body), company=company, uri=f"{seed}.md", text=body, source="Wire"
    )


def make_material(
    seed: int | str,
    company: str = "",
    *,
    score: float = 4.0,
    persona: str = "CFO",
    article: Article | None = None,
    response: str = "",
) -> Material:
    return Material(
        article=article or make_article(seed, company),
        persona=persona,
        response=response or f"## Overview\n{prose(f'summary {seed} {persona}', 3)}",
        teacher="offline-extractive-1",
        judge="offline-metric-1",
        score=score,
    )


def make_judgment(material: Material, findings: tuple[Finding, ...] = ()) -> Judgment:
    return Judgment(
        judge=material.judge,
        card=material.judge_card,
        rubric="r1",
        scores={"form": material.score},
        overall=material.score,
        rationale="",
        findings=findings,
    )


def make_plan(**changes: Any) -> DatasetPlan:
    return DatasetPlan.model_validate(
        {"name": "briefs", "prompt": PROMPT, "pairs": 10, "eval_pairs": 2} | changes
    )


def make_pdf(text: str, password: str = "") -> bytes:
    file = BytesIO()
    canvas = Canvas(file, encrypt=StandardEncryption(password) if password else None)
    canvas.setFont("Helvetica", 9)
    for number, start in enumerate(range(0, len(text), 80)):
        canvas.drawString(40, 760 - 11 * number, text[start : start + 80])
    canvas.showPage()
    canvas.save()
    return file.getvalue()


class Workplace:
    """The datasets service on a ledger of its own, without its RPCs."""

    def __init__(self, folder: Path, fetcher: Fetcher | None = None) -> None:
        self.folder = folder
        self.store: ObjectStore = DirectoryStore(folder / "objects")
        self.ledger: Ledger = make_ledger(folder)
        sources = Sources(fetcher or Fetcher(), Buckets(Settings()), MAX_BYTES)
        self.imports = Imports(self.ledger, self.store, sources)
        self.versions = DatasetVersions(self.ledger, self.store, WordEmbedder())

        self._handlers: dict[str, StageHandler] = {}
        register(cast(Broker, self), self.imports, self.versions)

    def on_stage(self, task: str, handler: StageHandler) -> None:
        """Stand in for the broker, whose start and end take seconds."""
        self._handlers[task] = handler

    def run(self, work: Work) -> Work:
        keeper = LeaseKeeper(self.ledger)
        while self.ledger.works.get(work.id).ended_at is None:
            messages: list[tuple[str, str]] = []
            self.ledger.outbox.publish(lambda task, ids: messages.append((task, *ids)))  # noqa: B023
            assert messages, "nothing is left to do, yet the work has not ended"
            for task, item in messages:
                if task in self._handlers:
                    run_stage(self.ledger, keeper, self._handlers[task], int(item))
        keeper.stop()
        return self.ledger.works.get(work.id)

    def run_import(
        self, files: dict[str, bytes], request_id: str = "import", **policy: Any
    ) -> Work:
        uploaded = [
            Source(name, store_upload(self.store, name, _chunks(data)).sha256)
            for name, data in files.items()
        ]
        return self.import_sources(uploaded, request_id, **policy)

    def import_sources(
        self, sources: Sequence[Source], request_id: str = "import", **policy: Any
    ) -> Work:
        return self.run(self.imports.create(request_id, "", sources, ImportPolicy(**policy)))

    def put_plan(self, plan: DatasetPlan | SynthesisPlan | EvaluationPlan) -> str:
        data = canonical_json(plan.model_dump(mode="json"))
        key = f"plans/{sha256_bytes(data)}.json"
        self.store.put(key, data)
        return key

    def add_synthesis(
        self,
        materials: Sequence[Material],
        rejected: Sequence[str] = (),
        goldens: Sequence[Golden] = (),
        request_id: str = "synthesis",
        refused: Sequence[tuple[Material, tuple[Finding, ...]]] = (),
    ) -> str:
        """Record a synthesis that accepted the materials and rejected for the reasons.

        Those in `refused` are rejected with the findings of a check.
        """
        plan = SynthesisPlan(goldens=tuple(goldens), prompt=PROMPT, personas=("CFO",))
        items = [self._item(material) for material in materials]
        reasons = [*rejected, *("The judge rejected it." for _ in refused)]
        others = [self._item(make_material(f"refused {n}", score=2)) for n in range(len(rejected))]
        others += [self._item(material, findings) for material, findings in refused]
        work = self.ledger.works.create(
            NewWork(
                kind="synthesis",
                request_id=request_id,
                spec={"plan_key": self.put_plan(plan), "teacher": "offline-extractive-1"},
                stages={"write": "synthesis.write_candidate"},
                items=[*items, *others],
            )
        )
        for item in self.ledger.works.items(work.id):
            claim = self.ledger.items.claim(item.id)
            assert claim is not None
            number = item.index - len(items)
            if number < 0:
                self.ledger.items.move(claim, Finish())
            else:
                self.ledger.items.move(claim, Finish(Outcome.REJECTED, reasons[number]))
        return work.id

    def _item(self, material: Material, findings: tuple[Finding, ...] = ()) -> dict[str, Any]:
        candidate = Candidate(
            article_sha256=material.article.sha256,
            persona=material.persona,
            text=material.response,
            author=material.teacher,
        )
        keys = {}
        for kind, record in (
            ("candidate", candidate),
            ("judgment", make_judgment(material, findings)),
            ("article", material.article),
        ):
            data = canonical_json(record.model_dump(mode="json"))
            keys[kind] = f"{kind}s/{sha256_bytes(data)}.json"
            if kind == "article":
                keys[kind] = f"articles/{material.article.sha256}.json"
            self.store.put(keys[kind], data)
        return {
            "article": material.article.sha256,
            "persona": material.persona,
            "candidate_key": keys["candidate"],
            "judgment_key": keys["judgment"],
            "score": material.score,
            "round": 0,
        }


def _chunks(data: bytes) -> list[bytes]:
    return [data[start : start + 2**20] for start in range(0, len(data), 2**20)]
