"""The laptop mode in a throw-away home: the `goldbrief` command on free ports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldbrief.core.settings import Settings
from goldbrief.testing.servers import free_port
from goldbrief.testing.tiny_models import write_tiny_llama

_UP_S = 120.0
_CONSOLE = "console: "
TINY_RECIPE = """\
sample: ""
seed: 3
article: {{strategy: select, tokens: 400, wrap: chatml}}
synthesis: {{accept_score: 2.0, max_rewrites: 1}}
dataset: {{name: tiny, pairs: 8, eval_pairs: 2}}
finetuning:
  model: {model}
  register_to: tiny
  training_duration: 6ep
  learning_rate: 5.0e-3
  batch_size: 2
  micro_batch_size: 2
  context_length: 8192
  checkpoint_every_steps: 1
evaluation: {{articles: 2, max_new_tokens: 24}}
"""
"""The whole pipeline in a minute: a random base model that writes nonsense."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """A home folder and the environment of a `goldbrief` process that uses it."""

    folder: Path
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        """GOLDBRIEF_HOME."""
        return Path(self.environment["GOLDBRIEF_HOME"])

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start `goldbrief` with these arguments; its output goes into pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "goldbrief.cli", *arguments],
            env=self.environment, cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(
        self, arguments: Sequence[str], timeout_s: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run `goldbrief` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "goldbrief.cli", *arguments],
            env=self.environment, cwd=self.folder, text=True, capture_output=True,
            timeout=timeout_s, check=False,
        )  # fmt: skip

    @contextmanager
    def up(self) -> Iterator[str]:
        """Run `goldbrief up`, which writes to `up.log`.

        Yields:
            The console's link.

        Raises:
            AssertionError: It ended, or printed none in time.
        """
        log = self.folder / "up.log"
        with log.open("w") as written:
            server = subprocess.Popen(
                [sys.executable, "-m", "goldbrief.cli", "up"],
                env=self.environment, cwd=self.folder, stdout=written, stderr=written,
            )  # fmt: skip
        try:
            yield _console_link(server, log)
        finally:
            server.terminate()
            server.wait(timeout=60)


def make_laptop(folder: Path) -> Laptop:
    """Make a home with the embedding model of this machine and a tiny random base model.

    Args:
        folder: Empty folder; the recipe is written to `recipe.yaml` in it.

    Returns:
        The laptop; `folder/goldens` and `folder/articles` are for the caller to fill.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "models").symlink_to(Settings().models_dir)
    tiny = write_tiny_llama(folder / "tiny-llama", positions=8192)
    (folder / "recipe.yaml").write_text(TINY_RECIPE.format(model=tiny), encoding="utf-8")
    port, inference_port = free_port(), free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GOLDBRIEF_")},
        "GOLDBRIEF_HOME": str(home),
        "GOLDBRIEF_PORT": str(port),
        "GOLDBRIEF_ADDRESS": f"127.0.0.1:{port}",
        "GOLDBRIEF_INFERENCE_PORT": str(inference_port),
        "GOLDBRIEF_INFERENCE_URL": f"http://127.0.0.1:{inference_port}",
        "GOLDBRIEF_SUMMARIZE_HTTP_PORT": str(free_port()),
        "GOLDBRIEF_CONSOLE_HTTP_PORT": str(free_port()),
        "GOLDBRIEF_BASE_MODEL": str(tiny),
    }
    return Laptop(folder, environment)


def _console_link(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _UP_S
    while server.poll() is None and time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if line.startswith(_CONSOLE):
                return line.removeprefix(_CONSOLE)
        time.sleep(0.2)
    raise AssertionError(f"`goldbrief up` printed no link to its console:\n{log.read_text()}")


def fill_with_examples(laptop: Laptop, examples: Path, articles: int) -> None:
    """Copy simulated goldens and the first `articles` articles, with what tells their truth."""
    shutil.copytree(examples / "goldens", laptop.folder / "goldens")
    shutil.copy(examples / "manifest.json", laptop.folder)
    (laptop.folder / "articles").mkdir()
    for path in sorted((examples / "articles").iterdir())[:articles]:
        shutil.copy(path, laptop.folder / "articles" / path.name)


def last_event(stdout: str) -> dict[str, Any]:
    """The last JSON line that `goldbrief run --json` printed."""
    return dict(json.loads(stdout.strip().splitlines()[-1]))
