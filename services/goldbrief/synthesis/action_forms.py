"""Forms of sentences that leave something to do, and the action item that each becomes.

Each form is read off one clause, and its item says what comes next, not what was: who a loss
is made up for, what is still owed, what would keep an accident from happening again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from goldbrief.synthesis.phrases import Vocabulary

WORDS = r"(?:[^,;]|(?<=\d),(?=\d))+?"
MONEY = r"(?:[A-Z]{3} |[A-Z]{0,2}[$€£])\d[\d,.]*\d?(?: ?(?:thousand|million|billion|mn?|bn?|k))?\b"
SHARE = r"\d[\d.]* ?(?:%|per ?cent)"
_END = r"(?=[,;]|$)"
_WHEN = rf"(?:on|in|at|by|from) (?:the )?[A-Z\d]{WORDS}"


@dataclass(frozen=True, slots=True)
class _Form:
    rule: str
    worth: float
    pattern: re.Pattern[str]
    finance: str
    """The item for readers in finance, with the pattern's groups."""
    others: str


def _form(rule: str, worth: float, pattern: str, finance: str, others: str = "") -> _Form:
    return _Form(rule, worth, re.compile(pattern), finance, others or finance)


_FORMS = (
    _form(
        "expiry",
        1.0,
        rf"^(?P<what>(?:[Pp]atent )?[Pp]rotection (?:for|of) {WORDS})(?P<stake>, with {WORDS},)?"
        rf" (?:ends|expires|lapses) (?P<when>{_WHEN}){_END}",
        "Budget for the end of {what} {when}{stake}",
        "Prepare for the end of {what} {when}{stake}",
    ),
    _form(
        "schedule",
        0.9,
        rf"^(?P<what>(?:The|An?) {WORDS}) is {SHARE} complete, (?:and|but) "
        rf"(?P<delay>a delay {WORDS} would cost {WORDS}){_END}",
        "Keep {what} on schedule, as {delay}",
    ),
    _form(
        "customer",
        0.9,
        rf"\blost (?P<what>the {WORDS} (?:account|contract)(?:, worth {WORDS})?){_END}",
        "Say in the next forecast what is to replace {what}",
        "Win business that makes up for {what}",
    ),
    _form(
        "customer",
        0.9,
        rf"^(?P<what>[A-Z]{WORDS}, a customer worth {WORDS}), gave notice\b",
        "Say in the next forecast what is to replace {what}",
        "Win business that makes up for {what}",
    ),
    _form(
        "claim",
        0.9,
        rf"^(?P<who>[A-Z]{WORDS}) (?:claims|demands|seeks) (?P<sum>{MONEY}) in damages\b",
        "Review what is set aside for the {sum} in damages that {who} claims",
        "Decide whether to settle or contest the {sum} in damages that {who} claims",
    ),
    _form(
        "demand",
        0.9,
        rf"^(?P<who>\d[\d,]* [a-z]+s) (?P<ask>(?:demand|want|have asked for) {WORDS}"
        rf"(?:, by {SHARE} on average)?){_END}",
        "Negotiate with the {who} that {ask}",
    ),
    _form(
        "capacity",
        0.8,
        rf"^(?P<site>The {WORDS}) runs at (?P<share>(?:8[89]|9\d)(?:\.\d+)? ?(?:%|per ?cent)"
        rf" of capacity){_END}",
        "Work out what an expansion of {site} would cost, as it runs at {share}",
        "Decide whether to expand {site}, which runs at {share}",
    ),
    _form(
        "goodwill",
        0.8,
        rf"(?P<sum>{MONEY}) of goodwill remains on the (?:books|balance sheet)",
        "Test the {sum} of goodwill that remains on the books again before year-end",
        "Ask what still justifies the {sum} of goodwill that remains on the books",
    ),
    _form(
        "insurer",
        0.9,
        rf"\b[Ii]nsur.*\b[Aa] further (?P<sum>{MONEY}) is still (?:open|outstanding)\b",
        "Collect from the insurers the {sum} of the claim that is still open",
    ),
    _form(
        "insurer",
        0.9,
        rf"\b(?:insurers|insurance companies) have accepted (?P<share>{SHARE}) of the loss\b",
        "Press the insurers for the rest of the loss, of which they have accepted {share}",
    ),
    _form(
        "hedge",
        0.7,
        rf"\bexchange rates\b.*?(?P<share>{SHARE}) of the exposure (?:is|has been) hedged\b",
        "Decide whether it is enough to hedge {share} of the exposure to exchange rates",
    ),
    _form(
        "price",
        0.8,
        rf"^(?P<what>[Pp]rices (?:of|for) {WORDS}) (?:will )?go up (?P<rise>by {SHARE} {_WHEN})"
        rf"{_END}",
        "Check whether volumes hold once {what} go up {rise}",
    ),
    _form(
        "budget",
        0.8,
        r"\bexpects? (?P<what>(?:[a-z-]+ ){1,5})to (?P<move>(?:rise|fall|increase|decrease|climb"
        rf"|drop|decline|grow|be|reach) {WORDS}){_END}",
        "Budget for {what}to {move}",
        "Prepare for {what}to {move}",
    ),
    _form(
        "budget",
        0.7,
        r"\bexpects? (?P<what>(?:modest|higher|lower|further|continued|additional|slower|stronger)"
        rf" {WORDS}){_END}",
        "Allow in the next budget for {what}",
        "Prepare for {what}, and say who is to act on it",
    ),
    _form(
        "maturity",
        1.0,
        rf"^(?P<what>The {WORDS} (?:notes|loans?|bonds?|facility)) {WORDS} will mature "
        rf"(?P<when>(?:on|in) {WORDS}(?:, 20\d\d)?){_END}",
        "Plan the refinancing of {what} due {when}",
    ),
    _form(
        "purchase",
        0.6,
        rf"\bacquired (?P<what>(?!an? |from ){WORDS}) for (?P<sum>[a-z ]{{0,40}}{MONEY})",
        "Compare what the purchase of {what} for {sum} brings in with what was planned",
    ),
    _form(
        "closure",
        0.8,
        rf"^(?P<what>{WORDS}) (?:was|were) closed\b.*\bsaves (?P<sum>{MONEY} a year)",
        "Check in the next budget that closing {what} saves {sum}",
    ),
    _form(
        "returns",
        0.8,
        rf"^(?P<what>[A-Z][a-z]+ of {WORDS}) have (?:climbed|risen|gone up) to (?P<share>{SHARE})"
        rf", and (?P<cost>could cost {WORDS}){_END}",
        "Bring {what} down from {share}, as they {cost}",
    ),
    _form(
        "bid",
        0.7,
        rf"\b(?:gave|awarded) (?P<what>work of {MONEY} a year) to (?P<who>[A-Z]{WORDS}){_END}",
        "Find out why {what} went to {who}",
    ),
    _form(
        "increase",
        0.7,
        rf"\b[Aa] (?P<what>[\w-]*price increase of {SHARE}) was accepted on {SHARE} of the"
        r" volume",
        "Follow up on the customers that have not accepted the {what}",
    ),
    _form(
        "repeat",
        0.7,
        r"^An? (?P<event>(?:[\w-]+ ){0,3}(?:shutdown|outage|intrusion|fire|leak|flood|stoppage"
        rf"|recall|breach|accident|attack|fraud|theft|spill)(?: (?:at|in|into|of|on) {WORDS})?) "
        rf"(?P<did>(?:went on|kept|cost|shut|stopped|halted|lasted|closed|let) {WORDS}){_END}",
        "Fund what would prevent a repeat of the {event}, which {did}",
        "Prevent a repeat of the {event}, which {did}",
    ),
    _form(
        "repeat",
        0.7,
        rf"^(?P<site>The {WORDS}) stood (?P<how>(?:still|idle) for {WORDS}"
        rf"(?:, at a cost of {MONEY})?){_END}",
        "Work out what would keep {site} running, after it stood {how}",
    ),
    _form(
        "overrun",
        0.7,
        rf"(?:\bits|\bcalled) (?P<name>[A-Z]\w+)\b.*\bthe project (?P<over>ran {SHARE} over its "
        r"budget)",
        "Find out why the {name} project {over} before the next one begins",
    ),
    _form(
        "failure",
        0.6,
        r"^(?:A|The) (?P<what>(?:bid|pilot|trial|project|offer|takeover|sale|merger|launch)"
        rf" [^;]{{3,80}}?) (?P<how>was (?:turned down|rejected|cancell?ed|abandoned|dropped"
        rf"|given up|postponed)(?: after {WORDS})?){_END}",
        "Find out why the {what} {how}, and what to do otherwise next time",
    ),
    _form(
        "succession",
        0.6,
        rf"(?:^For|\bmissing for) (?P<posts>{WORDS} posts)(?= there is no successor|,|$)",
        "Draw up a list of successors for {posts}, inside and outside the company",
    ),
    _form(
        "savings",
        0.8,
        rf"\bonly (?P<share>{SHARE}) of the planned savings are in hand\b",
        "Name the measures that are to close the savings plan, of which {share} is in hand",
    ),
    _form(
        "rating",
        0.8,
        rf"\b(?:rating agency lowered|downgrade)\b.*?\b(?P<adds>add(?:s|ed) \d+ basis points to"
        rf" {WORDS}){_END}",
        "Set out what would win the rating back, as the downgrade {adds}",
    ),
    _form(
        "case",
        0.8,
        rf"\blower (?:end|one)(?: of the (?:range|forecast))? (?:allows for|assumes) "
        rf"(?P<what>{WORDS}){_END}",
        "Test what {what} would do to the forecast, beyond what its lower end allows",
    ),
    _form(
        "case",
        0.8,
        rf"\bupper (?:end|one)(?: of the (?:range|forecast))? (?:needs|requires) (?P<what>{WORDS})"
        rf" to last{_END}",
        "Follow whether {what} will last, as the upper end of the forecast requires",
    ),
    _form(
        "windfall",
        0.5,
        rf"\b(?:repaid taxes of|tax authority paid back|tax refund of) (?P<sum>{MONEY})",
        "Show the {sum} of taxes paid back apart from the result, as it will not recur",
        "Leave the {sum} of taxes paid back out of targets, as it will not recur",
    ),
    _form(
        "proceeds",
        0.6,
        rf"\bsold (?:its|the) (?P<what>{WORDS}) for (?P<sum>{MONEY})",
        "Decide which debt or investment the {sum} from the sale of the {what} is to serve",
    ),
    _form(
        "proceeds",
        0.5,
        rf"\braised (?P<sum>{MONEY}) on the bond market\b",
        "Report to the board on the use of the {sum} that the bonds brought in",
    ),
    _form(
        "permits",
        0.6,
        r"\bwait(?:ed)? (?P<time>[\w]+ (?:weeks|months)) longer than planned for "
        rf"(?P<what>{WORDS}), which cost (?P<sum>{MONEY})",
        "Allow in project budgets for delays like the {time} for {what}, which cost {sum}",
    ),
)
"""Forms and how actionable what they find is, set by hand."""


_PHRASES = {"what", "site"}
"""Groups that may begin a sentence with a word that is no name."""


def find_forms(
    clause: str, vocabulary: Vocabulary, *, finance: bool
) -> Iterator[tuple[str, str, float]]:
    """Action items that the form of a clause allows.

    Args:
        clause: A sentence, or a clause that is one, without its period.
        vocabulary: Tells names from common words.
        finance: Whether they are for a reader in finance.

    Yields:
        Rule, text and worth.
    """
    for form in _FORMS:
        if match := form.pattern.search(clause):
            groups = {name: text or "" for name, text in match.groupdict().items()}
            for name in _PHRASES & set(groups):
                groups[name] = vocabulary.lower_first(groups[name])
            template = form.finance if finance else form.others
            yield form.rule, template.format(**groups), form.worth
