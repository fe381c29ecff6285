"""The offline judge on plain prose: no sections, no house style, no reader, no reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.judge.coherence import measure_coherence
from goldbrief.judge.contradictions import contradicts
from goldbrief.judge.features import measure
from goldbrief.judge.language import misplaced
from goldbrief.judge.offline import _RECIPES, OfflineJudge
from goldbrief.judge.verdicts import Case

ARTICLE = """The harbor of Quillan will stay closed to large ships until March after a crane fell
into the main channel on Sunday night. Nobody was hurt.

The crane, which weighs 1,400 tonnes, was being moved on a barge when a cable broke, the port's
director, Rosa Benedetti, said. Divers found it lying across the channel at a depth of eleven
metres. It cannot be lifted in one piece, so it will be cut up under water.

Some 60 ships a week use the harbor. Most of them will now be sent to Port Amsel, 90 kilometres to
the north, which has promised to take them without extra charge. Small boats may still enter.

Tomas Grieve, who owns the barge, refused to say when the cable had last been checked. The
maritime agency has opened an inquiry and has taken the barge's papers."""
GOOD = (
    "The harbor of Quillan is closed to large ships until March because a crane fell into its "
    "main channel. Rosa Benedetti, the port's director, said that a cable broke while the crane "
    "was being moved on a barge. Most ships will be sent to Port Amsel, and the maritime agency "
    "has opened an inquiry."
)
ONE, TWO, THREE = (f"{text.rstrip('.')}." for text in GOOD.split(". "))
FOREIGN = "The orchestra will play two new symphonies by Danish composers in the spring."


@pytest.mark.parametrize(
    ("dimension", "worse"),
    [
        ("faithfulness", GOOD.replace("Port Amsel", "Port Corrigan")),
        ("faithfulness", GOOD.replace("until March", "until 14 May 2031")),
        ("faithfulness", GOOD.replace("is closed", "is open")),
        ("faithfulness", f"{ONE} {FOREIGN} {THREE}"),
        ("faithfulness", GOOD.replace("Rosa Benedetti, the port's", "Tomas Grieve, the port's")),
        ("coverage", ONE),
        ("coverage", f"{TWO} {FOREIGN}"),
        ("conciseness", f"{ONE} {ONE} {TWO}"),
        ("conciseness", f"{GOOD} {TWO}"),
        ("coherence", f"{THREE} {TWO} {ONE}"),
        ("coherence", GOOD.replace("The harbor of Quillan is", "It is")),
        ("coherence", f"{ONE} {FOREIGN} {THREE}"),
        ("style", GOOD[:-40]),
        ("style", GOOD.replace("fell into its main channel", "fell its into channel main")),
        ("style", GOOD.replace("The harbor of Quillan", "harbor Quillan")),
        ("style", GOOD.replace("a crane fell", "a a crane fell")),
    ],
)
def test_a_fault_lowers_its_dimension(embedder: Any, dimension: str, worse: str) -> None:
    judge = OfflineJudge(embedder)
    assert worse != GOOD
    good = judge.judge(Case(ARTICLE, GOOD, "")).scores[dimension]
    assert judge.judge(Case(ARTICLE, worse, "")).scores[dimension] < good


def test_a_good_summary_is_a_good_summary_without_anything_asked_for(embedder: Any) -> None:
    verdict = OfflineJudge(embedder).judge(Case(ARTICLE, GOOD, ""))
    assert verdict.scores["usefulness"] == 5
    assert verdict.scores["style"] > 4
    assert verdict.overall is not None
    assert verdict.overall > 3.5


def test_no_dimension_rests_on_what_was_not_asked_for(embedder: Any) -> None:
    case = Case(ARTICLE, GOOD, "CEO")
    assert OfflineJudge(embedder).judge(case) == OfflineJudge(embedder).judge(
        Case(ARTICLE, GOOD, "")
    )


class Doubtful:
    """A language model that finds every token as probable as it is told to."""

    name = "doubtful"

    def __init__(self, log_prob: float) -> None:
        self._log_prob = log_prob
        self.asked: list[tuple[str, str]] = []

    def log_probs(self, context: str, text: str) -> list[float]:
        self.asked.append((context, text))
        return [self._log_prob] * len(text.split())


def test_a_language_model_is_asked_beside_the_passages_that_the_summary_rests_on(
    embedder: Any,
) -> None:
    sure, unsure = Doubtful(-0.5), Doubtful(-6.0)
    case = Case(ARTICLE, TWO, "")
    plain, better, worse = (
        OfflineJudge(embedder, scorer).judge(case) for scorer in (None, sure, unsure)
    )
    assert better.scores["style"] > worse.scores["style"]
    assert plain.scores["usefulness"] == better.scores["usefulness"]
    ((context, text),) = sure.asked
    assert TWO in text
    assert "a cable broke" in context
    assert "Small boats" not in context


class Silent(Doubtful):
    """An engine that gives no log-probabilities."""

    def log_probs(self, context: str, text: str) -> list[float]:
        raise InvalidInputError("not served", reason="SCORING_NOT_SERVED")


def test_an_engine_that_does_not_tell_is_left_out_and_that_is_said(embedder: Any) -> None:
    case = Case(ARTICLE, TWO, "")
    verdict = OfflineJudge(embedder, Silent(0)).judge(case)
    assert verdict.scores == OfflineJudge(embedder).judge(case).scores
    assert "was not told: SCORING_NOT_SERVED" in verdict.rationale
    with pytest.raises(InvalidInputError):
        OfflineJudge(embedder, Silent(0), always_asks=True).judge(case)


def test_under_a_house_style_it_is_asked_only_where_that_was_asked_for(
    embedder: Any, style: StyleContract
) -> None:
    case = Case(ARTICLE, TWO, "CFO", style)
    plain = OfflineJudge(embedder).judge(case)
    assert OfflineJudge(embedder, Silent(0)).judge(case) == plain
    unsure = OfflineJudge(embedder, Doubtful(-9), always_asks=True).judge(case)
    assert unsure.scores["style"] < plain.scores["style"]


def test_a_judge_with_a_language_model_is_another_version(embedder: Any) -> None:
    versions = {
        OfflineJudge(embedder, scorer).description.version for scorer in (None, Doubtful(0))
    }
    assert len(versions) == 2


def test_every_term_of_a_recipe_is_measured(embedder: Any) -> None:
    features = measure(Case(ARTICLE, GOOD, ""), embedder)
    assert {term.feature for terms in _RECIPES.values() for term in terms} <= set(features)


@pytest.mark.parametrize(
    ("sentence", "nearest", "expected"),
    [
        ("The bridge will not open.", ["The bridge will open in May.", "It is new."], True),
        ("The bridge will open.", ["The bridge will not open in May."], True),
        ("The bridge will not open.", ["The bridge stays shut and will not open."], False),
        ("Nobody was hurt.", ["No one was hurt, nobody at all."], False),
        ("Profit rose.", ["Profit fell by 3%."], True),
        ("Profit rose.", ["Profit grew by 3%."], False),
        ("Profit rose while sales fell.", ["Profit grew, but sales declined."], False),
        ("The club lost the final.", ["The club beat Westmere in the final."], True),
    ],
)
def test_a_denial_and_an_antonym_contradict(
    sentence: str, nearest: list[str], expected: bool
) -> None:
    assert contradicts(sentence, nearest) is expected


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The crane fell into the of channel.", ["the of"]),
        ("He was is angry.", ["was is"]),
        ("Ships go to of Port Amsel.", ["to of"]),
        ("It was closed by the.", ["the"]),
        ("The will of the people is, as they say, to be and to have been free.", []),
        ("Of the 60 ships, most of which are small, all will go in and out of it.", []),
        ("What she is looking for is a port to moor in.", []),
    ],
)
def test_small_words_stand_only_where_english_has_them(sentence: str, found: list[str]) -> None:
    assert list(misplaced(sentence)) == found


@pytest.mark.parametrize(
    ("summary", "share"),
    [
        (["Rosa Benedetti runs the port.", "She said so."], 1.0),
        (["It is closed.", "Rosa Benedetti said so."], 0.5),
        (["Benedetti runs the port.", "Rosa Benedetti said so."], 0.5),
        (["The crane is broken.", "A crane fell into the water."], 0.5),
        (["A crane fell.", "He was hurt."], 0.5),
        (["On the other hand, a crane fell.", "A man was hurt."], 0.5),
    ],
)
def test_what_refers_to_nothing_is_noticed(embedder: Any, summary: list[str], share: float) -> None:
    mine = np.array(embedder.embed(summary))
    assert measure_coherence(summary, mine, mine @ mine.T, 2).antecedents == share
