"""Grammar by rule: openings, names, subjects and predicates of English sentences.

The rules cover business prose and prefer giving up to guessing: a sentence that they
cannot take apart with certainty is left out, since others say as much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from goldbrief.synthesis.verbs import FINITE_VERB, SUBJECT
from goldbrief.text.sentences import vocabulary

_WORD = re.compile(r"[A-Za-z][\w'’&-]*")
_LEGAL_FORMS = re.compile(r",?\s(?:plc|inc\.?|corp\.?|ltd\.?|llc|se|ag|nv|sa|co\.?|group)$", re.I)
# Not names, though an article may use them at the start of a sentence only.
_COMMON = vocabulary(
    "a an the about adjusted after all annual average capital cash core cost costs current debt "
    "diluted earnings free full-year funds gross higher income interest inventory leverage loan "
    "lower margin negotiations net new noninterest one operating orders organic prices "
    "production profit provision receivables refinancing renewal restructuring return revenue "
    "sales same service shipments some spending stock talks tariffs three total two union "
    "volume volumes wages weekly working"
)
_ARTICLES = {"The", "A", "An"}
_NOT_A_SUBJECT = re.compile(
    r"(?:in|at|for|after|because|if|when|by|with|of|on|as|from|under|over|during|while|although"
    r"|since|before|until|without|despite|unlike|between|compared|to|through|once|and|but|or|yet"
    r"|no|not|nobody|nothing|half|what|how|who|there|here|it|this|that|they|these|those|we|he|she)\b",
    re.IGNORECASE,
)
_PLURAL_VERB = re.compile(r"^(?:are|were|have|expire|lapse|mature|renew|remain|fall due|run out)\b")


class Vocabulary:
    """Which words a text writes in lowercase, to tell common words from names.

    Args:
        texts: What the teacher may look at: the passage and the goldens.
        company: Name of the company; its words are names whatever the texts say.
    """

    def __init__(self, texts: Iterable[str], company: str) -> None:
        self._company = set(_WORD.findall(company))
        self._lower: set[str] = set()
        self._capital: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        for text in texts:
            for match in _WORD.finditer(text):
                word = match[0]
                if word[0].islower():
                    self._lower.add(word)
                elif re.search(r"[a-z0-9,]\s$", text[max(0, match.start() - 2) : match.start()]):
                    self._capital.add(word)
                    follower = _WORD.match(text, match.end() + 1)
                    self._pairs.add((word, follower[0] if follower else ""))

    def is_name(self, word: str) -> bool:
        """Whether a capitalized first word would be capitalized anywhere."""
        stem = re.sub(r"['’]s?$", "", word)
        if word in {"I", "A"} or stem.lower() in _COMMON:
            return word == "I"
        if stem in self._company or re.search(r"[A-Z]", stem[1:]):
            return True
        if stem.lower() in self._lower:
            return False
        return stem in self._capital or re.search(r"['’]s$", word) is not None

    def _begins_name(self, word: str, following: str) -> bool:
        """Whether two capitalized words are a name, such as `Consumer Products`."""
        if word in _ARTICLES:
            return False
        return (word, following) in self._pairs or word.lower() not in self._lower | _COMMON

    def lower_first(self, text: str) -> str:
        """The text with a small first letter, unless it begins with a name."""
        match = _WORD.match(text)
        if match is None or self.is_name(match[0]):
            return text
        following = _WORD.match(text, match.end() + 1)
        if following and following[0][0].isupper() and self._begins_name(match[0], following[0]):
            return text
        return text[0].lower() + text[1:]


def short_name(company: str, text: str) -> str:
    """The name by which an article calls its company after the first mention.

    Args:
        company: Full name; may be empty.
        text: The article.

    Returns:
        The shortest leading part of the name that the text uses on its own, else the name
        without its legal form; empty for a label without letters, such as a register's number.
    """
    if not re.search(r"[^\W\d_]", company):
        return ""
    name = _LEGAL_FORMS.sub("", company.strip())
    parts = name.split()
    for length in range(1, len(parts)):
        prefix = " ".join(parts[:length])
        alone = rf"\b{re.escape(prefix)}\b(?!['’]?s?\s{re.escape(parts[length])})"
        if re.search(alone, text):
            return prefix
    return name


def possessive(name: str) -> str:
    """`Calder` gives `Calder's`, `Lines` gives `Lines'`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def split_subject(sentence: str) -> tuple[str, str] | None:
    """Take a simple sentence apart.

    Args:
        sentence: A sentence without its period.

    Returns:
        Subject and predicate; None when the sentence does not plainly begin with its subject.
    """
    match = SUBJECT.match(sentence)
    if match is None or _NOT_A_SUBJECT.match(sentence):
        return None
    subject = match["subject"]
    if re.search(
        r"\b(?:that|which|who|whose|where|what|and|or|but|not|to|as|than)$|[\"“”]", subject
    ):
        return None
    if re.search(r"\b(?:said|says|that (?:he|she|the))\b", subject):
        return None
    if len(subject.split()) > 14 or FINITE_VERB.search(subject):
        return None
    return subject, match["predicate"]


def pronoun_for(predicate: str) -> str:
    """`they` for a predicate in the plural, else `it`."""
    return "they" if _PLURAL_VERB.match(predicate) else "it"


def with_definite_article(phrase: str) -> str:
    """`a bond` gives `the bond`; other phrases stay."""
    return re.sub(r"^an?\s", "the ", phrase, flags=re.IGNORECASE)


def finish(text: str) -> str:
    """Capital at the start, one space between words, period at the end."""
    tidy = re.sub(r"[\s,]+(?:primarily|mainly|partly|principally|largely)[\s.]*$", "", text)
    tidy = " ".join(tidy.split()).rstrip(" ,;:—–-.")
    return f"{tidy[:1].upper()}{tidy[1:]}."
