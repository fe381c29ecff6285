"""Pairs that a user brings become material for a dataset version, or are rejected by name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from goldbrief.core.documents import Article, Golden, PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.object_keys import article_key, upload_key
from goldbrief.core.own_pairs import OwnPair, read_own_pairs
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.articles import ImportedFile, encode
from goldbrief.datasets.collecting import Collected, parallel
from goldbrief.datasets.material import Fate, Material
from goldbrief.datasets.pair_checks import faults, findings
from goldbrief.text.golden_files import DEFAULT_PERSONA
from goldbrief.text.normalization import normalize
from goldbrief.text.prompts import TEMPLATE
from goldbrief.text.sentences import words
from goldbrief.text.style import MIN_GOLDENS, infer_style

_UNKNOWN_TEACHER = "not told"
_NO_JUDGE = "none"
_ENOUGH_FOR_STYLE = 200
"""Summaries that show a style; those with the least hashes."""
_ARTICLE_TOKENS = 4000
_MAX_NEW_TOKENS = 512


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of pairs; see the proto for the fields."""

    name: str
    """Of the file."""
    sha256: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a file came to."""

    collected: Collected
    rows: list[ImportedFile]
    """What became of each row."""
    prompt: PromptFormat | None
    """Of rows with an article; None where all rows brought their prompts."""


def read_upload(store: ObjectStore, file: OwnFile) -> list[OwnPair]:
    """Read an uploaded file; raises NotFoundError, and InvalidInputError naming the bad lines."""
    data = store.get(upload_key(file.sha256))
    try:
        if file.name.lower().endswith(".gz"):
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInputError(f"{file.name} cannot be unpacked: {error}") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{file.name} is not UTF-8: {error}") from error
    return read_own_pairs(text.split("\n"), file.name)


def gather(store: ObjectStore, file: OwnFile, like: PromptFormat | None) -> Gathered:
    """Check a file's pairs, and store their articles.

    Args:
        store: Holds the upload; takes the articles.
        file: The file.
        like: How articles become prompts, and the house style that responses are held to; None
            infers it from the summaries of rows with an article, and holds none to it.

    Returns:
        Material and fates.

    Raises:
        NotFoundError: The upload is missing.
        InvalidInputError: Lines are bad, or there is no way to tell how articles become prompts.
    """
    pairs = read_upload(store, file)
    prompt = _prompt_format(pairs, like)
    texts = _article_texts(pairs)
    materials, fates, rows = [], [], []
    for pair in pairs:
        article = _article(pair, texts[pair.line], file)
        response = normalize(pair.response).text.strip()
        wrong = "; ".join(faults(response, article.text, like.style if like else None))
        row = _row(pair, article, file, wrong)
        rows.append(row)
        if wrong:
            fates.append(_rejected(row, article, pair.persona))
        else:
            materials.append(_material(pair, article, response, prompt))
    keyed = {material.article.sha256: material.article for material in materials}
    parallel(
        lambda article: store.put(article_key(article.sha256), encode(article)), keyed.values()
    )
    return Gathered(Collected(materials, fates, []), rows, prompt)


def _prompt_format(pairs: Sequence[OwnPair], like: PromptFormat | None) -> PromptFormat | None:
    """How the articles of rows become prompts; None where the rows bring their prompts."""
    own = [pair for pair in pairs if pair.prompt]
    if not own:
        return like or _inferred(pairs)
    if len(own) == len(pairs):
        return None
    raise InvalidInputError(
        f"{len(own)} rows bring a prompt, and {len(pairs) - len(own)} an article (the first of "
        f"either: lines {own[0].line} and {next(p.line for p in pairs if p.article)}).",
        reason="MIXED_ROWS",
        remedy="Import them as two datasets: a model learns one way to be asked.",
    )


def _inferred(pairs: Sequence[OwnPair]) -> PromptFormat:
    """The summaries show the style; the rest is as in a recipe without its keys."""
    chosen = sorted(pairs, key=lambda pair: sha256_text(pair.response))[:_ENOUGH_FOR_STYLE]
    remedy = "Name a dataset version whose prompts and style these rows shall have: --like NAME."
    if len(chosen) < MIN_GOLDENS:
        raise InvalidInputError(
            f"{len(chosen)} summaries show no style; {MIN_GOLDENS} would.",
            reason="NO_PROMPT_FORMAT",
            remedy=remedy,
        )
    goldens = [
        Golden(
            name=f"line {pair.line}",
            persona=pair.persona or DEFAULT_PERSONA,
            summary=normalize(pair.response).text,
        )
        for pair in chosen
    ]
    try:
        style = infer_style(goldens)
    except InvalidInputError as error:
        message = f"The summaries show no common style. {error.message}"
        raise InvalidInputError(message, reason="NO_PROMPT_FORMAT", remedy=remedy) from error
    return PromptFormat(
        template=TEMPLATE,
        strategy="select",
        article_tokens=_ARTICLE_TOKENS,
        wrap="plain",
        style=style,
        max_new_tokens=_MAX_NEW_TOKENS,
    )


def _article_texts(pairs: Sequence[OwnPair]) -> dict[int, str]:
    """By line, what each pair summarizes: of prompts what they do not all begin and end with.

    Otherwise a long instruction would make all prompts near-duplicates of each other.
    """
    prompts = {pair.line: pair.prompt for pair in pairs if pair.prompt}
    head = _common_start(prompts.values())
    tail = _common_start(prompt[head:][::-1] for prompt in prompts.values())
    own = {line: prompt[head : len(prompt) - tail] for line, prompt in prompts.items()}
    if not all(words(text) for text in own.values()):
        own = prompts
    return own | {pair.line: normalize(pair.article).text for pair in pairs if pair.article}


def _common_start(texts: Iterable[str]) -> int:
    """Number of characters that all begin with: those that the first and last in order share."""
    ordered = sorted(texts)
    pairs = zip(ordered[0], ordered[-1], strict=False) if ordered else ()
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _article(pair: OwnPair, text: str, file: OwnFile) -> Article:
    return Article(
        sha256=sha256_text(text),
        title=pair.title,
        company=pair.company,
        source=pair.source or file.source or file.name,
        uri=f"{file.name}:{pair.line}",
        licence=pair.licence or file.licence,
        text=text,
    )


def _material(
    pair: OwnPair, article: Article, response: str, prompt: PromptFormat | None
) -> Material:
    persona = pair.persona
    if pair.article and prompt is not None:
        persona = persona or next(iter(prompt.style.personas), DEFAULT_PERSONA)
    return Material(
        article=article,
        persona=persona,
        response=response,
        teacher=pair.teacher or _UNKNOWN_TEACHER,
        judge=_NO_JUDGE,
        score=0.0,
        prompt=pair.prompt,
        origin="imported",
        weight=pair.weight,
    )


def _row(pair: OwnPair, article: Article, file: OwnFile, wrong: str) -> ImportedFile:
    return ImportedFile(
        name=article.uri,
        fate="REJECTED" if wrong else "KEPT",
        reason=wrong,
        article_sha256="" if wrong else article.sha256,
        words=0 if wrong else len(words(article.text)),
        size=len((pair.prompt or pair.article).encode()) + len(pair.response.encode()),
        source=article.source,
        licence=article.licence,
        findings=dict.fromkeys(findings(pair.response), 1),
    )


def _rejected(row: ImportedFile, article: Article, persona: str) -> Fate:
    return Fate(
        step="checks",
        fate="rejected",
        reason=f"{row.name}: {row.reason}",
        article_sha256=article.sha256,
        article=row.name,
        persona=persona,
    )
