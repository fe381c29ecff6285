"""What an OpenAI-compatible endpoint takes of a request, learned from what it refuses."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import openai

_LOG = logging.getLogger(__name__)

_LOG_PROBS = ("logprobs", "top_logprobs")
_RENAMED = {"max_tokens": "max_completion_tokens", "temperature": None, "seed": None}
"""OpenAI's reasoning models want `max_completion_tokens`, and take no temperature."""
_ABOUT_FORMAT = re.compile(r"response[_ ]format|json[_ ]schema|grammar|structured", re.IGNORECASE)
_SCHEMA = "schema"


class ChatDialect:
    """The dialect of one endpoint and model; safe to use from several threads.

    A wish that is refused is asked for in the next form, and at last not at all: what comes
    back is read with the same care in any case, as some endpoints ignore a schema silently.

    Args:
        name: Of the model and endpoint, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._renamed: dict[str, str | None] = {}
        self._format = 0

    def adapted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request as this endpoint takes it; `schema` becomes its `response_format`."""
        names = {key: self._renamed.get(key, key) for key in body if key != _SCHEMA}
        adapted = {name: body[key] for key, name in names.items() if name is not None}
        form = _response_format(self._format, body.get(_SCHEMA))
        return {**adapted, "response_format": form} if form else adapted

    def adapts_to(self, error: openai.APIStatusError, sent: Mapping[str, Any]) -> bool:
        """Learn from a refusal.

        Args:
            error: The refusal, of status 400 or 422.
            sent: The request that was refused, as `adapted` made it.

        Returns:
            Whether the call is worth repeating.
        """
        form = sent.get("response_format")
        if form and _is_about_format(error):
            self._format = max(self._format, _FORMATS.index(form["type"]) + 1)
            _LOG.warning("%s takes no such response format: %s", self._name, error.message)
            return True
        if _LOG_PROBS[0] in sent and _LOG_PROBS[0] in error.response.text:
            self._renamed = {**self._renamed, **dict.fromkeys(_LOG_PROBS)}
            _LOG.warning("%s gives no log-probabilities: %s", self._name, error.message)
            return True
        name = error.param or ""
        unsupported = error.code in ("unsupported_parameter", "unsupported_value")
        if not unsupported or name not in _RENAMED or name not in sent:
            return False
        self._renamed = {**self._renamed, name: _RENAMED[name]}
        _LOG.warning("%s does not take %s: %s", self._name, name, error.message)
        return True


_FORMATS = ("json_schema", "json_object")
"""Ways to ask for a schema: OpenAI's, which vLLM shares; and TGI's."""


def _response_format(form: int, schema: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not schema or form == len(_FORMATS):
        return None
    if _FORMATS[form] == "json_object":
        return {"type": "json_object", "value": schema}
    named = {"name": "answer", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}


def _is_about_format(error: openai.APIStatusError) -> bool:
    return error.param == "response_format" or bool(_ABOUT_FORMAT.search(error.response.text))
