"""The shared parts of a service process, made from settings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property

import grpc
import httpx

from goldbrief.core.seams import Embedder, Engine, ObjectStore, Replicas, TokenScorer
from goldbrief.core.settings import LanguageModelRole, LanguageModelSettings, Settings
from goldbrief.platform.access import Doorkeeper, open_doorkeeper
from goldbrief.platform.broker import Broker
from goldbrief.platform.hosting.language_models import chat_model, prices
from goldbrief.platform.ledger import AuditTrail, Database, Ledger
from goldbrief.platform.ledger.shares import Share
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.embeddings import HttpEmbedder
from goldbrief.platform.llm.endpoints import Endpoint, EndpointLimits
from goldbrief.platform.llm.engines import OpenAIEngine
from goldbrief.platform.llm.http import new_client
from goldbrief.platform.llm.replicas import NamedReplicas
from goldbrief.platform.llm.scoring import HttpTokenScorer
from goldbrief.platform.llm.tgi import TgiEngine, adapter_names
from goldbrief.platform.llm.tgi_adapters import StoredAdapters
from goldbrief.platform.rpc.channel import connect, room_address
from goldbrief.platform.storage import open_store

_BACKGROUND_GRACE_S = 5.0


class Resources:
    """Database, object store, broker, model clients and channels of one process.

    Args:
        settings: Chooses every implementation.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._channels: dict[str, grpc.Channel] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.closing = ExitStack()
        """Called back when the process ends, before database and broker are closed."""

    @cached_property
    def store(self) -> ObjectStore:
        """The object store."""
        return open_store(self.settings)

    @cached_property
    def database(self) -> Database:
        """The database, its schema made or found to be this version's."""
        database = Database(self.settings.resolved_database_url)
        if self.settings.migrate_on_start:
            database.migrate()
        else:
            database.require_current()
        return database

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        return Ledger(self.database, self.store, self.settings.lease_s, prices(self.settings))

    @cached_property
    def broker(self) -> Broker:
        """The broker, on which services register their tasks."""
        return Broker(self.settings, self.ledger)

    @cached_property
    def embedder(self) -> Embedder:
        """Sentence embeddings from the inference server."""
        settings = self.settings
        url = settings.embeddings_url or settings.inference_url
        return HttpEmbedder(url, token=settings.resolved_inference_token)

    @cached_property
    def token_scorer(self) -> TokenScorer | None:
        """The base model of the server that embeds, for the offline judge; None to ask none."""
        settings = self.settings
        if settings.judge_likelihood == "never":
            return None
        url = settings.embeddings_url or settings.inference_url
        return HttpTokenScorer(url, settings.base_model, token=settings.resolved_inference_token)

    @cached_property
    def prompt_scorer(self) -> HttpTokenScorer | None:
        """How probable the engine's models find a text; None for TGI, which does not tell."""
        settings = self.settings
        if settings.engine == "tgi":
            return None
        token = settings.resolved_inference_token
        return HttpTokenScorer(settings.inference_url, settings.base_model, token=token)

    @cached_property
    def engine(self) -> Engine:
        """The serving engine, whichever replica of it."""
        settings = self.settings
        url, token = settings.inference_url, settings.resolved_inference_token
        if not settings.inference_replicas_url:
            return self._open_engine(url, new_client(url, token))
        # connections that are kept would go on to the replicas that they once led to
        return self._open_engine(url, new_client(url, token, kept_connections=0))

    @cached_property
    def engine_replicas(self) -> Replicas:
        """Each replica of the serving engine by itself."""
        url = self.settings.inference_replicas_url
        if not url:
            return lambda: {self.settings.inference_url: self.engine}
        return NamedReplicas(url, self._open_engine, self.settings.resolved_inference_token)

    def _open_engine(self, url: str, client: httpx.Client) -> Engine:
        settings = self.settings
        if settings.engine == "tgi":
            named = adapter_names(settings.tgi_adapters)
            started = StoredAdapters(self.store) if settings.tgi_deployment else named
            return TgiEngine(url, started, client)
        return OpenAIEngine(url, client)

    @cached_property
    def doorkeeper(self) -> Doorkeeper:
        """Who may call this process."""
        return open_doorkeeper(self.settings)

    @cached_property
    def audit_trail(self) -> AuditTrail:
        """The record of calls that do more than look."""
        return AuditTrail(lambda: self.database)

    def chat_models(self, role: LanguageModelRole) -> list[OpenAIChat]:
        """The language models of a role, their endpoints shared with all processes on the database.

        Args:
            role: Teacher or judge.

        Returns:
            Their clients; none when the role's work is done offline.
        """
        models = self.settings.language_models(role)
        return [chat_model(model, self._endpoint(model)) for model in models]

    def evaluated_models(self) -> dict[str, OpenAIChat]:
        """Clients of the language models that evaluations may compare with, by name."""
        models = self.settings.evaluated_endpoints
        return {name: chat_model(model, self._endpoint(model)) for name, model in models.items()}

    def _endpoint(self, model: LanguageModelSettings) -> Endpoint:
        if model.url not in self._endpoints:
            limits = EndpointLimits(model.in_flight, model.requests_per_minute)
            endpoint = self._endpoints[model.url] = Endpoint(limits)
            self.in_background("share", Share(self.database, model.url, endpoint).keep)
        return self._endpoints[model.url]

    def channel(self, room: str) -> grpc.Channel:
        """A channel to the service of a room.

        Args:
            room: For example `judge`; `GOLDBRIEF_JUDGE_ADDRESS` overrides the common address.

        Returns:
            A channel, opened once an address.
        """
        address = room_address(room, self.settings.address)
        if address not in self._channels:
            self._channels[address] = connect(address)
        return self._channels[address]

    def in_background(self, name: str, run: Callable[[threading.Event], None]) -> None:
        """Run something beside RPCs and tasks until `close`.

        Args:
            name: Of its thread.
            run: Gets the event that tells it to return, within seconds.
        """
        thread = threading.Thread(target=run, args=(self._stop,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """End background threads; close what was opened of channels, broker and database."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=_BACKGROUND_GRACE_S)
        self.closing.close()
        for channel in self._channels.values():
            channel.close()
        if "broker" in self.__dict__:
            self.broker.close()
        if "database" in self.__dict__:
            self.database.dispose()
