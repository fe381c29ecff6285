"""Writes Grafana's dashboards of charts/goldbrief/dashboards.

A dashboard answers one reader's questions; a panel is a question, a query, a unit.

    python scripts/dashboards.py            writes them
    python scripts/dashboards.py --check    exits with 1 when they are not up to date
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "charts/goldbrief/dashboards"
_WIDTH, _HEIGHT, _COLUMNS = 12, 8, 2
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_RATE = "[$__rate_interval]"
_OR_NONE = " or vector(0)"
"""Behind what is not counted before it happens for the first time."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A question and the query that answers it."""

    title: str
    query: str
    legend: str = ""
    unit: str = "short"
    more: Sequence[tuple[str, str]] = ()
    """Further queries with their legends."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Panels for one reader."""

    name: str
    title: str
    panels: Sequence[Panel] = field(default_factory=tuple)


def _share(part: str, whole: str) -> str:
    return f"(sum({part}) or vector(0)) / clamp_min(sum({whole}), 1e-9)"


def _rate(series: str) -> str:
    return f"rate({series}{_RATE})"


def _day(series: str) -> str:
    return f"increase({series}[1d])"


def _sum(series: str, by: str = "") -> str:
    return f"sum{f' by ({by}) ' if by else ''}({_rate(series)})"


def _quantile(share: float, series: str, by: str) -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) ({_rate(f'{series}_bucket')}))"


_RPC = "goldbrief_rpc_duration_seconds"
_GATEWAY = 'method=~".*SummarizeService.*"'
_BAD = 'code=~"UNAVAILABLE|UNKNOWN|INTERNAL|DEADLINE_EXCEEDED|DATA_LOSS"'
_VERSION = "model, version"
_FEATURE = f"{_VERSION}, feature"
_LLM = "gen_ai_client_operation_duration_seconds"
_LLM_KEYS = "gen_ai_operation_name, gen_ai_request_model"
_LLM_LEGEND = "{{gen_ai_operation_name}} {{gen_ai_request_model}}"

DASHBOARDS = (
    Dashboard(
        "service",
        "Goldbrief: are summaries answered, and fast?",
        (
            Panel(
                "Share of summaries that failed by our fault",
                _share(
                    _rate(f"{_RPC}_count{{{_GATEWAY},{_BAD}}}"),
                    _rate(f"{_RPC}_count{{{_GATEWAY}}}"),
                ),
                "failed",
                "percentunit",
                about="Goal: 99.9 % answered. What callers do wrong is not counted.",
            ),
            Panel(
                "Summaries a second",
                f"sum({_rate('goldbrief_summary_duration_seconds_count')})",
                "summaries",
                "reqps",
            ),
            Panel(
                "Time to the whole summary",
                _quantile(0.5, "goldbrief_summary_duration_seconds", "model"),
                "median {{model}}",
                "s",
                (
                    (
                        _quantile(0.95, "goldbrief_summary_duration_seconds", "model"),
                        "95% {{model}}",
                    ),
                ),
            ),
            Panel(
                "Time to the first words",
                _quantile(
                    0.95,
                    "gen_ai_client_operation_time_to_first_chunk_seconds",
                    "gen_ai_request_model",
                ),
                "95% {{gen_ai_request_model}}",
                "s",
            ),
            Panel("Requests that wait for their turn", "sum(goldbrief_summary_waiting)", "waiting"),
            Panel(
                "Share of texts that were kept from before",
                _share(
                    _rate('goldbrief_summary_cache_total{result="hit"}'),
                    _rate("goldbrief_summary_cache_total"),
                ),
                "kept",
                "percentunit",
            ),
            Panel(
                "Calls of all services, by how they end",
                f"sum by (code) ({_rate(f'{_RPC}_count')})",
                "{{code}}",
                "reqps",
            ),
            Panel(
                "Slowest calls", f"topk(5, {_quantile(0.95, _RPC, 'method')})", "{{method}}", "s"
            ),
        ),
    ),
    Dashboard(
        "pipeline",
        "Goldbrief: does work get on?",
        (
            Panel(
                "Open work",
                'sum by (kind, state) (goldbrief_works{state!~"SUCCEEDED|FAILED|CANCELLED"})',
                "{{kind}} {{state}}",
            ),
            Panel(
                "Items that wait or run",
                "sum by (kind, stage, state) (goldbrief_items)",
                "{{kind}} {{stage}} {{state}}",
            ),
            Panel(
                "Items a minute",
                f"sum by (task) ({_rate('goldbrief_task_duration_seconds_count')}) * 60",
                "{{task}}",
            ),
            Panel(
                "Time on one item",
                _quantile(0.95, "goldbrief_task_duration_seconds", "task"),
                "95% {{task}}",
                "s",
            ),
            Panel(
                "Since an item was last taken",
                "max by (kind) (goldbrief_work_idle_seconds)",
                "{{kind}}",
                "s",
                about="Grows where workers are dead or wait for something.",
            ),
            Panel(
                "Messages not yet published",
                "sum(goldbrief_outbox_messages)",
                "messages",
                "short",
                (("max(goldbrief_outbox_age_seconds)", "age of the oldest, s"),),
            ),
            Panel(
                "Messages whose work failed",
                _sum('goldbrief_task_duration_seconds_count{outcome!="ok"}', "task") + _OR_NONE,
                "{{task}}",
                "reqps",
            ),
            Panel(
                "Calls made again after a crash",
                "sum by (call) (goldbrief_effects_repeated)",
                "{{call}}",
            ),
        ),
    ),
    Dashboard(
        "quality",
        "Goldbrief: are summaries right?",
        (
            Panel(
                "Share of figures that the article supports",
                _share(
                    _rate('goldbrief_summary_figures_total{support="supported"}'),
                    _rate("goldbrief_summary_figures_total"),
                ),
                "supported",
                "percentunit",
            ),
            Panel(
                "Figures without support, an hour",
                _sum('goldbrief_summary_figures_total{support="unsupported"}', "model, version")
                + f" * 3600{_OR_NONE}",
                "{{model}}@{{version}}",
            ),
            Panel(
                "Share of training pairs that were accepted",
                _share(
                    'goldbrief_items_ended{kind="synthesis",outcome="ACCEPTED"}',
                    'goldbrief_items_ended{kind="synthesis"}',
                ),
                "accepted",
                "percentunit",
            ),
            Panel(
                "What became of items",
                "sum by (kind, outcome) (goldbrief_items_ended)",
                "{{kind}} {{outcome}}",
            ),
            Panel(
                "Summaries by version",
                f"sum by (model, version) ({_rate('goldbrief_summary_duration_seconds_count')})",
                "{{model}}@{{version}}",
                "reqps",
            ),
            Panel(
                "Summaries that were held back",
                _sum('goldbrief_summary_duration_seconds_count{outcome="withheld"}') + _OR_NONE,
                "withheld",
                "reqps",
            ),
            Panel(
                "Score of live summaries that were drawn",
                f"sum by ({_VERSION}) ({_day('goldbrief_live_score_sum')})"
                f" / (sum by ({_VERSION}) ({_day('goldbrief_live_score_count')}) > 0)",
                "mean {{model}}@{{version}}",
                more=(
                    (
                        "histogram_quantile(0.1, sum by (le, model, version) "
                        f"({_day('goldbrief_live_score_bucket')}))",
                        "lowest tenth {{model}}@{{version}}",
                    ),
                ),
                about="By the judge in use, 1 to 5, of the last day; a sample, where one is drawn "
                "(docs/monitoring.md).",
            ),
            Panel(
                "Share of these in which a rule check found an error",
                _share(
                    _day('goldbrief_live_judged_total{outcome="flawed"}'),
                    _day('goldbrief_live_judged_total{outcome=~"flawed|clean"}'),
                ),
                "flawed",
                "percentunit",
            ),
            Panel(
                "What became of answers that were drawn, in a day",
                f"sum by (outcome) ({_day('goldbrief_summary_samples_total')})",
                "{{outcome}}",
                more=(
                    (
                        f"sum by (outcome) ({_day('goldbrief_live_judged_total')})",
                        "judged: {{outcome}}",
                    ),
                ),
                about="Dropped: too many waited. Over budget: the day's judgments were used up. "
                "Lost: the judge or its service failed.",
            ),
            Panel(
                "Marked wrong by users, in a day",
                f"sum by (reason) ({_day('goldbrief_live_reports_total')}){_OR_NONE}",
                "{{reason}}",
                more=(("max(goldbrief_live_reports_open)", "nobody has looked at"),),
            ),
            Panel(
                "Drift from training, of what chance exceeds once in a thousand looks",
                f"max by ({_FEATURE}) (goldbrief_live_drift)"
                f" / max by ({_FEATURE}) (goldbrief_live_drift_limit)",
                "{{model}}@{{version}} {{feature}}",
                "percentunit",
                about="Above 100 %: articles, summaries or scores are no longer those of training "
                "(docs/monitoring.md). Empty where too few were drawn.",
            ),
            Panel(
                "Different articles that were drawn, and how many drift takes",
                f"max by ({_FEATURE}) (goldbrief_live_answers)",
                "{{model}}@{{version}} {{feature}}",
                more=(
                    (f"max by ({_FEATURE}) (goldbrief_live_answers_needed)", "takes {{feature}}"),
                ),
            ),
        ),
    ),
    Dashboard(
        "money",
        "Goldbrief: what does it cost?",
        (
            Panel("Spent within a day", "sum by (call) (goldbrief_spent)", "{{call}}"),
            Panel("Fullest budget", "max(goldbrief_budget_used_ratio)", "used", "percentunit"),
            Panel(
                "Cost of an accepted pair",
                "sum(goldbrief_spent) / clamp_min(sum(goldbrief_items_ended"
                '{kind="synthesis",outcome="ACCEPTED"}), 1)',
                "a pair",
            ),
            Panel(
                "Tokens a second",
                _sum("gen_ai_client_token_usage_sum", "gen_ai_request_model, gen_ai_token_type"),
                "{{gen_ai_request_model}} {{gen_ai_token_type}}",
            ),
            Panel(
                "Calls of language models, by how they end",
                f"sum by ({_LLM_KEYS}, error_type) ({_rate(f'{_LLM}_count')})",
                _LLM_LEGEND + " {{error_type}}",
                "reqps",
            ),
            Panel("Time of a call", _quantile(0.95, _LLM, _LLM_KEYS), f"95% {_LLM_LEGEND}", "s"),
        ),
    ),
    Dashboard(
        "engine",
        "Goldbrief: has the engine room?",
        (
            Panel(
                "Prompts that wait",
                "goldbrief_inference_queue_size or tgi_queue_size or vllm:num_requests_waiting",
                "{{instance}}",
            ),
            Panel(
                "Tokens written a second",
                f"sum by (instance) ({_rate('goldbrief_inference_generated_tokens_total')}"
                f" or {_rate('vllm:generation_tokens_total')})",
                "{{instance}}",
            ),
            Panel(
                "Requests by how they end",
                f"sum by (status) ({_rate('goldbrief_inference_request_seconds_count')})",
                "{{status}}",
                "reqps",
            ),
            Panel(
                "Memory of each process", "process_resident_memory_bytes", "{{instance}}", "bytes"
            ),
            Panel("Processor of each process", _rate("process_cpu_seconds_total"), "{{instance}}"),
            Panel(
                "GPU in use",
                "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
                "{{gpu}}",
                "percentunit",
                (("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "tensor cores {{gpu}}"),),
                "Of NVIDIA's DCGM exporter; empty without one.",
            ),
        ),
    ),
)


def rendered(dashboard: Dashboard) -> str:
    """Write a dashboard as Grafana reads it."""
    model = {
        "uid": f"goldbrief-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["goldbrief"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_SOURCE_CHOICE]},
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }
    return json.dumps(model, indent=1) + "\n"


_SOURCE_CHOICE = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"}


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, _COLUMNS)
    queries = [(panel.query, panel.legend), *panel.more]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + i),
                "datasource": _SOURCE,
                "expr": query,
                "legendFormat": legend,
            }
            for i, (query, legend) in enumerate(queries)
        ],
    }


def main() -> int:
    """Write the files, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    wanted = {FOLDER / f"{one.name}.json": rendered(one) for one in DASHBOARDS}
    if check:
        found = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
        stale = [path.name for path in wanted | found if found.get(path) != wanted.get(path)]
        if stale:
            print(f"stale: {', '.join(stale)}; run python scripts/dashboards.py", file=sys.stderr)
        return bool(stale)
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
