"""Closes the loop from ratings to the next round, with simulated reviewers in place of people.

    make demo-review                                   # a small run in a folder of its own
    python scripts/demo_review.py [--out FOLDER] [--screenshots docs/images]

Everything is real but the people: `goldbrief run` on a tiny random model, `goldbrief up`, and its
console in Chromium (scripts/install_browser.sh); without one, the same forms over plain HTTP, which
is said. Three simulated reviewers rate every pair, and a simulated lead corrects one summary. What
they said calibrates the judge, decides the gate, and goes into `goldbrief run --round 2`. They look
up the figures of a summary in its article and read nothing: this shows that the loop closes, and
nothing about any model. All are marked as simulated wherever they are told.

With `--link`, what `goldbrief up` printed, they rate the newest evaluation of that console, and no
more happens than that their ratings are taken away.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from goldbrief.platform.tracking.library import load_client
from goldbrief.platform.tracking.tracker import EXPERIMENT, RUN_TAG
from goldbrief.testing.laptop import Laptop, fill_with_examples, last_event, make_laptop
from goldbrief.testing.reviewers import (
    ChromiumPages,
    ConsolePages,
    FormPages,
    without_chromium,
)

REVIEWERS = ("Simulated Ann", "Simulated Ben", "Simulated Cem")
LEAD = "Simulated Lea"
_EXAMPLES = Path(__file__).parent.parent / "examples" / "quickstart" / "simulated"
_ARTICLES = 16
_SHAPE = ("pairs: 8, eval_pairs: 2", "pairs: 14, eval_pairs: 7")
_HELD_OUT = ("articles: 2,", "articles: 7,")
_GATE = """\
gate:
  conditions:
    - {metric: human/overall, at_least: 1, by: interval}
    - {metric: human/overall, not_below: base, margin: 2, by: interval}
"""
"""Nonsense passes it: it asks for ratings, and for no good ones."""

_MLFLOW_PATIENCE_S = 180

Open = Callable[[str], ConsolePages]


def main() -> int:
    """Play the whole; returns the exit code."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    open_pages = _opener(options)
    if options.link:
        _review(open_pages, options.link, options.out)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        laptop = _laptop(Path(folder))
        _say("Round 1: a tiny random model, so that its summaries are nonsense")
        first = last_event(_run(laptop, "run", "recipe.yaml", "--json"))["run"]
        with laptop.up() as link:
            set_id = _review(open_pages, link, options.out)
            _close_the_loop(laptop, first, set_id, options.out)
    _say(f"The loop is closed; {options.out} has what came of each step")
    return 0


def _close_the_loop(laptop: Laptop, first: str, set_id: str, out: Path) -> None:
    """Calibrate, promote and run round 2 by what was said in a review set of round 1."""
    ratings = out / "ratings.csv"
    _run(laptop, "reviews", "export", set_id, str(ratings.absolute()), "--form", "calibration",
         "--simulated")  # fmt: skip
    _say("Their ratings calibrate the judge, whose card says who spoke")
    _run(laptop, "judge", "calibrate", "--ratings", str(ratings.absolute()))
    _keep(out / "card.md", _run(laptop, "judge", "card"))

    _say("The gate asks for people: programs alone do not pass it, unless that is asked for")
    _keep(out / "promotion-by-people.txt", _run(laptop, "promote", "tiny@1", ends_with=1))
    _keep(out / "promotion.txt", _run(laptop, "promote", "tiny@1", "--simulated"))

    _say("Round 2 has the correction as a golden")
    arguments = ("run", "recipe.yaml", "--round", "2", "--simulated", "--json")
    second = last_event(_run(laptop, *arguments))["run"]
    again = last_event(_run(laptop, *arguments))["run"]
    if again != second or second == first:
        raise SystemExit(f"Round 2 is {second}, then {again}; round 1 was {first}.")
    _keep(out / "lineage.txt", _run(laptop, "lineage", "tiny@2"))
    _keep(out / "lineage-onwards.txt", _run(laptop, "lineage", "tiny@1"))

    _say("MLflow has their ratings, as those of programs")
    metrics = _ratings_in_mlflow(laptop, first)
    _keep(out / "mlflow.txt", "\n".join(f"{name}: {value}" for name, value in metrics.items()))


def _ratings_in_mlflow(laptop: Laptop, run_id: str) -> dict[str, float]:
    """The metrics of what reviewers said, which are there two minutes later at most."""
    client = load_client(f"sqlite:///{laptop.home / 'mlflow.db'}")
    until = time.monotonic() + _MLFLOW_PATIENCE_S
    while time.monotonic() < until:
        (experiment,) = client.search_experiments(filter_string=f"name = '{EXPERIMENT}'")
        (run,) = client.search_runs(
            [experiment.experiment_id], f"tags.`{RUN_TAG}` = '{run_id}'", max_results=1
        )
        of_reviewers = ("human/", "simulated/")
        found = {k: v for k, v in run.data.metrics.items() if k.startswith(of_reviewers)}
        if found:
            return dict(sorted(found.items()))
        time.sleep(1)
    raise SystemExit(f"After {_MLFLOW_PATIENCE_S} s MLflow has no rating of {run_id}.")


def _review(open_pages: Open, link: str, out: Path) -> str:
    """Have the newest evaluation rated through the pages; returns the review set's id."""
    owner = open_pages(link)
    links = {name: owner.invite(name, "reviewer") for name in REVIEWERS}
    lead = owner.invite(LEAD, "lead")
    owner.close()
    pages = open_pages(lead)
    set_id = pages.make_set("Demonstration with simulated reviewers", "base, tuned")
    pages.assign(set_id, list(links))
    pages.close()
    for name, own in links.items():
        pages = open_pages(own)
        print(f"{name} (simulated) rated {pages.rate_all(random.Random(name))} pairs")
        pages.close()
    pages = open_pages(lead)
    pages.correct(set_id, 1)
    _keep(out / "lead.txt", pages.read(f"/lead/sets/{set_id}"))
    for form, ending in (("csv", "csv"), ("preferences", "jsonl")):
        text = pages.download(f"/lead/sets/{set_id}/export/{form}")
        _keep(out / f"{form}.{ending}", text, is_shown=False)
    pages.close()
    return set_id


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--link", help="what `goldbrief up` printed; makes no run of its own")
    parser.add_argument("--out", type=Path, default=Path("demo-review"), help="folder for results")
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of the pages")
    parser.add_argument("--plain", action="store_true", help="plain HTTP though Chromium is there")
    return parser.parse_args()


def _opener(options: argparse.Namespace) -> Open:
    reason = "--plain asks for none" if options.plain else without_chromium()
    if not reason:
        return lambda link: ChromiumPages(link, options.screenshots)
    print(f"!! NO CHROMIUM: {reason}. The pages' forms are sent over plain HTTP, so that no script"
          " of theirs runs, and there are no pictures.", file=sys.stderr)  # fmt: skip
    return FormPages


def _laptop(folder: Path) -> Laptop:
    laptop = make_laptop(folder)
    fill_with_examples(laptop, _EXAMPLES, _ARTICLES)
    recipe = folder / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace(*_SHAPE).replace(*_HELD_OUT) + _GATE, encoding="utf-8")
    return laptop


def _run(laptop: Laptop, *arguments: str, ends_with: int = 0) -> str:
    print(f"$ goldbrief {' '.join(arguments)}", flush=True)
    done = laptop.run(arguments, timeout_s=900)
    if done.returncode != ends_with:
        raise SystemExit(f"It ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _keep(path: Path, text: str, is_shown: bool = True) -> None:
    path.write_text(text, encoding="utf-8")
    print(text if is_shown else f"saved {path}", flush=True)


def _say(what: str) -> None:
    print(f"\n== {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
