"""Live summaries on a throw-away database: what judges, keeps and reports them, over RPC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.live.v1.live_pb2_grpc import LiveServiceStub, add_LiveServiceServicer_to_server
from goldbrief.api.summarize.v1.summarize_pb2_grpc import add_SummarizeServiceServicer_to_server
from goldbrief.core.seams import Embedder
from goldbrief.evaluation.live.config import LiveSettings
from goldbrief.evaluation.live.heldout_scores import HeldOutScores
from goldbrief.evaluation.live.observing import Observed, Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.quality import QualityReader
from goldbrief.evaluation.live.reporting import Reports
from goldbrief.evaluation.live.server import LiveServicer
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.ledger import Database, Ledger
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.storage import DirectoryStore
from goldbrief.summarize.models import ModelDirectory, Served, ServedModel
from goldbrief.summarize.reporting import Reporter
from goldbrief.summarize.server import SummarizeServicer

ARTICLE = "Sales rose 5% to $12 million. In Cardiff."
SUMMARY = "Sales rose 6%."


class FairJudge:
    """Gives every summary 4.2, and finds one figure of two wrong."""

    def JudgeSummary(  # noqa: N802 - the RPC's name
        self, request: judge_pb2.JudgeSummaryRequest, timeout: float
    ) -> judge_pb2.JudgeSummaryResponse:
        """See the API."""
        finding = judge_pb2.Finding(check="figures", severity="error", message="6% is not in it.")
        return judge_pb2.JudgeSummaryResponse(
            judge="fair", rubric="brief-1", overall=4.2, figures_total=2, figures_supported=1,
            findings=[finding],
        )  # fmt: skip


class LiveWorkplace:
    """Everything that is known of live summaries of `briefs@2`.

    Args:
        folder: Empty.
        database: Migrated.
        embedder: Embeds articles; None where no answer is judged.
        text_days: See LiveSettings.
        prompt: Prompt format of the version; nothing is written with it.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        embedder: Embedder | None,
        text_days: float,
        prompt: Any = None,
    ) -> None:
        settings = LiveSettings(text_days=text_days)
        store = DirectoryStore(folder / "objects")
        ledger, texts = Ledger(database, store), LiveTexts(store, text_days)
        profiles = TrainingProfiles(ledger, store, embedder)  # type: ignore[arg-type]
        self.observer = Observer(database, texts, profiles, FairJudge(), settings.daily_judgments)
        self.reports = Reports(database, store, texts)
        reader = QualityReader(
            database, profiles, HeldOutScores(ledger, store), settings.window_days
        )
        self._live = LiveServicer(self.observer, self.reports, reader, settings)
        model = ServedModel("briefs", "2", "briefs--2", "f", "r", "b", prompt, dataset_digest="d1")
        self._models = ModelDirectory(lambda _: Served(model))

    def observe(self, request_id: str) -> None:
        """Have an answer judged as one that the gateway drew."""
        self.observer.observe(
            Observed(request_id, "briefs", "2", "d1", "CFO", "", ARTICLE, SUMMARY)
        )

    def service(self) -> Service:
        """LiveService, for a server of one's own."""
        return Service("live", lambda s: add_LiveServiceServicer_to_server(self._live, s))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve LiveService, and a gateway that takes reports; yields the address."""
        live = RpcServer("127.0.0.1", 0, [self.service()])
        with connect(f"127.0.0.1:{live.start()}") as channel:
            reporter = Reporter(self._models, LiveServiceStub(channel))
            servicer = SummarizeServicer(None, reporter)  # type: ignore[arg-type]
            gateway = Service(
                "gateway", lambda s: add_SummarizeServiceServicer_to_server(servicer, s)
            )
            server = RpcServer("127.0.0.1", 0, [gateway, self.service()])
            try:
                yield f"127.0.0.1:{server.start()}"
            finally:
                server.stop()
                live.stop()
