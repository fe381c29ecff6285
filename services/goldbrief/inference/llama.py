"""Decoding of Llama-shaped models on the CPU, without the modules of transformers.

A token of a small model costs less arithmetic than its modules cost bookkeeping. Here the
same weights are used by few large operations: one product for q, k and v, one for gate and
up, a key-value cache that is written in place, and attention that reads it where it lies.
The numbers are those of `LlamaForCausalLM` up to the order of sums.

Shapes in the names of tensors: N tokens of this pass (all prompts end to end, or one token a
row), B rows, H query heads, K key-value heads, G query heads per key-value head, D values of
a head, C columns of the cache, E hidden size, F size of the feed-forward layer, V vocabulary,
O outputs and I inputs of a product, R ranks of its adapters together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from peft.tuners.lora import Linear as LoraLinear
from torch import nn
from transformers import LlamaForCausalLM, MistralForCausalLM

_PROJECTIONS = {
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "o": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}
_PACKED_BYTES = 4 * 2**30
"""Larger models are not packed: it takes their weights a second time."""

Pair: TypeAlias = tuple[torch.Tensor, torch.Tensor]
"""a_RI and b_RO, the scale within: x_NI a_IR b_RO is what the adapter adds."""
Adapter: TypeAlias = list[dict[str, Pair]]
"""For each layer, the pairs of those products that are adapted."""
_Attend: TypeAlias = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
_NO_PAIRS: dict[str, Pair] = {}


def supports(module: nn.Module) -> bool:
    """Whether `Llama` computes what this model does.

    Args:
        module: A causal language model, without adapters.

    Returns:
        True for Llama and Mistral on the CPU in bfloat16 or float32, with plain linear layers
        without bias, full attention, and rotations that depend on the position alone.
    """
    if not isinstance(module, LlamaForCausalLM | MistralForCausalLM):
        return False
    config: Any = module.config
    parameters = list(module.parameters())
    linears = [part for name, part in module.named_modules() if name.endswith(("_proj", "head"))]
    return (
        getattr(config, "sliding_window", None) is None
        and config.hidden_act == "silu"
        and config.rope_parameters["rope_type"] in ("default", "linear", "llama3")
        and {parameter.dtype for parameter in parameters} <= {torch.bfloat16, torch.float32}
        and len({(parameter.dtype, parameter.device.type) for parameter in parameters}) == 1
        and parameters[0].device.type == "cpu"
        and all(type(part) is nn.Linear and part.bias is None for part in linears)
    )


def read_adapter(module: Any, key: str) -> Adapter | None:
    """Take an adapter out of a model that PEFT has put it into.

    Args:
        module: One that `supports` approved before.
        key: PEFT's name of the adapter.

    Returns:
        Its matrices stacked, in their own precision; None if it is more than plain LoRA on
        the products of the layers.
    """
    known = {
        f"model.layers.{index}.{name}"
        for index in range(len(module.model.layers))
        for names in _PROJECTIONS.values()
        for name in names
    }
    for name, part in module.named_modules():
        trained = _has(part, "lora_A", key) or _has(part, "lora_embedding_A", key)
        other = _has(part, "modules_to_save", key) or _has(part, "trainable_tokens_delta", key)
        if other or (trained and (name not in known or not _is_plain(part, key))):
            return None
    return [
        {
            group: _stacked([layer.get_submodule(name) for name in names], key)
            for group, names in _PROJECTIONS.items()
            if any(_has(layer.get_submodule(name), "lora_A", key) for name in names)
        }
        for layer in module.model.layers
    ]


def _is_plain(part: Any, key: str) -> bool:
    return (
        type(part) is LoraLinear and key not in part.lora_variant and part.lora_B[key].bias is None
    )


def _has(part: Any, table: str, key: str) -> bool:
    return key in (getattr(part, table, None) or ())


def _stacked(parts: Sequence[Any], key: str) -> Pair:
    """Stack A matrices; put B matrices on a diagonal, so that each sees its own A only."""
    lefts_ri, rights_or = [], []
    for part in parts:
        if _has(part, "lora_A", key):
            lefts_ri.append(part.lora_A[key].weight.detach())
            rights_or.append(part.lora_B[key].weight.detach() * part.scaling[key])
        else:
            rights_or.append(torch.empty(part.weight.shape[0], 0))
    return torch.cat(lefts_ri), _diagonal(rights_or).t().contiguous()


def _diagonal(blocks: Sequence[torch.Tensor]) -> torch.Tensor:
    whole: torch.Tensor = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return whole


class _Product:
    """One matrix of weights, or several with the same input.

    Packed, oneDNN has it in the order in which it reads it: a bf16 product with few rows
    takes half the time (SmolLM2, AVX512-BF16).
    """

    def __init__(self, linears: Sequence[nn.Linear], packed: bool) -> None:
        weight_oi = torch.cat([linear.weight.detach() for linear in linears])
        if packed:
            weight_oi = torch.ops.mkldnn._reorder_linear_weight(weight_oi, 1)
        self._weight_oi = weight_oi
        self._packed = packed

    def __call__(self, x_ni: torch.Tensor, pair: Pair | None = None) -> torch.Tensor:
        if self._packed:
            y_no: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
                x_ni, self._weight_oi, None, "none", [], ""
            )
        else:
            y_no = F.linear(x_ni, self._weight_oi)
        if pair is None:
            return y_no
        a_ri, b_ro = pair
        low_nr = F.linear(x_ni.to(a_ri.dtype), a_ri)
        return torch.addmm(y_no.to(b_ro.dtype), low_nr, b_ro).to(y_no.dtype)


@dataclass(slots=True)
class _Layer:
    attention_norm_e: torch.Tensor
    mlp_norm_e: torch.Tensor
    qkv: _Product
    o: _Product
    gate_up: _Product
    down: _Product


class Llama:
    """The weights of one model, arranged for decoding.

    Args:
        module: One that `supports` approves, before PEFT changes it.
    """

    def __init__(self, module: Any) -> None:
        config = module.config
        self.heads: int = config.num_attention_heads
        self.kv_heads: int = config.num_key_value_heads
        self.head_size: int = module.model.layers[0].self_attn.head_dim
        self.dtype: torch.dtype = module.lm_head.weight.dtype
        self.rotation: Any = module.model.rotary_emb
        self._embedding_ve = module.model.embed_tokens.weight.detach()
        self._eps: float = config.rms_norm_eps
        self._norm_e = module.model.norm.weight.detach()
        packed = _packs(module)
        self._head = _Product([module.lm_head], packed)
        self.layers = [_layer(layer, packed) for layer in module.model.layers]

    def forward(
        self, ids_n: torch.Tensor, attend: _Attend, rotation: Pair, adapter: Adapter | None
    ) -> torch.Tensor:
        """Run all layers.

        Args:
            ids_n: Tokens.
            attend: Attention over (layer, q_NHD, k_NKD, v_NKD), giving x_N(HD).
            rotation: cos_N1D and sin_N1D; the first half of sin negated.
            adapter: What to add to the base; None for nothing.

        Returns:
            x_NE before the last norm.
        """
        x_ne: torch.Tensor = self._embedding_ve[ids_n]
        heads = [self.heads + self.kv_heads, self.kv_heads]
        for index, layer in enumerate(self.layers):
            pairs = adapter[index] if adapter else _NO_PAIRS
            y_ne = self._normed(x_ne, layer.attention_norm_e)
            qkv_nhd = layer.qkv(y_ne, pairs.get("qkv")).view(len(ids_n), -1, self.head_size)
            qk_nhd, v_nkd = torch.split(qkv_nhd, heads, dim=1)
            qk_nhd = _rotated(qk_nhd, rotation)
            q_nhd, k_nkd = torch.split(qk_nhd, [self.heads, self.kv_heads], dim=1)
            x_ne = x_ne + layer.o(attend(index, q_nhd, k_nkd, v_nkd), pairs.get("o"))
            y_ne = self._normed(x_ne, layer.mlp_norm_e)
            gate_nf, up_nf = layer.gate_up(y_ne, pairs.get("gate_up")).chunk(2, dim=-1)
            x_ne = x_ne + layer.down(F.silu(gate_nf) * up_nf, pairs.get("down"))
        return x_ne

    def logits(self, x_be: torch.Tensor) -> torch.Tensor:
        """Scores of the next token, float32: BV."""
        scores_bv: torch.Tensor = self._head(self._normed(x_be, self._norm_e)).float()
        return scores_bv

    def _normed(self, x_ne: torch.Tensor, weight_e: torch.Tensor) -> torch.Tensor:
        # In float32 and rounded before the weight, as the modules do.
        y_ne = F.rms_norm(x_ne.float(), weight_e.shape, None, self._eps)
        return weight_e * y_ne.to(x_ne.dtype)


class LlamaSession:
    """A batch under way: its key-value cache, each row from the first column on.

    Args:
        llama: The model.
        adapter: Added to it, if any.
        prompts: Tokens of each row.
        max_new: Tokens that will follow at most.
    """

    takes_more = True

    def __init__(
        self,
        llama: Llama,
        adapter: Adapter | None,
        prompts: Sequence[Sequence[int]],
        max_new: int,
    ) -> None:
        self._llama = llama
        self._adapter = adapter
        self._prompts = prompts
        self._max_new = max_new
        self._lengths: list[int] = []  # of the live rows, in columns
        self._columns = 0
        self._cache = self._cos_cd = self._sin_cd = torch.empty(0)

    def start(self) -> torch.Tensor:
        """Read the prompts; returns the scores of the first tokens: BV."""
        return self.join(self._prompts, self._max_new)

    def join(self, prompts: Sequence[Sequence[int]], max_new: int) -> torch.Tensor:
        """Add prompts, as the last rows.

        Args:
            prompts: Tokens of each.
            max_new: Tokens that will follow each of them at most.

        Returns:
            The scores of their first tokens: BV.
        """
        lengths = [len(prompt) for prompt in prompts]
        first = len(self._lengths)
        self._lay_out(first + len(prompts), max(self._columns, max(lengths) + max_new))
        self._lengths += lengths
        ids_n = torch.tensor([token for prompt in prompts for token in prompt])
        positions_n = torch.cat([torch.arange(length) for length in lengths])
        reading = list(enumerate(lengths, start=first))
        x_ne = self._forward(ids_n, positions_n, partial(self._attend_prompts, reading))
        return self._llama.logits(x_ne[torch.tensor(lengths).cumsum(0) - 1])

    def step(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Add tokens to each row; returns the scores of what follows each: NV."""
        place = _Place.of([len(added) for added in tokens], self._lengths)
        self._lengths = [
            length + len(added) for length, added in zip(self._lengths, tokens, strict=True)
        ]
        ids_n = torch.tensor([token for added in tokens for token in added])
        group = self._llama.heads // self._llama.kv_heads
        mask_b1tc = place.mask(max(self._lengths), group, self._llama.dtype)
        attend = partial(self._attend_tokens, place, mask_b1tc)
        return self._llama.logits(self._forward(ids_n, place.column_n, attend))

    def take_back(self, row: int, count: int) -> None:
        """Remove the last tokens of a row."""
        self._lengths[row] -= count

    def drop(self, row: int) -> None:
        """End a row: the last one takes its place."""
        length = self._lengths.pop()
        last = len(self._lengths)
        if row != last:
            self._cache[:, :, row, :, :length] = self._cache[:, :, last, :, :length]
            self._lengths[row] = length

    def _lay_out(self, rows: int, columns: int) -> None:
        """Make a cache of that size; the live rows move in."""
        llama = self._llama
        # What lies behind the end of a row is hidden, but not a number times 0 is not 0.
        shape = (len(llama.layers), 2, rows, llama.kv_heads, columns, llama.head_size)
        cache = torch.zeros(shape, dtype=llama.dtype)
        for row, length in enumerate(self._lengths):
            cache[:, :, row, :, :length] = self._cache[:, :, row, :, :length]
        self._cache, self._columns = cache, columns
        cos, sin = llama.rotation(torch.empty(0, dtype=llama.dtype), torch.arange(columns)[None])
        half = llama.head_size // 2
        self._cos_cd = cos[0]
        self._sin_cd = torch.cat((-sin[0, :, :half], sin[0, :, half:]), dim=-1)

    def _forward(
        self, ids_n: torch.Tensor, positions_n: torch.Tensor, attend: _Attend
    ) -> torch.Tensor:
        rotation = (self._cos_cd[positions_n][:, None], self._sin_cd[positions_n][:, None])
        return self._llama.forward(ids_n, attend, rotation, self._adapter)

    def _attend_prompts(
        self,
        reading: Sequence[tuple[int, int]],
        layer: int,
        q_nhd: torch.Tensor,
        k_nkd: torch.Tensor,
        v_nkd: torch.Tensor,
    ) -> torch.Tensor:
        """Attention within prompts that lie end to end; `reading` has row and length of each."""
        keys_bkcd, values_bkcd = self._cache[layer]
        group = self._llama.heads // self._llama.kv_heads
        mixed = []
        start = 0
        for row, length in reading:
            here = slice(start, start + length)
            keys_bkcd[row, :, :length] = k_nkd[here].transpose(0, 1)
            values_bkcd[row, :, :length] = v_nkd[here].transpose(0, 1)
            q_1hnd, k_1hnd, v_1hnd = (
                states.transpose(0, 1)[None]
                for states in (
                    q_nhd[here],
                    k_nkd[here].repeat_interleave(group, 1),
                    v_nkd[here].repeat_interleave(group, 1),
                )
            )
            x_1hnd = F.scaled_dot_product_attention(q_1hnd, k_1hnd, v_1hnd, is_causal=True)
            mixed.append(x_1hnd[0].transpose(0, 1).flatten(1))
            start = here.stop
        return torch.cat(mixed)

    def _attend_tokens(
        self,
        place: _Place,
        mask_b1tc: torch.Tensor | None,
        layer: int,
        q_nhd: torch.Tensor,
        k_nkd: torch.Tensor,
        v_nkd: torch.Tensor,
    ) -> torch.Tensor:
        keys_bkcd, values_bkcd = self._cache[layer]
        keys_bkcd[place.row_n, :, place.column_n] = k_nkd
        values_bkcd[place.row_n, :, place.column_n] = v_nkd
        rows, width = len(self._lengths), max(self._lengths)
        kv_heads, size = self._llama.kv_heads, self._llama.head_size
        q_bthd = place.spread(q_nhd)
        # The query heads of one key-value head stand where a sequence of queries would.
        q_bktd = q_bthd.view(rows, place.most, kv_heads, -1, size).transpose(1, 2).flatten(2, 3)
        x_bktd = F.scaled_dot_product_attention(
            q_bktd,
            keys_bkcd[:rows, :, :width],
            values_bkcd[:rows, :, :width],
            attn_mask=mask_b1tc,
        )
        x_bthd = x_bktd.reshape(rows, kv_heads, place.most, -1, size).transpose(1, 2)
        return place.gathered(x_bthd.reshape(rows, place.most, -1))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the tokens of a step stand. T: the most tokens of a row."""

    row_n: torch.Tensor
    order_n: torch.Tensor
    """Which token of its row's new ones it is."""
    column_n: torch.Tensor
    rows: int
    most: int

    @classmethod
    def of(cls, counts: Sequence[int], lengths: Sequence[int]) -> _Place:
        """Place so many new tokens behind rows of these lengths."""
        places = [
            (row, order, lengths[row] + order)
            for row, count in enumerate(counts)
            for order in range(count)
        ]
        row_n, order_n, column_n = torch.tensor(places).unbind(-1)
        return cls(row_n, order_n, column_n, len(counts), max(counts))

    def spread(self, x_nhd: torch.Tensor) -> torch.Tensor:
        """Lay the rows side by side, filled up with zeros: BTHD."""
        if len(x_nhd) == self.rows * self.most:
            return x_nhd.view(self.rows, self.most, *x_nhd.shape[1:])
        x_bthd = x_nhd.new_zeros(self.rows, self.most, *x_nhd.shape[1:])
        x_bthd[self.row_n, self.order_n] = x_nhd
        return x_bthd

    def gathered(self, x_bte: torch.Tensor) -> torch.Tensor:
        """Undo `spread`: NE."""
        if len(self.row_n) == self.rows * self.most:
            return x_bte.flatten(0, 1)
        return x_bte[self.row_n, self.order_n]

    def mask(self, width: int, group: int, dtype: torch.dtype) -> torch.Tensor | None:
        """Hide from each query what comes after it; None if all of them see all columns.

        Args:
            width: Columns.
            group: Queries that a token has at each key-value head.
            dtype: Of the mask.

        Returns:
            What to add to the scores, B1(TG)C.
        """
        if self.most == 1 and bool((self.column_n == width - 1).all()):
            return None
        last_bt = torch.zeros(self.rows, self.most, dtype=torch.int64)
        last_bt[self.row_n, self.order_n] = self.column_n
        hidden_btc = torch.arange(width) > last_bt[..., None]
        # Finite: blocks of columns are reduced one by one, and one may be all hidden.
        lowest = torch.finfo(dtype).min
        mask_btc = torch.zeros(hidden_btc.shape, dtype=dtype).masked_fill_(hidden_btc, lowest)
        return mask_btc.repeat_interleave(group, dim=1)[:, None]


def _layer(layer: Any, packed: bool) -> _Layer:
    products = {
        group: _Product([layer.get_submodule(name) for name in names], packed)
        for group, names in _PROJECTIONS.items()
    }
    return _Layer(
        attention_norm_e=layer.input_layernorm.weight.detach(),
        mlp_norm_e=layer.post_attention_layernorm.weight.detach(),
        **products,
    )


def _packs(module: nn.Module) -> bool:
    weights = list(module.parameters())
    size = sum(weight.nbytes for weight in weights)
    return (
        weights[0].dtype == torch.bfloat16
        and size <= _PACKED_BYTES
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def _rotated(x_nhd: torch.Tensor, rotation: Pair) -> torch.Tensor:
    """Rotate each pair of values (d, d + D/2) by the angles of its token's position."""
    cos_n1d, sin_n1d = rotation
    return x_nhd * cos_n1d + x_nhd.roll(x_nhd.shape[-1] // 2, -1) * sin_n1d
