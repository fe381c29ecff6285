"""Tune the laptop's model with other settings than the quickstart's, for bench_small_model.

python -m scripts.tune_small_model NAME [--pairs 48] [--article-tokens 420] [--set KEY=JSON ...]
leaves the adapter at GOLDBRIEF_HOME/served/NAME--1. Its rows are simulated articles of the open
half (of a seed of their own) with the offline teacher's summaries, less those that fail the rule
checks, behind the prompt of the product; the training job is the product's, with the settings of
the quickstart's recipe. `--set learning_rate=5e-4` or `--set lora.rank=32` changes one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from scripts.bench_simulator import CachedEmbedder

from goldbrief.core.documents import Article, Golden, PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.settings import Settings
from goldbrief.core.training import DataFile, DataSource, TrainingSpec
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.teachers import Assignment
from goldbrief.text.figure_check import check_figures
from goldbrief.text.golden_files import read_goldens
from goldbrief.text.prompts import TEMPLATE, render_prompt
from goldbrief.text.sections import structure_problems
from goldbrief.text.selection import apply_strategy
from goldbrief.text.style import infer_style

_RECIPE = Path("examples/quickstart/recipe.yaml")
_ROWS = "rows.jsonl"


def main() -> None:
    """Make the rows, train, and put the adapter where the engine finds it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--pairs", type=int, default=48)
    parser.add_argument("--words", default="450-650", help="length of the articles")
    parser.add_argument("--article-tokens", type=int, default=420)
    parser.add_argument("--max-new-tokens", type=int, default=420)
    parser.add_argument("--most-words", type=int, help="of a summary; longer ones are left out")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    options = parser.parse_args()
    goldens = _goldens()
    form = PromptFormat(
        template=TEMPLATE,
        strategy="select",
        article_tokens=options.article_tokens,
        wrap="chatml",
        max_new_tokens=options.max_new_tokens,
        style=infer_style(goldens),
    )
    started = time.monotonic()
    rows = list(_rows(options, form, goldens))
    print(f"{len(rows)} rows in {time.monotonic() - started:.0f} s", flush=True)
    with tempfile.TemporaryDirectory() as store:
        _train(options, form, rows, Path(store))
    print(f"{options.name}--1 after {time.monotonic() - started:.0f} s")


def _goldens() -> tuple[Golden, ...]:
    folder = _RECIPE.parent / "simulated"
    files = {
        kind: {one.name: one.read_bytes() for one in sorted((folder / kind).glob("*.md"))}
        for kind in ("goldens", "articles")
    }
    return read_goldens(files["goldens"], files["articles"])


def _rows(
    options: argparse.Namespace, form: PromptFormat, goldens: tuple[Golden, ...]
) -> Iterator[dict[str, str]]:
    """Prompts and responses, until there are as many as asked for."""
    teacher = OfflineTeacher(CachedEmbedder(Settings().models_dir / "all-minilm-l6-v2"))
    (persona,) = form.style.personas
    fewest, most = map(int, options.words.split("-"))
    settings = SimulationSettings(
        count=3 * options.pairs, seed="tune", min_words=fewest, max_words=most, personas=(persona,)
    )
    made = 0
    for one in simulate(settings):
        text = one.content.text
        article = Article(sha256=sha256_text(text), text=text, company=one.world.company.name)
        passage = apply_strategy(text, form)
        try:
            draft = teacher.write(Assignment(article, passage, persona, form.style, goldens)).text
        except InvalidInputError:
            continue
        is_short = options.most_words is None or len(draft.split()) <= options.most_words
        is_right = not structure_problems(draft, form.style)
        if is_short and is_right and not check_figures(draft, text).unsupported:
            yield {"prompt": render_prompt(text, persona, form), "response": draft}
            made += 1
        if made == options.pairs:
            return


def _train(
    options: argparse.Namespace, form: PromptFormat, rows: list[dict[str, str]], store: Path
) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (store / _ROWS).write_text(lines, encoding="utf-8")
    settings = Settings()
    source = DataSource(files=(DataFile(key=_ROWS, name=_ROWS),))
    given: dict[str, Any] = yaml.safe_load(_RECIPE.read_text())["finetuning"]
    given |= {
        "run_id": "tune",
        "model": str(settings.models_dir / given["model"]),
        "train_data": [source.model_dump()],
        "prompt": form.model_dump(),
        "threads": options.threads,
        "seed": 7,
    }
    for key, _, value in (one.partition("=") for one in options.set):
        *parents, last = key.split(".")
        place = given
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = json.loads(value)
    spec = store / "runs" / "tune" / "spec.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(TrainingSpec.model_validate(given).model_dump_json())
    command = [sys.executable, "-m", "goldbrief_training", "--spec", "runs/tune/spec.json"]
    environment = {**os.environ, "GOLDBRIEF_OBJECTS": str(store)}
    subprocess.run(command, check=True, env=environment)
    served = settings.served_adapters_dir / f"{options.name}--1"
    shutil.copytree(spec.parent / "adapter", served, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
