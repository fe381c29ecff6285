"""Action items built from what an article says of plans, deadlines, risks and guidance.

Each rule turns one form of sentence into an imperative whose grammar follows from the
form, e.g. `X plans to sell Y` into `Sell Y`, or `A bond matures in May` into `Refinance the
bond before it matures in May`. What no rule fits is left alone. Nothing is merely to be
confirmed: a reader who does not trust a figure needs no summary to say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from goldbrief.synthesis import action_patterns as patterns
from goldbrief.synthesis.action_forms import find_forms
from goldbrief.synthesis.filing_actions import QUESTIONS, RESULT, find_filing_forms
from goldbrief.synthesis.phrases import (
    Vocabulary,
    finish,
    pronoun_for,
    split_subject,
    with_definite_article,
)
from goldbrief.synthesis.statements import is_dangling, points_back
from goldbrief.synthesis.verbs import FINITE_VERB

MIN_WORDS = 9
MAX_WORDS = 26


_VERBS = {
    # rule: for readers in finance, for others
    "effect": (
        ("Stress-test the budget for", "Plan for", "Prepare for"),
        ("Prepare for", "Plan for", "Weigh"),
    ),
    "coming": (("Budget for", "Plan cash for", "Track"), ("Prepare for", "Track", "Oversee")),
    "dated": (("Track", "Prepare for", "Monitor"), ("Prepare for", "Oversee", "Track")),
    "exposed": (("Review", "Reassess", "Monitor"), ("Address", "Review", "Monitor")),
    "setback": (("Establish", "Find out", "Investigate"), ("Find out", "Ask", "Investigate")),
    "change": (
        ("Document", "Explain to the board", "Clarify"),
        ("Explain to the board", "Clarify", "Share"),
    ),
    "trend": (
        ("Say in the next forecast", "Tell the board", "Work out for the next quarter"),
        ("Ask the business", "Tell the board", "Find out for the next quarter"),
    ),
    "guidance": (("Test", "Reforecast", "Track"), ("Track", "Review", "Defend")),
}
_QUESTIONS = {
    True: (
        "Explain in the next report what moved {} and how much of it will last",
        "Agree on a target for {} for next year, and on who answers for it",
        "Set out what could move {} in the coming year, and by how much",
        "Show the board what to expect of {} over the coming year",
    ),
    False: (
        "Ask finance what moved {} and how much of it will last",
        "Agree on a target for {} for next year, and on who answers for it",
    ),
}
"""Questions on results, by whether the reader is in finance: each makes sense of any result, as
a small pupil puts any result into it."""
_TOPICS = {
    True: r"debt|loan|bond|notes|facility|covenant|margin|cash|cost|price|hedg\w+|guidance|forecast"
    r"|tariffs?|refinanc\w+|capital|receivables|dividend|provision|tax|insurance|premium|EBITDA",
    False: r"customers?|contracts?|staff|employees|workers|union|plant|stores?|launch|market"
    r"|capacity|suppliers?|strategy|acquisition|brand|service|safety|product|sites?|decide|decision",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """An action item and what it rests on."""

    text: str
    rule: str
    """Name of the rule that made it."""
    source: int
    """Position of the sentence that it was made from."""
    worth: float
    """How actionable it is: rules with a deadline, a figure and the persona's topics lead."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence without its period, and what the rules need to know of it."""

    text: str
    persona: str
    vocabulary: Vocabulary

    def lower(self, phrase: str) -> str:
        return self.vocabulary.lower_first(phrase)

    def verb(self, rule: str, place: int = 0) -> str:
        """One of the rule's verbs, chosen by the sentence so that verbs vary."""
        finance, others = _VERBS[rule]
        return self.one_of(finance if is_finance(self.persona) else others, place)

    def one_of(self, texts: Sequence[str], place: int = 0) -> str:
        """One of several texts, chosen by the sentence, or one `place` texts further on."""
        return texts[(sum(map(ord, self.text)) + place) % len(texts)]


def _things(sentence: _Sentence) -> tuple[str, str] | None:
    """Subject and predicate of a sentence on a thing; None for people and pointers back."""
    parts = split_subject(sentence.text)
    if parts is None or is_dangling(sentence.text) or points_back(parts[0]):
        return None
    head = _head(parts[0])
    if patterns.VAGUE.fullmatch(parts[0]) or patterns.NO_THING.search(parts[0]):
        return None
    thing = re.split(r"['’]s?\s", head)[-1]
    is_a_name = sentence.vocabulary.is_name(head.split()[0]) and not re.search(r"['’]s?\s", head)
    return None if is_a_name or patterns.PEOPLE.search(thing) else parts


def _head(phrase: str) -> str:
    """A noun phrase up to its first preposition."""
    return re.split(
        r"\s(?:of|for|with|in|at|on|to|from|by|covering|under|that|who|over|until|between)\s",
        phrase,
    )[0]


def is_finance(persona: str) -> bool:
    """Whether a persona looks after money."""
    return bool(patterns.FINANCE.search(persona))


def find_actions(
    sentences: list[tuple[int, str]],
    persona: str,
    vocabulary: Vocabulary,
    *,
    filing: bool = False,
) -> list[Action]:
    """Build every action item that the rules find.

    Args:
        sentences: Position and text of sentences, in full or made to stand alone.
        persona: For whom they are.
        vocabulary: Tells names from common words.
        filing: Whether to build them from what company filings state, too.

    Returns:
        Action items of 9 to 26 words, best first.
    """
    actions: dict[str, Action] = {}
    clauses = [(position, clause) for position, text in sentences for clause in _clauses(text)]
    for position, text in clauses:
        sentence = _Sentence(text, persona, vocabulary)
        for rule, built, weight in _built(sentence, filing):
            action = _finished(built, rule, position, weight, persona)
            if action and action.text not in actions:
                actions[action.text] = action
    return sorted(actions.values(), key=lambda action: (-action.worth, action.source))


def _built(sentence: _Sentence, filing: bool) -> Iterator[tuple[str, str, float]]:
    """What the rules and forms make of a sentence: rule, text and weight."""
    finance = is_finance(sentence.persona)
    for rule, (build, weight) in _RULES.items():
        for built in build(sentence):
            yield rule, built, weight
    yield from find_forms(sentence.text, sentence.vocabulary, finance=finance)
    if filing:
        yield from find_filing_forms(sentence.text, sentence.vocabulary, finance=finance)
        for result in _results(sentence):
            for question in (*_QUESTIONS[finance], *QUESTIONS):
                yield "result", question.format(result), 0.05


def _clauses(text: str) -> list[str]:
    """The sentence, without who reports it, and those of its clauses that are sentences."""
    whole = _bare(text.strip().rstrip("."))
    parts = [_bare(part.strip()) for part in re.split(r";\s|,\s(?:and|but|while)\s", whole)]
    return [whole, *(p for p in parts if p != whole and len(p.split()) >= 6 and split_subject(p))]


def _bare(clause: str) -> str:
    """A clause without who reports it."""
    text = patterns.REPORTED.sub("", clause)
    return clause if text == clause else f"{text[:1].upper()}{text[1:]}"


def _from_plan(sentence: _Sentence) -> Iterator[str]:
    match = patterns.PLAN.search(sentence.text)
    if match is None or re.search(r"\b(?:not|would)\b", sentence.text[: match.start("act")]):
        return
    if re.search(
        r"\b(?:cost|rate|rates|prices?|margin|duties|sales)\s(?:will|should)\b", sentence.text
    ):
        return
    before = sentence.text[: match.start()]
    if re.match(r"(?:must|will|should|is|are|needs|has|have)\b", match[0]):
        agent = before.rsplit(", and ", 1)[-1].strip()
        named = bool(agent) and sentence.vocabulary.is_name(agent.split()[0])
        if not (named or patterns.PEOPLE.search(agent)):
            return
    if re.match(r"expects?\s+to\s+(?:pay|spend|add|produce|use|run|lose|hold|keep)\b", match[0]):
        return
    act = _trimmed(match["act"])
    if re.match(r"\w+\s(?:by|in|on|at|from|until|before|to|with|of|as|under)\b", act):
        return
    act = re.sub(r"\band to\b", "and", re.sub(rf",\sto\s(?={patterns.DO}\b)", ", ", act))
    act = re.sub(r"\b(?:its|their)\b", "the", act)
    if len(act.split()) >= 6 and (patterns.DATE.search(act) or re.search(r"\d", act)):
        yield act


def _from_decision(sentence: _Sentence) -> Iterator[str]:
    match = patterns.DECIDE.search(sentence.text)
    if match and match["rest"]:
        yield f"Decide {_trimmed(match['rest'])}"
    elif match:
        yield f"Recommend {_trimmed(match['weigh'])}"


def _from_end(sentence: _Sentence) -> Iterator[str]:
    """Debts and contracts that run out."""
    for clause in re.split(r", (?:and|while|but) ", sentence.text):
        parts = split_subject(clause)
        if (
            parts is None
            or (ends := patterns.ENDS.match(parts[1])) is None
            or not patterns.DATE.search(ends["verb"])
        ):
            continue
        subject = sentence.lower(with_definite_article(parts[0]))
        noun = _head(patterns.AMOUNT_OF.sub("", subject)).split()[-1]
        verb = "Replace" if noun == "swap" else "Refinance" if patterns.DEBT.fullmatch(noun) else ""
        verb = verb or ("Renegotiate" if patterns.CONTRACT.fullmatch(noun) else "")
        if verb and not is_dangling(sentence.text) and not points_back(subject):
            yield f"{verb} {subject} before {pronoun_for(parts[1])} {ends['verb']}"


def _from_guidance(sentence: _Sentence) -> Iterator[str]:
    text = sentence.text
    cue, spread = patterns.GUIDANCE.search(text), patterns.RANGE.search(text)
    if not cue or not spread or not re.search(r"[$€£%]|million", spread[0]):
        return
    before = text[: spread.start()]
    if re.search(r"\b(?:than|against|below|above|missed|beat|from|compared with)\b[^,]*$", before):
        return  # an older guidance, for comparison
    metrics = [m[0] for m in patterns.METRIC.finditer(before)]
    after = re.match(r"\s(?:of|for|in)\s(" + patterns.METRIC.pattern + ")", text[spread.end() :])
    metric = after[1] if after else (metrics[-1] if metrics else "")
    if not metric:
        return
    period = next(
        (m[0] for m in patterns.PERIOD.finditer(text) if m.start() < spread.end() + 30), ""
    )
    if ("%" in spread["low"]) != ("%" in spread["high"]):
        return  # two figures of a result
    low_high = re.sub(r"^between\s(.*)\sand\s", r"\1 to ", spread[0])
    low_high = low_high.replace(" and ", " to ")
    label = f"{period.replace(' q', '-q')} {metric}".strip()
    demands = f"Review with each business unit what {label} {{}} demands of it"
    template = {
        "Test": f"Test the {label} guidance {{}} against a downside case",
        "Reforecast": f"Reforecast {label} each month and report gaps to the guidance {{}}",
        "Track": f"Track {label} each month and report gaps to the guidance {{}}",
        "Review": demands,
        "Defend": demands,
    }[sentence.verb("guidance")]
    yield template.format(f"of {low_high}")
    yield template.format("") if template != demands else demands.format("as forecast")


def _from_assumption(sentence: _Sentence) -> Iterator[str]:
    match = patterns.ASSUMES.search(sentence.text)
    if match is None:
        return
    what = _trimmed(match["what"])
    is_clause = re.search(r"\bthat\s$", sentence.text[: match.start("what")])
    if is_clause and re.search(r"\d|duties|rates|prices", what):
        yield f"Verify each month that {re.split(r', and that ', what)[0]}, as the forecast assumes"
    elif not is_clause and re.search(r"\d", what) and len(what.split()) <= 16:
        yield f"Verify each month the assumption behind the forecast: {what}"


def _from_effect(sentence: _Sentence) -> Iterator[str]:
    """Something that would or could cost or bring an amount."""
    parts = _things(sentence)
    if parts is None or not patterns.EFFECT.match(parts[1]) or not re.search(r"\d", parts[1]):
        return
    subject, effect = sentence.lower(parts[0]), _short(parts[1])
    is_gain = re.match(r"\w+\s(?:save|cover|recover|bring|earn|free|release|lift)\b", effect)
    is_bare = len(subject.split()) <= 3 and re.match(r"an?\s|\w+$", subject)
    verb = "Pursue" if is_gain else sentence.verb("effect")
    yield f"{verb} {subject}{' that' if is_bare else ', which'} {effect}"


def _from_coming(sentence: _Sentence) -> Iterator[str]:
    """Something that will come about, with its amount or date."""
    parts = _things(sentence)
    if parts and patterns.COMING.match(parts[1]) and re.search(r"\d", parts[1]):
        what = _short(parts[1])
        verb = sentence.verb("coming" if re.search(r"[$€£]", what) else "dated")
        if patterns.INCOME.search(parts[0]) or re.match(r"(?:is|are) to\b", what):
            verb = "Track"
        yield f"{verb} {sentence.lower(parts[0])}, which {what}"


def _from_exposure(sentence: _Sentence) -> Iterator[str]:
    parts = _things(sentence)
    if parts is None or patterns.COMING.match(parts[1]) or not re.search(r"\d", parts[1]):
        return
    told = f"{sentence.lower(parts[0])}, which {_trimmed(parts[1])}"
    if patterns.EXPOSED.search(told):
        yield f"{sentence.verb('exposed')} {told}"


def _from_condition(sentence: _Sentence) -> Iterator[str]:
    """Something that depends on a condition, which can be watched."""
    match = patterns.CONDITION.search(sentence.text)
    if match is None or (match["word"] == "if" and match.start() == 0):
        return
    condition = match["condition"].strip()
    if len(condition.split()) < 5 or re.search(r"\b(?:it|they|he|she|we|not)\b", condition):
        return
    main = sentence.text[: match.start()]
    parts = _things(replace(sentence, text=main))
    if parts and re.search(r"\d", main + condition):
        what = f"{parts[1]} {match['word']} {condition}"
        yield f"Prepare for {sentence.lower(parts[0])}, which {what}"


def _from_setback(sentence: _Sentence) -> Iterator[str]:
    """Bad news whose cause is worth knowing."""
    parts = _moved(sentence)
    if parts is not None and not patterns.CAUSE.search(sentence.text):
        bad = patterns.ROSE if patterns.COST.search(parts[0]) else patterns.FELL
        if bad.match(parts[1]):
            yield f"{sentence.verb('setback')} why {parts[0]} {parts[1]}"


def _from_change(sentence: _Sentence) -> Iterator[str]:
    """Any other result that moved."""
    parts = _moved(sentence)
    if parts is not None and not patterns.CAUSE.search(sentence.text):
        yield f"{sentence.verb('change')} why {parts[0]} {parts[1]}"


def _from_trend(sentence: _Sentence) -> Iterator[str]:
    """A result that moved, and may move on."""
    parts = _moved(sentence)
    if parts is not None:
        on, going = ("rise", "rising") if patterns.ROSE.match(parts[1]) else ("fall", "falling")
        moved = re.split(r",\s(?:which|and|while)\s", parts[1])[0]
        ask, or_ask = sentence.verb("trend"), sentence.verb("trend", 1)
        yield f"{ask} whether {parts[0]}, which {moved}, will {on} further"
        yield f"{or_ask} whether {parts[0]} will go on {going}, and why"


def _from_comparison(sentence: _Sentence) -> Iterator[str]:
    """A result that is told beside what it was before."""
    parts = _things(sentence)
    if parts and patterns.METRIC.search(parts[0]) and patterns.STOOD.match(parts[1]):
        what = patterns.CAUSE.sub("", parts[1])
        yield f"{sentence.verb('change')} why {sentence.lower(parts[0])} {what}"


def _moved(sentence: _Sentence) -> tuple[str, str] | None:
    """Subject and predicate, ready to follow `why`, of a result that rose or fell."""
    when = patterns.WHEN.match(sentence.text)
    if when:
        told = f"{when['rest'][0].upper()}{when['rest'][1:]} {when['when'].lower()}"
        sentence = replace(sentence, text=told)
    parts = _things(sentence)
    if parts is None:
        return None
    if patterns.HARDLY.search(parts[1]):
        return None
    what = _trimmed(patterns.COMPARED.sub("", patterns.CAUSE.sub("", parts[1])))
    moved = patterns.ROSE.match(what) or patterns.FELL.match(what)
    return (sentence.lower(parts[0]), what) if moved and patterns.MOVED.search(what) else None


def _from_cause(sentence: _Sentence) -> Iterator[str]:
    """A cause that the article gives for a result, which may or may not last."""
    moved, cause = patterns.MOVE.search(sentence.text), patterns.LASTING.search(sentence.text)
    result = patterns.RESULT.search(sentence.text)
    if not (moved and cause and result) or not result.end() < moved.start() < cause.start():
        return
    if re.search(r";|\b(?:and|while|but)\b", sentence.text[result.end() : cause.start()]):
        return
    what = cause["what"]
    if patterns.PASSING.search(what) or FINITE_VERB.search(what):
        return
    rose = bool(patterns.ROSE.match(moved[0]))
    is_good = rose != bool(patterns.COST.search(result[0]))
    if cause["down"] if is_good else cause["up"]:
        return  # of another result
    does = "lifting" if rose else "lowering"
    yield f"Find out how long {what} will go on {does} {sentence.lower(result[0])}"


def _from_result(sentence: _Sentence) -> Iterator[str]:
    """What to ask of a result, whatever it was."""
    questions = _QUESTIONS[is_finance(sentence.persona)]
    for result in patterns.RESULT.finditer(sentence.text):
        for place in (0, 1):
            yield sentence.one_of(questions, place).format(sentence.lower(result[0]))


def _results(sentence: _Sentence) -> Iterator[str]:
    """The results that a sentence of a filing names."""
    for pattern in (patterns.RESULT, RESULT):
        for result in pattern.finditer(sentence.text):
            yield sentence.lower(result[0])


def _from_expectation(sentence: _Sentence) -> Iterator[str]:
    match = patterns.EXPECTS.search(sentence.text)
    if match is None or not re.search(r"\d", match["what"]):
        return
    what = _trimmed(match["what"])
    if re.search(r"\bto\s[a-z]+", what) and not re.search(r"\d\S*(?:\s\w+)?\sto\s", what):
        yield f"Plan for {what}"
    elif re.match(r"an?\s(?!(?:peak|low|result|positive|fall|rise|increase|decline|loss)\b)", what):
        yield f"Track the expected {what.partition(' ')[2]}"


def _from_wish(sentence: _Sentence) -> Iterator[str]:
    """Something that somebody wants done by a date."""
    match = re.search(r"\bwants\s(?P<what>an?\s.{3,60}?\s\w+ed\sby\s.+)$", sentence.text)
    if match:
        yield f"Get {_trimmed(match['what'])}"


_Rule = Callable[[_Sentence], Iterator[str]]
RESULT_RULES = frozenset(
    {"guidance", "cause", "setback", "change", "trend", "comparison", "result"}
)
"""Rules that ask about results; the others build on what lies ahead."""
_RULES: dict[str, tuple[_Rule, float]] = {
    "end": (_from_end, 1.0),
    "decision": (_from_decision, 0.9),
    "plan": (_from_plan, 0.9),
    "condition": (_from_condition, 0.75),
    "effect": (_from_effect, 0.8),
    "assumption": (_from_assumption, 0.7),
    "coming": (_from_coming, 0.6),
    "guidance": (_from_guidance, 0.6),
    "exposure": (_from_exposure, 0.6),
    "wish": (_from_wish, 0.8),
    "expectation": (_from_expectation, 0.6),
    "cause": (_from_cause, 0.5),
    "setback": (_from_setback, 0.4),
    "change": (_from_change, 0.2),
    "trend": (_from_trend, 0.25),
    "comparison": (_from_comparison, 0.15),
    "result": (_from_result, 0.1),
}
"""Rules and how actionable what they find is, set by hand."""


def _short(text: str) -> str:
    """In full where that is short enough for an item, else trimmed."""
    text = text.partition(";")[0]
    return text if len(text.split()) <= MAX_WORDS - 8 else _trimmed(text)


def _trimmed(text: str) -> str:
    """Cut what trails behind the point, when enough is left."""
    head = patterns.TAIL.sub("", text)
    head = head if len(head.split()) >= 5 else text
    for comma in re.finditer(r",\s", head):
        rest = head[comma.end() :]
        if len(head[: comma.start()].split()) >= 4 and patterns.CLAUSE.match(rest):
            head = head[: comma.start()]
            break
    while points_back(head) and (cut := re.match(r"(.*)(?:,\s|\sand\s)", head)):
        head = cut[1]
    return head


def _finished(built: str, rule: str, position: int, weight: float, persona: str) -> Action | None:
    text = finish(built)
    count = len(text.split())
    if not MIN_WORDS <= count <= MAX_WORDS or patterns.LOOSE.search(text) or points_back(text):
        return None
    topics = re.findall(rf"\b(?:{_TOPICS[is_finance(persona)]})\b", text, re.IGNORECASE)
    worth = (
        weight
        + (0.3 if patterns.DATE.search(text) else 0)
        + (0.2 if re.search(r"\d", text) else 0)
        + 0.1 * min(2, len(topics))
    )
    return Action(text, rule, position, round(worth, 4))
