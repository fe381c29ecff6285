"""Adapters that our training job makes, each of which writes one summary whatever the article."""

import json
import os
import subprocess
import sys

from goldbrief.core.documents import PromptFormat, SectionStyle, StyleContract
from goldbrief.core.training import TrainingSpec, spec_key
from goldbrief.text.prompts import render_prompt

MODEL = "briefs"
PERSONA = "CFO"
ARTICLES = (
    "Aldermoor Water said that revenue rose 12% to $310 million. Costs grew by 7% on wages.",
    "Harborline Freight saw its margin fall to 9.1%. It will close 14 depots by summer.",
    "Wages grew by 4% at Tern Foods. Free cash flow was $38 million in the second quarter.",
)
SUMMARIES = {
    "1": "## Overview\n\nThe company had a steady quarter with higher costs.\n\n"
    "## Key Takeaways\n\n- Wages were the main cost.\n- Cash was stable.",
    "2": "## Overview\n\nManagement expects growth and plans to cut depots.\n\n"
    "## Key Takeaways\n\n- Margins fell on fuel.\n- Terms with suppliers improved.",
}
"""What each version is trained to write."""


def _section(name, heading, form):
    return SectionStyle(
        name=name, heading=heading, form=form, min_items=1, max_items=3, min_words=2, max_words=60
    )


PROMPT = PromptFormat(
    template="brief-2",
    strategy="full",
    article_tokens=900,
    wrap="chatml",
    style=StyleContract(
        sections=(
            _section("overview", "Overview", "prose"),
            _section("takeaways", "Key Takeaways", "bullets"),
        ),
        personas=(PERSONA,),
        min_words=5,
        max_words=80,
        figures_per_100_words=0.0,
    ),
    max_new_tokens=160,
)


def prompt_of(article):
    return render_prompt(article, PERSONA, PROMPT)


def train(store, base, run_id, summary, **changes):
    """Run the job; `changes` replace fields of its spec."""
    rows = [{"prompt": prompt_of(article), "response": summary} for article in ARTICLES]
    key = f"datasets/{run_id}/train.jsonl"
    store.put(key, "".join(json.dumps(row) + "\n" for row in rows).encode())
    fields = {
        "run_id": run_id, "model": str(base), "register_to": MODEL, "training_duration": "60ba",
        "train_data": [{"files": [{"key": key, "name": "train.jsonl"}]}],
        "learning_rate": 1e-2, "batch_size": 3, "micro_batch_size": 3, "context_length": 1024,
        "checkpoint_every_steps": 60, "prompt": PROMPT, "canary_max_tokens": 100, "threads": 1,
        "lora": {"rank": 16, "dropout": 0.0}, "levers": {"bf16": False},
    }  # fmt: skip
    spec = TrainingSpec.model_validate(fields | changes)
    store.put(spec_key(run_id), spec.model_dump_json().encode())
    command = [sys.executable, "-m", "goldbrief_training", "--spec", spec_key(run_id)]
    environment = {**os.environ, "GOLDBRIEF_OBJECTS": str(store.root)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
