"""Teacher and judge behind an endpoint: their clients and prices, as the settings say."""

from __future__ import annotations

from typing import get_args

from goldbrief.core.settings import LanguageModelRole, LanguageModelSettings, Settings
from goldbrief.platform.ledger.spending import Price, Prices
from goldbrief.platform.llm.backups import BackupPolicy
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.endpoints import Endpoint


def chat_model(model: LanguageModelSettings, endpoint: Endpoint | None = None) -> OpenAIChat:
    """Make the client of a language model.

    Args:
        model: Says where it is.
        endpoint: Whose turns are shared with its other clients; None for a client by itself.

    Returns:
        The client.
    """
    return OpenAIChat(
        model.url,
        model.model,
        model.api_key,
        read_timeout_s=model.timeout_s,
        endpoint=endpoint,
        backups=BackupPolicy() if model.backup_requests else None,
    )


def prices(settings: Settings) -> Prices:
    """Prices of the calls that language models answer, by role; the offline ones are free."""
    models = {role: settings.language_models(role) for role in get_args(LanguageModelRole)}
    return {role: price_of(several[0]) for role, several in models.items() if several}


def price_of(model: LanguageModelSettings) -> Price | None:
    """What a model's tokens cost; None where the settings do not say."""
    if model.prompt_price is None or model.completion_price is None:
        return None
    return Price(model.prompt_price, model.completion_price)
