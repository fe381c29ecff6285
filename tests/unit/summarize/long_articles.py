"""What the tests of long articles share."""

import re
import threading
import time

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Completion, Window

PARAGRAPHS = 30
REVENUES = [f"${100 + number}.{number % 10} million" for number in range(PARAGRAPHS)]
LONG = "\n\n".join(
    f"Depot {name} of Harborline Freight earned revenue of {revenue} in 2023, while fuel and "
    "wages cost more than in the year before, and management expects that to go on for a while."
    for name, revenue in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcd", REVENUES, strict=True)
)
"""An article with a figure of its own in each paragraph."""

ASIDES = (
    ", as they did before the storms, and managers were content",
    ", as opposed to warehouses, ports and ferries in northern provinces",
    " and lorries, trailers, cranes and tugs were sold to competitors abroad",
    " though unions, councils, lenders and insurers had warned of strikes",
)


class ReadingEngine:
    """Counts four letters a token, refuses what does not fit its window, and says of a prompt its
    first revenue; everything that it was asked for is in `prompts`."""

    def __init__(self, window=1024, counts=True):
        self.limit = window
        self.counts = counts
        self.prompts = []
        self.at_once = self.most_at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self.pieces = 0
        self.invents = False
        self.verbose = False
        self._lock = threading.Lock()

    def window(self):
        return Window(self.limit - 1, self.limit) if self.counts else None

    def count_tokens(self, prompt):
        return len(prompt) // 4 if self.counts else None

    def stream(
        self,
        prompt,
        *,
        adapter,
        max_tokens,
        temperature=0.0,
        timeout_s=600.0,
        figure_source="",
        form=None,
    ):
        if len(prompt) // 4 + max_tokens > self.limit:
            raise InvalidInputError("The prompt is too long.", reason="CONTEXT_OVERFLOW")
        with self._lock:
            self.prompts.append(prompt)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            while not self.gate.wait(0.01):
                self.pieces += 1
                yield "and "
            time.sleep(0.02)
            yield from (text := self._summary(prompt)).splitlines(keepends=True)
            yield Completion(text, "stop", len(prompt) // 4, len(text) // 4, adapter, 0.02)
        finally:
            with self._lock:
                self.at_once -= 1

    def _summary(self, prompt):
        found = re.search(r"\$\d+\.\d million", prompt)
        asides = list(ASIDES if self.verbose else ASIDES[:1])
        told = "\n".join(f"- The depots earned {found[0]}{aside}." for aside in asides)
        invented = "- They lost $77.7 billion.\n" if self.invents else ""
        return (
            f"## Overview\n\nA depot earned {found[0]}.\n\n## Key Takeaways\n\n{told}\n{invented}\n"
            "## Action Items for the CFO\n\n- Review the depots."
        )


def articles_of(prompts):
    """What stands between the delimiters of prompts."""
    return [prompt.split("<article>\n")[1].split("\n</article>")[0] for prompt in prompts]
