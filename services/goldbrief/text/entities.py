"""Finds proper names by their capitals, and those that an article does not have."""

from __future__ import annotations

import re

from goldbrief.text.sections import is_section_heading
from goldbrief.text.sentences import is_heading, split_sentences, vocabulary, words
from goldbrief.text.similarity import stopwords

_NAME_WORD = r"(?:[A-Z][\w'’&-]*[\w]|[A-Z]\b)\.?"
_SPAN = re.compile(rf"{_NAME_WORD}(?:\s(?:(?:of|&|de|van|von)\s)?{_NAME_WORD})*")
_ACRONYM = re.compile(r"[A-Z][A-Z&]{1,5}")
_BULLET_LABEL = re.compile(r"(?:[-*•]\s+)?(?:\*\*[^*]{2,60}\*\*:?|[^:.]{2,40}:)\s+")
_LEADING_MARKS = re.compile(r"^(?:[-*•·–—]|\d{1,2}[.)])?[\s*\"'“‘(]*")

# Capitalized, but nobody's name: an author may use them where the article does not.
_COMMON = vocabulary(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday "
    "ceo cfo coo cto cio cmo chro cro vp svp evp gm hr it ir pr "
    "board management company group team note notes form item section "
    "q1 q2 q3 q4 h1 h2 fy yoy qoq ytd eps ebitda gaap roi kpi kpis usd eur gbp us u.s "
    "ai m&a r&d p&l ok"
)


def proper_names(text: str) -> set[str]:
    """Find names of companies, people, places and products, and acronyms.

    The first word of a sentence is capitalized anyway, so it counts only as an acronym.

    Args:
        text: Prose or Markdown; headings and bullet labels are left out.

    Returns:
        Names as written, without months, roles and business acronyms.
    """
    names: set[str] = set()
    for sentence in split_sentences(text):
        if not (is_heading(sentence) or is_section_heading(sentence)):
            names.update(_names_of(sentence))
    return names


def unsupported_names(summary: str, article: str) -> list[str]:
    """List names of the summary that the article does not have.

    A name is supported when the article has each of its words, in whatever case, or, for
    an acronym, words in a row with its initials.

    Args:
        summary: Text of the summary.
        article: Text of the article.

    Returns:
        The names in alphabetical order.
    """
    article_words = words(article)
    known = {_stem(word) for word in article_words}
    known.update(part for word in article_words for part in word.split("-"))
    initials = "".join(word[0] for word in article_words if word not in stopwords)
    return [
        name
        for name in sorted(proper_names(summary))
        if not all(_stem(word) in known or word in stopwords for word in words(name))
        and not (_ACRONYM.fullmatch(name) and name.lower() in initials)
    ]


def _names_of(sentence: str) -> set[str]:
    start = _start_of_prose(sentence)
    names = set()
    for match in _SPAN.finditer(sentence, start):
        span = match[0]
        if match.start() == start and not _ACRONYM.fullmatch(span.split()[0]):
            span = span.partition(" ")[2]
        name = _trim(span)
        if len(name) > 1:
            names.add(name)
    return names


def _start_of_prose(sentence: str) -> int:
    """Index of the first letter behind bullet, label and quotation mark."""
    label = _BULLET_LABEL.match(sentence)
    start = label.end() if label else 0
    marks = _LEADING_MARKS.match(sentence[start:])
    return start + (marks.end() if marks else 0)


def _trim(span: str) -> str:
    """The name without common words at its ends; empty when nothing is left."""
    tokens = [re.sub(r"['’]s?$|\.$", "", token) for token in span.split()]
    while tokens and _is_common(tokens[0]):
        tokens.pop(0)
    while tokens and _is_common(tokens[-1]):
        tokens.pop()
    return " ".join(tokens)


def _is_common(token: str) -> bool:
    word = token.lower()
    return word in _COMMON or word in stopwords


def _stem(word: str) -> str:
    """The word without possessive or plural ending."""
    return re.sub(r"(?:['’]s?|s)$", "", word)
