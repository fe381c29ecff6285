"""Action items built from what company filings say: moves, charges, debts, risks and purchases.

Filings hardly say what is planned; what they state gives cause all the same. Only for articles
in which `actions` finds too little, as these items ask where others would act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from goldbrief.synthesis.action_forms import MONEY, SHARE, WORDS
from goldbrief.synthesis.filing_sentences import BY
from goldbrief.synthesis.phrases import Vocabulary, with_definite_article
from goldbrief.synthesis.verbs import FINITE_VERB

_ASKS = {
    True: ("Say in the next forecast", "Tell the board", "Work out for the next quarter"),
    False: ("Ask the business", "Tell the board", "Find out for the next quarter"),
}
"""By whether the reader is in finance."""
_GOES = {"increase": ("rise", "an increase"), "decrease": ("fall", "a decrease")}
_THING = r"(?P<what>[A-Za-z](?:[^,;:$€£()\d]|\d(?=-)){3,70}?)"
_YEAR = r"(?:[A-Z][a-z]+ \d{1,2}, )?20\d\d"
_WHEN = rf"(?: (?:for|in|during|at|as of) (?:the )?[^,$]{{0,30}}?{_YEAR})?"
_AFTER = (
    r"(?=[,;]|$| (?:from (?:[$€£]|20\d\d|the (?:prior|previous|year))|at (?:December|June|March"
    r"|September|year-end)|for the (?:year|quarter)|due|driven|primarily|mainly|as|resulting|which"
    r"|that|was|were|is|during|in 20\d\d|compared|and (?:an? )?[$€£]|when|since|over|offset"
    r"|partially|attributable|between|while)\b)"
)
_LEADING = re.compile(
    rf"^(?:For|In|During|At|As of) (?:the )?[^,$]{{0,30}}?{_YEAR}(?: and 20\d\d)?, "
)
_MOVED = re.compile(
    rf"^{_THING}{_WHEN} (?:was|were|totall?ed|came to|amounted to) [^;]*?,? (?:which represents )?"
    rf"an? (?P<way>increase|decrease) of (?P<by>{BY})"
)
_MOVE_OF = re.compile(rf"\b(?P<way>increase|decrease) of (?P<by>{BY}) in {_THING}{_AFTER}")
_MOVE_IN = re.compile(rf"(?P<by>{BY}) (?P<way>increase|decrease) in {_THING}{_AFTER}")
_REASONED = re.compile(
    rf"^The (?P<way>increase|decrease) in {_THING} (?:was|is) (?:\w+ )?(?:due|driven|attributable"
    r"|a result|the result|from)\b"
)
_NO_MOVE = re.compile(r"\b(?:rates?|yields?|percentage|effect|value of|which|that|basis|such)\b")
_NO_COST = (
    r"(?!.*\b(?:[Cc]osts?|[Ee]xpenses?|[Ii]ncome|[Tt]ax|[Mm]argins?|[Ii]nterest)\b.*"
    r" (?:accounted|represented|provided|generated|contributed))"
)
"""Not of what revenue goes into."""
_FORMS = (
    (
        1.0,
        rf"(?P<what>(?:{MONEY} (?:in |of )?(?:aggregate principal amount )?(?:of )?)?(?:(?:its|the"
        rf" company['’]s) )?(?:{SHARE} )?(?:[A-Z][a-z]+ ){{0,3}}[Nn]otes),? (?P<due>due {_YEAR})",
        "Plan the refinancing of the {what} {due}",
    ),
    (
        1.0,
        rf"(?P<sum>{MONEY}) of (?P<what>(?:[a-z-]+ )?(?:debt|notes|loans|borrowings|mortgages?)"
        rf" (?:maturing|due)) (?P<due>(?:during|in|on) {_YEAR})",
        "Plan the repayment or refinancing of the {sum} of {what} {due}",
    ),
    (
        0.9,
        r"\b(?P<what>(?:unfunded|outstanding|purchase|capital|remaining)"
        r" (?:commitments|obligations)"
        rf"(?: to [a-z ]{{3,40}}?)?)(?: were| was| totall?ed| amounted to| of)(?: approximately)?"
        rf" (?P<sum>{MONEY})",
        "Plan cash for the {what}, which come to {sum}",
    ),
    (
        0.9,
        rf"\b(?P<what>(?:{MONEY} (?:in|of)|\w+) loans(?: totaling {MONEY})?) that were considered"
        r" (?:to be )?(?P<state>impaired|troubled debt restructurings)",
        "Review what is set aside for the {what} that were considered {state}",
    ),
    (
        0.8,
        r"\b(?:recorded|recognized|incurred|included) (?P<what>an? (?:(?:[\w-]+ ){1,3}(?:impairment"
        rf"|charge|loss)(?: charge)?(?: to the [a-z ]{{3,40}})? of {MONEY}(?: (?:on|related to|for)"
        rf" {WORDS})?|(?:impairment|charge|loss) of {MONEY} (?:on|related to|for) {WORDS}))"
        rf"{_AFTER}",
        "Work out what further charges could follow {what}{when}",
    ),
    (
        0.8,
        rf"\b(?:may|could|can|will|would|is|are) (?:also )?(?:be )?(?:sensitive|vulnerable|exposed)"
        rf" to (?P<risk>{WORDS})(?=[,;]|$)",
        "Test the forecast against {risk}",
    ),
    (
        0.8,
        r"(?:^|, )(?P<what>[A-Za-z][^,$\d]{3,40}) (?P<how>may (?:vary|fluctuate)[^,]*)$",
        "Allow in the forecast for {what}, which {how}",
    ),
    (
        0.7,
        rf"(?P<what>seasonal (?:fluctuations|variations|changes) in {WORDS})(?=[,;]|$)",
        "Allow in the cash forecast for {what}",
    ),
    (
        0.8,
        r"\b(?:currency translation|exchange rates?(?: movements| changes)?) (?P<did>increased"
        rf"|decreased|reduced|lowered) (?P<of>[^,$]{{3,50}}) by (?P<sum>{MONEY})",
        "Test the forecast against exchange rates, which {did} {of} by {sum}{when}",
    ),
    (
        0.8,
        rf"^(?P<what>{_NO_COST}[A-Z][^,;$\d]{{2,60}}?) (?:accounted for|represented|provided"
        rf"|generated|contributed) (?:approximately )?(?P<share>{SHARE}) of "
        rf"(?P<base>[^,;$]*\b(?:revenues?|sales|rent|loans|deposits|premiums))\b",
        "Test the forecast for a setback at {what}, with {share} of {base}",
    ),
    (
        0.8,
        rf"\bdefinitive agreement (?:with {WORDS} )?to acquire (?P<who>[A-Z][^,$]{{2,50}}?)"
        r"(?= in an?\b|,| for\b|$)",
        "Agree on a budget for the integration of {who}, and name who leads it",
    ),
    (
        0.7,
        r"\bcompleted (?:its|the) (?P<what>acquisition of [^,;$]{3,60}?"
        rf"(?: for (?:approximately )?{MONEY})?)(?=[,;]|$| (?:plus|from|in|on|pursuant|with)\b)",
        "Compare what the {what} brings in with what was planned",
    ),
    (
        0.7,
        rf"(?P<sum>{MONEY}) of (?:share )?(?:repurchase )?authorization remaining",
        "Decide how much of the {sum} that remains for share repurchases is to be used",
    ),
)
"""Worth, pattern and item."""
_COMPILED = tuple((worth, re.compile(pattern), item) for worth, pattern, item in _FORMS)
_SETTLED = re.compile(r"\b(?:redeem|repaid|repay|retire|extinguish|exchange|defeas|satisf)")
"""Of debts that are no longer owed."""
QUESTIONS = (
    "Explain in the next report what moved {} and how much of the move will last",
    "Agree on a target for {} for next year, and name who answers for the result",
)
"""What to ask of any result, beside the usual."""
RESULT = re.compile(
    r"\b(?:(?:[Tt]otal|[Nn]et|[Aa]verage) )?(?:[Nn]et interest margin|[Nn]et operating income"
    r"|[Oo]ccupancy|[Gg]eneral and administrative expenses?"
    r"|[Cc]ost of (?:revenues?|sales|goods sold)"
    r"|[Pp]rovision for (?:loan|credit)(?: and lease)? losses|[Nn]et asset value"
    r"|[Ii]nvestment income|[Rr]ental income|[Pp]roperty taxes|[Dd]eposits)\b(?! of [^$\d])"
)
"""Results that filings of banks, funds and landlords name beside the usual ones."""


def find_filing_forms(
    clause: str, vocabulary: Vocabulary, *, finance: bool
) -> Iterator[tuple[str, str, float]]:
    """Action items that what a filing states gives cause for.

    Args:
        clause: A sentence, or a clause that is one, without its period.
        vocabulary: Tells names from common words.
        finance: Whether they are for a reader in finance.

    Yields:
        Rule, text and worth.
    """
    for ask in _ASKS[finance]:
        for text in _on_moves(clause, vocabulary):
            yield "trend", f"{ask} {text}", 0.3
    for worth, pattern, item in _COMPILED:
        match = pattern.search(clause)
        if match and not (" due" in match[0] and _SETTLED.search(clause)):
            groups = {name: text or "" for name, text in match.groupdict().items()}
            if "what" in groups:
                groups["what"] = vocabulary.lower_first(with_definite_article(groups["what"]))
            yield "report", item.format(**groups, when=_when(clause, groups)), worth


def _on_moves(clause: str, vocabulary: Vocabulary) -> Iterator[str]:
    """What to ask about a result that moved, to follow `Tell the board`."""
    when = _when(clause)
    text = _LEADING.sub("", clause)
    if match := _MOVED.search(text):
        if what := _subject(match, vocabulary):
            go, move = _GOES[match["way"]]
            yield f"whether {what} will {go} further, after {move} of {_by(match)}{when}"
    elif match := _MOVE_OF.search(text) or _MOVE_IN.search(text):
        if what := _subject(match, vocabulary):
            yield f"how much of the {match['way']} of {_by(match)} in {what}{when} will last"
    elif (match := _REASONED.search(text)) and (what := _subject(match, vocabulary)):
        yield f"how much of the {match['way']} in {what}{when} will last, and why"


def _by(match: re.Match[str]) -> str:
    """How much it moved, between commas where it is told in two ways."""
    by = match["by"].rstrip(",")
    return f"{by}," if " or " in by else by


def _when(clause: str, groups: Mapping[str, str] = MappingProxyType({})) -> str:
    """The year that a clause reports on, unless a group tells it."""
    years = re.findall(
        r"\b(?:[Ii]n|[Dd]uring|[Ff]or|(?:at|ended) [A-Z][a-z]+ \d\d,) (20\d\d)\b(?!/)", clause
    )
    told = any(re.search(r"\b20\d\d\b", text) for text in groups.values())
    return f" in {max(years)}" if years and not told else ""


def _subject(match: re.Match[str], vocabulary: Vocabulary) -> str:
    """What moved; empty where that is no plain result."""
    what = match["what"].strip()
    is_plain = not (FINITE_VERB.search(what) or _NO_MOVE.search(what))
    return vocabulary.lower_first(what) if is_plain else ""
