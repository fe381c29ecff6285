"""The RPCs of the gateway: protobuf in, summary out, whole or in pieces."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2_grpc
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.writing import Answer, Assignment, SummaryWriter
from goldbrief.text.sections import Summary

_log = logging.getLogger(__name__)

_FINISH_REASONS = {
    "stop": pb.FINISH_REASON_STOP,
    "eos_token": pb.FINISH_REASON_STOP,
    "stop_sequence": pb.FINISH_REASON_STOP,
    "length": pb.FINISH_REASON_LENGTH,
}
"""Words of the engines: OpenAI's and vLLM's, and TGI's."""


class SummarizeServicer(summarize_pb2_grpc.SummarizeServiceServicer):
    """Answers with summaries."""

    def __init__(self, writer: SummaryWriter, admission: Admission) -> None:
        self._writer = writer
        self._admission = admission

    async def Summarize(  # noqa: N802 - the name is the API's
        self, request: pb.SummarizeRequest, context: Any
    ) -> pb.SummarizeResponse:
        """See the API."""
        answer = None
        async with aclosing(self._steps(request, context)) as steps:
            async for step in steps:
                answer = step
        assert isinstance(answer, Answer)  # noqa: S101 - the writer's last step
        return _response(answer)

    async def StreamSummarize(  # noqa: N802
        self, request: pb.StreamSummarizeRequest, context: Any
    ) -> AsyncIterator[pb.StreamSummarizeResponse]:
        """See the API."""
        async with aclosing(self._steps(request.request, context)) as steps:
            async for step in steps:
                if isinstance(step, Answer):
                    yield pb.StreamSummarizeResponse(final=_response(step))
                else:
                    yield pb.StreamSummarizeResponse(delta=step)

    def _steps(
        self, request: pb.SummarizeRequest, context: Any
    ) -> AsyncGenerator[str | Answer, None]:
        assignment = Assignment(request.article_text, request.model, request.persona)
        return self._admission.run(
            lambda timeout_s: self._writer.write(assignment, timeout_s), context.time_remaining()
        )


def _sections(summary: Summary) -> list[pb.Section]:
    return [
        pb.Section(name=name, heading=summary.headings[name], items=items)
        for name, items in summary.sections.items()
    ]


def _response(answer: Answer) -> pb.SummarizeResponse:
    completion, model, summary = answer.completion, answer.model, answer.summary
    response = pb.SummarizeResponse(
        text=completion.text,
        overview=summary.overview if summary else "",
        takeaways=summary.takeaways if summary else (),
        actions=summary.actions if summary else (),
        structure_valid=not answer.problems,
        structure_problems=answer.problems,
        style_problems=answer.style_problems,
        sections=_sections(summary) if summary else (),
        figures=[pb.FigureCheck(text=f.text, supported=f.supported) for f in answer.figures],
        finish_reason=_FINISH_REASONS.get(completion.finish_reason, pb.FINISH_REASON_UNSPECIFIED),
        usage=pb.TokenUsage(
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            latency_s=completion.latency_s,
        ),
        model=model.model,
        version=model.version,
        finetuning_run_id=model.finetuning_run_id,
        run_id=model.run_id,
        base_model=model.base_model,
        prompt_template=model.prompt.template,
        strategy=model.prompt.strategy,
        article_share=answer.article_share,
        persona=answer.persona,
        style_version=model.prompt.style.version,
        request_id=f"summary-{secrets.token_hex(8)}",
    )
    # neither article nor summary: both may be confidential
    _log.info(
        "%s: %s version %s wrote %d tokens in %.1f s",
        response.request_id,
        model.model,
        model.version,
        completion.completion_tokens,
        completion.latency_s,
    )
    return response
