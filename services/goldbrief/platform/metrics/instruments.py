"""Every metric that a process counts by itself: names, labels and what they mean.

Names of OpenTelemetry's conventions for generative AI (semantic conventions 1.41) where
they fit, in Prometheus's spelling. No label holds an id, a text or anything else without limit.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
"""The stock buckets end at 10 s, where a language model may just begin."""
_TOKENS = (16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144)

RPC_SECONDS = Histogram(
    "goldbrief_rpc_duration_seconds",
    "From a call's arrival to its end, streams whole.",
    ["method", "code"],
    buckets=_SECONDS,
)
HTTP_SECONDS = Histogram(
    "goldbrief_http_duration_seconds",
    "From a request's arrival to the end of its answer, streams whole.",
    ["path", "status"],
    buckets=_SECONDS,
)
SUMMARY_SECONDS = Histogram(
    "goldbrief_summary_duration_seconds",
    "Summaries written, from the request to the whole text.",
    ["model", "version", "outcome"],
    buckets=_SECONDS,
)
SUMMARY_FIRST_SECONDS = Histogram(
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "From a request for a stream to its first piece of text.",
    ["gen_ai_request_model"],
    buckets=_SECONDS,
)
SUMMARY_FIGURES = Counter(
    "goldbrief_summary_figures",
    "Figures of summaries, by what the article says of them.",
    ["model", "version", "support"],
)
SUMMARY_WAITING = Gauge("goldbrief_summary_waiting", "Requests that wait for their turn.")
SUMMARY_CACHE = Counter("goldbrief_summary_cache", "Looks for a kept text.", ["result"])
SUMMARY_SAMPLES = Counter(
    "goldbrief_summary_samples",
    "Answers that were drawn to be judged: taken on, or dropped as too many waited; of those taken,"
    " over the day's budget, or lost as their judge failed.",
    ["outcome"],
)
LIVE_JUDGED = Counter(
    "goldbrief_live_judged",
    "Answers that were drawn, by what the rule checks found, or why none judged them.",
    ["model", "version", "outcome"],
)
LIVE_SCORES = Histogram(
    "goldbrief_live_score",
    "The judge's overall score of answers that were drawn, 1 to 5.",
    ["model", "version"],
    buckets=(1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5),
)
LIVE_REPORTS = Counter(
    "goldbrief_live_reports",
    "Answers that somebody marked wrong.",
    ["model", "version", "reason"],
)
LLM_SECONDS = Histogram(
    "gen_ai_client_operation_duration_seconds",
    "Calls of language models, each try by itself.",
    ["gen_ai_operation_name", "gen_ai_request_model", "error_type"],
    buckets=_SECONDS,
)
LLM_BACKUPS = Counter(
    "goldbrief_llm_backups",
    "Calls of language models that were asked a second time, as no answer came, by whose was taken:"
    " of the first call, of its backup, or of none.",
    ["gen_ai_request_model", "taken"],
)
LLM_TOKENS = Histogram(
    "gen_ai_client_token_usage",
    "Tokens of a call.",
    ["gen_ai_operation_name", "gen_ai_request_model", "gen_ai_token_type"],
    buckets=_TOKENS,
)
TASK_SECONDS = Histogram(
    "goldbrief_task_duration_seconds",
    "Work on one message, whatever became of it.",
    ["task", "outcome"],
    buckets=_SECONDS,
)
