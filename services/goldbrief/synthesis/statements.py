"""Statements: sentences of an article made fit to stand alone in a summary."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from goldbrief.synthesis import statement_patterns as patterns
from goldbrief.synthesis.filing_sentences import is_unfit, plain
from goldbrief.synthesis.phrases import (
    Vocabulary,
    finish,
    short_name,
    split_subject,
)
from goldbrief.synthesis.third_person import in_third_person, name_company
from goldbrief.synthesis.verbs import has_verb
from goldbrief.text.figures import Figure, extract_figures
from goldbrief.text.sentences import is_prose, split_paragraphs
from goldbrief.text.similarity import content_words

MIN_WORDS = 6
LONGEST = 26
"""Words of the longest sentence of a usual golden."""
_LENGTH_TOLERANCE = 1.3
"""Times the longest in the goldens that a statement may have: articles are wordier."""
_SPARE_WORDS = 8
"""Words above the longest that it may have in any case: short goldens leave less to cut."""
_LENIENT_TOLERANCE = 1.75
_CUT_TOLERANCE = 1.15
"""Times the longest in the goldens above which a sentence loses its trailing clauses."""
_FEWEST_LEFT = 9
"""Words of what a cut leaves, or half of the most where that is less."""

Amount = tuple[str, Decimal]
"""Unit, without the currency, and absolute value."""
_UNITS = {"million", "billion", "thousand", "percent", "year", "quarter"}
_SOFT_UNITS = frozenset({"year", "quarter", "date", "ordinal"})


@dataclass(frozen=True, slots=True)
class House:
    """What makes a sentence fit a house."""

    longest: int = LONGEST
    """Words of the goldens' longest sentence."""
    says_we: bool = False
    """Whether the company speaks of itself in the first person."""
    lenient: bool = False
    """Whether to take longer sentences, and those about `the loan` or `the plant` too: for
    articles that have little else."""
    filing: bool = False
    """Whether to put sentences of company filings the usual way: for filings that have too few
    otherwise."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that can stand alone, or two short ones put together."""

    text: str
    sources: tuple[int, ...]
    """Positions of its sentences in the passage."""
    lead: float
    """1 for the first sentence of the passage, falling to 0 for the last."""
    figures: frozenset[Amount]
    """Amounts by unit and value; dates are left out."""
    names_company: bool
    clause: int = 0
    """Which clause of a sentence it is, from 1; 0 for whole sentences."""

    @property
    def num_words(self) -> int:
        """Words, counted at spaces."""
        return len(self.text.split())


def surnames(article: str) -> frozenset[str]:
    """Last names of the people whom an article introduces by full name."""
    return frozenset(
        (match["one"] or match["two"] or match["three"]).split()[-1]
        for match in patterns.INTRODUCTION.finditer(article)
    )


def find_statements(
    passage: str,
    company: str,
    vocabulary: Vocabulary,
    people: frozenset[str] = frozenset(),
    house: House = House(),
) -> list[Statement]:
    """Find what an article says in sentences that can stand alone.

    Args:
        passage: The text that the model is to summarize.
        company: Whom it is about; empty when unknown.
        vocabulary: Tells names from common words.
        people: Last names: a statement with one of them would not say who that is.
        house: Whom the statements are for.

    Returns:
        Statements in the order of the passage; fused ones behind their first part.
    """
    name = short_name(company, passage)
    paragraphs = split_paragraphs(passage)
    total = sum(map(len, paragraphs))
    found: list[Statement] = []
    position = 0
    for paragraph in paragraphs:
        previous, previous_source = None, ""
        for original in paragraph:
            sentence = plain(original) if house.filing else original
            text = _without_people(tidy(sentence, name, previous_source, house), people)
            current = _statement(text, (position,), total, name) if text else None
            parts = [
                _without_people(tidy(part, name, "", house), people)
                for part in _lost_clauses(sentence, text)
            ]
            if any(parts):
                found += (
                    replace(_statement(part, (position,), total, name), clause=number)
                    for number, part in enumerate(parts, 1)
                    if part
                )
            elif current:
                found.append(current)
            if (
                previous
                and current
                and (fused := _fuse(previous, current, vocabulary, house.longest))
            ):
                found.append(_statement(fused, (position - 1, position), total, name))
            previous, previous_source = current, name_company(sentence, name, previous_source)
            position += 1
    return found


def tidy(
    sentence: str,
    company: str,
    previous: str = "",
    house: House = House(),
) -> str:
    """Make a sentence fit to stand alone.

    Labels, connectives, parentheses, attributions and, in long sentences, trailing clauses
    are cut; `the company` and `we` become the company's name.

    Args:
        sentence: As the article has it.
        company: Short name of the company; empty when unknown.
        previous: The sentence before it in the paragraph, to resolve `it`.
        house: Whom it is for.

    Returns:
        The sentence; empty when it cannot stand alone.
    """
    if not is_prose(sentence) or is_no_news(sentence):
        return ""
    text = clean(sentence, company, previous, says_we=house.says_we)
    if not text or is_dangling(text, house.lenient):
        return ""
    tolerance = _LENIENT_TOLERANCE if house.lenient else _LENGTH_TOLERANCE
    most = max(round(tolerance * house.longest), house.longest + _SPARE_WORDS)
    text = shorten(finish(text), round(_CUT_TOLERANCE * house.longest))
    text = shorten(text, most, patterns.LAST_CUTS)
    if patterns.UNUSABLE.search(text):
        return ""
    if _is_unfit(text, sentence) if house.filing else patterns.LISTED.search(text):
        return ""
    fewest = MIN_WORDS - 1 if hard_figures(text) else MIN_WORDS
    stands_alone = fewest <= len(text.split()) <= most and not points_back(text)
    return text if stands_alone and has_verb(text) else ""


def split_clauses(sentence: str) -> list[str]:
    """The coordinate clauses of a sentence, when each has a subject, a verb and an amount.

    Args:
        sentence: For example `Revenue rose 6% to $5 million, and net income fell to $1 million.`

    Returns:
        At least two sentences; none when the sentence cannot be taken apart so.
    """
    for joint in patterns.COORDINATE.finditer(sentence):
        first, second = sentence[: joint.start()], sentence[joint.end() :].rstrip(".")
        if split_subject(second) and hard_figures(first) and hard_figures(second):
            return [finish(first), *(split_clauses(second) or [finish(second)])]
    return []


def clean(sentence: str, company: str, previous: str = "", *, says_we: bool = False) -> str:
    """Strip a sentence of what surrounds its message; see `tidy` for the arguments."""
    text = patterns.LABEL.sub("", patterns.LABEL.sub("", sentence.strip())).replace("**", "")
    text = re.sub(r"\s*\((?!\d[\d.,]*\))[^()]*\)", "", text)
    text = re.sub(r"\s[—–]\s[^—–]*\s[—–]\s", " ", text)
    text = patterns.COMPARATIVE.sub("", text)
    text = _without_speaker(text)
    text = patterns.BARE_OPENERS.sub("", patterns.OPENERS.sub("", text))
    text = _without_colon(patterns.INSERTED.sub("", text))
    if says_we:
        return text[:1].upper() + text[1:]
    return in_third_person(name_company(text, company, previous), company)


def is_dangling(text: str, lenient: bool = False) -> bool:
    """Whether a sentence begins with a word that points at what came before it."""
    introduced = patterns.INTRODUCED.match(text)
    main = text[introduced.end() :] if introduced else ""
    return any(
        bool(patterns.DANGLING.match(part) or (patterns.BARE_NOUN.match(part) and not lenient))
        for part in (text, main)
        if part
    )


def points_back(text: str) -> bool:
    """Whether a phrase refers to something outside itself, such as `that figure`."""
    return any(
        not (patterns.OF_IT.fullmatch(match[0]) and re.search(r"[,;]\s", text[: match.start()]))
        for match in patterns.ANAPHORA.finditer(text)
    )


def shorten(sentence: str, max_words: int, cuts: re.Pattern[str] = patterns.CUTS) -> str:
    """Cut trailing clauses off a sentence that is too long, as few as needed.

    Args:
        sentence: With its period.
        max_words: Words above which it is cut.
        cuts: Where it may be cut.

    Returns:
        The sentence; unchanged when no safe cut makes it shorter.
    """
    if len(sentence.split()) <= max_words and not points_back(sentence):
        return sentence
    for cut in sorted(cuts.finditer(sentence), key=lambda match: -match.start()):
        head = sentence[: cut.start()]
        fits = (
            ";" not in head
            and min(_FEWEST_LEFT, max_words // 2) <= len(head.split()) <= max_words
            and not points_back(head)
        )
        if fits and has_verb(head) and extract_figures(head):
            return finish(head)
    return sentence


def hard_figures(text: str) -> frozenset[Amount]:
    """Amounts of a text by unit and value; dates and years are no amounts."""
    return frozenset(
        amount_of(figure)
        for figure in extract_figures(text)
        if figure.unit not in _SOFT_UNITS and not (figure.in_words and figure.value <= 3)
    )


def amount_of(figure: Figure) -> Amount:
    """A figure as statements compare it."""
    return figure.unit.partition(":")[0], abs(figure.value)


def is_no_news(sentence: str) -> bool:
    """Whether a sentence tells a policy, what the company is, or a model what to do."""
    return bool(patterns.INSTRUCTION.search(sentence) or patterns.POLICY.search(sentence))


def _without_speaker(text: str) -> str:
    """What somebody says, without who said it; a company that speaks of itself is named."""
    without = patterns.ATTRIBUTION.sub("", text)
    if spoken := patterns.SPEAKER.match(without):
        without = without[spoken.end() :]
    elif spoken := patterns.SPEAKS_OF_ITSELF.match(without):
        without = f"{spoken['name']} {without[spoken.end() :]}"
    if without != text and not re.search(r"\b(?:if|unless)\b", without):
        without = re.sub(r"\bwould\b", "will", without, count=1)
    return patterns.HEAD_OF_COMPANY.sub("The company", without)


def _without_colon(text: str) -> str:
    """What a sentence says behind its colon; `Net debt: $5 million` becomes a sentence."""
    head, colon, tail = text.partition(": ")
    if not colon or not hard_figures(tail) or hard_figures(head):
        return text
    if has_verb(tail) and split_subject(tail):
        return tail[:1].upper() + tail[1:]
    if not has_verb(head) and patterns.BARE_FIGURE.match(tail):
        return f"{head} came to {tail}"
    return text.replace(": ", ", namely ", 1) if has_verb(head) else text


def _is_unfit(text: str, sentence: str) -> bool:
    """Whether too little is left of a sentence of a filing."""
    return is_unfit(text) or bool(hard_figures(sentence) and not hard_figures(text))


def _without_people(text: str, people: frozenset[str]) -> str:
    """The part of a statement before a clause about somebody; empty when that says nothing."""
    if not any(re.search(rf"\b{re.escape(name)}\b", text) for name in people):
        return text
    for cut in sorted(re.finditer(r",\s|;\s", text), key=lambda match: -match.start()):
        head = text[: cut.start()]
        if not any(name in head for name in people) and re.match(
            r"(?:and|but|while|which|although|as)\b", text[cut.end() :]
        ):
            return finish(head) if len(head.split()) >= MIN_WORDS and has_verb(head) else ""
    return ""


def _lost_clauses(sentence: str, text: str) -> list[str]:
    """The clauses of a sentence of which tidying has left only some amounts."""
    return [] if hard_figures(sentence) <= hard_figures(text) else split_clauses(sentence)


def _statement(text: str, sources: tuple[int, ...], total: int, company: str) -> Statement:
    return Statement(
        text=text,
        sources=sources,
        lead=1 - sources[0] / max(1, total),
        figures=hard_figures(text),
        names_company=bool(company) and company in text,
    )


def _fuse(first: Statement, second: Statement, vocabulary: Vocabulary, longest: int) -> str:
    """One sentence of two short neighbors; empty when they do not go together."""
    short = first.num_words + second.num_words < longest
    if not (short and first.figures and second.figures) or first.figures & second.figures:
        return ""
    if split_subject(second.text) is None or patterns.OUTLOOK.search(f"{first.text} {second.text}"):
        return ""
    if any(mark in f"{first.text} {second.text}" for mark in (", and ", " while ", ", but ", ";")):
        return ""
    are_results = patterns.METRIC.match(first.text) and patterns.METRIC.match(second.text)
    if not are_results and not _share_subject(first.text, second.text):
        return ""
    return finish(f"{first.text.rstrip('.')}, and {vocabulary.lower_first(second.text)}")


def _share_subject(first: str, second: str) -> bool:
    """Whether two sentences have a word in common that is no number."""
    shared = set(content_words(first)) & set(content_words(second))
    return any(len(word) > 3 and word.isalpha() for word in shared - _UNITS)
