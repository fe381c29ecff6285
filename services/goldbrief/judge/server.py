"""RPCs of the judge service."""

from __future__ import annotations

import grpc
from pydantic import ValidationError

from goldbrief.api.judge.v1 import judge_pb2 as pb
from goldbrief.api.judge.v1.judge_pb2_grpc import JudgeServiceServicer
from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.judge.judging import Judging
from goldbrief.judge.verdicts import DIMENSIONS, Case

_DEFAULT_PERSONA = "CFO"


class JudgeServicer(JudgeServiceServicer):
    """Translates between messages and `Judging`.

    Args:
        judging: Does the work.
    """

    def __init__(self, judging: Judging) -> None:
        self._judging = judging

    def JudgeSummary(  # noqa: N802 - the RPC's name
        self, request: pb.JudgeSummaryRequest, context: grpc.ServicerContext
    ) -> pb.JudgeSummaryResponse:
        """Judge one summary."""
        judgment = self._judging.judge_case(
            Case(
                article=request.article_text,
                summary=request.summary,
                persona=request.persona or _DEFAULT_PERSONA,
                style=_style(request.style_json),
                reference=request.reference,
            )
        )
        return pb.JudgeSummaryResponse(
            judge=judgment.judge,
            rubric=judgment.rubric,
            overall=judgment.overall or 0.0,
            scores=judgment.scores,
            rationale=judgment.rationale,
            findings=[pb.Finding(**finding.model_dump()) for finding in judgment.findings],
            figures_total=judgment.figures_total,
            figures_supported=judgment.figures_supported,
            failed=judgment.overall is None,
            prompt_tokens=judgment.prompt_tokens,
            completion_tokens=judgment.completion_tokens,
        )

    def GetJudge(  # noqa: N802 - the RPC's name
        self, request: pb.GetJudgeRequest, context: grpc.ServicerContext
    ) -> pb.GetJudgeResponse:
        """Describe the judge in use."""
        description = self._judging.describe()
        return pb.GetJudgeResponse(
            judge=description.name,
            rubric=description.rubric,
            calibrated=False,
            dimensions=DIMENSIONS,
        )


def _style(style_json: str) -> StyleContract | None:
    if not style_json:
        return None
    try:
        return StyleContract.model_validate_json(style_json)
    except ValidationError as error:
        raise InvalidInputError(
            f"style_json is no style contract: {error}", metadata={"field": "style_json"}
        ) from error
