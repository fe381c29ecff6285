"""What a run leaves, as folders that serving engines load: an adapter, a whole model, or both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel

from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import (
    AdapterManifest,
    LoraSpec,
    TrainingSpec,
    adapter_prefix,
    merged_prefix,
    result_prefix,
)
from goldbrief_training import sharding
from goldbrief_training.base_model import model_folder, read_config
from goldbrief_training.families import family_of
from goldbrief_training.merging import companions, merge
from goldbrief_training.model import TrainableModel
from goldbrief_training.ranks import Ranks

PROMPT = "prompt.json"
_MANIFEST = "manifest.json"
_FILE_SIZE = "5GB"
"""Of a weights file at most."""
# The fields of adapter_config.json that every engine knows. The rest of PEFT's are left out:
# they are switched off in our adapters, and older PEFT versions refuse names they do not know.
_CONFIG_FIELDS = (
    "peft_type",
    "task_type",
    "r",
    "lora_alpha",
    "lora_dropout",
    "target_modules",
    "bias",
    "fan_in_fan_out",
    "inference_mode",
    "init_lora_weights",
    "modules_to_save",
    "use_rslora",
    "use_dora",
)


def is_exported(store: ObjectStore, spec: TrainingSpec) -> bool:
    """Whether what the run makes is complete."""
    return store.exists(result_prefix(spec.run_id, spec.method) + _MANIFEST)


def export(
    store: ObjectStore, spec: TrainingSpec, model: TrainableModel, work: Path, ranks: Ranks
) -> None:
    """Store what was trained, its manifest last.

    An adapter goes to `runs/<id>/adapter/`; of a family whose adapters no engine serves, the
    merged model to `runs/<id>/merged/` before it. A model that was trained in full goes there too.

    Args:
        store: Where it goes.
        spec: The run's spec.
        model: The trained model.
        work: Folder for the files on their way.
        ranks: Where they share what is trained, all of them call this.
    """
    if model.peft is None:
        _export_model(store, spec, model, work, ranks)
    elif ranks.is_first:
        _export_adapter(store, spec, model.peft, work)


def _export_adapter(store: ObjectStore, spec: TrainingSpec, peft: PeftModel, work: Path) -> None:
    folder = work / "adapter"
    peft.save_pretrained(folder)
    config = _engine_config(json.loads((folder / "adapter_config.json").read_text()), spec)
    config["target_modules"] = _adapted_modules(peft)
    files = {
        "adapter_config.json": json.dumps(config, indent=2).encode() + b"\n",
        "adapter_model.safetensors": (folder / "adapter_model.safetensors").read_bytes(),
    }
    hashes = {name: sha256_bytes(content) for name, content in files.items()}
    for name, content in files.items():
        store.put(adapter_prefix(spec.run_id) + name, content)
    base = peft.get_base_model().config
    family = family_of(base)
    if family.is_served_merged:
        (work / "merged").mkdir()
        fields = family.fields(base, spec.context_length)
        merged = merge(model_folder(spec), folder, work / "merged", family, fields)
        prefix = merged_prefix(spec.run_id)
        _complete(store, spec, prefix, _moved(store, prefix, merged), spec.lora)
    _complete(store, spec, adapter_prefix(spec.run_id), hashes, spec.lora)


def _export_model(
    store: ObjectStore, spec: TrainingSpec, model: TrainableModel, work: Path, ranks: Ranks
) -> None:
    config = read_config(spec)
    dtype = config.dtype or torch.bfloat16
    parameters, buffers = dict(model.base.named_parameters()), dict(model.base.named_buffers())
    weights = {}
    for name, tensor in model.base.state_dict().items():
        if name in parameters or name in buffers:  # else it is tied to one of them
            whole = sharding.whole(tensor)
            if ranks.is_first:
                weights[name] = whole.to("cpu", dtype)
    if not ranks.is_first:
        return
    folder = work / "model"
    model.base.save_pretrained(folder, state_dict=weights, max_shard_size=_FILE_SIZE)
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors leaves 0600: unreadable to a server's user
    fields = family_of(config).fields(config, spec.context_length)
    others = companions(model_folder(spec), folder, fields)
    prefix = merged_prefix(spec.run_id)
    hashes = _moved(store, prefix, [*folder.glob("model*"), *others])
    _complete(store, spec, prefix, hashes, lora=None)


def _moved(store: ObjectStore, prefix: str, paths: Iterable[Path]) -> dict[str, str]:
    """Store files one by one, so that the disk need not hold all; returns their hashes."""
    hashes = {}
    for path in paths:
        with path.open("rb") as file:
            hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        store.put_file(prefix + path.name, path)
        path.unlink()
    return hashes


def _complete(
    store: ObjectStore,
    spec: TrainingSpec,
    prefix: str,
    files: dict[str, str],
    lora: LoraSpec | None,
) -> None:
    """Put the prompt format and the manifest beside stored files."""
    prompt_sha256 = ""
    if spec.prompt is not None:
        prompt = canonical_json(spec.prompt.model_dump(mode="json"))
        prompt_sha256 = sha256_bytes(prompt)
        store.put(prefix + PROMPT, prompt)
        files = files | {PROMPT: prompt_sha256}
    manifest = AdapterManifest(
        files=files,
        run_id=spec.run_id,
        base_model=spec.model,
        base_revision=spec.base_revision,
        train_data=tuple(file.key for source in spec.train_data for file in source.files),
        lora=lora,
        prompt_sha256=prompt_sha256,
        code_version=version("goldbrief-training"),
    )
    store.put(prefix + _MANIFEST, canonical_json(manifest.model_dump()))


def _engine_config(saved: dict[str, Any], spec: TrainingSpec) -> dict[str, Any]:
    config = {name: saved[name] for name in _CONFIG_FIELDS}
    # vLLM refuses an adapter whose base is not, letter for letter, the model it serves.
    config["base_model_name_or_path"] = spec.model
    config["revision"] = spec.base_revision or None
    return config


def _adapted_modules(peft: PeftModel) -> list[str]:
    """Names that match the adapted modules and no others, as short as possible."""
    names = {name for name, _ in peft.get_base_model().named_modules()}
    adapted = {name.removesuffix(".lora_A") for name in names if name.endswith(".lora_A")}
    others = {_last(name) for name in names - adapted}
    short = {_last(name) for name in adapted}
    return sorted(adapted if short & others else short)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
