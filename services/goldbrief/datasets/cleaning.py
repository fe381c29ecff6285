"""From a document's text to an article's: what the policy removes, masks or refuses."""

from __future__ import annotations

from dataclasses import dataclass, field

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import ImportPolicy
from goldbrief.datasets.documents import Document
from goldbrief.datasets.languages import detect_language
from goldbrief.text.boilerplate import drop_boilerplate
from goldbrief.text.instructions import find_instructions
from goldbrief.text.normalization import normalize
from goldbrief.text.pii import mask_pii
from goldbrief.text.sentences import is_prose, split_sentences, words

MIN_WORDS = 80
"""Fewest words worth a summary; style goldens themselves have about 150."""
MAX_TEXT_BYTES = 1024 * 1024
"""Longest article; longer ones are refused everywhere."""
_MIN_PROSE_WORDS = 40
"""Fewest words in sentences; with fewer, an article is tables or lists, of which nothing says
what they mean."""


@dataclass(slots=True)
class CleanText:
    """The text of an article, and what was found on the way."""

    text: str
    language: str = ""
    """ISO 639 code; empty when it is not sure."""
    words: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    """How many there were of each kind; see `articles.ImportedFile.findings`."""
    notes: list[str] = field(default_factory=list)
    """What was done, for people."""
    refusal: str = ""
    """Why it is no article; empty when it is one."""


def clean(document: Document, policy: ImportPolicy) -> CleanText:
    """Make the text of an article.

    Args:
        document: As extracted.
        policy: What is removed, masked or refused.

    Returns:
        The text, what was found, and why it is refused if it is. Text that needs nothing stays
        as it was normalised.
    """
    normal = normalize(document.text)
    found = CleanText(normal.text, notes=list(document.notes))
    if normal.repaired:
        found.notes.append(f"repaired {', '.join(normal.repaired)}")
    try:
        _require_size(found.text)
        _hidden(found, policy, normal.removed_hidden, document.hidden_words)
        _language(found, policy)
        _boilerplate(found, policy, document.boilerplate_words)
        _pii(found, policy)
        _instructions(found, policy)
        found.words = require_words(found.text)
    except InvalidInputError as refusal:
        found.refusal = refusal.message
    return found


def require_words(text: str) -> int:
    """Count the words of an article.

    Args:
        text: The article.

    Returns:
        Its words.

    Raises:
        InvalidInputError: It is too short, or all tables.
    """
    count = len(words(text))
    if count < MIN_WORDS:
        raise _refused(f"it is shorter than {MIN_WORDS} words (it has {count})")
    prose = sum(len(words(unit)) for unit in split_sentences(text) if is_prose(unit))
    if prose < _MIN_PROSE_WORDS:
        raise _refused(f"it is tables and lists only: {prose} of {count} words are in sentences")
    return count


def _require_size(text: str) -> None:
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        raise _refused(f"its text has {size / 2**20:.1f} MiB, more than {MAX_TEXT_BYTES >> 20}")


def _language(found: CleanText, policy: ImportPolicy) -> None:
    found.language = detect_language(found.text)
    if policy.languages and found.language and found.language not in policy.languages:
        wanted = ", ".join(policy.languages)
        raise _refused(f"its language is {found.language!r}, and the recipe takes {wanted}")


def _hidden(found: CleanText, policy: ImportPolicy, characters: int, hidden_words: int) -> None:
    for kind, count in (("hidden characters", characters), ("hidden words", hidden_words)):
        if count:
            found.findings[kind.replace(" ", "_")] = count
            found.notes.append(f"removed {count} {kind}")
    if policy.hidden == "reject" and (characters or hidden_words):
        raise _refused(
            f"it holds {characters} characters and {hidden_words} words that no reader sees"
        )


def _boilerplate(found: CleanText, policy: ImportPolicy, frame_words: int) -> None:
    dropped = frame_words
    if policy.boilerplate == "remove":
        left = drop_boilerplate(found.text)
        found.text = left.text
        dropped += left.words
    if dropped:
        note_boilerplate(found.findings, found.notes, dropped)


def note_boilerplate(findings: dict[str, int], notes: list[str], dropped: int) -> None:
    """Record that words of boilerplate were dropped."""
    findings["boilerplate_words"] = findings.get("boilerplate_words", 0) + dropped
    notes.append(f"removed {dropped} words of boilerplate")


def _pii(found: CleanText, policy: ImportPolicy) -> None:
    masked, counts = mask_pii(found.text)
    if not counts:
        return
    found.findings.update(counts)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    if policy.pii == "reject":
        raise _refused(f"it holds personal data: {told}")
    if policy.pii == "mask":
        found.text = masked
        found.notes.append(f"masked {told}")


def _instructions(found: CleanText, policy: ImportPolicy) -> None:
    phrases = find_instructions(found.text)
    if not phrases:
        return
    found.findings["instructions"] = len(phrases)
    told = f"it seems to instruct language models: “{phrases[0]}”"
    if policy.instructions == "reject":
        raise _refused(told)
    found.notes.append(told)


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(why, reason="ARTICLE_REFUSED")
