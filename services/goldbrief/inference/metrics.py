"""Counters of this server in Prometheus's text format."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict

_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_PREFIX = "goldbrief_inference"
_COUNTERS = {
    "prompt_tokens": "Tokens of prompts that were run.",
    "generated_tokens": "Tokens generated.",
    "batches": "Batches run.",
    "cancelled": "Answers given up because the client left.",
}


class Metrics:
    """Counts since the start of the process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters = dict.fromkeys(_COUNTERS, 0)
        self._requests: dict[tuple[str, int], int] = defaultdict(int)
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(_BUCKETS_S) + 1))
        self._seconds: dict[str, float] = defaultdict(float)

    def add(self, counter: str, amount: int = 1) -> None:
        """Add to one of prompt_tokens, generated_tokens, batches, cancelled."""
        with self._lock:
            self._counters[counter] += amount

    def value(self, counter: str) -> int:
        """What a counter stands at."""
        with self._lock:
            return self._counters[counter]

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a finished HTTP request.

        Args:
            route: The route's pattern, never the path: paths are without limit.
            status: HTTP status.
            seconds: From its arrival to the end of the answer.
        """
        with self._lock:
            self._requests[route, status] += 1
            self._seconds[route] += seconds
            self._buckets[route][bisect_left(_BUCKETS_S, seconds)] += 1

    def render(self, queue_size: int) -> str:
        """Write everything in Prometheus's text format 0.0.4."""
        lines = [
            f"# HELP {_PREFIX}_queue_size Prompts waiting.",
            f"# TYPE {_PREFIX}_queue_size gauge",
            f"{_PREFIX}_queue_size {queue_size}",
        ]
        with self._lock:
            for name, help_text in _COUNTERS.items():
                lines += [
                    f"# HELP {_PREFIX}_{name}_total {help_text}",
                    f"# TYPE {_PREFIX}_{name}_total counter",
                    f"{_PREFIX}_{name}_total {self._counters[name]}",
                ]
            lines += self._request_lines()
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> list[str]:
        name = f"{_PREFIX}_requests_total"
        lines = [f"# HELP {name} HTTP requests answered.", f"# TYPE {name} counter"]
        lines += [
            f'{name}{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self._requests.items())
        ]
        name = f"{_PREFIX}_request_seconds"
        lines += [f"# HELP {name} Time to answer a request.", f"# TYPE {name} histogram"]
        for route, buckets in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip([*map(str, _BUCKETS_S), "+Inf"], buckets, strict=True):
                total += count
                lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {total}')
            lines.append(f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'{name}_count{{route="{route}"}} {total}')
        return lines
