"""Measure what a tuned small model writes, beside base model, version 1 and offline teacher.

python -m scripts.bench_small_model ADAPTER KEEP [--reserved] [--real FOLDER]
prints the table of docs/benchmarks/small-model.md and writes KEEP/results.json. ADAPTER is one of
GOLDBRIEF_HOME/served, which `make demo` fills. Every summary is kept in KEEP/summaries.jsonl as it
is written: the same command goes on after an interruption, `--measure-only` measures what is there.
The tuned model answers as the gateway does, freely and with figures of the article alone; the
base model writes from the same prompt. The reserved half is for a final measurement: change
nothing because of what it shows.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path

from scripts.bench_simulator import CachedEmbedder
from scripts.small_model_tables import (
    Row,
    Rows,
    Source,
    Written,
    measures,
    sample_articles,
    show_sample,
    show_table,
    summarize,
)

from goldbrief.core.documents import Article, PromptFormat, StyleContract
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.hashing import sha256_text
from goldbrief.evaluation.models import LiveModels
from goldbrief.evaluation.systems import SystemSpec, make_system
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import start_in_thread
from goldbrief.platform.llm import OpenAIEngine
from goldbrief.simulator.comparison import read_articles
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.figures import FigurePolicy
from goldbrief.summarize.models import ModelDirectory, Served, ServedModel
from goldbrief.summarize.writing import SummaryWriter
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.teachers import Assignment as Teaching
from goldbrief.text.golden_files import read_goldens
from goldbrief.text.normalization import normalize
from goldbrief.text.selection import apply_strategy
from goldbrief.text.tidying import tidy

_TUNED: Mapping[str, FigurePolicy] = {"tuned": "annotate", "tuned, figures held": "enforce"}
_MOST = {"tuned": 300, "tuned, figures held": 60, "base": 12, "version 1": 6, "teacher": 60}
"""Articles of each kind that a system summarizes: version 1 asks the model four times for each."""
_TIMEOUT_S = 86_400.0
Write = Callable[[str], Written]
"""An article's text to its summary."""


def main() -> None:
    """Write what is missing, then measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adapter")
    parser.add_argument("keep", type=Path, help="folder of summaries and results")
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--start", type=int, default=0, help="first article, to share the work")
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--real", type=Path, help="folder of real articles to add")
    parser.add_argument(
        "--most", action="append", default=[], metavar="SYSTEM=N", help="articles of each kind"
    )
    parser.add_argument("--goldens", type=Path, default=Path("examples/quickstart/simulated"))
    parser.add_argument("--persona", default="CFO")
    parser.add_argument("--seed", default="small-model")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--measure-only", action="store_true")
    parser.add_argument("--samples", type=int, default=0, help="articles to print summaries of")
    options = parser.parse_args()
    sources = _sources(options)
    kept = Kept(options.keep)
    settings = InferenceSettings(inference_port=0, inference_max_batch=options.batch)
    form_file = settings.served_adapters_dir / options.adapter / "prompt.json"
    form = PromptFormat.model_validate_json(form_file.read_bytes())
    if not options.measure_only:
        write_all(sources, kept, options, form, settings)
    rows = measure_all(sources, kept, form.style, options.persona)
    results = {kind: summarize(systems) for kind, systems in rows.items()}
    for kind, systems in results.items():
        show_table(kind, systems)
    if options.samples:
        show_samples(sources, kept, rows["simulated"], options.samples)
    told = {
        kind: {name: {m: asdict(one) for m, one in found.items()} for name, found in each.items()}
        for kind, each in results.items()
    }
    (options.keep / "results.json").write_text(json.dumps({"means": told, "articles": rows}))


def _sources(options: argparse.Namespace) -> list[Source]:
    """Both kinds by turns, so that an early end has left enough of each."""
    settings = SimulationSettings(
        count=options.articles,
        start=options.start,
        partition="final" if options.reserved else "development",
        personas=(options.persona,),
        seed=options.seed,
    )
    simulated = [
        Source("simulated", one.index, one.content.text, one) for one in simulate(settings)
    ]
    texts = read_articles(options.real) if options.real else ()
    real = [Source("real", i, normalize(text).text) for i, text in enumerate(texts)]
    return sorted(
        simulated + real, key=lambda one: one.number / len(simulated if one.simulated else real)
    )


class Kept:
    """Summaries in a file, a line each.

    Args:
        folder: Where it lies; made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "summaries.jsonl"
        self._found: dict[tuple[str, str], Written] = {}
        for line in self._path.read_text().split("\n")[:-1] if self._path.exists() else ():
            row = json.loads(line)
            key = row.pop("article"), row.pop("system")
            self._found[key] = Written(**row)

    def find(self, article: str, system: str) -> Written | None:
        """What a system wrote of an article; None where it has not yet."""
        return self._found.get((article, system))

    def add(self, article: str, system: str, written: Written) -> None:
        """Keep a summary."""
        self._found[article, system] = written
        row = {"article": article, "system": system, **asdict(written)}
        with self._path.open("a") as lines:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_all(
    sources: Sequence[Source],
    kept: Kept,
    options: argparse.Namespace,
    form: PromptFormat,
    settings: InferenceSettings,
) -> None:
    """Have every system write what it has not: some articles by all of them, then the next."""
    server = start_in_thread(settings)
    systems = _systems(options, form, server.url, settings.models_dir)
    most = _MOST | {name: int(n) for name, _, n in (one.partition("=") for one in options.most)}
    chunk = 3 * options.batch
    with ThreadPoolExecutor(options.batch) as pool:
        for first in range(0, len(sources), chunk):
            for system, write in systems.items():
                missing = [
                    one
                    for one in sources[first : first + chunk]
                    if one.number < most[system] and kept.find(one.name, system) is None
                ]
                under_way = {pool.submit(_tried, write, one.text): one for one in missing}
                for done in as_completed(under_way):
                    kept.add(under_way[done].name, system, done.result())
            print(f"{min(first + chunk, len(sources))} of {len(sources)} articles", flush=True)
    server.stop()


def _tried(write: Write, article: str) -> Written:
    try:
        return write(article)
    except GoldbriefError as error:
        return Written("", error=f"{error.reason}: {error}")


def _systems(
    options: argparse.Namespace, form: PromptFormat, url: str, models_dir: Path
) -> dict[str, Write]:
    """All systems by name."""
    engine = OpenAIEngine(url)
    persona = options.persona
    served = ServedModel("briefs", "1", options.adapter, "", "", "base", form)
    directory = ModelDirectory(lambda _: Served(served))

    def answer(policy: FigurePolicy, article: str) -> Written:
        writer = SummaryWriter(engine, directory, policy)
        *_, answer = writer.write(Assignment(article, "briefs", persona), _TIMEOUT_S)
        assert isinstance(answer, Answer)
        return Written(answer.completion.text, answer.calls, answer.withheld)

    def compete(spec: SystemSpec, article: str) -> Written:
        written = make_system(spec, form, LiveModels(engine)).write(article, persona)
        return Written(tidy(written.text, form.style, persona))

    goldens = read_goldens(
        {one.name: one.read_bytes() for one in sorted((options.goldens / "goldens").glob("*.md"))},
        {one.name: one.read_bytes() for one in (options.goldens / "articles").glob("*.md")},
    )
    teacher = OfflineTeacher(CachedEmbedder(models_dir / "all-minilm-l6-v2"))

    def teach(article: str) -> Written:
        known = Article(sha256=sha256_text(article), text=article)
        passage = apply_strategy(article, form)
        return Written(teacher.write(Teaching(known, passage, persona, form.style, goldens)).text)

    return {
        **{name: partial(answer, policy) for name, policy in _TUNED.items()},
        "base": partial(compete, SystemSpec(name="base", kind="BASE")),
        "version 1": partial(compete, SystemSpec(name="version-1", kind="PROMPT_CHAIN")),
        "teacher": teach,
    }


def measure_all(
    sources: Sequence[Source], kept: Kept, style: StyleContract, persona: str
) -> dict[str, dict[str, dict[str, Row]]]:
    """Measure all summaries: kind of article to system to article to measures."""
    rows: dict[str, dict[str, dict[str, Row]]] = defaultdict(lambda: defaultdict(dict))
    for source in sources:
        for system in _MOST:
            if written := kept.find(source.name, system):
                found = dict(measures(written, source, style, persona))
                rows[source.kind][system][source.name] = found
    return rows


def show_samples(sources: Sequence[Source], kept: Kept, rows: Rows, count: int) -> None:
    """Print what every system wrote of some articles."""
    by_name = {one.name: one for one in sources}
    for place, name in enumerate(sample_articles(rows, count), start=1):
        found = {system: kept.find(name, system) for system in rows}
        summaries = {system: one.summary for system, one in found.items() if one and one.summary}
        show_sample(by_name[name], summaries, {one: rows[one][name] for one in summaries}, place)


if __name__ == "__main__":
    main()
