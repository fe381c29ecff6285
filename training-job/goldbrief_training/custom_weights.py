"""Going on from own weights: an adapter that an earlier run exported."""

from __future__ import annotations

import safetensors.torch
from peft import PeftModel, set_peft_model_state_dict
from safetensors import SafetensorError

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.seams import ObjectStore


def load_adapter(store: ObjectStore, prefix: str, peft: PeftModel) -> None:
    """Give a model's fresh adapter the weights of a stored one.

    Args:
        store: Where it is.
        prefix: Object key prefix of the adapter.
        peft: Changed in place.

    Raises:
        InvalidInputError: There is no such adapter, or it is of another shape.
    """
    try:
        weights = safetensors.torch.load(store.get(f"{prefix}adapter_model.safetensors"))
        found = set_peft_model_state_dict(peft, weights)
    except (NotFoundError, SafetensorError, RuntimeError) as error:
        raise _unfit(prefix, str(error)) from error
    missing = [name for name in found.missing_keys if "lora_" in name]
    if missing or found.unexpected_keys:
        names = ", ".join([*missing, *found.unexpected_keys][:3])
        raise _unfit(prefix, f"the two differ in {names}")


def _unfit(prefix: str, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"The adapter at {prefix} cannot be gone on from: {problem}.",
        reason="UNFIT_WEIGHTS",
        remedy="Ask for the base model and the LoRA shape that it was trained with.",
    )
