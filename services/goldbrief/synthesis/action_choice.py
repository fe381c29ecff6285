"""Which of the action items that an article allows a summary gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from goldbrief.core.seams import Embedder
from goldbrief.synthesis.actions import RESULT_RULES, Action, find_actions
from goldbrief.synthesis.filing_sentences import plain
from goldbrief.synthesis.phrases import Vocabulary
from goldbrief.synthesis.salience import (
    Vectors,
    best,
    embed,
    likeness,
    redundancy,
    stale_loss,
)
from goldbrief.synthesis.statements import clean, hard_figures, is_no_news
from goldbrief.text.sentences import is_prose, split_sentences
from goldbrief.text.similarity import repeated_items

_GOLDEN_WEIGHT = 0.5
"""Weight of an action item's likeness to the goldens', beside its own worth of 0 to 1.7."""
_SAME_RULE_LOSS = 0.2
"""What it loses for each chosen one of the same form."""
_SAME = 0.5
"""Share of words from which an action item says what another text says."""


class ActionChoice:
    """Chooses action items, one by one, so that none says or begins like another.

    Args:
        found: Those to choose from.
        golden: Vectors of the goldens' action items.
        embedder: Compares items with the goldens' and with each other.
        newest: The year that the article reports on.
        rank: Of each slot, whether the best or a later one is taken.
    """

    def __init__(
        self,
        found: Sequence[Action],
        golden: Vectors,
        embedder: Embedder,
        *,
        newest: int,
        rank: Callable[[int], int],
    ) -> None:
        self._found = found
        self._golden = golden
        self._embedder = embedder
        self._newest = newest
        self._rank = rank
        self.chosen: list[Action] = []

    def take_ahead(self, most: int) -> None:
        """Choose items on what lies ahead, rather than on results."""
        self._take(self._ahead(), most)

    def fill(self, least: int, fewest: int, most: int, said: Sequence[str]) -> None:
        """Give up items that only repeat, and add others until there are enough.

        Items on what lies ahead come first, then questions on results that are not told. Where
        that is not enough, an item on what lies ahead may refer to what is told, and where even
        the house form would be broken, a question on a result.

        Args:
            least: Items below which the house form is broken.
            fewest: Items of the goldens.
            most: Items to have where results give cause.
            said: What the other sections say.
        """
        self.chosen = [one for one in self.chosen if not repeats(one.text, said)]
        new = [one for one in self._found if not repeats(one.text, said)]
        self._take([one for one in new if one.rule not in RESULT_RULES], most)
        self._take([one for one in new if one.rule in RESULT_RULES], most)
        self._take(self._ahead(), fewest)
        self._take(self._found, least)

    def _ahead(self) -> list[Action]:
        return [one for one in self._found if one.rule not in RESULT_RULES]

    def _take(self, found: Sequence[Action], most: int) -> None:
        vectors = embed([action.text for action in found], self._embedder)
        likes = likeness(vectors, self._golden)
        taken: list[int] = []
        for slot in range(most - len(self.chosen)):
            scores = {
                index: round(
                    self._worth(action)
                    + _GOLDEN_WEIGHT * likes[index]
                    - redundancy(vectors, index, taken),
                    4,
                )
                for index, action in enumerate(found)
                if not self._clashes(action)
            }
            if not scores:
                break
            taken.append(best(scores, self._rank(slot + 1)))
            self.chosen.append(found[taken[-1]])

    def _worth(self, action: Action) -> float:
        same_rule = sum(1 for other in self.chosen if other.rule == action.rule)
        return action.worth - _SAME_RULE_LOSS * same_rule - stale_loss(action.text, self._newest)

    def _clashes(self, action: Action) -> bool:
        """Whether an action says, or begins, like one that is chosen."""
        first = action.text.split()[0]
        if any(o.source == action.source or o.text.split()[0] == first for o in self.chosen):
            return True
        texts = [action.text, *(other.text for other in self.chosen)]
        return any(0 in pair for pair in repeated_items(texts))


def repeats(text: str, said: Sequence[str]) -> bool:
    """Whether a text tells a figure that others tell, or much of what one of them tells."""
    figures = hard_figures(text)
    return any(
        figures & hard_figures(other) or repeated_items([text, other], threshold=_SAME)
        for other in said
    )


def actions_in(
    passage: str, company: str, persona: str, vocabulary: Vocabulary, *, filing: bool = False
) -> list[Action]:
    """Every action item that a text gives cause for.

    Args:
        passage: The text.
        company: Its short name.
        persona: For whom they are.
        vocabulary: Tells names from common words.
        filing: Whether to look for what company filings state, too.

    Returns:
        Action items, best first.
    """
    sentences = enumerate(plain(s) if filing else s for s in split_sentences(passage))
    cleaned = [
        (position, clean(sentence, company))
        for position, sentence in sentences
        if is_prose(sentence) and not is_no_news(sentence)
    ]
    return find_actions(cleaned, persona, vocabulary, filing=filing)
