"""Recognizes traits of writing: what a house style may rule out, voice, and how figures look.

All are counted by words and signs, of English; none is understood.
"""

from __future__ import annotations

import re

from goldbrief.core.documents import Never
from goldbrief.text.sentences import vocabulary, words

_QUOTATION = re.compile(r"[“\"][^”\"\n]*[”\"]")

NEVER: dict[Never, re.Pattern[str]] = {
    "questions": re.compile(r"\?(?=[\s”\"’')*]|$)"),
    "exclamation marks": re.compile(r"!(?=[\s”\"’')*]|$)"),
    "links": re.compile(r"https?://\S+|\bwww\.\S+|\]\([^)]*\)"),
    "tables": re.compile(r"^\s*\|.*\|"),
    "emoji": re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50]"),
    "second person": re.compile(r"\b[Yy]ou(?:rs?|rself)?\b"),
    "quotations": re.compile(r"[“\"][^”\"\n]{12,}[”\"]"),
    "parentheses": re.compile(r"\([^)\n]*[A-Za-z][^)\n]*\)"),
    "contractions": re.compile(
        r"\b(?:\w+n['’]t|(?:[Ii]t|[Ww]e|[Tt]hey|[Yy]ou|[Tt]hat|[Tt]here)['’](?:s|re|ve|ll|d))\b"
    ),
    "praise": re.compile(
        r"\b(?:world-class|best-in-class|industry-leading|cutting-edge|game-chang\w+|groundbreaking"
        r"|revolutionary|amazing|exciting|excited|thrilled|proud|delighted|stellar|spectacular"
        r"|phenomenal|remarkabl[ey]|extraordinary|impressive(?:ly)?|incredibl[ey]"
        r"|unparalleled|fantastic|tremendous)\b",
        re.IGNORECASE,
    ),
}
"""How each is found in a line."""

BREAKS_FORM: frozenset[Never] = frozenset(
    {"questions", "exclamation marks", "links", "tables", "emoji"}
)
"""Signs that nobody writes by chance: one is enough to reject a summary."""

_NUMBERED = (
    "Phase", "Class", "Part", "Tier", "Type", "Title", "Level", "Series", "Schedule", "War",
)  # fmt: skip
"""Words behind which `I` is a number."""
_NO_NUMERAL = "".join(rf"(?<!\b{word} )" for word in _NUMBERED)
_FIRST_PERSON = re.compile(
    r"\b(?:[Ww]e|[Oo]urs?|[Oo]urselves|us|[Mm]y|[Mm]yself)\b"
    rf"|{_NO_NUMERAL}\bI(?=['’][A-Za-z]| [a-z])"
)
_HEDGE = re.compile(
    r"\b(?:may(?! \d)|might|perhaps|possibly|probably|likely|apparently|seems?|seemingly|appears?"
    r"|suggests?|potentially|presumably)\b"
)

_PAST = (
    r"was|were|had|did|rose|fell|grew|sank|shrank|lost|won|sold|bought|paid|made|took|gave|came"
    r"|went|became|began|kept|held|left|met|led|beat|built|saw|said|told|spent|drove|bore|brought"
    r"|stood|ran|got|sent|put|cut|drew|chose|swung|overtook|withdrew|wrote"
)
_PRESENT = (
    r"is|are|has|have|does|do|says?|expects?|remains?|plans?|sees?|shows?|rises?|falls?|grows?"
    r"|faces?|needs?|depends?|means|wants?|keeps?|holds?|makes?|takes?|gives?|begins?|comes?"
    r"|carries|carry|offers?|forecasts|aims?|intends?|hopes?|warns?|runs?|stands?|increases"
    r"|decreases|declines|improves?|continues?|reports|will|can"
)
_FINITE = re.compile(
    rf"\b(?:(?P<past>{_PAST}|(?<!the )(?<!an )(?<!its )(?<!of )(?<!by )[a-z]{{3,}}ed)"
    rf"|(?P<present>{_PRESENT}))\b"
)

_NO_VERBS = vocabulary(
    "the a an this that these those it its there we our they their he she his her i you your "
    "in on at for of from by with as to and or but if when while because after before during "
    "no not all any each both some most more management revenue costs cost cash net operating "
    "gross total company customers investors"
)
_NO_VERB_ENDINGS = ("ing", "tion", "tions", "ment", "ments", "ness", "ity", "ly")
_VERBS_LIKE_NOUNS = vocabulary(
    "bring document implement supplement comment apply supply rely comply multiply reply"
    " mention position caution question"
)
_MODAL = re.compile(r"^\W*\w+(?: \w+){0,2} (?:should|must|will|is|are|was|were|has|have|would)\b")
_LEAD = re.compile(r"^\*\*[^*]+\*\*")

FIGURE_FORMS: dict[str, dict[str, re.Pattern[str]]] = {
    "percent": {
        "sign": re.compile(r"\d\s?%"),
        "word": re.compile(r"\d[ -]per ?cent\b(?!age)"),
    },
    "scale": {
        "word": re.compile(r"\d[ -](?:thousand|million|billion|trillion)\b"),
        "letter": re.compile(
            r"[$€£¥]\s?[\d.,]*\d\s?(?:mn|bn|tn|[kKmMbBT])\b|\d(?:mn|bn|tn|[MB])\b"
        ),
    },
    "currency": {
        "sign": re.compile(r"[$€£¥]\s?\d"),
        "code": re.compile(r"\b(?:USD|EUR|GBP|JPY|CHF|CAD|AUD)\s?\d"),
        "word": re.compile(
            r"\d(?: (?:thousand|million|billion|trillion)|[kMB]|bn)? (?:dollars|euros|pounds)\b"
        ),
    },
    "points": {
        "basis points": re.compile(r"\d[ -]basis[ -]points?\b"),
        "bps": re.compile(r"\d\s?bps?\b"),
    },
}
"""Lines of `FigureStyle` to the ways of writing such figures."""

FIGURE_EXAMPLES = {
    ("percent", "sign"): "12%",
    ("percent", "word"): "12 percent",
    ("scale", "word"): "1.2 million",
    ("scale", "letter"): "1.2M",
    ("currency", "sign"): "$5",
    ("currency", "code"): "USD 5",
    ("currency", "word"): "5 dollars",
    ("points", "basis points"): "30 basis points",
    ("points", "bps"): "30 bps",
}
"""How a figure looks that is written as a line of `FigureStyle` says."""

_DECIMALS = re.compile(
    r"\d\.(?P<places>\d+)(?=\s?%|[ -]per ?cent|[ -](?:million|billion|trillion)|(?:mn|bn|[MB])\b)"
)


def without_quotations(text: str) -> str:
    """The text with blanks for what stands between quotation marks: others speak there."""
    return _QUOTATION.sub(lambda match: " " * len(match[0]), text)


def first_person(text: str) -> re.Match[str] | None:
    """The first word by which the author speaks of `us` or `me`, quotations excluded."""
    return _FIRST_PERSON.search(without_quotations(text))


def hedges(text: str) -> list[str]:
    """Words of a text that leave open whether what it says is so."""
    return _HEDGE.findall(without_quotations(text))


def tense_of(sentence: str) -> str:
    """`past` or `present` by the first verb that shows it; empty when none does."""
    found = _FINITE.search(sentence)
    if found is None:
        return ""
    return "past" if found["past"] else "present"


def begins_with_verb(item: str) -> bool:
    """Whether an action item seems to be an imperative; a bold lead-in counts as its words."""
    tokens = words(item.replace("**", ""))
    if not tokens or not tokens[0][0].isalpha() or tokens[0] in _NO_VERBS:
        return False
    is_noun = tokens[0].endswith(_NO_VERB_ENDINGS) and tokens[0] not in _VERBS_LIKE_NOUNS
    return not is_noun and not _MODAL.match(item)


def has_bold_lead(item: str) -> bool:
    """Whether an item begins with words in bold."""
    return bool(_LEAD.match(item))


def most_decimals(text: str) -> int | None:
    """Most decimals of a percentage, or of millions and billions; None when none has any figure."""
    places = [len(match["places"]) for match in _DECIMALS.finditer(text)]
    if places:
        return max(places)
    forms = (FIGURE_FORMS["percent"], FIGURE_FORMS["scale"])
    return 0 if any(p.search(text) for form in forms for p in form.values()) else None
