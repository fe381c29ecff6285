"""Compare the offline teacher with LEAD, LexRank and TextRank on texts of other hands.

python -m scripts.bench_other_hands [--unseen] [--show]
prints the tables of docs/benchmarks/teacher.md: articles of the figure check's tests, each with two
summaries by the same writer, and transcripts of earnings calls with a summary as terse as a wire's
and one for the CFO. The teacher's rules were written with the first half of each in view; --unseen
takes the others, of which nobody may read what it writes. Action items are left out, of its
summaries as of the right ones: no other system writes any. Needs what scripts.bench_teacher needs.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from rouge_score.rouge_scorer import RougeScorer
from scripts.bench_simulator import CachedEmbedder
from scripts.bench_teacher import Scores, beside_others, items_of, print_tables

from goldbrief.core.documents import Article, Golden
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.seams import Embedder
from goldbrief.core.settings import Settings
from goldbrief.sdk.calibration import read_document
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.statements import hard_figures
from goldbrief.synthesis.teachers import Assignment
from goldbrief.text.sentences import words
from goldbrief.text.style import infer_style

_ROOT = Path(__file__).parents[1]
_HANDWRITTEN = _ROOT / "examples" / "handwritten" / "goldens"
_PAIRS = _ROOT / "tests" / "unit" / "text"
_CALLS = _ROOT / "tests" / "unit" / "synthesis" / "calls" / "written"
_GOLDEN_CALLS, _SEEN_CALLS, _UNSEEN_CALLS = range(1, 4), range(4, 9), range(9, 15)
_PERSONA = "CFO"
_ROUGE = ("rouge1", "rouge2", "rougeLsum")
_TABLE = {
    "figures": "figures told", "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L",
    "words": "words",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """An article with right summaries of it."""

    name: str
    article: str
    summaries: Sequence[str]


def main() -> None:
    """Print a table for articles, and one for each kind of summary of calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what the teacher writes, too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    embedder = CachedEmbedder(Settings().models_dir / "all-minilm-l6-v2")
    places = _UNSEEN_CALLS if options.unseen else _SEEN_CALLS
    pairs = _PAIRS / ("blind_pairs" if options.unseen else "written_pairs")
    sets = {
        "articles": (_articles(pairs), _handwritten_goldens()),
        "calls, as terse as a wire": (_calls(places, "summary.txt"), _call_goldens("summary.txt")),
        "calls, for the CFO": (_calls(places, "brief.md"), _call_goldens("brief.md")),
    }
    for title, (cases, goldens) in sets.items():
        print(f"\n{title}: {len(cases)}\n")
        scores = _measure(cases, goldens, embedder, show=options.show)
        print_tables(scores, _TABLE, ("words",), ("figures", *_ROUGE))


def _measure(
    cases: Sequence[Case], goldens: tuple[Golden, ...], embedder: Embedder, *, show: bool
) -> dict[str, Scores]:
    style = infer_style(goldens)
    teacher = OfflineTeacher(embedder)
    scorer = RougeScorer(_ROUGE, use_stemmer=True)
    scores: dict[str, Scores] = {}
    for case in cases:
        article = Article(sha256=sha256_text(case.article), text=case.article)
        try:
            draft = teacher.write(Assignment(article, case.article, _PERSONA, style, goldens)).text
        except InvalidInputError as error:
            print(f"{case.name}: {error.message}")
            continue
        if show:
            print(f"{case.name}\n{draft}\n")
        for system, chosen in beside_others(case.article, _told(draft)).items():
            for measure, value in _score(case, chosen, scorer).items():
                scores.setdefault(system, {}).setdefault(measure, {})[case.name] = value
    return scores


def _score(case: Case, chosen: Sequence[str], scorer: RougeScorer) -> dict[str, float]:
    """Share of the summaries' figures that are told, likeness to them, and length."""
    text = "\n".join(chosen)
    right = ["\n".join(_told(summary)) for summary in case.summaries]
    wanted = [figures for one in right if (figures := hard_figures(one))]
    rouge = [scorer.score(one, text) for one in right]
    return {
        "figures": mean(len(hard_figures(text) & figures) / len(figures) for figures in wanted),
        **{name: mean(one[name].fmeasure for one in rouge) for name in _ROUGE},
        "words": sum(len(words(one)) for one in chosen),
    }


def _told(summary: str) -> list[str]:
    """The items of a summary that tell something."""
    return items_of(re.split(r"(?m)^## Action", summary)[0])


def _articles(folder: Path) -> list[Case]:
    return [
        Case(
            one.name,
            (one / "article.md").read_text(encoding="utf-8"),
            [path.read_text(encoding="utf-8") for path in sorted(one.glob("summary-*.md"))],
        )
        for one in sorted(folder.iterdir())
    ]


def _calls(places: Sequence[int], kind: str) -> list[Case]:
    return [Case(str(n), _read(n, "article.txt"), [_read(n, kind)]) for n in places]


def _call_goldens(kind: str) -> tuple[Golden, ...]:
    return tuple(
        Golden(name=f"call-{number}.md", persona=_PERSONA, summary=_read(number, kind))
        for number in _GOLDEN_CALLS
    )


def _read(number: int, name: str) -> str:
    text = (_CALLS / f"{number:02d}" / name).read_text(encoding="utf-8")
    # a golden has sections
    return f"## Key Takeaways\n\n{text}" if name == "summary.txt" else text


def _handwritten_goldens() -> tuple[Golden, ...]:
    return tuple(
        Golden(name=path.name, persona=_PERSONA, summary=read_document(path)[1])
        for path in sorted(_HANDWRITTEN.glob("*.md"))
    )


if __name__ == "__main__":
    main()
