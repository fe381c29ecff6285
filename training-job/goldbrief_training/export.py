"""The finished adapter as the folder that serving engines load."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peft import PeftModel

from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest, TrainingSpec, adapter_prefix
from goldbrief_training.model import AdaptedModel

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
        "prompt.json": canonical_json(spec.prompt.model_dump(mode="json")),
    }
    for name, content in files.items():
        store.put(adapter_prefix(spec.run_id) + name, content)
    manifest = AdapterManifest(
        files={name: sha256_bytes(content) for name, content in files.items()},
        run_id=spec.run_id,
        base_model=spec.model,
        base_revision=spec.base_revision,
        train_data=spec.train_data,
        lora=spec.lora,
        prompt_sha256=sha256_bytes(files["prompt.json"]),
        code_version=version("goldbrief-training"),
    )
    store.put(adapter_prefix(spec.run_id) + _MANIFEST, canonical_json(manifest.model_dump()))
    return manifest


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
