"""Teacher and judge behind an endpoint: their clients and prices, as the settings say."""

from __future__ import annotations

from typing import get_args

from goldbrief.core.settings import LanguageModelRole, Settings
from goldbrief.platform.ledger.spending import Price, Prices
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.endpoints import Endpoint


def chat_model(
    settings: Settings, role: LanguageModelRole, endpoint: Endpoint | None = None
) -> OpenAIChat | None:
    """Make the client of a role's endpoint.

    Args:
        settings: Say where it is.
        role: Who asks it.
        endpoint: Whose turns are shared with its other clients; None for a client by itself.

    Returns:
        The client, or None when the role's work is done offline.
    """
    model = settings.language_model(role)
    if model is None:
        return None
    return OpenAIChat(
        model.url,
        model.model,
        model.api_key,
        read_timeout_s=model.timeout_s,
        endpoint=endpoint,
    )


def prices(settings: Settings) -> Prices:
    """Prices of the calls that language models answer, by role; the offline ones are free."""
    models = {role: settings.language_model(role) for role in get_args(LanguageModelRole)}
    return {
        role: None
        if model.prompt_price is None or model.completion_price is None
        else Price(model.prompt_price, model.completion_price)
        for role, model in models.items()
        if model is not None
    }
