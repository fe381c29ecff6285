"""Several judges as one: by the median of their grades."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from goldbrief.core.documents import Comparison, Verdict
from goldbrief.judge.combining import combine
from goldbrief.judge.comparing import majority
from goldbrief.judge.verdicts import Case, Judge, JudgeDescription
from goldbrief.platform.tracing.carrying import ContextPool


class PanelJudge:
    """Asks its judges at once.

    A dimension's grade is the median of theirs, of two their mean. An answer that cannot be read
    is left out; the verdict fails unless more than half can. An endpoint that is away fails the
    call, to be tried again: the panel never quietly becomes a smaller one.

    Args:
        judges: At least two.
    """

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = tuple(judges)

    @property
    def description(self) -> JudgeDescription:
        """All names; everything that determines the members' verdicts decides."""
        members = [judge.description for judge in self._judges]
        first = members[0]
        names = "+".join(one.name.partition(":")[2] for one in members)
        identity = {"rule": "median", "members": [one.version for one in members]}
        return JudgeDescription(f"panel:{names}", first.rubric, identity, first.prompt_sha256)

    def judge(self, case: Case) -> Verdict:
        """Have all score a summary; raises what the first of them to fail raises."""
        with ContextPool(len(self._judges)) as pool:
            verdicts = list(pool.map(lambda judge: judge.judge(case), self._judges))
        samples = [sample for verdict in verdicts for sample in verdict.samples]
        return combine(verdicts, samples, median, verdicts[0].temperature)

    def compare(self, case: Case, other: str) -> Comparison:
        """What more than half of the judges prefer, else a tie."""
        with ContextPool(len(self._judges)) as pool:
            found = list(pool.map(lambda judge: judge.compare(case, other), self._judges))
        return majority(found, self.description.name)
