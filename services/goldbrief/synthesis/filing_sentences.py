"""Sentences of company filings, put the way that other articles put them.

A filing lists results as phrases without a verb, names each year by its last day, and explains in
the middle of a sentence what a line of the accounts holds.
"""

from __future__ import annotations

import re

from goldbrief.synthesis.action_forms import MONEY, SHARE
from goldbrief.synthesis.phrases import finish
from goldbrief.synthesis.verbs import FINITE_VERB, has_verb

BY = rf"{MONEY}(?:,? or {SHARE},?)?"
"""How much a result moved."""
WAY = r"(?P<way>[Ii]ncrease|[Dd]ecrease|[Dd]ecline|[Rr]eduction)"
_MARKER = re.compile(r"^(?:[•●▪◦*-]|o(?= [A-Z$]))\s*(?=\S)")
_ASIDE = re.compile(r"\s*\([^()$\d]*\)")
_LIST_END = re.compile(r"(?:[,;]\s*(?:and,?)?|,\s*and)\s*$")
_INTRODUCTION = re.compile(r"^[^:]*\b(?:as follows|was|were)\b[^:$]*:\s+(?=[A-Z])")
_YEAR = re.compile(
    r"\b(?P<lead>[Ff]or|[Dd]uring|[Ii]n) the (?:years?|twelve months) ended December 31, "
    r"(?P<years>20\d\d(?:,? and 20\d\d)?)"
)
_YEAR_ALONE = re.compile(r"\bthe (?:year|twelve months) ended December 31, (?=20\d\d)")
_RELATIVE = re.compile(
    r"^(?P<what>[A-Z][^,;$]{2,60}), which (?:primarily |principally )?(?:includes?|represents?"
    r"|excludes?|consists? of|relates? to)\b[^$;]*?, (?=(?:increased|decreased|declined|rose|fell"
    r"|grew|was|were)\b)"
)
_REASON = (
    r"(?:(?:primarily|mainly|largely|principally|mostly|partially) )?(?:due|driven|attributable"
    r"|resulting|because|a result|the result|as a result|reflecting)\b"
)
_MOVE = re.compile(
    rf"^(?:The |An? )?(?P<by>{BY}) {WAY} in (?P<what>[^,;:$]{{3,80}}?)"
    rf"(?P<rest>,? (?:(?:which )?(?:was|were|is) )?(?:in 20|compared|{_REASON}"
    r"|and (?:an? )?[$€£]).*)?$"
)
_MOVE_OF = re.compile(
    rf"^(?:The |An? ){WAY} of (?P<by>{BY}) in (?P<what>[^,;:$]{{3,80}}?)"
    rf"(?P<rest>,? (?:(?:which )?(?:was|were|is) |in 20|for |compared|as compared|{_REASON}).*)$"
)
_IS_DUE = re.compile(rf",? (?:which )?(?:was|were|is) (?={_REASON})")
_SECOND_MOVE = re.compile(rf",? and (?:an? )?{MONEY} (?:increase|decrease) in .*$")
_SUM = re.compile(
    rf"^(?P<what>(?!The [Cc]ompany|We |Our )[A-Z](?:(?! an? )[^,;:$]){{3,70}}?)"
    rf" of (?P<sum>{MONEY}|{SHARE})"
    r"(?P<rest>,? (?:for|in|at|as of|compared|versus|an? (?:increase|decrease)|up|down)\b.*)$"
)
_ACCOUNTING = re.compile(
    r"\b(?:reported|recorded|valued|carried|held) (?:initially )?at (?:the )?(?:consolidated|cost"
    r"|fair value|net asset value)|\brecords? [^$\d]* at cost\b|\b(?:is|are) (?:allocated|credited"
    r"|charged) to\b|\brecogni[sz]ed (?:on|ratably)\b|\bshall be\b"
    r"|\baccounts? for\b[^$\d]* method\b|\bFASB\b",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    r"\bif at any time [^,]*\.$|\bthat,? on [A-Z][a-z]+ \d{1,2}, 20\d\d\.$"
    rf"|{MONEY} and (?:approximately )?{MONEY} and (?:approximately )?{MONEY}"
)
_NOUN = re.compile(r"\baccounts?\b(?! for)")
"""What is a verb in other articles."""


def plain(sentence: str) -> str:
    """Put a sentence of a filing the usual way.

    Args:
        sentence: As the filing has it, for example `• $3 million decrease in rent, due to a sale,`.

    Returns:
        The sentence, for example `Rent decreased by $3 million, due to a sale.`; as it is where
        nothing fits.
    """
    text = _ASIDE.sub("", _MARKER.sub("", sentence.strip()))
    text = _INTRODUCTION.sub("", text)
    text = _YEAR.sub(_in_years, text)
    text = _YEAR_ALONE.sub("", text)
    text = _RELATIVE.sub(r"\g<what> ", text)
    text = _as_clause(_LIST_END.sub("", text).rstrip("."))
    return sentence if text == sentence.strip().rstrip(".") else finish(text)


def is_unfit(text: str) -> bool:
    """Whether a tidied sentence tells how the accounts are made, or was cut to pieces."""
    is_broken = _BROKEN.search(text) or not has_verb(_NOUN.sub("", text))
    return bool(is_broken or _ACCOUNTING.search(text))


def _in_years(match: re.Match[str]) -> str:
    return f"{'In' if match['lead'][0].isupper() else 'in'} {match['years']}"


def _as_clause(text: str) -> str:
    """A phrase on a result as a clause, which has a verb."""
    move = _MOVE.match(text) or _MOVE_OF.match(text)
    if move and not has_verb(move["what"]):
        did = "increased" if move["way"].lower() == "increase" else "decreased"
        rest = _SECOND_MOVE.sub("", _IS_DUE.sub(", ", move["rest"] or "", count=1))
        rest = re.sub(r"\b(?<!as )(?:a|the) result of\b", "as a result of", rest)
        by = move["by"].rstrip(",") + ("," if "or" in move["by"] and rest[:1] == " " else "")
        return f"{move['what'].strip()} {did} by {by}{rest}"
    if FINITE_VERB.search(text.replace("held for", "")):
        return text
    return _SUM.sub(r"\g<what> came to \g<sum>\g<rest>", text)
