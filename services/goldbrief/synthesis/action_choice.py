"""Which of the action items that an article allows a summary gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from goldbrief.core.seams import Embedder
from goldbrief.synthesis.actions import RESULT_RULES, Action, fallback_actions, find_actions
from goldbrief.synthesis.phrases import Vocabulary, split_subject
from goldbrief.synthesis.salience import (
    Vectors,
    best,
    embed,
    likeness,
    redundancy,
    stale_loss,
)
from goldbrief.synthesis.statements import Statement, clean, hard_figures, is_no_news
from goldbrief.text.sentences import is_prose, split_sentences
from goldbrief.text.similarity import repeated_items

_GOLDEN_WEIGHT = 0.5
"""Weight of an action item's likeness to the goldens', beside its own worth of 0 to 1.7."""
_HEARD_LOSS = 0.5
"""What an action item loses when its figures stand in the summary already."""
_SAME_RULE_LOSS = 0.2
"""What it loses for each chosen one of the same form."""


class ActionChoice:
    """Chooses action items, one by one, so that none says or begins like another.

    Args:
        found: Those to choose from.
        statements: What the article says, to ask about where nothing better is left.
        golden: Vectors of the goldens' action items.
        embedder: Compares items with the goldens' and with each other.
        newest: The year that the article reports on.
        rank: Of each slot, whether the best or a later one is taken.
        vocabulary: Tells names from common words.
    """

    def __init__(
        self,
        found: Sequence[Action],
        statements: Sequence[Statement],
        golden: Vectors,
        embedder: Embedder,
        *,
        newest: int,
        rank: Callable[[int], int],
        vocabulary: Vocabulary,
    ) -> None:
        self._found = found
        self._statements = statements
        self._golden = golden
        self._embedder = embedder
        self._newest = newest
        self._rank = rank
        self._vocabulary = vocabulary
        self.chosen: list[Action] = []

    def take_ahead(self, most: int) -> None:
        """Choose items on what lies ahead, rather than on results."""
        self._take([one for one in self._found if one.rule not in RESULT_RULES], most, [])

    def fill(self, fewest: int, most: int, said: Sequence[str]) -> None:
        """Add items on results, then ones that merely ask, until there are enough.

        Args:
            fewest: Items to have in any case.
            most: Items to have where results give cause.
            said: What the other sections say.
        """
        self._take([one for one in self._found if one.rule in RESULT_RULES], most, said)
        if len(self.chosen) >= fewest:
            return
        spare = [
            action
            for statement in sorted(self._statements, key=lambda s: (not s.figures, s.num_words))
            if len(statement.sources) == 1 and split_subject(statement.text)
            for action in fallback_actions(statement.sources[0], statement.text, self._vocabulary)
        ]
        self._take(spare, fewest, said)

    def _take(self, found: Sequence[Action], most: int, said: Sequence[str]) -> None:
        vectors = embed([action.text for action in found], self._embedder)
        likes = likeness(vectors, self._golden)
        taken: list[int] = []
        for slot in range(most - len(self.chosen)):
            scores = {
                index: round(
                    self._worth(action, said)
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

    def _worth(self, action: Action, said: Sequence[str]) -> float:
        figures = hard_figures(action.text)
        heard = bool(figures) and any(figures <= hard_figures(text) for text in said)
        same_rule = sum(1 for other in self.chosen if other.rule == action.rule)
        return (
            action.worth
            - (_HEARD_LOSS if heard and action.rule != "guidance" else 0)
            - _SAME_RULE_LOSS * same_rule
            - stale_loss(action.text, self._newest)
        )

    def _clashes(self, action: Action) -> bool:
        """Whether an action says, or begins, like one that is chosen."""
        first = action.text.split()[0]
        if any(o.source == action.source or o.text.split()[0] == first for o in self.chosen):
            return True
        texts = [action.text, *(other.text for other in self.chosen)]
        return any(0 in pair for pair in repeated_items(texts))


def actions_in(passage: str, company: str, persona: str, vocabulary: Vocabulary) -> list[Action]:
    """Every action item that a text gives cause for; `company` is its short name."""
    cleaned = [
        (position, clean(sentence, company))
        for position, sentence in enumerate(split_sentences(passage))
        if is_prose(sentence) and not is_no_news(sentence)
    ]
    return find_actions(cleaned, persona, vocabulary)
