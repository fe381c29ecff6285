"""Fits an article into a prompt: the strategies `full` and `select`.

`map_reduce` needs somebody who writes; see `condensing`.

`select` picks sentences by salience for their length. The weights of salience are set by hand: on
earnings calls figures and cue words beat centrality by far, so they weigh most.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from goldbrief.core.documents import ArticleStrategy, PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.sentences import is_prose, split_paragraphs, vocabulary
from goldbrief.text.similarity import content_words

_FIGURE_WEIGHT = 1.0
_CUE_WEIGHT = 0.8
_CENTRALITY_WEIGHT = 0.8
_LEAD_WEIGHT = 0.4
_OPENING_WEIGHT = 0.2
_REDUNDANCY_WEIGHT = 1.5
_SAME = 0.9
"""Similarity from which two sentences say the same."""
_COST_EXPONENT = 0.5
"""How much a sentence's length counts against its worth (Lin and Bilmes 2010, "Multi-document
Summarization via Budgeted Maximization of Submodular Functions"): between 0, where few long
sentences fill the room, and 1, where short ones that say little do."""
_LEANING_FACTOR = 0.6
_LONG_SENTENCE = 60
"""Words above which a sentence is dear for what it says."""

_TOKENS = re.compile(r"[A-Za-z]{1,6}|[^A-Za-z ]")
_QUANTITY = re.compile(
    r"[$€£]\s?\d|\d\s?%|\d\s(?:percent|basis points|bps|million|billion|thousand|times)\b"
)
_CUES = vocabulary(
    "guidance outlook expect expects expected anticipate anticipates forecast record risk risks "
    "plan plans planned decline declined decrease decreased increase increased growth grew rose "
    "fell due primarily because driven offset announced agreement acquisition acquire acquired "
    "divestiture restructuring impairment dividend repurchase liquidity covenant default margin "
    "profit loss revenue revenues income earnings cash debt demand cost costs savings strategy "
    "invest investment launch launched uncertainty litigation tariff shortage target goal"
)
_BOILERPLATE = re.compile(
    r"forward[- ]looking|safe harbor|securities (?:exchange )?act of|private securities litigation"
    r"|(?:undertakes?|assumes?) no (?:obligation|duty)|incorporated (?:herein )?by reference"
    r"|in conjunction with|actual results (?:could|may|might) differ|accounting (?:policies|policy)"
    r"|(?:following|above|below|accompanying) (?:table|chart|graph)|(?:table|chart|graph)s? below"
    r"|generally accepted accounting|see (?:also )?(?:note|item|part)\b|refer to"
    r"|all rights reserved|described in (?:note|item)"
    r"|(?:use|judg(?:e)?ments?) (?:of|and) estimates|non-gaap (?:financial )?measure"
    r"|set forth in (?:item|note|part)|accounting standards? (?:update|codification)"
)
"""Of text in small letters, as ignoring case takes several times as long."""
_LEANING = re.compile(
    r"(?:this|these|those|such|it|accordingly|for (?:instance|example))\b", re.IGNORECASE
)
"""Openings of sentences that are unclear without the sentence before them."""
_FOOTNOTE = re.compile(r"\((?:\d{1,2}|[a-z])\)\s|\*+\s")


@dataclass(frozen=True, slots=True)
class Selection:
    """What `select` kept of an article."""

    text: str
    kept: tuple[int, ...]
    """Indexes of the kept sentences, as `split_sentences` counts them."""
    total: int
    """Sentences of the article."""


def estimate_tokens(text: str) -> int:
    """Estimate, on the high side, how many tokens a tokenizer makes of text.

    A token for every six letters that a word begins, and one for every digit, sign, line
    end and letter outside ASCII, as small models' tokenizers split numbers into digits.
    On annual reports that is 5% to 30% above the count of SmolLM2's tokenizer.
    """
    return len(_TOKENS.findall(text))


def select_passages(text: str, max_tokens: int) -> Selection:
    """Keep the most salient sentences that fit.

    Table rows, headings, footnotes and notices are dropped, unless the whole text fits.

    Args:
        text: A normalized article.
        max_tokens: Room, in estimated tokens.

    Returns:
        Kept sentences in their order, those of one paragraph together. The text is empty
        when not even one sentence fits.
    """
    paragraphs = split_paragraphs(text)
    total = sum(len(paragraph) for paragraph in paragraphs)
    if estimate_tokens(text) <= max_tokens:
        return Selection(text, tuple(range(total)), total)
    candidates = list(_candidates(paragraphs))
    kept = sorted(_pick(candidates, max_tokens), key=lambda candidate: candidate.index)
    return Selection(_join(kept), tuple(candidate.index for candidate in kept), total)


def apply_strategy(text: str, prompt: PromptFormat) -> str:
    """Make an article fit its prompt, the way that the prompt's strategy says.

    Args:
        text: A normalized article; with `map_reduce`, what summaries of its parts state.
        prompt: Gives strategy and room.

    Returns:
        The text to put into the prompt.

    Raises:
        InvalidInputError: The text does not fit (`ARTICLE_TOO_LONG`), or has no sentence
            to select (`NO_PROSE`).
    """
    if prompt.strategy == "select":
        return _selected(text, prompt.article_tokens)
    size = estimate_tokens(text)
    if size > prompt.article_tokens:
        raise InvalidInputError(
            f"The article has about {size} tokens; the prompt has room for "
            f"{prompt.article_tokens}.",
            reason="ARTICLE_TOO_LONG",
            remedy="Shorten it, or use the strategy select or map_reduce.",
            metadata={"tokens": str(size), "room": str(prompt.article_tokens)},
        )
    return text


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be kept."""

    index: int
    paragraph: int
    text: str
    salience: float
    vector: Mapping[str, float]


def strategy_used(text: str, prompt: PromptFormat) -> ArticleStrategy:
    """How an article is made to fit: `full` where it fits as it is, else the prompt's strategy."""
    return "full" if estimate_tokens(text) <= prompt.article_tokens else prompt.strategy


def _selected(text: str, max_tokens: int) -> str:
    selection = select_passages(text, max_tokens)
    if not selection.text.strip():
        raise InvalidInputError(
            f"No sentence of the article fits into {max_tokens} tokens.",
            reason="NO_PROSE",
            remedy="Give an article with whole sentences, or raise article_tokens.",
        )
    return selection.text


def _candidates(paragraphs: Sequence[Sequence[str]]) -> Iterator[_Candidate]:
    sentences = [
        (number, position, sentence)
        for number, paragraph in enumerate(paragraphs)
        for position, sentence in enumerate(paragraph)
    ]
    usable = [is_prose(sentence) and not _is_boilerplate(sentence) for _, _, sentence in sentences]
    if not any(usable):
        usable = [True] * len(sentences)
    tokens = [content_words(sentence) for _, _, sentence in sentences]
    vectors = _tf_idf(tokens)
    centroid = _unit_vector(
        _sum(vector for vector, use in zip(vectors, usable, strict=True) if use)
    )
    for index, (number, position, sentence) in enumerate(sentences):
        if usable[index]:
            salience = (
                _CENTRALITY_WEIGHT * _dot(vectors[index], centroid)
                + _LEAD_WEIGHT * (1 - index / len(sentences))
                + (_OPENING_WEIGHT if position == 0 else 0)
                + _content_salience(sentence, tokens[index])
            )
            yield _Candidate(index, number, sentence, salience, vectors[index])


def _content_salience(sentence: str, tokens: Sequence[str]) -> float:
    quantities = len(_QUANTITY.findall(sentence))
    cues = sum(1 for token in set(tokens) if token in _CUES)
    salience = _FIGURE_WEIGHT * min(quantities, 3) / 3 + _CUE_WEIGHT * min(cues, 4) / 4
    leaning = _LEANING_FACTOR if _LEANING.match(sentence) else 1.0
    return salience * leaning * min(1.0, _LONG_SENTENCE / len(sentence.split()))


def _is_boilerplate(sentence: str) -> bool:
    return bool(_BOILERPLATE.search(sentence.lower()) or _FOOTNOTE.match(sentence))


def _pick(candidates: Sequence[_Candidate], max_tokens: int) -> list[_Candidate]:
    """Take the sentence that adds most for its length, until nothing more fits.

    A sentence is only compared with those that were taken when it would be next (lazy greedy,
    Minoux 1978): the more are taken, the less is new in it.
    """
    kept: list[_Candidate] = []
    room = max_tokens
    # Each sentence may open a paragraph, which costs two line ends.
    costs = [estimate_tokens(one.text) + 2 for one in candidates]
    # worth for its length, place, similarity to what is kept, and how many of these it was
    # compared with
    queue = [
        (-one.salience / cost**_COST_EXPONENT, place, 0.0, 0)
        for place, (one, cost) in enumerate(zip(candidates, costs, strict=True))
    ]
    heapify(queue)
    while queue and room > 0:
        _, place, similarity, compared = heappop(queue)
        one, cost = candidates[place], costs[place]
        if cost > room:
            continue
        if compared == len(kept):
            kept.append(one)
            room -= cost
            continue
        dots = (_dot(one.vector, other.vector) for other in kept[compared:])
        similarity = max(similarity, *dots)
        if similarity < _SAME:
            worth = one.salience - _REDUNDANCY_WEIGHT * similarity**2
            heappush(queue, (-worth / cost**_COST_EXPONENT, place, similarity, len(kept)))
    return kept


def _join(kept: Sequence[_Candidate]) -> str:
    paragraphs: dict[int, list[str]] = {}
    for candidate in kept:
        paragraphs.setdefault(candidate.paragraph, []).append(candidate.text)
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs.values())


def _tf_idf(sentences: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """Unit-length vectors of the sentences, given as their words; each sentence a document."""
    counts = [Counter(tokens) for tokens in sentences]
    frequency = Counter(word for count in counts for word in count)
    idf = {word: math.log(1 + len(counts) / found) for word, found in frequency.items()}
    return [
        _unit_vector({word: number * idf[word] for word, number in count.items()})
        for count in counts
    ]


def _unit_vector(vector: Mapping[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(value * value for value in vector.values()))
    return {word: value / norm for word, value in vector.items()} if norm else {}


def _sum(vectors: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for vector in vectors:
        for word, value in vector.items():
            total[word] = total.get(word, 0.0) + value
    return total


def _dot(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    if len(first) > len(second):
        first, second = second, first
    return sum([value * second[word] for word, value in first.items() if word in second])
