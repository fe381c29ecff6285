"""Splits text into sentences and words."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+(?:(?:[-'’&.]|(?<=\d),(?=\d))[^\W_]+)*")
_MARKER = re.compile(
    r"(?:[-*•·‣▪◦●–—]|\(?\d{1,2}[.)]|\([a-z]\)|[a-z]\)|\([ivx]{1,4}\))(?:\s+|$)", re.IGNORECASE
)
# begins where a run of stops begins: else a long run without end takes time quadratic in it
_BOUNDARY = re.compile(r"(?<![.!?…])([.!?…]+[\"'”’)\]]*)\s+")
_TERMINAL = re.compile(r"[.!?…][\"'”’)\]*_]*$")
_NUMERIC = re.compile(r"^[($€£-]*[\d.,]+[)%x]*$")
_ACRONYM = re.compile(r"^(?:[A-Za-z]\.)*[A-Za-z]$")


def vocabulary(listed: str) -> frozenset[str]:
    """A set of words, listed with spaces between them."""
    return frozenset(listed.split())


# Never end a sentence: a name, number or comparison follows.
_TITLES = vocabulary(
    "mr mrs ms dr prof st no nos vs approx fig figs vol gen sen rep gov messrs e.g i.e cf est ca "
    "jan feb mar apr jun jul aug sep sept oct nov dec art sec pp eq"
)
# May end a sentence: they do where the next word is one that sentences start with.
_SUFFIXES = vocabulary("inc corp co ltd llc plc jr sr etc bros cos intl dept univ al")
_STARTERS = vocabulary(
    "the a an in on at as for by from to with after before during since while when if although "
    "however we our it its he she they their this these that those there such both each all "
    "any no net total revenue sales management operating additionally also but and"
)
_CONNECTORS = vocabulary(
    "the a an of and or to in on at by for from with as is are was were be been that which than "
    "its our their this these between per not if into under over"
)
_FULL_LINE = 60
"""Characters from which an unfinished line counts as wrapped rather than as a heading."""


def split_sentences(text: str) -> list[str]:
    """Split text into sentences, headings, bullets and table rows, in order.

    Wrapped lines are joined; bullet markers stay with their text. All characters
    except whitespace survive.
    """
    return [sentence for paragraph in split_paragraphs(text) for sentence in paragraph]


def split_paragraphs(text: str) -> list[list[str]]:
    """Split text into paragraphs, bullets, headings and rows, each a list of its sentences."""
    return [list(_sentences(unit)) for unit in _units(text)]


def words(text: str) -> list[str]:
    """Return the words of text in lowercase; `1,234.5` and `year-end` are one word each."""
    return _WORD.findall(text.lower())


def is_prose(sentence: str) -> bool:
    """Whether a unit of `split_sentences` is a sentence, not a heading, row or fragment."""
    marker = _MARKER.match(sentence)
    body = sentence[marker.end() :] if marker else sentence
    tokens = body.split()
    if len(tokens) < 5 or "|" in body or "\t" in body or body[0].islower():
        return False
    if not (marker or _TERMINAL.search(body)):
        return False
    numeric = sum(1 for token in tokens if _NUMERIC.match(token))
    plain = sum(1 for token in tokens if token.isalpha() and token.islower())
    return numeric <= len(tokens) * 0.4 and plain >= max(2, len(tokens) * 0.25)


def ends_properly(text: str) -> bool:
    """Whether text ends with a full stop or its like, so that it is not cut off."""
    return bool(_TERMINAL.search(text.rstrip()))


def is_heading(line: str) -> bool:
    """Whether a line looks like a heading: marked, all capitals, or short and unfinished."""
    stripped = line.strip()
    if stripped.startswith("#") or re.fullmatch(r"\*\*[^*]+\*\*:?", stripped):
        return True
    tokens = [token for token in stripped.split() if token[0].isalpha()]
    if not tokens or _TERMINAL.search(stripped) or _MARKER.match(stripped):
        return False
    return stripped.isupper() or (len(tokens) <= 12 and _is_title_case(tokens))


def _is_title_case(tokens: list[str]) -> bool:
    significant = [token for token in tokens if token.lower() not in _CONNECTORS]
    capitalized = sum(1 for token in significant if token[0].isupper())
    return capitalized >= 0.7 * len(significant)


def _units(text: str) -> Iterator[str]:
    unit = ""
    for raw_line in text.split("\n"):
        line = raw_line.strip()
        if unit and line and _continues(unit.rsplit("\n", 1)[-1], line):
            unit += "\n" + line
            continue
        if unit:
            yield unit.replace("\n", " ")
        unit = line
    if unit:
        yield unit.replace("\n", " ")


def _continues(line: str, following: str) -> bool:
    """Whether `following` goes on with the sentence that `line` broke off."""
    if _TERMINAL.search(line) or _MARKER.match(following) or is_row(line) or is_row(following):
        return False
    if line.startswith("#") or is_heading(following):
        return False
    if following[0].islower() or line.endswith(","):
        return True
    if is_heading(line):
        return False
    return line.rsplit(maxsplit=1)[-1].lower() in _CONNECTORS or len(line) >= _FULL_LINE


def is_row(line: str) -> bool:
    """Whether a line looks like a row of a table: cells, wide gaps, or mostly numbers."""
    if "|" in line or "\t" in line or re.search(r"\S {3,}\S", line):
        return True
    tokens = line.split()
    return sum(1 for token in tokens if _NUMERIC.match(token)) > len(tokens) * 0.4


def _sentences(unit: str) -> Iterator[str]:
    marker = _MARKER.match(unit)
    start = 0
    for match in _BOUNDARY.finditer(unit, marker.end() if marker else 0):
        if _is_boundary(unit, match):
            yield unit[start : match.end(1)]
            start = match.end()
    if start < len(unit):
        yield unit[start:]


def _is_boundary(unit: str, match: re.Match[str]) -> bool:
    following = unit[match.end() :].lstrip("\"'“‘([*_")
    if not following or following[0].islower():
        return False
    if match[1] != ".":
        return True
    # The longest abbreviation is short: no need to look at the whole sentence again.
    preceding = unit[max(0, match.start() - 20) : match.start()].split()
    word = preceding[-1].lstrip("(\"'“‘[").lower() if preceding else ""
    if word in _TITLES:
        return word in {"no", "sec", "art", "mar"} and not following[0].isdigit()
    if word in _SUFFIXES or _ACRONYM.match(word):
        next_words = words(following[:40])
        return bool(next_words) and next_words[0] in _STARTERS
    return True


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end in `text` of each unit of `split_sentences`, in order."""
    solid = [match.span() for match in re.finditer(r"\S+", text)]
    spans: list[tuple[int, int]] = []
    chunk, used = 0, 0
    for sentence in split_sentences(text):
        left = sum(map(len, sentence.split()))
        start = -1
        while left:
            begin, end = solid[chunk][0] + used, solid[chunk][1]
            start = begin if start < 0 else start
            taken = min(left, end - begin)
            left -= taken
            stop = begin + taken
            chunk, used = (chunk + 1, 0) if stop == end else (chunk, used + taken)
        if start >= 0:
            spans.append((start, stop))
    return spans
