"""Time a rollback under load, and count what it costs the callers: nothing may fail.

python scripts/bench_rollback.py     prints a Markdown table for docs/benchmarks/.
Registry and gateway speak over loopback in one process; the engine is a stub that takes 100 ms for
a summary. Callers ask all the while; a second version is promoted and rolled back again and again.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.cli.output import plain_file_text
from goldbrief.core.documents import Golden, PromptFormat
from goldbrief.core.errors import GoldbriefError
from goldbrief.testing.promoting import Behaviour, Stage, ask_in_threads, promoting
from goldbrief.text.style import infer_style

_EXAMPLES = Path("examples/handwritten")
_CALLERS = 4
_ROUNDS = 10
_ENGINE_S = 0.1
_GATE = json.dumps({"conditions": []})
_RESULTS = json.dumps({"systems": {}})


@dataclass
class _Seen:
    """What the callers saw."""

    answers: list[tuple[float, float, str]] = field(default_factory=list)
    """When each was asked for, when it came, and the version that wrote it."""
    errors: list[GoldbriefError] = field(default_factory=list)


def main() -> None:
    """Roll back again and again under load, and print the table."""
    goldens = [
        Golden(name=path.name, persona="CFO", summary=plain_file_text(path))
        for path in sorted((_EXAMPLES / "goldens").glob("*.md"))
    ]
    article = plain_file_text(sorted((_EXAMPLES / "articles").glob("*.md"))[0])
    prompt = PromptFormat(
        template="brief-1", strategy="select", article_tokens=900, wrap="plain",
        max_new_tokens=420, style=infer_style(goldens),
    )  # fmt: skip
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        usual = Behaviour(goldens[0].summary, seconds=_ENGINE_S)
        stage = stack.enter_context(promoting(folder, prompt, usual))
        for number in (1, 2):
            stage.register(number)
        _promote(stage, "1", "first")
        _report(*_roll_back_under_load(stage, article))


def _roll_back_under_load(stage: Stage, article: str) -> tuple[_Seen, list[float], list[float]]:
    """What callers saw, and for each rollback the seconds of the call and until it shows."""
    seen, stop = _Seen(), threading.Event()

    def ask(number: int) -> None:
        text = f"{article}\n\nEdition {number}."
        request = summarize_pb2.SummarizeRequest(article_text=text, model="briefs")
        asked = time.monotonic()
        try:
            version = stage.gateway.Summarize(request, timeout=30).version
        except GoldbriefError as error:
            seen.errors.append(error)
        else:
            seen.answers.append((asked, time.monotonic(), version))

    threads = ask_in_threads(ask, _CALLERS, stop)
    calls, shown = [], []
    for number in range(_ROUNDS):
        _promote(stage, "2", f"round {number}")
        time.sleep(0.5)
        started = time.monotonic()
        stage.rpc.RollBack(pb.RollBackRequest(model="briefs", asked_by="benchmark"))
        calls.append(time.monotonic() - started)
        time.sleep(1.0)
        late = [asked for asked, _, version in seen.answers if version == "2" and asked > started]
        shown.append(max(late, default=started) - started)
    stop.set()
    for thread in threads:
        thread.join()
    return seen, calls, shown


def _promote(stage: Stage, version: str, request_id: str) -> None:
    request = pb.CreatePromotionRequest(
        request_id=request_id, model="briefs", version=version,
        results_json=_RESULTS, gate_json=_GATE,
    )  # fmt: skip
    promotion = stage.rpc.CreatePromotion(request).promotion
    while not promotion.work.HasField("end_time"):
        time.sleep(0.02)
        answer = stage.rpc.GetPromotion(pb.GetPromotionRequest(id=promotion.work.id))
        promotion = answer.promotion
    if not promotion.promoted:
        raise SystemExit(f"version {version} was not promoted: {promotion.work.cause.message}")


def _report(seen: _Seen, calls: list[float], shown: list[float]) -> None:
    latencies = sorted(done - asked for asked, done, _ in seen.answers)
    span = max(done for _, done, _ in seen.answers) - min(asked for asked, _, _ in seen.answers)
    print(f"{_ROUNDS} promotions and rollbacks, {_CALLERS} callers that ask without a pause.\n")
    print("| | |\n|---|---|")
    print(f"| requests answered | {len(seen.answers)} ({len(seen.answers) / span:.0f} a second) |")
    print(f"| requests failed | {len(seen.errors)} |")
    print(f"| median time of a request | {statistics.median(latencies) * 1e3:.0f} ms |")
    print(f"| the call, median | {statistics.median(calls) * 1e3:.0f} ms |")
    print(f"| the call, longest | {max(calls) * 1e3:.0f} ms |")
    last = "from the call to the last request that the newer version still took"
    print(f"| {last}, median | {statistics.median(shown) * 1e3:.0f} ms |")
    print(f"| the same, longest | {max(shown) * 1e3:.0f} ms |")
    for error in seen.errors[:3]:
        print(error)


if __name__ == "__main__":
    main()
