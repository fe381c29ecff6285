"""The finished adapter as the folder that serving engines load; for some families, merged too."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peft import PeftModel

from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest, TrainingSpec, adapter_prefix, merged_prefix
from goldbrief_training.base_model import model_folder
from goldbrief_training.families import family_of
from goldbrief_training.merging import merge
from goldbrief_training.model import AdaptedModel

PROMPT = "prompt.json"
_MANIFEST = "manifest.json"
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


def is_exported(store: ObjectStore, run_id: str) -> bool:
    """Whether the run's adapter is complete."""
    return store.exists(adapter_prefix(run_id) + _MANIFEST)


def export_adapter(
    store: ObjectStore, spec: TrainingSpec, model: AdaptedModel, work: Path
) -> AdapterManifest:
    """Store the adapter under `runs/<id>/adapter/`, its manifest last.

    Of a family whose adapters no engine serves, the merged model goes to `runs/<id>/merged/`
    first.

    Args:
        store: Where it goes.
        spec: The run's spec.
        model: The trained model.
        work: Folder for the files on their way.

    Returns:
        The manifest.
    """
    folder = work / "adapter"
    model.peft.save_pretrained(folder)
    config = _engine_config(json.loads((folder / "adapter_config.json").read_text()), spec)
    config["target_modules"] = _adapted_modules(model.peft)
    files = {
        "adapter_config.json": json.dumps(config, indent=2).encode() + b"\n",
        "adapter_model.safetensors": (folder / "adapter_model.safetensors").read_bytes(),
    }
    if spec.prompt is not None:
        files[PROMPT] = canonical_json(spec.prompt.model_dump(mode="json"))
    for name, content in files.items():
        store.put(adapter_prefix(spec.run_id) + name, content)
    manifest = AdapterManifest(
        files={name: sha256_bytes(content) for name, content in files.items()},
        run_id=spec.run_id,
        base_model=spec.model,
        base_revision=spec.base_revision,
        train_data=tuple(file.key for source in spec.train_data for file in source.files),
        lora=spec.lora,
        prompt_sha256=sha256_bytes(files[PROMPT]) if PROMPT in files else "",
        code_version=version("goldbrief-training"),
    )
    if family_of(model.peft.get_base_model().config).is_served_merged:
        merged = manifest.model_copy(update={"files": _store_merged(store, spec, model, work)})
        store.put(merged_prefix(spec.run_id) + _MANIFEST, canonical_json(merged.model_dump()))
    store.put(adapter_prefix(spec.run_id) + _MANIFEST, canonical_json(manifest.model_dump()))
    return manifest


def _store_merged(
    store: ObjectStore, spec: TrainingSpec, model: AdaptedModel, work: Path
) -> dict[str, str]:
    """Merge file by file, so that the disk holds one at a time; returns their hashes."""
    config = model.peft.get_base_model().config
    family = family_of(config)
    fields = family.fields(config, spec.context_length)
    folder = work / "merged"
    folder.mkdir()
    hashes = {}
    for path in merge(model_folder(spec), work / "adapter", folder, family, fields):
        with path.open("rb") as file:
            hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        store.put_file(merged_prefix(spec.run_id) + path.name, path)
        path.unlink()
    if spec.prompt is not None:
        prompt = canonical_json(spec.prompt.model_dump(mode="json"))
        store.put(merged_prefix(spec.run_id) + PROMPT, prompt)
        hashes[PROMPT] = sha256_bytes(prompt)
    return hashes


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
