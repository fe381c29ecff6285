"""Measure what it gives and costs to hold the embedded engine to figures, and to a form.

python scripts/bench_guards.py ADAPTER [--articles 60] [--reserved] [--real FOLDER]
prints the tables of docs/benchmarks/guards.md. ADAPTER is one of GOLDBRIEF_HOME/served, which
`make demo` fills. The same articles are summarized freely, with the figures of the article alone,
in the form of the house style alone, and with both; in batches of six, in turn, in one run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.documents import PromptFormat, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.settings import Settings
from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.cpu import usable_cpus
from goldbrief.inference.generation import Answer, Event, Generator, Prompt
from goldbrief.inference.language_model import LanguageModel
from goldbrief.inference.metrics import Metrics
from goldbrief.platform.statistics import estimate, paired_difference
from goldbrief.simulator.comparison import read_articles
from goldbrief.simulator.scoring import score_summary
from goldbrief.simulator.simulating import SimulatedArticle, SimulationSettings, simulate
from goldbrief.text.figure_check import check_figures
from goldbrief.text.figure_guard import FigureGuard
from goldbrief.text.form_guard import FormGuard
from goldbrief.text.prompts import render_prompt
from goldbrief.text.sections import form_for, parse_summary, structure_problems
from goldbrief.text.similarity import repeated_items

_PERSONA = "CFO"
_BATCH = 6
_WAYS: Mapping[str, tuple[bool, bool]] = {
    "free": (False, False),
    "figures of the article": (True, False),
    "house form": (False, True),
    "both": (True, True),
}
"""Whether it is held to figures, and to the form."""


@dataclass(frozen=True, slots=True)
class Source:
    """An article; with its truth where it is simulated."""

    text: str
    simulated: SimulatedArticle | None = None


def main() -> None:
    """Summarize all articles in each way and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adapter")
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--real", type=Path, help="folder of real articles to add")
    options = parser.parse_args()
    settings = Settings()
    served = settings.home / "served"
    form = PromptFormat.model_validate_json((served / options.adapter / "prompt.json").read_bytes())
    simulation = SimulationSettings(
        count=options.articles,
        partition="final" if options.reserved else "development",
        personas=(_PERSONA,),
        seed="figure-guard",
    )
    sources = [Source(one.content.text, one) for one in simulate(simulation)]
    writer = Writer(settings.models_dir / "smollm2-135m-instruct", served, options.adapter, form)
    compare(writer, sources)
    if options.real:
        compare(writer, [Source(text) for text in read_articles(options.real)])
    writer.close()


class Writer:
    """Writes summaries with an adapter, as the gateway has them written.

    Args:
        base: Folder of the base model.
        served: Folder of adapters.
        adapter: Which.
        form: How it was trained.
    """

    def __init__(self, base: Path, served: Path, adapter: str, form: PromptFormat) -> None:
        self.form = form
        self._adapter = adapter
        model = LanguageModel("base", base, AdapterFolder(served))
        self._generator = Generator(model, Metrics(), _BATCH, 64, usable_cpus())

    def write(self, sources: Sequence[str], *, figures: bool, form: bool) -> list[Answer]:
        """Summarize a batch of articles, held to their figures or to the house style's form."""
        answers: list[Future[Answer]] = [Future() for _ in sources]

        def emit(index: int, event: Event) -> None:
            if isinstance(event, Answer):
                answers[index].set_result(event)
            elif isinstance(event, Exception):
                answers[index].set_exception(event)

        prompts = [self._prompt(source, figures, form) for source in sources]
        self._generator.submit(prompts, emit)
        return [answer.result() for answer in answers]

    def close(self) -> None:
        """End the computing thread."""
        self._generator.close()

    def _prompt(self, source: str, figures: bool, form: bool) -> Prompt:
        rendered = render_prompt(source, _PERSONA, self.form)
        return Prompt(
            tuple(self._generator.model.encode(rendered)),
            self._adapter,
            self.form.max_new_tokens,
            figures=FigureGuard(source) if figures else None,
            form=FormGuard(form_for(self.form.style, _PERSONA)) if form else None,
        )


def compare(writer: Writer, sources: Sequence[Source]) -> None:
    """Summarize all sources in each way, and print what came of it."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in _WAYS}
    seconds = dict.fromkeys(_WAYS, 0.0)
    for first in range(0, len(sources), _BATCH):
        some = sources[first : first + _BATCH]
        texts = [source.text for source in some]
        for name, (figures, form) in _WAYS.items():
            started = time.perf_counter()
            answers = writer.write(texts, figures=figures, form=form)
            seconds[name] += time.perf_counter() - started
            found[name] += [
                dict(measures(answer, source, writer.form))
                for answer, source in zip(answers, some, strict=True)
            ]
    tokens = {name: sum(one["tokens"] for one in found[name]) for name in _WAYS}
    speeds = {name: tokens[name] / seconds[name] for name in _WAYS}
    show(found, {name: speed / speeds["free"] for name, speed in speeds.items()})


def _repeats(text: str, style: StyleContract) -> bool:
    """Whether two takeaways say the same; not where the sections cannot be told apart."""
    try:
        return bool(repeated_items(parse_summary(text, style).takeaways))
    except InvalidInputError:
        return False


def measures(answer: Answer, source: Source, form: PromptFormat) -> Iterator[tuple[str, float]]:
    """What is measured of one summary."""
    text = answer.text
    check = check_figures(text, source.text)
    yield "figures", check.total
    yield "unsupported figures", len(check.unsupported)
    yield "share supported, unclear ones too", 1 - len(check.unsupported) / max(1, check.total)
    yield "figures doubted in subject or period", len(check.unclear)
    if source.simulated:
        score = score_summary(source.simulated, text, _PERSONA)
        yield "truth: wrong figures", score.count("wrong")
        yield "truth: invented figures", score.count("invented")
        yield "truth: share of statements right", score.precision
        yield "truth: salient facts told", score.recall()
    yield "structure valid", not structure_problems(text, form.style)
    yield "repeated bullets", _repeats(text, form.style)
    yield (
        "log-probability a token",
        sum(p.log_probability for p in answer.pieces) / len(answer.pieces),
    )
    yield "tokens", len(answer.pieces)


def show(found: Mapping[str, Sequence[Mapping[str, float]]], speeds: Mapping[str, float]) -> None:
    """Print a table: means with 95% intervals, and differences to free writing, paired."""
    free = found["free"]
    print(
        f"\n{len(free)} articles\n\n| a summary | {' | '.join(found)} |\n|---|{'---|' * len(found)}"
    )
    for measure in free[0]:
        cells = []
        for name, values in found.items():
            mean = estimate([one[measure] for one in values])
            cell = f"{mean.mean:.3f} ({mean.low:.3f} to {mean.high:.3f})"
            if name != "free":
                first, second = (
                    {str(i): float(one[measure]) for i, one in enumerate(each)}
                    for each in (values, free)
                )
                difference = paired_difference(first, second)
                cell += f"; {difference.mean:+.3f}" if difference else ""
            cells.append(cell)
        print(f"| {measure} | {' | '.join(cells)} |")
    print(
        f"| tokens a second, ratio | {' | '.join(f'{one:.2f}' for one in speeds.values())} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
