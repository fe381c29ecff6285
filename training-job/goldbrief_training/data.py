"""Rows of a dataset version as token ids, or the full list of what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.seams import ObjectStore

_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """One row in tokens.

    `token_ids` is prompt, response, end of text; `completion_start` is the index of the
    first response token. The loss covers the tokens from there on.
    """

    line: int
    """Line in the data file, from 1."""
    token_ids: tuple[int, ...]
    completion_start: int

    def __len__(self) -> int:
        return len(self.token_ids)

    @property
    def completion_tokens(self) -> int:
        """Number of tokens that the loss covers."""
        return len(self.token_ids) - self.completion_start


class BadRowError(ValueError):
    """A row cannot be trained on; the message is the reason."""


def load_samples(
    store: ObjectStore, key: str, tokenizer: PreTrainedTokenizerBase, context_length: int
) -> list[Sample]:
    """Read and tokenize a JSONL file of prompt/response rows.

    Nothing is truncated or dropped: one bad row refuses the file, and all bad rows are
    named at once.

    Args:
        store: Where the file is.
        key: Object key of the file.
        tokenizer: The base model's.
        context_length: Longest row allowed, in tokens.

    Returns:
        One sample a row, in the file's order.

    Raises:
        InvalidInputError: The file is missing or empty, or rows are bad.
    """
    try:
        # Not splitlines, which also splits at U+2028 and the like inside a row's text.
        lines = store.get(key).decode().split("\n")
    except NotFoundError as error:
        raise InvalidInputError(error.message, reason="DATA_NOT_FOUND") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{key} is not UTF-8: {error}.", reason="BAD_DATA") from error
    samples: list[Sample] = []
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            samples.append(tokenize(number, *_fields(line), tokenizer, context_length))
        except BadRowError as error:
            problems.append(f"line {number}: {error}")
    if problems:
        raise _bad_rows(key, problems)
    if not samples:
        raise InvalidInputError(f"{key} has no rows.", reason="EMPTY_DATA")
    return samples


def tokenize(
    line: int,
    prompt: str,
    response: str,
    tokenizer: PreTrainedTokenizerBase,
    context_length: int,
) -> Sample:
    """Turn one row into token ids.

    Prompt and response are tokenized apart, since at serving time the prompt ends
    before the first response token exists. Special tokens written in the prompt (chat
    markers) are parsed; in the response they stay text, so that no answer can end early.

    Args:
        line: Line in the data file, for messages.
        prompt: Rendered prompt, chat markers included.
        response: What the model is to write.
        tokenizer: The base model's.
        context_length: Longest row allowed, in tokens.

    Returns:
        The sample.

    Raises:
        BadRowError: The row is longer than `context_length`.
    """
    prompt_ids = [*beginning(tokenizer), *_ids(tokenizer, prompt)]
    response_ids = _ids(tokenizer, response, split_special_tokens=True)
    token_ids = (*prompt_ids, *response_ids, end_of_text(tokenizer))
    if len(token_ids) > context_length:
        raise BadRowError(
            f"{len(token_ids)} tokens (prompt {len(prompt_ids)}, response {len(response_ids)}, "
            f"end 1) exceed context_length {context_length}"
        )
    return Sample(line, token_ids, len(prompt_ids))


def end_of_text(tokenizer: PreTrainedTokenizerBase) -> int:
    """Id that ends every response; raises InvalidInputError when the tokenizer has none."""
    if tokenizer.eos_token_id is None:
        raise InvalidInputError(
            "The base model's tokenizer has no end-of-text token.", reason="NO_END_OF_TEXT"
        )
    return int(tokenizer.eos_token_id)


def beginning(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The beginning-of-text id when the tokenizer adds one by itself, as engines do."""
    added: list[int] = tokenizer("").input_ids
    return added[:1] if added[:1] == [tokenizer.bos_token_id] else []


def _ids(
    tokenizer: PreTrainedTokenizerBase, text: str, split_special_tokens: bool = False
) -> list[int]:
    encoded = tokenizer(
        text,
        add_special_tokens=False,
        split_special_tokens=split_special_tokens,
        verbose=False,  # its warning about long texts is our BadRowError
    )
    ids: list[int] = encoded.input_ids
    return ids


def _fields(line: str) -> tuple[str, str]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRowError(f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise BadRowError("not a JSON object")
    for name in ("prompt", "response"):
        if name not in row:
            raise BadRowError(f"field {name!r} is missing")
        if not isinstance(row[name], str):
            raise BadRowError(f"field {name!r} is not text")
        if not row[name].strip():
            raise BadRowError(f"field {name!r} is empty")
    return row["prompt"], row["response"]


def _bad_rows(key: str, problems: list[str]) -> InvalidInputError:
    shown = problems[:_SHOWN_PROBLEMS]
    more = len(problems) - len(shown)
    rest = f"; and {more} more" if more else ""
    return InvalidInputError(
        f"{key} has {len(problems)} bad rows: {'; '.join(shown)}{rest}.",
        reason="BAD_DATA",
        remedy="Correct these rows, or raise context_length if they are too long.",
        metadata={"rows": str(len(problems))},
    )
