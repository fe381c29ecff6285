"""Transcripts of earnings calls, read as prose: what the company's people report, and no more.

Who speaks, greetings, the operator, safe-harbour notices, and questions with their answers are
left out; fillers and contractions of speech are written as prose. Other articles stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from goldbrief.text.sentences import split_sentences

_FEWEST_FIGURES = 3
"""Sentences with an amount that remarks have; else the questions are read too."""
_SPOKEN_SHARE = 0.2
"""Share of sentences with `we`, `our` or `I` from which a text is speech."""
_LATE = 0.3
"""Part of the sentences before which `we will take questions` announces, and does not begin."""

_CALL = re.compile(r"\b(?:(?:earnings|results|conference) call|operator)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:we|our|I)\b(?!\.)", re.IGNORECASE)
_AMOUNT = re.compile(r"[$€£]\s?\d|\d\s?%|\d (?:percent|million|billion|basis points)")
_NAME = r"(?:Operator|[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|da)){1,3})"
_INLINE = re.compile(rf"(?P<speaker>{_NAME})(?: \([^)]{{2,60}}\))?:\s+(?P<text>\S.*)")
_ALONE = re.compile(rf"(?P<speaker>{_NAME})(?:\s+(?:--|[-–—|])\s+.{{2,90}}|,\s.{{2,60}})?")
_QUESTIONS = re.compile(
    r"first question (?:comes|is|today|will)|take (?:our|the) first question|question-and-answer"
    r"|questions? ?(?:&|and) ?answers?|open (?:up )?(?:the |it )?(?:call |lines?|floor)?"
    r"[^.]{0,20}(?:for|to) (?:your )?questions|(?:happy|like|glad|now) to take (?:your |any )?"
    r"questions|we['’]ll (?:now )?take (?:your )?questions",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"forward[- ]looking|safe harbou?r|actual results|non-GAAP (?:financial )?measures"
    r"|reconciliation|obligation to update|with the SEC|our filings",
    re.IGNORECASE,
)
_CHATTER = re.compile(
    r"\b(?:good (?:morning|afternoon|evening|day)|thank(?:s| you)|ladies and gentlemen|welcome"
    r"|(?:conference|earnings|results) call|listen-only|muted|operator|press star|webcast|replay"
    r"|(?:turn|hand|pass) (?:it |the call |things )?(?:back )?over|over to you|questions"
    r"|joining (?:me|us)|with me today|press release|prepared remarks|investor relations"
    r"|let me|your line|congratulations|walk you through|proud|moving on to|great question)\b",
    re.IGNORECASE,
)
_GLAD = r"(?:very |really |also )*(?:pleased|happy|proud|glad|delighted|excited|thrilled)"
_OPENERS = re.compile(
    rf"(?:(?:so|now|well|look|okay|yes|yeah|and|but|again|you know|as (?:you|\w+) (?:all )?"
    rf"(?:know|said|mentioned|noted|discussed|can see)(?: (?:earlier|before))?|as a reminder"
    rf"|on the (?:strength|back|basis) of (?:that|this)"
    rf"|(?:based on|with) (?:that|this)|on (?:slide|page) \d+"
    rf"|(?:turning|moving|looking|shifting)(?: (?:on|now|ahead|back|forward|first|next))*"
    rf"(?: (?:to|at)(?: [^,]+)?)?|in terms of [^,]+|on the [^,]+ side|with that|first|second|third"
    rf"|finally|lastly|overall|I(?:['’]m| am) {_GLAD} to \w+(?: that)?"
    rf"|we(?:['’]re| are) {_GLAD} to \w+(?: that)?|I(?:['’]d| would) \w+ that|I think(?: that)?"
    rf"|I believe(?: that)?|please note that|note that),?\s+)+",
    re.IGNORECASE,
)
_FILLERS = re.compile(
    r",\s(?:you know|I think|I would say|I mean|of course|obviously|frankly|again)\b,?"
    r"|\s(?:really|actually|basically|certainly|obviously|kind of|sort of)(?=\s)"
    r"|(?<=\bgives)\s(?:you|us)(?=\s)|(?:(?<=\bhas)|(?<=\bhave))\sgot(?=\s)"
    r"|,\s(?:which|and)\s[^,]*\b(?:proud|pleased|excited|happy)\b[^,.]*(?=\.$)",
    re.IGNORECASE,
)
_CONTRACTIONS = (
    (re.compile(r"\bcan['’]t\b", re.IGNORECASE), "cannot"),
    (re.compile(r"\bwon['’]t\b", re.IGNORECASE), "will not"),
    (re.compile(r"(?<=\w)n['’]t\b"), " not"),
    (re.compile(r"(?<=\w)['’]re\b"), " are"),
    (re.compile(r"(?<=\w)['’]ve\b"), " have"),
    (re.compile(r"(?<=\w)['’]ll\b"), " will"),
    (re.compile(r"\b(it|that|there|here)['’]s\b", re.IGNORECASE), r"\1 is"),
)
_ASIDES = (
    (
        re.compile(
            r",?\s(?:and\s)?(?:that|it|which|this)\s(?:is|was)\s(?=(?:up|down|better|worse"
            r"|higher|lower|an?\s(?:increase|decrease|improvement|decline))\b)"
        ),
        ", ",
    ),
    (re.compile(r",?\s(?:and\s)?(?:that|which|this)\scompares\s(?:with|to)\b"), ", compared with"),
)
"""What is said of a figure in a clause of its own, and would be written behind it."""
_COMPANY = re.compile(
    r"\b(?:[Ww]elcome to|[Jj]oining(?: us (?:for|on))?)\s(?:the\s)?(?P<name>[A-Z][\w&.'’-]*"
    r"(?:\s(?:&|and|of|[A-Z][\w&.'’-]*)){0,4}?)(?:['’]s?)?,?\s(?:Inc\.?\s|plc\s|Corporation\s)?"
    r"(?:(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ff]ull|[Ff]iscal|Q[1-4]|20\d\d)\b)"
)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What somebody says until somebody else speaks."""

    speaker: str
    """As the transcript names them; empty where it does not."""
    text: str


def is_call(text: str) -> bool:
    """Whether a text is the transcript of an earnings call."""
    sentences = split_sentences(text)
    spoken = sum(1 for sentence in sentences if _FIRST_PERSON.search(sentence))
    return bool(_CALL.search(text)) and spoken >= _SPOKEN_SHARE * len(sentences)


def company_of_call(text: str) -> str:
    """The company that the participants are welcomed by; empty when it is not named so."""
    match = _COMPANY.search(text)
    return match["name"] if match else ""


def as_prose(text: str) -> str:
    """What the company reports on a call, as prose.

    Args:
        text: A transcript, with or without speakers' names.

    Returns:
        The remarks' sentences, a paragraph a turn; answers to questions only where the remarks
        hardly give an amount.
    """
    turns = list(_turns(text))
    remarks = _paragraphs(_before_questions(turns))
    if sum(1 for paragraph in remarks for s in paragraph if _AMOUNT.search(s)) < _FEWEST_FIGURES:
        remarks = _paragraphs(turns)
    return "\n\n".join(" ".join(paragraph) for paragraph in remarks)


def _turns(text: str) -> Iterator[_Turn]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    speaker, said = "", list[str]()
    for line in lines:
        inline = _INLINE.fullmatch(line)
        alone = None if inline else _ALONE.fullmatch(line)
        if alone and not (" -- " in line or line == "Operator" or lines.count(line) > 1):
            alone = None
        if label := inline or alone:
            yield _Turn(speaker, "\n".join(said))
            speaker, said = label["speaker"], []
        if inline or not alone:
            said.append(inline["text"] if inline else line)
    yield _Turn(speaker, "\n".join(said))


def _before_questions(turns: Sequence[_Turn]) -> list[_Turn]:
    sentences = [(turn, sentence) for turn in turns for sentence in split_sentences(turn.text)]
    late = int(_LATE * len(sentences))
    kept: dict[int, list[str]] = {}
    for place, (turn, sentence) in enumerate(sentences):
        if place >= late and _QUESTIONS.search(sentence):
            break
        kept.setdefault(id(turn), []).append(sentence)
    return [_Turn(turn.speaker, "\n".join(kept.get(id(turn), []))) for turn in turns]


def _paragraphs(turns: Sequence[_Turn]) -> list[list[str]]:
    spoken = (split_sentences(turn.text) for turn in turns if turn.speaker != "Operator")
    written = ([_written(s) for s in paragraph if not _says_nothing(s)] for paragraph in spoken)
    return [paragraph for paragraph in written if paragraph]


def _says_nothing(sentence: str) -> bool:
    if sentence.endswith("?") or _NOTICE.search(sentence):
        return True
    return bool(_CHATTER.search(sentence)) and not _AMOUNT.search(sentence)


def _written(sentence: str) -> str:
    """A spoken sentence as one would write it."""
    text = _FILLERS.sub("", sentence)
    opener = _OPENERS.match(text)
    text = text[opener.end() :] if opener else text
    for pattern, written in (*_CONTRACTIONS, *_ASIDES):
        text = pattern.sub(written, text)
    return text[:1].upper() + text[1:]
