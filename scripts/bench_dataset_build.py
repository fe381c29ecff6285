"""How long a dataset version takes to build, and how that grows with its pairs.

python scripts/bench_dataset_build.py [--pairs 5000 20000 100000] [--words 200] [--profile]

Pairs come from the simulator: each article has a summary for the CFO and one for the CEO; every
twentieth article stands there once more with a few words changed, and so do its summaries. A
process a size simulates them, which is not timed, and then curates (duplicates by MinHash and by
embedding, clusters, choice, balance, splits), measures leakage, and publishes rows, fates, card
and manifest to a store that only counts bytes. With --stored 5000, the same through the service:
candidates, judgments and articles are read from a folder, and the version is written to it.

Simulating takes longer than the build. With --words 200, articles of so many words are put together
of the sentences of 2,000 simulated ones, and so are their summaries: as many as are wanted.

Embeddings are recorded ones: bags of words in 384 dimensions. What an embedder takes comes on top,
once.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldbrief.core.documents import Article, Candidate, Golden, Judgment, PromptFormat, Record
from goldbrief.core.errors import NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_bytes, sha256_text
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import DatasetPlan, SynthesisPlan
from goldbrief.core.states import Outcome
from goldbrief.datasets.card_facts import CardFacts
from goldbrief.datasets.curation import curate
from goldbrief.datasets.leakage import measure_leakage
from goldbrief.datasets.likeness import Vector, whole_vectors
from goldbrief.datasets.material import Material
from goldbrief.datasets.publishing import digest_of, publish, write_rows
from goldbrief.datasets.vectors import RecordedVectors
from goldbrief.datasets.versions import DatasetVersions, VersionRequest
from goldbrief.platform.ledger import Finish, NewWork
from goldbrief.platform.ledger.works import Counts
from goldbrief.platform.storage import DirectoryStore
from goldbrief.simulator.simulating import SimulationSettings, simulate, simulate_one
from goldbrief.testing.ledgers import make_ledger
from goldbrief.text.prompts import TEMPLATE
from goldbrief.text.sentences import split_sentences
from goldbrief.text.sentences import words as words_of
from goldbrief.text.style import infer_style

_PERSONAS = ("CFO", "CEO")
_REPEAT_EVERY = 20
_DIMENSIONS = 384
_EVAL_SHARE = 0.1
_MOST_HELD = 2000
"""Held-out rows do not grow with the data: an interval needs no more."""
_EMBED_AT_ONCE = 4096
_DRAWN_FROM = 2000
"""Simulated articles whose sentences others are put together of."""


@dataclass(slots=True)
class Timings:
    """What one build took."""

    pairs: int
    """Candidates that went in."""
    rows: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_s: float = 0.0
    before_mib: int = 0
    """Memory with the candidates alone."""
    peak_mib: int = 0
    notes: dict[str, Any] = field(default_factory=dict)


class CountingStore:
    """An object store that keeps nothing but the number of bytes."""

    def __init__(self) -> None:
        self.bytes = 0

    def put(self, key: str, data: bytes) -> None:
        """Count the bytes."""
        self.bytes += len(data)

    def put_file(self, key: str, path: Path) -> None:
        """Count the bytes."""
        self.bytes += path.stat().st_size

    def exists(self, key: str) -> bool:
        """Nothing is kept."""
        return False

    def get(self, key: str) -> bytes:
        """Nothing is kept; raises NotFoundError."""
        raise NotFoundError(f"There is no object {key}.")

    def list(self, prefix: str) -> Iterator[str]:
        """Nothing is kept."""
        return iter(())

    def get_file(self, key: str, path: Path) -> None:
        """Nothing is kept; raises NotFoundError."""
        raise NotFoundError(f"There is no object {key}.")

    def delete(self, key: str) -> None:
        """Nothing is kept."""


def main() -> None:
    """Print the table, or do the work of one size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, nargs="+", default=[5000, 20000, 100000])
    parser.add_argument("--words", type=int, default=0, help="length of articles put together")
    parser.add_argument("--stored", type=int, default=0, help="pairs to build through the service")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        made = build if not options.profile else _profiled
        print(json.dumps(made(options.one, options.words)))
        return
    columns = "s | of it curation, leakage, publishing | µs a pair | CPU s | MiB before | at most"
    print(f"| pairs | rows | {columns} |")
    print("|---|---|---|---|---|---|---|---|")
    for pairs in options.pairs:
        found = _in_process_of_its_own(pairs, options.words, options.profile)
        parts = found["seconds"]
        total = sum(parts.values())
        told = ", ".join(f"{seconds:.1f}" for seconds in parts.values())
        print(
            f"| {pairs:,} | {found['rows']:,} | {total:.1f} | {told} | {1e6 * total / pairs:.0f} | "
            f"{found['cpu_s']:.1f} | {found['before_mib']:,} | {found['peak_mib']:,} |",
            flush=True,
        )
        print(f"  {found['notes']}", file=sys.stderr)
    if options.stored:
        wall_s, cpu_s = build_stored(options.stored)
        told = f"{wall_s:.1f} s, of the processor {cpu_s:.1f} s"
        print(f"\n{options.stored:,} pairs through the service: {told}")


def build(pairs: int, words: int) -> dict[str, Any]:
    """Build a version of so many candidates, and time it; `words` as `candidates`."""
    prompt = prompt_format()
    materials = list(candidates(pairs, words))
    vectors = embeddings({material.response for material in materials})
    plan = make_plan(prompt, pairs)
    found = Timings(pairs, before_mib=_memory("VmRSS"))
    started = time.process_time()
    with _timed(found, "curation"):
        curated = curate(plan, materials, [], lambda texts: {text: vectors[text] for text in texts})
    with _timed(found, "leakage"):
        leakage = measure_leakage(curated.rows, curated.fingerprints, curated.vectors)
    store = CountingStore()
    with _timed(found, "publishing"), tempfile.TemporaryDirectory() as folder:
        rows = write_rows(curated, Path(folder))
        facts = CardFacts(
            name="bench", digest=digest_of(rows, plan.prompt), plan=plan, curated=curated,
            leakage=leakage, unaccepted=[], files=[], judges={}, embedder="words", extends="",
            costs=Counts(),
        )  # fmt: skip
        publish(store, facts, rows, {})
    found.cpu_s = time.process_time() - started
    found.rows = len(curated.rows)
    found.peak_mib = _memory("VmHWM")
    reasons = [
        re.sub(r"(of article|has) .*", r"\1", fate.reason) for fate in curated.fates if fate.reason
    ]
    found.notes = {
        "dropped": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "held out": len(curated.split("eval")),
        "leakage": leakage.model_dump(exclude={"closest", "closest_meaning"}),
        "clusters": curated.notes,
        "bytes": store.bytes,
    }
    return asdict(found)


def build_stored(pairs: int) -> tuple[float, float]:
    """Build a version through the service, of objects in a folder.

    Args:
        pairs: How many candidates.

    Returns:
        Seconds on the wall, and of the processor.
    """
    with tempfile.TemporaryDirectory(prefix="bench-dataset-") as name:
        folder = Path(name)
        store, ledger = DirectoryStore(folder / "objects"), make_ledger(folder)
        versions = DatasetVersions(ledger, store, WordEmbedder())
        plan = SynthesisPlan(goldens=(), prompt=prompt_format(), personas=_PERSONAS)
        items = [_stored(store, material) for material in candidates(pairs)]
        plan_key, dataset_key = (
            _put(store, "plans", one) for one in (plan, make_plan(prompt_format(), pairs))
        )
        work = ledger.works.create(
            NewWork(
                kind="synthesis", request_id="s", spec={"plan_key": plan_key},
                stages={"write": "synthesis.write_candidate"}, items=items,
            )
        )  # fmt: skip
        for item in ledger.works.items(work.id):
            claim = ledger.items.claim(item.id)
            if claim is not None:
                ledger.items.move(claim, Finish(Outcome.ACCEPTED))
        texts = sorted({material.response for material in candidates(pairs)})
        RecordedVectors(store, WordEmbedder()).embed(texts)
        spec = asdict(VersionRequest("bench", work.id, "", dataset_key))
        started, cpu = time.monotonic(), time.process_time()
        versions.curate(spec)
        return time.monotonic() - started, time.process_time() - cpu


def candidates(pairs: int, words: int = 0) -> Iterator[Material]:
    """Summaries with their articles, near-duplicates among them.

    Args:
        pairs: How many.
        words: Length of the articles, put together of the sentences of others; 0 simulates them.

    Yields:
        The candidates.
    """
    texts = put_together(words) if words else simulated()
    made = 0
    for index, one in enumerate(texts):
        for again in range(2 if index % _REPEAT_EVERY == 0 else 1):
            for material in _materials(index, one, bool(again)):
                if made == pairs:
                    return
                yield material
                made += 1


@dataclass(frozen=True, slots=True)
class Texts:
    """An article and its summaries."""

    title: str
    company: str
    text: str
    summaries: tuple[str, ...]
    """One a persona."""


def simulated() -> Iterator[Texts]:
    """The simulator's articles, without end."""
    settings = SimulationSettings(count=1, seed="dataset build", personas=_PERSONAS)
    for index in count():
        one = simulate_one(settings, index)
        summaries = tuple(summary.content.text for summary in one.summaries)
        yield Texts(one.title, one.world.company.name, one.content.text, summaries)


def put_together(words: int) -> Iterator[Texts]:
    """Articles of sentences of the simulator's, drawn at random, without end."""
    some = list(islice(simulated(), _DRAWN_FROM))
    sentences = [sentence for one in some for sentence in split_sentences(one.text)]
    number = round(words * len(sentences) / sum(len(one.text.split()) for one in some))
    lines = [one.split("\n") for texts in some for one in texts.summaries]
    for index in count():
        draw = Random(index)
        yield Texts(
            title=some[index % len(some)].title,
            company=f"{some[index % len(some)].company} {index // len(some)}",
            text=" ".join(draw.choices(sentences, k=number)),
            summaries=tuple(_summary(draw, lines) for _ in _PERSONAS),
        )


def _summary(draw: Random, summaries: Sequence[Sequence[str]]) -> str:
    """A summary of which each line stands in another one, in its place."""
    form = draw.choice(summaries)
    others = (draw.choice(summaries) for _ in form)
    return "\n".join(
        other[place]
        if line.strip() and place < len(other) and other[place][:1] == line[:1]
        else line
        for place, (line, other) in enumerate(zip(form, others, strict=True))
    )


def _materials(index: int, texts: Texts, again: bool) -> Iterator[Material]:
    said = " It was said again the day after." if again else ""
    text = f"{texts.text}{said}"
    article = Article(
        sha256=sha256_text(text), title=texts.title, company=texts.company,
        source=("Wire", "Desk", "Ledger")[index % 7 % 3],
        uri=f"{index}{'-again' if again else ''}.md", text=text,
    )  # fmt: skip
    for persona, summary in zip(_PERSONAS, texts.summaries, strict=True):
        yield Material(
            article=article,
            persona=persona,
            response=f"{summary}{said}".strip(),
            teacher="simulator",
            judge="none",
            score=3 + (int(article.sha256[:6], 16) % 1000) / 500,
        )


def make_plan(prompt: PromptFormat, pairs: int) -> DatasetPlan:
    """Room for nine tenths of the candidates, so that some are left over."""
    wanted = max(10, pairs * 9 // 10)
    held = min(_MOST_HELD, round(wanted * _EVAL_SHARE))
    return DatasetPlan(name="bench", prompt=prompt, pairs=wanted, eval_pairs=held, balance=True)


@lru_cache(maxsize=1)
def prompt_format() -> PromptFormat:
    """Whole articles, in the style of the simulator's summaries."""
    settings = SimulationSettings(count=3, seed="style", personas=_PERSONAS)
    goldens = [
        Golden(name=f"{one.index}", persona=_PERSONAS[0], summary=one.summaries[0].content.text)
        for one in simulate(settings)
    ]
    return PromptFormat(
        template=TEMPLATE, strategy="full", article_tokens=8000, wrap="plain",
        style=infer_style(goldens), max_new_tokens=512,
    )  # fmt: skip


class WordEmbedder:
    """Texts with the same words point the same way."""

    name = "words"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """See `Embedder.embed`."""
        return [_bag(text).tolist() for text in texts]


def embeddings(texts: set[str]) -> dict[str, Vector]:
    """The vector of each text."""
    found: dict[str, Vector] = {}
    ordered = sorted(texts)
    for start in range(0, len(ordered), _EMBED_AT_ONCE):
        some = ordered[start : start + _EMBED_AT_ONCE]
        found.update(zip(some, whole_vectors([_bag(text).tolist() for text in some]), strict=True))
    return found


def _bag(text: str) -> NDArray[np.float64]:
    """Rare words count: those of each kind of article alone would make all summaries alike."""
    vector = sum(map(_line, text.split("\n")), np.full(_DIMENSIONS, 1e-9))
    unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return unit


@lru_cache(maxsize=2**15)
def _line(line: str) -> NDArray[np.float64]:
    vector = np.zeros(_DIMENSIONS)
    for word in words_of(line):
        place, sign = _place(word)
        vector[place] += sign
    return vector


@lru_cache(maxsize=2**20)
def _place(word: str) -> tuple[int, float]:
    digest = int(sha256_text(word)[:8], 16)
    return digest % _DIMENSIONS, 1.0 if digest >> 16 & 1 else -1.0


def _stored(store: DirectoryStore, material: Material) -> dict[str, Any]:
    candidate = Candidate(
        article_sha256=material.article.sha256, persona=material.persona,
        text=material.response, author=material.teacher,
    )  # fmt: skip
    judgment = Judgment(
        judge=material.judge, rubric="r", scores={}, overall=material.score, rationale=""
    )
    store.put(article_key(material.article.sha256), material.article.model_dump_json().encode())
    return {
        "article": material.article.sha256,
        "persona": material.persona,
        "candidate_key": _put(store, "candidates", candidate),
        "judgment_key": _put(store, "judgments", judgment),
    }


def _put(store: DirectoryStore, folder: str, record: Record) -> str:
    data = canonical_json(record.model_dump(mode="json"))
    key = f"{folder}/{sha256_bytes(data)}.json"
    store.put(key, data)
    return key


@contextmanager
def _timed(timings: Timings, name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    timings.seconds[name] = time.monotonic() - started


def _memory(line: str) -> int:
    """A figure of this process's memory, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(rf"{line}:\s+(\d+)", status)[0]) // 1024


def _profiled(pairs: int, words: int) -> dict[str, Any]:
    profile = cProfile.Profile()
    found = profile.runcall(build, pairs, words)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(25)
    return found


def _in_process_of_its_own(pairs: int, words: int, profile: bool) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", str(pairs), "--words", str(words)]
    command += ["--profile"] if profile else []
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


if __name__ == "__main__":
    main()
