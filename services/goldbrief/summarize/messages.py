"""Answers as messages of the API."""

from __future__ import annotations

import logging
import secrets

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.summarize.writing import Answer

_log = logging.getLogger(__name__)

_FINISH_REASONS = {
    "stop": pb.FINISH_REASON_STOP,
    "eos_token": pb.FINISH_REASON_STOP,
    "stop_sequence": pb.FINISH_REASON_STOP,
    "length": pb.FINISH_REASON_LENGTH,
}
"""Words of the engines: OpenAI's and vLLM's, and TGI's."""


def to_message(answer: Answer) -> pb.SummarizeResponse:
    """Give an answer an id, note it in the log, and put it as the API has it."""
    completion, model, summary = answer.completion, answer.model, answer.summary
    response = pb.SummarizeResponse(
        text=completion.text,
        overview=summary.overview if summary else "",
        takeaways=summary.takeaways if summary else (),
        actions=summary.actions if summary else (),
        structure_valid=not answer.problems,
        structure_problems=answer.problems,
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
