"""RPCs of the judge service."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from pydantic import ValidationError

from goldbrief.api.judge.v1 import judge_pb2 as pb
from goldbrief.api.judge.v1.judge_pb2_grpc import JudgeServiceServicer
from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.judge.calibration.cases import OVERALL, CalibrationCase
from goldbrief.judge.calibration.rendering import render_judge_card
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
            judgment_json=judgment.model_dump_json(),
        )

    def CompareSummaries(  # noqa: N802 - the RPC's name
        self, request: pb.CompareSummariesRequest, context: grpc.ServicerContext
    ) -> pb.CompareSummariesResponse:
        """Say which of two summaries is better."""
        case = Case(
            article=request.article_text,
            summary=request.first,
            persona=request.persona or _DEFAULT_PERSONA,
            style=_style(request.style_json),
        )
        comparison = self._judging.compare(case, request.second)
        return pb.CompareSummariesResponse(
            judge=comparison.judge,
            rubric=comparison.rubric,
            preferred=comparison.preferred or "",
            consistent=comparison.is_consistent,
            rationale=comparison.rationale,
            comparison_json=comparison.model_dump_json(),
        )

    def GetJudge(  # noqa: N802 - the RPC's name
        self, request: pb.GetJudgeRequest, context: grpc.ServicerContext
    ) -> pb.GetJudgeResponse:
        """Describe the judge in use."""
        description = self._judging.describe()
        card = self._judging.card()
        standing = card.standing if card else "uncalibrated"
        return pb.GetJudgeResponse(
            judge=description.name,
            rubric=description.rubric,
            calibrated=standing == "calibrated",
            dimensions=DIMENSIONS,
            version=description.version,
            standing=standing,
            accept_score=(card.accept_score if card else None) or 0.0,
            reject_score=(card.reject_score if card else None) or 0.0,
        )

    def CalibrateJudge(  # noqa: N802 - the RPC's name
        self, request_iterator: Iterator[pb.CalibrateJudgeRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.CalibrateJudgeResponse]:
        """Calibrate the judge in use."""
        cases = [self._calibration_case(request) for request in request_iterator]
        for progress in self._judging.calibrate(cases):
            response = pb.CalibrateJudgeResponse(judged=progress.judged, total=progress.total)
            if progress.card:
                response.card_json = progress.card.model_dump_json()
                response.card_markdown = render_judge_card(progress.card)
            yield response

    def GetJudgeCard(  # noqa: N802 - the RPC's name
        self, request: pb.GetJudgeCardRequest, context: grpc.ServicerContext
    ) -> pb.GetJudgeCardResponse:
        """Return the newest card of the judge in use."""
        card = self._judging.card()
        if card is None:
            raise NotFoundError(
                f"{self._judging.name} has no card: nobody calibrated this version of it.",
                reason="NO_JUDGE_CARD",
                remedy="Run `goldbrief judge calibrate`.",
            )
        return pb.GetJudgeCardResponse(
            card_json=card.model_dump_json(), card_markdown=render_judge_card(card)
        )

    def _calibration_case(self, request: pb.CalibrateJudgeRequest) -> CalibrationCase:
        article = request.article_text or self._judging.article_text(request.article_sha256)
        return CalibrationCase(
            case=Case(
                article=article,
                summary=request.summary,
                persona=request.persona or _DEFAULT_PERSONA,
                style=_style(request.style_json),
            ),
            ratings={one.rater: _rating(one) for one in request.ratings},
            author=request.author,
            is_good=request.is_good,
            simulated=frozenset(one.rater for one in request.ratings if one.simulated),
        )


def _rating(rating: pb.Rating) -> dict[str, float]:
    scores = dict(rating.scores)
    for name, score in scores.items():
        if name not in (*DIMENSIONS, OVERALL) or not 1 <= score <= 5:
            raise InvalidInputError(
                f"{rating.rater} rated {name} as {score:g}; ratings are 1 to 5, of "
                f"{', '.join(DIMENSIONS)} or {OVERALL}.",
                metadata={"field": "ratings"},
            )
    return scores


def _style(style_json: str) -> StyleContract | None:
    if not style_json:
        return None
    try:
        return StyleContract.model_validate_json(style_json)
    except ValidationError as error:
        raise InvalidInputError(
            f"style_json is no style contract: {error}", metadata={"field": "style_json"}
        ) from error
