"""Simulated articles as JSON rows and as files: the text, its truth, its reference summaries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.article_defects import ARTICLE_DEFECT_KINDS, plant_in_article
from goldbrief.simulator.composing import FigureMention
from goldbrief.simulator.defects import DEFECT_KINDS, plant
from goldbrief.simulator.facts import Fact, Measure
from goldbrief.simulator.simulating import SimulatedArticle
from goldbrief.simulator.summaries import ReferenceSummary

Row = dict[str, Any]

KEY_SALIENCE = 0.8
"""From this salience on a reader must not miss a fact."""
ALL_DEFECTS = "all"


def defect_kinds(names: Sequence[str]) -> tuple[str, ...]:
    """The kinds of defects that some names ask for.

    Args:
        names: Kinds of `defects` or `article_defects`, or `all`.

    Returns:
        The kinds, each once.

    Raises:
        InvalidInputError: A name is unknown.
    """
    known = (*DEFECT_KINDS, *ARTICLE_DEFECT_KINDS)
    for name in names:
        if name not in (*known, ALL_DEFECTS):
            raise InvalidInputError(
                f"There is no defect {name!r}.",
                reason="UNKNOWN_DEFECT",
                remedy=f"Use {ALL_DEFECTS}, {', '.join(known)}.",
            )
    return tuple(kind for kind in known if kind in names or ALL_DEFECTS in names)


def article_row(article: SimulatedArticle, defects: Sequence[str] = ()) -> Row:
    """An article with all that is known of it.

    Args:
        article: The article.
        defects: Kinds to plant, each in a copy of its own.

    Returns:
        A row that JSON can hold; spans count the letters of the `text` beside them.
    """
    world = article.world
    told = {fact.id for fact in article.facts_told}
    facts = sorted(world.facts, key=lambda fact: -fact.salience)
    return {
        "id": f"{article.index:06d}",
        "genre": article.genre,
        "title": article.title,
        "company": world.company.name,
        "sector": world.company.sector,
        "currency": world.company.currency,
        "period": world.period.code,
        "text": article.content.text,
        "facts": [_fact(fact, told) for fact in facts],
        "key_facts": [f.id for f in facts if f.id in told and f.salience >= KEY_SALIENCE],
        "figures": [_figure(figure) for figure in article.content.figures],
        "actions": [
            {"id": one.id, "persona": one.persona, "facts": list(one.fact_ids)}
            for one in world.actions
        ],
        "references": [_reference(summary) for summary in article.summaries],
        "defects": list(_defects(article, defects)),
    }


def as_line(row: Row) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False)


def files_of(row: Row) -> Iterator[tuple[str, str]]:
    """The files that people and pipelines read.

    Args:
        row: Of an article.

    Yields:
        Name within the folder, and content.
    """
    name, head = row["id"], _front_matter(row, "title", "company")
    yield f"articles/{name}.md", head + row["text"] + "\n"
    for one in row["references"]:
        yield f"references/{name}-{one['persona']}.md", _summary_file(one)
    for one in row["defects"]:
        if one["target"] == "article":
            yield f"defective-articles/{name}-{one['kind']}.md", head + one["text"] + "\n"
        else:
            file = f"defective-summaries/{name}-{one['persona']}-{one['kind']}.md"
            yield file, _summary_file(one)


def golden_files(row: Row) -> Iterator[tuple[str, str]]:
    """The first reference as a style golden, and the article that it names.

    Args:
        row: Of an article that is in no other file.

    Yields:
        Name within the folder, and content.
    """
    name, summary = f"{row['id']}.md", row["references"][0]
    head = _front_matter({**summary, "article": name}, "persona", "article")
    yield f"goldens/{name}", f"{head}{summary['text']}\n"
    yield f"goldens/articles/{name}", f"{_front_matter(row, 'title', 'company')}{row['text']}\n"


def _summary_file(row: Row) -> str:
    return f"{_front_matter(row, 'persona')}{row['text']}\n"


def _front_matter(row: Row, *keys: str) -> str:
    lines = (f"{key}: {json.dumps(row[key], ensure_ascii=False)}\n" for key in keys)
    return f"---\n{''.join(lines)}---\n"


def _fact(fact: Fact, told: set[str]) -> Row:
    return {
        "id": fact.id,
        "kind": fact.kind,
        "topic": fact.topic,
        "subject": fact.subject,
        "label": fact.label,
        "period": fact.period.code,
        "direction": fact.direction,
        "tone": fact.tone,
        "salience": fact.salience,
        "told": fact.id in told,
        "measures": [_measure(measure) for measure in fact.measures],
    }


def _measure(measure: Measure) -> Row:
    return {
        "role": measure.role,
        "label": measure.label,
        "period": measure.period.code,
        "value": _number(measure.quantity.value),
        "unit": measure.quantity.unit,
    }


def _figure(figure: FigureMention) -> Row:
    return {
        "start": figure.start,
        "end": figure.end,
        "text": figure.text,
        "fact": figure.fact_id,
        "role": figure.role,
        "label": figure.label,
        "period": figure.period,
        "value": _number(figure.value),
        "unit": figure.unit,
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _reference(summary: ReferenceSummary) -> Row:
    return {
        "persona": summary.persona,
        "style": summary.style,
        "text": summary.content.text,
        "facts": list(summary.fact_ids),
        "actions": list(summary.action_ids),
        "figures": [_figure(figure) for figure in summary.content.figures],
    }


def _defects(article: SimulatedArticle, kinds: Sequence[str]) -> Iterator[Row]:
    for kind in DEFECT_KINDS:
        for summary in article.summaries if kind in kinds else ():
            rng = Random(f"{kind}:{article.world.seed}:{summary.persona}")
            if one := plant(article, summary, kind, rng):
                yield {
                    "target": "summary",
                    "kind": kind,
                    "persona": summary.persona,
                    "text": one.text,
                    "start": one.start,
                    "end": one.end,
                    "original": one.original,
                    "planted": one.planted,
                    "fact": one.fact_id,
                }
    for article_kind in ARTICLE_DEFECT_KINDS:
        if article_kind in kinds:
            rng = Random(f"{article_kind}:{article.world.seed}")
            found = plant_in_article(article, article_kind, rng)
            yield {
                "target": "article",
                "kind": article_kind,
                "text": found.text,
                "spans": [[span.start, span.end] for span in found.spans],
            }
