"""One base model with its tokenizer, and the adapters that are loaded over it."""

from __future__ import annotations

import inspect
import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from peft import PeftConfig, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.inference.adapters import AdapterFolder, check_adapter
from goldbrief.inference.llama import Adapter, Llama, LlamaSession, read_adapter, supports
from goldbrief.inference.scoring import ScoredText, log_probabilities
from goldbrief.inference.sessions import ModuleSession, Session


class LanguageModel:
    """A causal language model on the CPU, in the precision that its folder was saved in.

    Adapters stay beside the base, unmerged, and in float32 as PEFT loads them: merging
    would round them to bf16 and could change what the training run's canaries answered.
    `select` and everything that computes belong to one thread; the tokenizer may be used
    from any.

    Args:
        name: What clients call the base model.
        source: Model folder or hub id.
        adapters: Where adapters are found.
        max_adapters: Adapters kept in memory; the least recently used one leaves.

    Raises:
        FailedPreconditionError: The model cannot be loaded.
    """

    def __init__(
        self, name: str, source: Path, adapters: AdapterFolder, max_adapters: int = 8
    ) -> None:
        self.name = name
        self.adapters = adapters
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(source))
            self.module: Any = AutoModelForCausalLM.from_pretrained(str(source), dtype="auto")
        except (OSError, ValueError) as error:
            raise FailedPreconditionError(
                f"The base model {name} cannot be loaded from {source}: {error}",
                reason="MODEL_NOT_LOADED",
                remedy="Check GOLDBRIEF_BASE_MODEL.",
            ) from error
        self.module.eval()
        config = self.module.config
        self.context: int = next(
            int(getattr(config, field))
            for field in ("max_position_embeddings", "max_seq_len", "n_positions")
            if getattr(config, field, None)
        )
        """Longest prompt and answer together, in tokens."""
        self.eos_ids = _ids(self.module.generation_config.eos_token_id or config.eos_token_id)
        self.pad_id: int = self._tokenizer.pad_token_id or min(self.eos_ids, default=0)
        self.special_ids = frozenset(self._tokenizer.all_special_ids)
        accepted = inspect.signature(self.module.forward).parameters
        self.takes_positions = "position_ids" in accepted
        """Whether left padding can be told to the model; without, prompts run one by one."""
        self._options = frozenset(accepted) & {"position_ids", "logits_to_keep"}
        self._max_adapters = max_adapters
        self._peft: PeftModel | None = None
        self._loaded: OrderedDict[str, str] = OrderedDict()
        self._llama = Llama(self.module) if supports(self.module) else None
        self._llama_adapters: dict[str, Adapter] = {}
        self._selected: str | None = None
        self._keys = itertools.count()
        self._tokenizing = threading.Lock()

    def encode(self, text: str) -> list[int]:
        """Tokens of a raw prompt, with the special tokens that the tokenizer puts around it."""
        with self._tokenizing:
            ids: list[int] = self._tokenizer(text).input_ids
        return ids

    def score(self, text: str, adapter: str | None = None) -> ScoredText:
        """Say how probable the model finds a text; on the computing thread.

        Args:
            text: At least one token, at most the context's.
            adapter: Over the base model; None is the base alone.

        Returns:
            Its tokens.

        Raises:
            NotFoundError: There is no such adapter.
            FailedPreconditionError: It does not fit the base model.
            InvalidInputError: The text is empty or too long (CONTEXT_OVERFLOW), or the model is of
                a family for which that is not served (SCORING_NOT_SERVED).
        """
        with self._tokenizing:
            encoded = self._tokenizer(text, return_offsets_mapping=True)
        ids: list[int] = encoded.input_ids
        if not 0 < len(ids) <= self.context:
            raise InvalidInputError(
                f"The text has {len(ids)} tokens, which is none or more than the maximum context "
                f"length of {self.context}.",
                reason="CONTEXT_OVERFLOW",
                remedy="Send a shorter text.",
            )
        matrices = self._matrices(adapter)
        if self._llama is None or (adapter is not None and matrices is None):
            raise InvalidInputError(
                f"{adapter or self.name} gives no log-probabilities of given text.",
                reason="SCORING_NOT_SERVED",
                remedy="Serve a model of the Llama or Mistral family.",
            )
        scores = log_probabilities(self._llama, matrices, ids)
        with self._tokenizing:
            likeliest = [self._tokenizer.decode([best]) for best in scores.best_ids]
        return ScoredText(
            tokens=tuple(text[int(start) : int(end)] for start, end in encoded.offset_mapping),
            starts=tuple(int(start) for start, _ in encoded.offset_mapping),
            log_probs=tuple(scores.log_probs),
            likeliest=tuple(zip(likeliest, scores.best_log_probs, strict=True)),
        )

    def _matrices(self, adapter: str | None) -> Adapter | None:
        """An adapter, loaded; batches under way keep the one that they began with."""
        selected = self._selected
        try:
            self.select(adapter)
        finally:
            self._selected = selected
        return None if adapter is None else self._llama_adapters.get(adapter)

    def encode_chat(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Render a conversation and the start of the answer by the model's chat template.

        Args:
            messages: Each with `role` and `content`.

        Returns:
            Its tokens.

        Raises:
            InvalidInputError: The model has no chat template, or it refuses these messages.
        """
        try:
            with self._tokenizing:
                text = self._tokenizer.apply_chat_template(
                    list(messages), tokenize=False, add_generation_prompt=True
                )
                ids: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        except (TemplateError, ValueError) as error:
            raise InvalidInputError(
                f"The chat template of {self.name} cannot be applied: {error}",
                reason="CHAT_TEMPLATE",
                remedy="Send a rendered prompt to /v1/completions.",
            ) from error
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of generated tokens, without special ones."""
        text: str = self._tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def select(self, adapter: str | None) -> None:
        """Have batches begin with an adapter from now on, loading it when necessary.

        Args:
            adapter: Its name; None is the base alone.

        Raises:
            NotFoundError: There is no such adapter.
            FailedPreconditionError: It does not fit the base model.
        """
        if adapter is not None:
            path = self.adapters.path(adapter)
            if adapter not in self._loaded:
                self._load(adapter, path)
            self._loaded.move_to_end(adapter)
        self._selected = adapter

    def begin(self, prompts: Sequence[Sequence[int]], max_new: int) -> Session:
        """Start a batch with the selected adapter, the fastest way that there is for both.

        Args:
            prompts: Tokens of each row.
            max_new: Tokens that will follow at most.

        Returns:
            The batch; used before the next `select`.
        """
        adapter = None if self._selected is None else self._llama_adapters.get(self._selected)
        if self._llama is not None and (self._selected is None or adapter is not None):
            return LlamaSession(self._llama, adapter, prompts, max_new)
        self._switch_modules()
        return ModuleSession(self.module, prompts, self.pad_id, self._options)

    def _switch_modules(self) -> None:
        if self._peft is None:
            return
        if self._selected is None:
            self._peft.base_model.disable_adapter_layers()
        else:
            self._peft.base_model.enable_adapter_layers()
            self._peft.set_adapter(self._loaded[self._selected])

    def _load(self, adapter: str, path: Path) -> None:
        check_adapter(path, self.module)
        if len(self._loaded) >= self._max_adapters and self._peft is not None:
            name, oldest = self._loaded.popitem(last=False)
            self._llama_adapters.pop(name, None)
            self._peft.delete_adapter(oldest)
        # Names of torch modules have no dots, adapter names may.
        key = f"adapter_{next(self._keys)}"
        config = PeftConfig.from_pretrained(str(path))
        config.inference_mode = True
        try:
            if self._peft is None:
                self._peft = PeftModel(self.module, config, adapter_name=key)
            else:
                self._peft.add_adapter(key, config)
            result = self._peft.load_adapter(str(path), adapter_name=key, torch_device="cpu")
        except (RuntimeError, ValueError, KeyError) as error:
            self._forget(key)
            raise _not_loaded(adapter, str(error)) from error
        strays = [*result.missing_keys, *result.unexpected_keys]
        if strays:
            self._forget(key)
            raise _not_loaded(adapter, f"its tensors are not its configuration's: {strays[:3]}")
        self._peft.eval()
        self._loaded[adapter] = key
        matrices = read_adapter(self.module, key) if self._llama is not None else None
        if matrices is not None:
            self._llama_adapters[adapter] = matrices

    def _forget(self, key: str) -> None:
        if self._peft is not None and key in self._peft.peft_config:
            self._peft.delete_adapter(key)


def _ids(value: int | Sequence[int] | None) -> frozenset[int]:
    if value is None:
        return frozenset()
    return frozenset([value] if isinstance(value, int) else value)


def _not_loaded(adapter: str, why: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The adapter {adapter} cannot be loaded: {why}",
        reason="ADAPTER_UNUSABLE",
        remedy="Publish it again from its training run, for the base model that is served here.",
        metadata={"adapter": adapter},
    )
