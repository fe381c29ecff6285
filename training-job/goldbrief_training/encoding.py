"""One row as the token ids that serving will see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training_rows import BadRowError, Chat, Passage, TrainingRow

_OPENING_CHARS = 200
"""How much of a text it is asked to go on with."""
_LEAST_PROMPT_TOKENS = 16
"""A prompt that is truncated to less says nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row in tokens.

    `token_ids` is prompt, response, end of text; `completion_start` is the index of the
    first response token. The loss covers the tokens from there on.
    """

    where: str
    """File and line, for messages."""
    token_ids: tuple[int, ...]
    completion_start: int

    def __len__(self) -> int:
        return len(self.token_ids)

    @property
    def completion_tokens(self) -> int:
        """Number of tokens that the loss covers."""
        return len(self.token_ids) - self.completion_start


class TooLongError(BadRowError):
    """A row has more tokens than the context takes.

    Args:
        prompt: Tokens of the prompt.
        response: Tokens of the response.
        context_length: What they may be, with the end of text.
    """

    def __init__(self, prompt: int, response: int, context_length: int) -> None:
        super().__init__(
            f"{prompt + response + 1} tokens (prompt {prompt}, response {response}, end 1) exceed"
            f" context_length {context_length}"
        )


class Encoder:
    """Turns rows into samples.

    Prompt and response are tokenized apart, since at serving time the prompt ends before
    the first response token exists. Special tokens written in the prompt (chat markers)
    are parsed; in the response they stay text, so that no answer can end early.

    Args:
        tokenizer: The base model's.
        context_length: Longest sample, in tokens.

    Raises:
        InvalidInputError: The tokenizer has no end-of-text token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, context_length: int) -> None:
        self._tokenizer = tokenizer
        self._context_length = context_length
        self._end = end_of_text(tokenizer)

    def samples(self, row: TrainingRow, where: str, truncate: bool = False) -> Iterator[Sample]:
        """Encode a row.

        Args:
            row: Of any task.
            where: File and line, for messages.
            truncate: Whether a prompt that is too long loses its middle.

        Yields:
            One sample; of a long `Passage` as many as it fills.

        Raises:
            TooLongError: The row does not fit the context, or its response leaves no room for
                a truncated prompt.
            BadRowError: The chat template refuses the row.
            InvalidInputError: The row is a chat, and the tokenizer has no chat template.
        """
        if isinstance(row, Passage):
            yield from self._blocks(row, where)
        elif isinstance(row, Chat):
            # Its template begins the text itself, if it is to be begun.
            prompt_ids = token_ids(self._tokenizer, self._chat_prompt(row))
            yield self._sample(prompt_ids, row.messages[-1].content, where, truncate)
        else:
            prompt_ids = begun(self._tokenizer, row.prompt)
            yield self._sample(prompt_ids, row.response, where, truncate)

    def prompt(self, row: TrainingRow) -> str:
        """What a served model is asked to get this row's answer, as engines take it."""
        if isinstance(row, Passage):
            return row.text[:_OPENING_CHARS]
        if isinstance(row, Chat):
            # engines begin the text by themselves
            return self._chat_prompt(row).removeprefix(self._tokenizer.bos_token or "")
        return row.prompt

    def _sample(self, prompt_ids: list[int], response: str, where: str, truncate: bool) -> Sample:
        response_ids = token_ids(self._tokenizer, response, split_special_tokens=True)
        room = self._context_length - len(response_ids) - 1
        if len(prompt_ids) > room:
            if not truncate or room < _LEAST_PROMPT_TOKENS:
                raise TooLongError(len(prompt_ids), len(response_ids), self._context_length)
            prompt_ids = _without_middle(prompt_ids, room)
        return Sample(where, (*prompt_ids, *response_ids, self._end), len(prompt_ids))

    def _chat_prompt(self, chat: Chat) -> str:
        if not self._tokenizer.chat_template:
            raise InvalidInputError(
                "The base model's tokenizer has no chat template.",
                reason="NO_CHAT_TEMPLATE",
                remedy="Choose a model tuned for chat, or give prompt/response rows.",
            )
        turns = [turn.model_dump() for turn in chat.messages[:-1]]
        try:
            prompt: str = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True
            )
        except TemplateError as error:
            raise BadRowError(f"the model's chat template refuses it: {error}") from error
        return prompt

    def _blocks(self, passage: Passage, where: str) -> Iterator[Sample]:
        ids = [*begun(self._tokenizer, passage.text), self._end]
        # Blocks share one token, so that each token but the first is predicted exactly once.
        stride = self._context_length - 1
        for block, start in enumerate(range(0, len(ids) - 1, stride)):
            place = f"{where} block {block + 1}" if block else where
            yield Sample(place, tuple(ids[start : start + self._context_length]), 1)


def end_of_text(tokenizer: PreTrainedTokenizerBase) -> int:
    """Id that ends every response; raises InvalidInputError when the tokenizer has none."""
    if tokenizer.eos_token_id is None:
        raise InvalidInputError(
            "The base model's tokenizer has no end-of-text token.", reason="NO_END_OF_TEXT"
        )
    return int(tokenizer.eos_token_id)


def begun(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """A text in tokens, behind the beginning-of-text id if the tokenizer adds one by itself.

    Args:
        tokenizer: The base model's.
        text: A prompt, or a text to go on with.

    Returns:
        The ids that an engine makes of it.
    """
    added: list[int] = tokenizer("").input_ids
    beginning = added[:1] if added[:1] == [tokenizer.bos_token_id] else []
    return [*beginning, *token_ids(tokenizer, text)]


def token_ids(
    tokenizer: PreTrainedTokenizerBase, text: str, split_special_tokens: bool = False
) -> list[int]:
    """Tokenize without adding anything.

    Args:
        tokenizer: The base model's.
        text: What to tokenize.
        split_special_tokens: Whether special tokens written in the text stay text.

    Returns:
        The ids.
    """
    encoded = tokenizer(
        text,
        add_special_tokens=False,
        split_special_tokens=split_special_tokens,
        verbose=False,  # its warning about long texts is our TooLongError
    )
    ids: list[int] = encoded.input_ids
    return ids


def _without_middle(ids: Sequence[int], room: int) -> list[int]:
    """Both ends of a prompt: the instruction stands at one of them, the turn markers at both."""
    head = (room + 1) // 2
    return [*ids[:head], *ids[len(ids) - (room - head) :]]
