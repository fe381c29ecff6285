"""RPCs of the synthesis service."""

from __future__ import annotations

import grpc

from goldbrief.api.synthesis.v1 import synthesis_pb2 as pb
from goldbrief.api.synthesis.v1.synthesis_pb2_grpc import SynthesisServiceServicer
from goldbrief.core.documents import Golden
from goldbrief.core.errors import InvalidInputError
from goldbrief.platform.ledger import Item, Ledger, Work
from goldbrief.platform.rpc.work_messages import work_message
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.text.style import study_goldens

_LARGEST_PAGE = 200
"""Candidates whose texts and judgments stay below the 4 MiB that a message may have."""


class SynthesisServicer(SynthesisServiceServicer):
    """Translates between messages and `Syntheses`.

    Args:
        syntheses: Does the work.
        ledger: Counts items and usage.
    """

    def __init__(self, syntheses: Syntheses, ledger: Ledger) -> None:
        self._syntheses = syntheses
        self._ledger = ledger

    def InferStyle(  # noqa: N802 - the RPC's name
        self, request: pb.InferStyleRequest, context: grpc.ServicerContext
    ) -> pb.InferStyleResponse:
        """Infer the style contract that goldens have in common."""
        goldens = [
            Golden(
                name=golden.name,
                persona=golden.persona,
                summary=golden.summary,
                article_text=golden.article_text,
            )
            for golden in request.goldens
        ]
        study = study_goldens(goldens)
        return pb.InferStyleResponse(
            style_json=study.contract.model_dump_json(), evidence=study.evidence, notes=study.notes
        )

    def CreateSynthesis(  # noqa: N802 - the RPC's name
        self, request: pb.CreateSynthesisRequest, context: grpc.ServicerContext
    ) -> pb.CreateSynthesisResponse:
        """Start a synthesis."""
        work = self._syntheses.create(
            request.request_id,
            request.run_id,
            list(request.article_sha256s),
            request.plan_key,
            request.judge,
        )
        return pb.CreateSynthesisResponse(synthesis=self._message(work))

    def GetSynthesis(  # noqa: N802 - the RPC's name
        self, request: pb.GetSynthesisRequest, context: grpc.ServicerContext
    ) -> pb.GetSynthesisResponse:
        """Show a synthesis."""
        return pb.GetSynthesisResponse(synthesis=self._message(self._syntheses.get(request.id)))

    def ListCandidates(  # noqa: N802 - the RPC's name
        self, request: pb.ListCandidatesRequest, context: grpc.ServicerContext
    ) -> pb.ListCandidatesResponse:
        """List the candidates of a synthesis, page by page."""
        first = _first_index(request.page_token)
        size = min(request.page_size or _LARGEST_PAGE, _LARGEST_PAGE)
        items = self._syntheses.candidates(
            request.synthesis_id, request.outcome, first=first, limit=size + 1
        )
        return pb.ListCandidatesResponse(
            candidates=[self._candidate(item) for item in items[:size]],
            # an index, not an offset: outcomes change between two pages
            next_page_token=str(items[size].index) if len(items) > size else "",
        )

    def _message(self, work: Work) -> pb.Synthesis:
        return pb.Synthesis(
            work=work_message(work, self._ledger.works.counts(work.id)),
            teacher=work.spec["teacher"],
            judge=self._syntheses.judge_of(work),
        )

    def _candidate(self, item: Item) -> pb.Candidate:
        judgment = self._syntheses.judgment_of(item.data)
        cause = item.cause or {}
        return pb.Candidate(
            article_sha256=item.data["article"],
            persona=item.data["persona"],
            outcome=item.outcome,
            reason=item.reason or cause.get("message", ""),
            text=self._syntheses.text_of(item.data),
            score=(judgment.overall or 0.0) if judgment else 0.0,
            rounds=item.data["round"],
            judgment_json=judgment.model_dump_json() if judgment else "",
        )


def _first_index(token: str) -> int:
    if token and not token.isdecimal():
        raise InvalidInputError(
            f"There is no page {token[:40]!r}.",
            reason="INVALID_PAGE_TOKEN",
            remedy="Send the next_page_token of the page before, or none for the first page.",
            metadata={"field": "page_token"},
        )
    return int(token or 0)
