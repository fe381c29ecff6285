"""What a data card is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.plans import DatasetPlan
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.curation import Curated
from goldbrief.datasets.leakage import Leakage
from goldbrief.datasets.material import Fate
from goldbrief.platform.ledger.works import Counts


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card tells."""

    name: str
    digest: str
    plan: DatasetPlan
    curated: Curated
    leakage: Leakage
    unaccepted: Sequence[Fate]
    """Candidates that the synthesis did not accept."""
    files: Sequence[ImportedFile]
    """Of the import; empty when none was named."""
    judges: Mapping[str, JudgeCard | None]
    """Judges of the accepted candidates, and their cards."""
    embedder: str
    """That found summaries which say the same; empty for none."""
    extends: str
    """Version whose rows joined, `name/version`; empty for none."""
    costs: Counts
    """What teacher and judge used in the synthesis."""
