"""Requests and answers of the HTTP interface; summarize.proto says the same in protobuf."""

from __future__ import annotations

from typing import Annotated, Literal

from google.protobuf.json_format import MessageToDict
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.core.live_summaries import LONGEST_COMMENT, ReportReason
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.batches import MAX_ITEMS
from goldbrief.summarize.figures import FigurePolicy

MAX_TIMEOUT_S = 600.0
MAX_BATCH_TIMEOUT_S = 3600.0
_TIMEOUT_S = 120.0
_BATCH_TIMEOUT_S = 600.0


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half of a surrogate pair") from None
    return text


_Text = Annotated[str, AfterValidator(_whole)]
"""JSON can hold halves of characters, which are no text and no protobuf."""


def _plain(prefix: str) -> BeforeValidator:
    """An enum's value without its prefix, in small letters, as JSON has it."""
    return BeforeValidator(lambda name: str(name).removeprefix(prefix).lower())


class ArticleBody(_Body):
    """An article and for whom it is to be summarized."""

    article_text: _Text = Field(description="The article, at most 1 MiB in UTF-8.")
    model: _Text = Field(default="briefs", description="Model name, or model@version.")
    persona: _Text = Field(
        default="", description="Whom to write for; empty means the first of the model's style."
    )
    figure_policy: FigurePolicy | None = Field(
        default=None,
        description="What is done about figures that the article does not support: annotate marks"
        " them; retry has the summary written anew, if time allows, and returns the one with"
        " the fewest; withhold does that and holds the text back where one is left; enforce does"
        " that too, and holds an engine that can be to the article's figures. Empty means as"
        " the model's style or the server says. But for annotate, a stream brings `final` alone.",
    )
    fresh: bool = Field(
        default=False,
        description="Whether to have it written in any case, even if the text of an equal request"
        " is kept.",
    )

    def assignment(self) -> Assignment:
        """Return it as the writer takes it; raises InvalidInputError."""
        return Assignment(
            self.article_text, self.model, self.persona, self.figure_policy, self.fresh
        )


class SummarizeBody(ArticleBody):
    """An article to summarize."""

    stream: bool = Field(
        default=False, description="Server-sent events while it is written, instead of one answer."
    )
    timeout_s: float = Field(
        default=_TIMEOUT_S,
        gt=0,
        le=MAX_TIMEOUT_S,
        description="Seconds until the answer is of no use; then the engine stops.",
    )


class ItemBody(ArticleBody):
    """An article of a batch."""

    id: _Text = Field(description="Your name for it; not empty, and no other item's.")


class BatchBody(_Body):
    """Several articles to summarize."""

    items: tuple[ItemBody, ...] = Field(description=f"At most {MAX_ITEMS}, of 4 MiB in all.")
    timeout_s: float = Field(
        default=_BATCH_TIMEOUT_S,
        gt=0,
        le=MAX_BATCH_TIMEOUT_S,
        description="Seconds for all of them; what it does not suffice for fails, each by itself.",
    )


class ReportBody(_Body):
    """What is wrong with a summary.

    Those that the server drew to be judged are known to it by their id; for all others the fields
    from `model` on are needed, as they were sent and answered.
    """

    reason: ReportReason = Field(
        description="What is wrong: figure, invented (the article does not say it), missing"
        " (something that matters), style, or other."
    )
    comment: _Text = Field(
        default="",
        max_length=LONGEST_COMMENT,
        description="In words; kept only where texts are.",
    )
    model: _Text = Field(default="", description="Model of the answer.")
    version: _Text = Field(default="", description="Version of the answer.")
    persona: _Text = Field(default="", description="Persona of the answer.")
    article_text: _Text = Field(default="", description="The article as it was sent.")
    summary: _Text = Field(default="", description="Text of the answer.")

    def message(self, request_id: str) -> pb.ReportSummaryRequest:
        """Return it as an RPC would bring it."""
        return pb.ReportSummaryRequest(request_id=request_id, **self.model_dump())


class ReportedBody(_Body):
    """A report that is kept."""

    report_id: str = Field(description="Its id.")
    text_kept: bool = Field(description="Whether texts are kept, so that people can look at it.")

    @classmethod
    def of(cls, message: pb.ReportSummaryResponse) -> ReportedBody:
        """Make it from the message that an RPC would answer with."""
        return cls(report_id=message.report_id, text_kept=message.text_kept)


class SpanBody(_Body):
    """Part of a text, in Unicode code points from 0."""

    start: int = Field(description="Where it begins.")
    end: int = Field(description="Where it ends; what stands there is outside.")


class FigureBody(_Body):
    """A figure of the summary and whether the article supports it."""

    text: str = Field(description="As written.")
    supported: bool = Field(description="Whether the article has it, after normalising units.")
    support: Annotated[
        Literal["unspecified", "supported", "unsupported", "unclear"], _plain("FIGURE_SUPPORT_")
    ] = Field(
        description="What the article says of it; unclear: it has it, but seems to say it of"
        " something else."
    )
    summary_span: SpanBody = Field(description="Where it stands in the summary's text.")
    article_spans: tuple[SpanBody, ...] = Field(
        description="Where the article as sent has it, at most 3; fewer where its characters had to"
        " be repaired."
    )


class SectionBody(_Body):
    """A section of a summary."""

    name: str = Field(
        description="In the style: overview, takeaways, actions, or one of the house's own."
    )
    heading: str = Field(description="As written.")
    items: tuple[str, ...] = Field(description="Its bullets, or sentences where it is prose.")


class UsageBody(_Body):
    """Tokens and time of an answer."""

    prompt_tokens: int = Field(description="Prompt tokens.")
    completion_tokens: int = Field(description="Completion tokens.")
    latency_s: float = Field(description="Seconds in the engine.")
    calls: int = Field(
        description="Times that the engine was asked: 2 to 4 where the summary was written anew,"
        " because its structure was invalid or by the figure policy; one more for each part that a"
        " long article was summarized in. The rest is of all."
    )
    cached: bool = Field(
        description="Whether the first text was written for an equal request before; its tokens"
        " are those of then."
    )


class SummaryBody(_Body):
    """A summary with everything that is known of it."""

    text: str = Field(description="The summary, Markdown.")
    overview: str = Field(description="Overview section.")
    takeaways: tuple[str, ...] = Field(description="Key takeaways.")
    actions: tuple[str, ...] = Field(description="Action items.")
    structure_valid: bool = Field(description="Whether it has the sections of the house style.")
    structure_problems: tuple[str, ...] = Field(description="What is wrong with the structure.")
    figures: tuple[FigureBody, ...] = Field(description="Every figure of the summary.")
    finish_reason: Annotated[Literal["unspecified", "stop", "length"], _plain("FINISH_REASON_")] = (
        Field(description="Why the engine stopped: the model ended, or the token limit cut.")
    )
    usage: UsageBody = Field(description="Tokens and time.")
    model: str = Field(description="Model name.")
    version: str = Field(description="Version of the adapter that answered.")
    finetuning_run_id: str = Field(description="Fine-tuning run that made it.")
    run_id: str = Field(description="Pipeline run that it belongs to.")
    base_model: str = Field(description="Base model and revision.")
    prompt_template: str = Field(description="Version of the prompt template.")
    strategy: str = Field(
        description="How the article was fed to the model: full, select (its most salient passages)"
        " or map_reduce (in parts, and then the summaries of these)."
    )
    chunks: int = Field(
        description="Parts that the article was summarized in; 1 unless it is longer than fits."
    )
    article_share: float = Field(
        description="Share of the article's sentences that the model saw, 0 to 1."
    )
    persona: str = Field(description="Whom it was written for.")
    request_id: str = Field(description="Id of this answer, for logs.")
    raw_finish_reason: str = Field(description="The engine's own word for finish_reason.")
    base_revision: str = Field(description="Revision of the base model; empty where it has none.")
    truncated: bool = Field(
        description="Whether the model saw less than the whole article; article_share: how much."
    )
    withheld: bool = Field(
        description="Whether text and sections are held back, because of figures."
    )
    sections: tuple[SectionBody, ...] = Field(
        description="All sections of the house style, in their order; none when one is missing."
    )
    style_problems: tuple[str, ...] = Field(
        description="What the text does otherwise than the house style, in manner; not part of"
        " structure_valid."
    )
    article_warnings: tuple[str, ...] = Field(
        description="What in the article a reader should know of: passages that seem to instruct"
        " language models, characters that nobody sees, control tokens. The summary is written all"
        " the same."
    )
    style_version: str = Field(description="Version of the style that the model was trained with.")

    @classmethod
    def of(cls, message: pb.SummarizeResponse) -> SummaryBody:
        """Make it from the message that an RPC would answer with."""
        fields = MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        return cls.model_validate(fields)


class Problem(_Body):
    """Why a request failed."""

    code: str = Field(description="Name of the gRPC status code.")
    reason: str = Field(description="What exactly, for programs; stable across releases.")
    message: str = Field(description="What happened.")
    remedy: str = Field(description="What to do about it; empty when nothing is known.")
    metadata: dict[str, str] = Field(description="Details, such as the field.")
    retry_after_s: float = Field(default=0.0, description="Seconds to wait; only where known.")


class ErrorBody(_Body):
    """The answer to a request that failed."""

    error: Problem = Field(description="Why.")
