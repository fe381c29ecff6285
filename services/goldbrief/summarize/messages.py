"""Between the messages of the API and what the gateway works with."""

from __future__ import annotations

import logging

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.platform.rpc.status import code_of
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.batches import Result
from goldbrief.summarize.figures import CheckedFigure, FigurePolicy, Span
from goldbrief.text.sections import Summary

_log = logging.getLogger(__name__)

_FINISH_REASONS = {
    "stop": pb.FINISH_REASON_STOP,
    "eos_token": pb.FINISH_REASON_STOP,
    "stop_sequence": pb.FINISH_REASON_STOP,
    "length": pb.FINISH_REASON_LENGTH,
}
"""Words of the engines: OpenAI's and vLLM's, and TGI's."""
_POLICIES: dict[int, FigurePolicy] = {
    pb.FIGURE_POLICY_ANNOTATE: "annotate",
    pb.FIGURE_POLICY_RETRY: "retry",
    pb.FIGURE_POLICY_WITHHOLD: "withhold",
    pb.FIGURE_POLICY_ENFORCE: "enforce",
}
_SUPPORT = {
    "supported": pb.FIGURE_SUPPORT_SUPPORTED,
    "unsupported": pb.FIGURE_SUPPORT_UNSUPPORTED,
    "unclear": pb.FIGURE_SUPPORT_UNCLEAR,
}


def to_assignment(request: pb.SummarizeRequest) -> Assignment:
    """What a request asks for; a policy of a newer client was refused before it came here."""
    policy = _POLICIES.get(request.figure_policy)
    return Assignment(request.article_text, request.model, request.persona, policy, request.fresh)


def to_message(answer: Answer) -> pb.SummarizeResponse:
    """Note an answer in the log, and put it as the API has it."""
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
        figures=[_figure(figure) for figure in answer.figures],
        finish_reason=_FINISH_REASONS.get(completion.finish_reason, pb.FINISH_REASON_UNSPECIFIED),
        raw_finish_reason=completion.finish_reason,
        usage=pb.TokenUsage(
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            latency_s=completion.latency_s,
            calls=answer.calls,
            cached=answer.cached,
        ),
        model=model.model,
        version=model.version,
        finetuning_run_id=model.finetuning_run_id,
        run_id=model.run_id,
        base_model=model.base_model,
        base_revision=model.base_model.partition("@")[2],
        prompt_template=model.prompt.template,
        strategy=answer.strategy,
        chunks=answer.chunks,
        article_share=answer.article_share,
        truncated=answer.article_share < 1,
        withheld=answer.withheld,
        article_warnings=answer.article_warnings,
        persona=answer.persona,
        style_version=model.prompt.style.version,
        request_id=answer.request_id,
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


def to_result(result: Result) -> pb.BatchSummarizeResponse:
    """Put an item's result as the API has it."""
    outcome = result.outcome
    if isinstance(outcome, Answer):
        return pb.BatchSummarizeResponse(id=result.id, summary=to_message(outcome))
    failure = pb.Failure(
        code=code_of(outcome),
        reason=outcome.reason,
        message=outcome.message,
        remedy=outcome.remedy,
        metadata=outcome.metadata,
    )
    return pb.BatchSummarizeResponse(id=result.id, failure=failure)


def _sections(summary: Summary) -> list[pb.Section]:
    return [
        pb.Section(name=name, heading=summary.headings[name], items=items)
        for name, items in summary.sections.items()
    ]


def _figure(figure: CheckedFigure) -> pb.FigureCheck:
    return pb.FigureCheck(
        text=figure.text,
        supported=figure.support == "supported",
        support=_SUPPORT[figure.support],
        summary_span=_span(figure.summary_span),
        article_spans=[_span(span) for span in figure.article_spans],
    )


def _span(span: Span) -> pb.Span:
    return pb.Span(start=span[0], end=span[1])
