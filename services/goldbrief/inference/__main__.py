"""`python -m goldbrief.inference [serve]` serves; `... fetch` fetches the models."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from goldbrief.core.errors import GoldbriefError
from goldbrief.inference.base_models import (
    MINILM,
    SMOLLM2,
    ensure_base_model,
    ensure_embedding_model,
)
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import serve
from goldbrief.platform.logs import set_up_logs
from goldbrief.platform.tracing.exporting import tracing


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None takes the process's.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="goldbrief.inference", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["serve", "fetch"], default="serve")
    command = parser.parse_args(arguments).command
    settings = InferenceSettings()
    set_up_logs(settings.log_format)
    try:
        if command == "fetch":
            _fetch(settings.models_dir)
        else:
            with tracing("goldbrief-inference"):
                serve(settings)
    except GoldbriefError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130  # uvicorn has shut down by then, and raises the signal again
    return 0


def _fetch(models_dir: Path) -> None:
    """Fetch the base model and the embedding model, and say what was done."""
    steps: tuple[tuple[str, Callable[[], Path]], ...] = (
        (SMOLLM2.credit, lambda: ensure_base_model(SMOLLM2.name, models_dir)),
        (MINILM.credit, lambda: ensure_embedding_model(models_dir)),
    )
    for credit, ensure in steps:
        started = time.monotonic()
        folder = ensure()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        spent = time.monotonic() - started
        done = f"fetched in {spent:.0f} s" if spent > 0.5 else "was there"
        sys.stdout.write(f"{folder} ({size / 1e6:.0f} MB): {done}\n")
        sys.stdout.write("".join(f"    {line}\n" for line in credit.splitlines()))


if __name__ == "__main__":
    sys.exit(main())
