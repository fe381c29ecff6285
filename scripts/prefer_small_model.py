"""Choose among several texts of a tuned small model by the offline judge, or teach it that choice.

python -m scripts.prefer_small_model best ADAPTER KEEP      # best-of-n beside the greedy text
python -m scripts.prefer_small_model sample ADAPTER KEEP    # texts to choose pairs from
python -m scripts.prefer_small_model train ADAPTER KEEP --name NAME
leaves the adapter of the preference round at GOLDBRIEF_HOME/served/NAME--1, for bench_small_model.
`best` takes the articles of bench_small_model, `sample` others, all of the open half. Every text is
kept in KEEP/texts.jsonl as it is written: the same command goes on after an interruption.

The preference round is DPO: Rafailov et al., "Direct Preference Optimization" (2023), on the best
and the worst text of each article, with the tuned adapter as the reference.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import httpx
import torch
from peft import get_peft_model_state_dict
from safetensors.torch import save_file
from scripts.bench_simulator import CachedEmbedder
from scripts.small_model_tables import Row, Source, Written, measures, show_table, summarize

from goldbrief.core.documents import PromptFormat, StyleContract
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.settings import Settings
from goldbrief.core.training import AdapterManifest, DataFile, DataSource, TrainingSpec
from goldbrief.core.training_rows import PromptResponse
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import start_in_thread
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.verdicts import Case, Judge
from goldbrief.platform.statistics import paired_difference
from goldbrief.platform.storage.directory import DirectoryStore
from goldbrief.simulator.simulating import SimulationSettings, simulate
from goldbrief.text.figure_check import check_figures
from goldbrief.text.prompts import render_prompt
from goldbrief.text.sections import structure_problems
from goldbrief.text.tidying import tidy
from goldbrief_training.batches import micro_batches
from goldbrief_training.custom_weights import load_adapter
from goldbrief_training.encoding import Encoder, Sample, end_of_text
from goldbrief_training.model import TrainableModel, completion_nll, load_model, load_tokenizer

_SEEDS = {"best": "small-model", "sample": "prefer", "train": "prefer"}
_WEIGHTS = "adapter_model.safetensors"
_TIMEOUT_S = 3600.0
_NEAR = 0.1
"""Points of the judge, of 1 to 5, by which two texts must differ to tell anything."""
_BETA = 0.1
_CONTEXT = 2048
"""Tokens of prompt and text."""

Standing = tuple[int, int, float]
"""Unsupported figures and problems of structure, both negative, then the judge's score: the higher
the better. The judge decides among texts that the rule checks find equal."""


@dataclass(frozen=True, slots=True)
class Text:
    """What the model wrote of an article."""

    article: str
    seed: int
    """0 is the greedy text."""
    text: str
    is_cut: bool
    """Whether the token limit ended it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts of an article, of which one is better."""

    article: str
    prompt: str
    chosen: str
    rejected: str
    chosen_standing: Standing
    rejected_standing: Standing


def main() -> None:
    """Write what is missing, then do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=_SEEDS)
    parser.add_argument("adapter")
    parser.add_argument("keep", type=Path, help="folder of texts and pairs")
    parser.add_argument("--name", default="preferred", help="of the adapter that is trained")
    parser.add_argument("--articles", type=int, default=24)
    parser.add_argument("--samples", type=int, default=4, help="texts of an article but the greedy")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--batch", type=int, default=8, help="texts written at once")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    settings = InferenceSettings(
        inference_port=0, inference_max_batch=options.batch, inference_threads=options.threads
    )
    form_file = settings.served_adapters_dir / options.adapter / "prompt.json"
    form = PromptFormat.model_validate_json(form_file.read_bytes())
    sources = _sources(_SEEDS[options.task], options.articles, form)
    texts = write_all(sources, options, form, settings)
    embedder = CachedEmbedder(settings.models_dir / "all-minilm-l6-v2")
    ranking = Ranking(form.style, OfflineJudge(embedder))
    if options.task == "best":
        measure(sources, texts, form, ranking)
    elif options.task == "train":
        pairs = list(make_pairs(sources, texts, form, ranking))
        lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in pairs)
        (options.keep / "pairs.jsonl").write_text("".join(lines))
        print(f"{len(pairs)} pairs of {len(sources)} articles", flush=True)
        if not pairs:
            parser.error("the judge tells no two texts of an article apart: sample more")
        train(pairs, options, settings)


def _sources(seed: str, count: int, form: PromptFormat) -> list[Source]:
    settings = SimulationSettings(count=count, seed=seed, personas=form.style.personas)
    return [Source("simulated", one.index, one.content.text, one) for one in simulate(settings)]


def write_all(
    sources: Sequence[Source],
    options: argparse.Namespace,
    form: PromptFormat,
    settings: InferenceSettings,
) -> dict[str, list[Text]]:
    """Have the model write what is not kept yet.

    Returns:
        The texts of each article, the greedy one first.
    """
    options.keep.mkdir(parents=True, exist_ok=True)
    path = options.keep / "texts.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    kept = [Text(**json.loads(line)) for line in lines]
    known = {(one.article, one.seed) for one in kept}
    seeds = range(options.samples + 1)
    wanted = [(source, seed) for source in sources for seed in seeds]
    if missing := [(one, seed) for one, seed in wanted if (one.name, seed) not in known]:
        server = start_in_thread(settings)
        with path.open("a") as file:
            for number, text in enumerate(_written(missing, options, form, server.url), start=1):
                kept.append(text)
                file.write(json.dumps(asdict(text), ensure_ascii=False) + "\n")
                file.flush()
                print(f"{number} of {len(missing)} texts", flush=True)
        server.stop()
    found = {(one.article, one.seed): one for one in kept}
    return {one.name: [found[one.name, seed] for seed in seeds] for one in sources}


def _written(
    missing: Sequence[tuple[Source, int]], options: argparse.Namespace, form: PromptFormat, url: str
) -> Iterator[Text]:
    """Texts as they become ready."""
    client = httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False)
    with client, ThreadPoolExecutor(options.batch) as pool:
        under_way = [pool.submit(_write, client, *one, options, form) for one in missing]
        for done in as_completed(under_way):
            yield done.result()


def _write(
    client: httpx.Client,
    source: Source,
    seed: int,
    options: argparse.Namespace,
    form: PromptFormat,
) -> Text:
    body = {
        "model": options.adapter,
        "prompt": render_prompt(source.text, form.style.personas[0], form),
        "max_tokens": form.max_new_tokens,
        "temperature": options.temperature if seed else 0.0,
        "seed": seed,
    }
    answer = client.post("/v1/completions", json=body)
    (choice,) = answer.raise_for_status().json()["choices"]
    return Text(source.name, seed, choice["text"], choice["finish_reason"] == "length")


class Ranking:
    """Tells how good a text is, by the rule checks and by the offline judge.

    Args:
        style: The house style.
        judge: Decides among texts that the checks find equal.
    """

    def __init__(self, style: StyleContract, judge: Judge) -> None:
        self._style = style
        self._judge = judge

    def standing(self, text: str, article: str) -> Standing:
        """How good a text of an article is; the highest is the best."""
        unsupported = check_figures(text, article).unsupported
        problems = structure_problems(text, self._style)
        case = Case(article, text, self._style.personas[0], self._style)
        return -len(unsupported), -len(problems), self._judge.judge(case).overall or 0.0


def make_pairs(
    sources: Sequence[Source],
    texts: Mapping[str, Sequence[Text]],
    form: PromptFormat,
    ranking: Ranking,
) -> Iterator[Pair]:
    """The best and the worst text of each article, as the model wrote them, where they differ."""
    for source in sources:
        # what was cut off has no end that could be learnt
        whole = [one.text for one in texts[source.name] if not one.is_cut]
        standings = {text: ranking.standing(text, source.text) for text in whole if text.strip()}
        if ends := best_and_worst(standings):
            best, worst = ends
            prompt = render_prompt(source.text, form.style.personas[0], form)
            yield Pair(source.name, prompt, best, worst, standings[best], standings[worst])


def best_and_worst(standings: Mapping[str, Standing]) -> tuple[str, str] | None:
    """The two ends of an article's texts; None where they are nearly equal."""
    if not standings:
        return None
    best, worst = (choose(standings, key=standings.__getitem__) for choose in (max, min))
    (*flaws, score), (*other_flaws, other_score) = standings[best], standings[worst]
    is_near = flaws == other_flaws and score - other_score < _NEAR
    return None if is_near else (best, worst)


def train(pairs: Sequence[Pair], options: argparse.Namespace, settings: Settings) -> None:
    """One epoch over the pairs, one a step, and the adapter where the engine finds it."""
    started = time.monotonic()
    source = settings.served_adapters_dir / options.adapter
    manifest = AdapterManifest.model_validate_json((source / "manifest.json").read_bytes())
    model = _load(manifest, options, settings)
    encoder = Encoder(model.tokenizer, _CONTEXT)
    rows = [tuple(_samples(encoder, pair)) for pair in pairs]
    margins = list(_epoch(model, rows, options.learning_rate))
    half = margins[len(margins) // 2 :]
    preferred = fmean(margin > 0 for margin in half)
    print(f"pairs of the second half, before their step: {preferred:.0%} preferred as the judge")
    _export(model, manifest, source, settings.served_adapters_dir / f"{options.name}--1")
    print(f"{options.name}--1 after {time.monotonic() - started:.0f} s")


def _epoch(
    model: TrainableModel, rows: Sequence[tuple[Sample, ...]], learning_rate: float
) -> Iterator[float]:
    """Train on each pair once; yields its margin before its step, in nats."""
    with torch.no_grad():
        references = [_preference(model, row) for row in rows]
    parameters = list(model.trainable.values())
    optimizer = torch.optim.AdamW(parameters, learning_rate, weight_decay=0.0)
    for step, (row, reference) in enumerate(zip(rows, references, strict=True), start=1):
        margin = _preference(model, row) - reference
        with model.recomputing():
            torch.autograd.backward(dpo_loss(margin))
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        print(f"pair {step} of {len(rows)}: margin {margin.item():+.2f} before it", flush=True)
        yield margin.item()


def _preference(model: TrainableModel, row: tuple[Sample, ...]) -> torch.Tensor:
    chosen, rejected = row
    return log_prob(model, chosen) - log_prob(model, rejected)


def _load(
    manifest: AdapterManifest, options: argparse.Namespace, settings: Settings
) -> TrainableModel:
    """The base model with the tuned adapter, trainable."""
    assert manifest.lora is not None
    spec = TrainingSpec(
        run_id="prefer",
        model=manifest.base_model,
        base_revision=manifest.base_revision,
        train_data=(DataSource(files=(DataFile(key="pairs", name="pairs"),)),),
        register_to=options.name,
        lora=manifest.lora,
        context_length=_CONTEXT,
    )
    model = load_model(spec, load_tokenizer(spec), torch.device("cpu"))
    assert model.peft is not None
    load_adapter(DirectoryStore(settings.served_adapters_dir), f"{options.adapter}/", model.peft)
    return model


def _samples(encoder: Encoder, pair: Pair) -> Iterator[Sample]:
    for response in (pair.chosen, pair.rejected):
        yield from encoder.samples(
            PromptResponse(prompt=pair.prompt, response=response), pair.article
        )


def log_prob(model: TrainableModel, sample: Sample) -> torch.Tensor:
    """How probable the model finds a completion: the logarithm, in nats, of all its tokens."""
    padding = end_of_text(model.tokenizer)
    (batch,) = micro_batches([sample], 1, padding, model.device)
    with model.computing():
        return -completion_nll(model.without_frozen, batch, model.levers.chunked_head)


def dpo_loss(margin: torch.Tensor, beta: float = _BETA) -> torch.Tensor:
    """The loss of a pair: how improbable its order is to the Bradley-Terry model of DPO.

    Args:
        margin: By how many nats the model prefers the chosen text more than the reference does.
        beta: How closely the model is held to the reference.

    Returns:
        -log sigmoid(beta * margin).
    """
    return -torch.nn.functional.logsigmoid(beta * margin)


def _export(model: TrainableModel, manifest: AdapterManifest, source: Path, target: Path) -> None:
    """The source's folder with the new weights."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    save_file(get_peft_model_state_dict(model.peft), target / _WEIGHTS)
    files = manifest.files | {_WEIGHTS: sha256_bytes((target / _WEIGHTS).read_bytes())}
    changed = manifest.model_copy(update={"files": files, "run_id": "prefer"})
    (target / "manifest.json").write_bytes(canonical_json(changed.model_dump()))


def measure(
    sources: Sequence[Source],
    texts: Mapping[str, Sequence[Text]],
    form: PromptFormat,
    ranking: Ranking,
) -> None:
    """Print what the greedy text is worth, what the judge's choice, and what the best choice.

    All are tidied as the gateway does, before the judge sees them.
    """
    persona = form.style.personas[0]
    rows: dict[str, dict[str, Row]] = defaultdict(dict)
    for source in sources:
        written = [tidy(one.text, form.style, persona) for one in texts[source.name]]
        found = [dict(measures(Written(one), source, form.style, persona)) for one in written]
        standings = [ranking.standing(one, source.text) for one in written]
        places = range(len(written))
        chosen = {
            "greedy": 0,
            "one sample": 1,
            f"best of {len(written)} by the judge": max(places, key=standings.__getitem__),
            f"best of {len(written)} by the truth": max(places, key=lambda i: _truth(found[i])),
        }
        for system, place in chosen.items():
            rows[system][source.name] = found[place]
    show_table("simulated", summarize(rows))
    _show_differences(rows)


def _truth(row: Row) -> tuple[float, float]:
    return row["valid"], row.get("facts", 0.0) + row.get("right", 0.0)


def _show_differences(rows: Mapping[str, Mapping[str, Row]]) -> None:
    """Each system less the greedy text, article by article."""
    for system, found in rows.items():
        for name in ("facts", "right", "valid") if system != "greedy" else ():
            columns = [
                {article: row[name] for article, row in each.items() if name in row}
                for each in (found, rows["greedy"])
            ]
            if one := paired_difference(*columns):
                mean, low, high = (100 * value for value in (one.mean, one.low, one.high))
                print(f"{system}, {name}: {mean:+.1f} points ({low:+.1f} to {high:+.1f})")


if __name__ == "__main__":
    main()
