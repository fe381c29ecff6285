"""The articles, side by side: what each system wrote, and what was found about it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from goldbrief.core.documents import Comparison
from goldbrief.evaluation.contests import Contest
from goldbrief.evaluation.material import Material
from goldbrief.evaluation.metrics import FIGURES, QUALITY, metric_named
from goldbrief.evaluation.report.markup import details, paragraph, summary_html
from goldbrief.evaluation.rows import Row

MAX_ARTICLES = 40
"""More would make a page that browsers are slow to open; all are in predictions.jsonl."""
_MAX_ARTICLE_CHARACTERS = 20_000
_ORIGINS = {
    "golden": "Approved by people",
    "synthesized": "Written by the teacher",
    "imported": "Brought by the user",
}


def render_articles(material: Material) -> str:
    """Show the articles, those first in which the last system did worst."""
    by_article: dict[str, list[Row]] = {}
    last = material.systems[-1]
    for row in material.rows:
        by_article.setdefault(row.article.sha256, []).append(row)
    ordered = sorted(by_article.values(), key=lambda group: _badness(group, last))
    shown = ordered[:MAX_ARTICLES]
    left_out = len(ordered) - len(shown)
    note = f"The {left_out} other articles are in predictions.jsonl." if left_out else ""
    said = _preferences(material.contests)
    parts = [
        _article(group, last, said.get(group[0].article.sha256, []), is_open=n == 0)
        for n, group in enumerate(shown)
    ]
    return "".join(parts) + (paragraph(note) if note else "")


def _badness(group: Sequence[Row], last: str) -> tuple[float, float, int]:
    metrics = next((row.metrics for row in group if row.system == last), {})
    return (
        metrics.get(QUALITY.name, 0.0),
        metrics.get(FIGURES.name, 0.0),
        group[0].index,
    )


def _preferences(contests: Sequence[Contest]) -> dict[str, list[str]]:
    """What the judge says of two summaries, by article."""
    said: dict[str, list[str]] = {}
    for contest in contests:
        if contest.comparison and contest.points is not None:
            said.setdefault(contest.article, []).append(_preference(contest, contest.comparison))
    return said


def _preference(contest: Contest, comparison: Comparison) -> str:
    if comparison.preferred == "tie":
        verdict = f"{contest.first} and {contest.second}: even"
        if not comparison.is_consistent:
            verdict += ", as the judge prefers another in the other order"
    else:
        names = (contest.first, contest.second)
        better, worse = names if comparison.preferred == "first" else names[::-1]
        verdict = f"{better} rather than {worse}"
    read_first = f" (read first: {contest.first})" if comparison.answers else ""
    return f"{verdict}. {comparison.rationale}{read_first}"


def _article(group: Sequence[Row], last: str, said: Sequence[str], *, is_open: bool) -> str:
    first = group[0]
    title = first.article.title or first.article.company or f"Article {first.article.sha256[:8]}"
    cards = "".join(_card(row) for row in sorted(group, key=lambda row: row.system != last))
    reference = _reference(first)
    text = first.article.text
    cut = text[:_MAX_ARTICLE_CHARACTERS]
    more = " […]" if len(text) > len(cut) else ""
    article = details("The article", f'<div class="article">{escape(cut)}{more}</div>')
    scores = " · ".join(f"{row.system} {_score(row)}" for row in group)
    head = f"<b>{escape(title)}</b> <span>{escape(scores)}</span>"
    compared = details("Side by side, the judge prefers", "".join(map(paragraph, said)))
    body = f'<div class="cards">{cards}</div>{compared if said else ""}{reference}{article}'
    html = details(head, body, "case")
    return html.replace("<details", "<details open", 1) if is_open else html


def _reference(row: Row) -> str:
    if not row.target.text:
        return paragraph("No summary to compare with came with this article.", "facts")
    title = f"{_ORIGINS[row.target.origin]}: the summary it is compared with"
    return details(title, summary_html(row.target.text, row.article.text))


def _card(row: Row) -> str:
    if row.candidate is None:
        return f'<div class="card"><h4>{escape(row.system)}</h4>{paragraph(row.cause, "bad")}</div>'
    facts = (
        f"{_score(row)} of 5 · {FIGURES.write(row.metrics[FIGURES.name])} of "
        f"{row.metrics['figures_per_summary']:.0f} figures found"
    )
    if row.candidate.latency_s:
        facts += f" · {row.candidate.latency_s:.1f} s"
    return (
        f'<div class="card"><h4>{escape(row.system)}</h4>{paragraph(facts, "facts")}'
        f'<div class="summary">{summary_html(row.candidate.text, row.article.text)}</div>'
        f"{_findings(row)}</div>"
    )


def _findings(row: Row) -> str:
    problems = row.measurement.problems if row.measurement else ()
    found = [f"Form: {problem}" for problem in problems]
    if row.judgment is None:
        found.append(f"Not judged. {row.cause}")
        rationale = ""
    else:
        rationale = row.judgment.rationale
        if row.judgment.overall is None:
            found.append("The judge failed to answer.")
        found += [
            f"{finding.check.replace('_', ' ').capitalize()}: {finding.message}"
            for finding in row.judgment.findings
            if finding.check != "sections"
        ]
    items = "".join(f"<li>{escape(text)}</li>" for text in found)
    said = [rationale] if rationale else []
    if row.grades:
        said += [
            f"{metric_named(name).label}: {grade.score or 'no score'}. {grade.justification}"
            for name, grade in row.grades.grades.items()
        ]
    judge = details("What the judge says", "".join(map(paragraph, said))) if said else ""
    return f'{judge}<ul class="findings">{items}</ul>' if items else judge


def _score(row: Row) -> str:
    value = row.metrics.get(QUALITY.name)
    return "–" if value is None else f"{value:.1f}"
