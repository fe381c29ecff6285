"""The synchronous client."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from goldbrief.api.audit.v1 import audit_pb2_grpc
from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.finetuning.v1 import finetuning_pb2, finetuning_pb2_grpc
from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.api.live.v1 import live_pb2_grpc
from goldbrief.api.registry.v1 import registry_pb2, registry_pb2_grpc
from goldbrief.api.reviews.v1 import reviews_pb2_grpc
from goldbrief.api.runs.v1 import runs_pb2, runs_pb2_grpc
from goldbrief.api.summarize.v1 import summarize_pb2, summarize_pb2_grpc
from goldbrief.api.synthesis.v1 import synthesis_pb2, synthesis_pb2_grpc
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.recipe import Recipe
from goldbrief.core.settings import Settings
from goldbrief.platform.rpc.channel import connect, room_address
from goldbrief.sdk.answers import WATCH_S, until_deadline
from goldbrief.sdk.articles import bring
from goldbrief.sdk.inputs import LocalInput, RemoteInput
from goldbrief.sdk.summaries import (
    DEFAULT_MODEL,
    BatchResult,
    FigurePolicy,
    batch_requests,
    batch_result,
    summarize_request,
)

_CHUNK_BYTES = 1 << 20


class Client:
    """Calls a Goldbrief server; raises `core.errors` exceptions.

    Answers are the messages of the API (`goldbrief.api`); what has no method here is
    called on the stubs (`client.datasets.GetImport(...)`).

    Example:
        >>> with Client() as client:
        ...     print(client.summarize("Revenue rose 12% to $4.1 million ...").text)

    Args:
        address: `host:port` of all services, or `https://host` for TLS; empty takes
            GOLDBRIEF_ADDRESS, or 127.0.0.1:7700, and GOLDBRIEF_<ROOM>_ADDRESS for services that
            live elsewhere.
        token: What the server lets this client in with, where it asks for one; empty takes
            GOLDBRIEF_TOKEN, or what the file GOLDBRIEF_TOKEN_FILE holds.
    """

    def __init__(self, address: str = "", token: str = "") -> None:
        self._token = token
        self.address = address or Settings().address
        self._own_addresses = not address
        self._channels: dict[str, grpc.Channel] = {}
        self.runs = runs_pb2_grpc.RunsServiceStub(self._channel("runs"))
        self.audit = audit_pb2_grpc.AuditServiceStub(self._channel("runs"))
        self.datasets = datasets_pb2_grpc.DatasetsServiceStub(self._channel("datasets"))
        self.synthesis = synthesis_pb2_grpc.SynthesisServiceStub(self._channel("synthesis"))
        self.judge = judge_pb2_grpc.JudgeServiceStub(self._channel("judge"))
        self.finetuning = finetuning_pb2_grpc.FinetuningServiceStub(self._channel("finetuning"))
        self.evaluation = evaluation_pb2_grpc.EvaluationServiceStub(self._channel("evaluation"))
        self.reviews = reviews_pb2_grpc.ReviewsServiceStub(self._channel("evaluation"))
        self.live = live_pb2_grpc.LiveServiceStub(self._channel("evaluation"))
        self.registry = registry_pb2_grpc.RegistryServiceStub(self._channel("registry"))
        self.gateway = summarize_pb2_grpc.SummarizeServiceStub(self._channel("summarize"))

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        for channel in self._channels.values():
            channel.close()

    def is_up(self, timeout_s: float = 0.5, wait: bool = False) -> bool:
        """Whether a Goldbrief server answers at the address.

        Args:
            timeout_s: Longest wait for an answer, in seconds.
            wait: Whether to wait for a server that is still starting.

        Returns:
            False when none answered in time, or one that is about to stop.
        """
        try:
            answer = health_pb2_grpc.HealthStub(self._channel("runs")).Check(
                health_pb2.HealthCheckRequest(), timeout=timeout_s, wait_for_ready=wait
            )
        except GoldbriefError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def summarize(
        self,
        article_text: str,
        model: str = DEFAULT_MODEL,
        persona: str = "",
        timeout_s: float = 120,
        figure_policy: FigurePolicy = "",
        fresh: bool = False,
    ) -> summarize_pb2.SummarizeResponse:
        """Summarize an article.

        Args:
            article_text: At most 1 MiB.
            model: Model name, or `model@version`.
            persona: Whom to write for; empty means the model's first persona.
            timeout_s: Deadline in seconds.
            figure_policy: What is done about figures that the article does not support: `annotate`
                marks them, `retry` has the summary written anew and returns the best text,
                `withhold` does that and returns no text where one is left, `enforce` does that too,
                and holds an engine that can be to the article's figures; empty leaves it to the
                model's style and the server, which annotates unless it is set up otherwise.
            fresh: Whether to have it written even if the text of an equal request is kept.

        Returns:
            Text, sections, checked figures, and the adapter version that answered.

        Raises:
            GoldbriefError: As summarize.proto says.
        """
        request = summarize_request(article_text, model, persona, figure_policy, fresh)
        response: summarize_pb2.SummarizeResponse = self.gateway.Summarize(
            request, timeout=timeout_s
        )
        return response

    def stream_summarize(
        self,
        article_text: str,
        model: str = DEFAULT_MODEL,
        persona: str = "",
        timeout_s: float = 120,
        figure_policy: FigurePolicy = "",
        fresh: bool = False,
    ) -> Iterator[summarize_pb2.StreamSummarizeResponse]:
        """Summarize an article; yields pieces of text, then the whole. Arguments as `summarize`."""
        request = summarize_request(article_text, model, persona, figure_policy, fresh)
        yield from self.gateway.StreamSummarize(
            summarize_pb2.StreamSummarizeRequest(request=request), timeout=timeout_s
        )

    def summarize_batch(
        self,
        articles: Mapping[str, str],
        model: str = DEFAULT_MODEL,
        persona: str = "",
        timeout_s: float = 600,
        figure_policy: FigurePolicy = "",
    ) -> Iterator[BatchResult]:
        """Summarize several articles.

        Args:
            articles: Texts by an id of your own; as many as you like.
            model: See `summarize`.
            persona: See `summarize`.
            timeout_s: Deadline in seconds of each call, of which 100 articles or 3 MiB take one.
            figure_policy: See `summarize`.

        Yields:
            A result for each article as soon as it is there: its summary, or why there is none.

        Raises:
            GoldbriefError: The server does not answer, or not any more.
        """
        for request in batch_requests(articles, model, persona, figure_policy):
            for answer in self.gateway.BatchSummarize(request, timeout=timeout_s):
                yield batch_result(answer)

    def compare(
        self,
        article_text: str,
        first: str,
        second: str,
        persona: str = "",
        style_json: str = "",
        timeout_s: float = 600,
    ) -> judge_pb2.CompareSummariesResponse:
        """Ask the judge which of two summaries of an article is better.

        It reads them in either order; a preference that does not survive the swap is a tie.

        Args:
            article_text: At most 1 MiB.
            first: A summary.
            second: Another one.
            persona: Whom they are written for; empty means the CFO.
            style_json: Style contract as JSON; empty leaves the form open.
            timeout_s: Deadline in seconds.

        Returns:
            `preferred` is first, second or tie, and empty when the judge failed to answer.

        Raises:
            GoldbriefError: As judge.proto says.
        """
        request = judge_pb2.CompareSummariesRequest(
            article_text=article_text, first=first, second=second, persona=persona,
            style_json=style_json,
        )  # fmt: skip
        response: judge_pb2.CompareSummariesResponse = self.judge.CompareSummaries(
            request, timeout=timeout_s
        )
        return response

    def upload(self, path: Path, name: str = "") -> str:
        """Upload a file.

        Args:
            path: The file.
            name: How messages name it; empty means the file's own name.

        Returns:
            Hex SHA-256 of its bytes.

        Raises:
            InvalidInputError: The file is empty or too large.
        """

        def chunks() -> Iterator[datasets_pb2.UploadFileRequest]:
            yield datasets_pb2.UploadFileRequest(name=name or path.name)
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield datasets_pb2.UploadFileRequest(chunk=chunk)

        return str(self.datasets.UploadFile(chunks()).sha256)

    def create_run(
        self,
        recipe: Recipe,
        inputs: Sequence[LocalInput | RemoteInput],
        nonce: str = "",
        following: runs_pb2.Round | None = None,
    ) -> runs_pb2.CreateRunResponse:
        """Upload a recipe's files and create its run, or find and continue it.

        Args:
            recipe: The recipe.
            inputs: From `gather_inputs`.
            nonce: Makes the run distinct from earlier ones of the same recipe and files.
            following: What it has of rounds before, see `prepare_round`; None for a first one.

        Returns:
            The run, and whether it was found.

        Raises:
            InvalidInputError: The recipe or its files cannot work.
        """
        request = runs_pb2.CreateRunRequest(
            recipe_json=recipe.model_dump_json(), nonce=nonce, round=following
        )
        for role, file in bring(self, inputs):
            request.inputs.add(
                role=f"ROLE_{role}", name=file.name, sha256=file.sha256, uri=file.uri
            )
        response: runs_pb2.CreateRunResponse = self.runs.CreateRun(request)
        return response

    def get_run(self, run_id: str = "") -> runs_pb2.Run:
        """Return a run by the beginning of its id; empty means the newest."""
        run: runs_pb2.Run = self.runs.GetRun(runs_pb2.GetRunRequest(id=run_id)).run
        return run

    def watch_run(self, run_id: str = "") -> Iterator[runs_pb2.Run]:
        """Yield the run whenever it changes, until it ends."""
        while True:
            request = runs_pb2.WatchRunRequest(id=run_id)
            for answer in until_deadline(self.runs.WatchRun(request, timeout=WATCH_S)):
                yield answer.run
            if self.get_run(run_id).HasField("end_time"):
                return

    def pause_run(self, run_id: str) -> runs_pb2.Run:
        """Hold a run; creating it again lets it go on."""
        run: runs_pb2.Run = self.runs.PauseRun(runs_pb2.PauseRunRequest(id=run_id)).run
        return run

    def cancel_run(self, run_id: str) -> runs_pb2.Run:
        """Stop a run for good."""
        run: runs_pb2.Run = self.runs.CancelRun(runs_pb2.CancelRunRequest(id=run_id)).run
        return run

    def list_candidates(
        self, synthesis_id: str, outcome: str = ""
    ) -> list[synthesis_pb2.Candidate]:
        """List the candidates of a synthesis, with verdicts and reasons."""
        request = synthesis_pb2.ListCandidatesRequest(synthesis_id=synthesis_id, outcome=outcome)
        candidates: list[synthesis_pb2.Candidate] = []
        while True:
            page = self.synthesis.ListCandidates(request)
            candidates.extend(page.candidates)
            if not page.next_page_token:
                return candidates
            request.page_token = page.next_page_token

    def list_imported_files(self, import_id: str) -> list[datasets_pb2.ImportedFile]:
        """List what became of each file of an import."""
        request = datasets_pb2.ListImportedFilesRequest(import_id=import_id)
        return list(self.datasets.ListImportedFiles(request).files)

    def get_import(self, import_id: str) -> datasets_pb2.Import:
        """Return an import: how far it is, or what came of it."""
        answer = self.datasets.GetImport(datasets_pb2.GetImportRequest(id=import_id))
        found: datasets_pb2.Import = getattr(answer, "import")
        return found

    def get_article(self, sha256: str) -> datasets_pb2.GetArticleResponse:
        """Return an article by the hash of its text."""
        request = datasets_pb2.GetArticleRequest(sha256=sha256)
        article: datasets_pb2.GetArticleResponse = self.datasets.GetArticle(request)
        return article

    def training_events(self, finetuning_run_id: str) -> list[work_pb2.Event]:
        """List the events of a fine-tuning run so far."""
        request = finetuning_pb2.WatchEventsRequest(id=finetuning_run_id, no_follow=True)
        return [response.event for response in self.finetuning.WatchEvents(request)]

    def evaluation_results(self, evaluation_id: str) -> dict[str, object]:
        """Return the results of an evaluation; empty while it goes on."""
        request = evaluation_pb2.GetEvaluationRequest(id=evaluation_id)
        results = self.evaluation.GetEvaluation(request).evaluation.results_json
        return dict(json.loads(results or "{}"))

    def save_report(self, evaluation_id: str, path: Path, file: str = "") -> None:
        """Write the HTML report of a finished evaluation, or another `file` of it, to `path`."""
        request = evaluation_pb2.GetReportRequest(id=evaluation_id, file=file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as written:
            for response in self.evaluation.GetReport(request):
                written.write(response.chunk)

    def predictions(self, evaluation_id: str) -> Iterator[evaluation_pb2.Prediction]:
        """Yield what each system of a finished evaluation wrote of each article."""
        request = evaluation_pb2.ListPredictionsRequest(id=evaluation_id)
        for response in self.evaluation.ListPredictions(request):
            yield response.prediction

    def write_sample(
        self, kind: str, article_text: str, persona: str, prompt_json: str, timeout_s: float = 300
    ) -> evaluation_pb2.WriteSampleResponse:
        """Let a system under evaluation (PROMPT_CHAIN, BASE) write one summary, to look at."""
        request = evaluation_pb2.WriteSampleRequest(
            system=evaluation_pb2.System(name=kind.lower(), kind=kind),
            article_text=article_text,
            persona=persona,
            prompt_json=prompt_json,
        )
        response: evaluation_pb2.WriteSampleResponse = self.evaluation.WriteSample(
            request, timeout=timeout_s
        )
        return response

    def resolve_model(self, model: str = DEFAULT_MODEL) -> registry_pb2.ModelVersion:
        """Return the version that is served under a model's name."""
        request = registry_pb2.ResolveModelRequest(model=model)
        version: registry_pb2.ModelVersion = self.registry.ResolveModel(request).model_version
        return version

    def roll_back(
        self, model: str = DEFAULT_MODEL, *, asked_by: str = "", reason: str = ""
    ) -> registry_pb2.ModelVersion:
        """Serve the version that was served before, or end the canary that is under way.

        Args:
            model: Model name.
            asked_by: Who asks, for the record.
            reason: Why, for the record.

        Returns:
            The version that is served now.

        Raises:
            FailedPreconditionError: There is neither.
        """
        request = registry_pb2.RollBackRequest(model=model, asked_by=asked_by, reason=reason)
        version: registry_pb2.ModelVersion = self.registry.RollBack(request).model_version
        return version

    def _channel(self, room: str) -> grpc.Channel:
        address = room_address(room, self.address) if self._own_addresses else self.address
        if address not in self._channels:
            self._channels[address] = connect(address, self._token)
        return self._channels[address]
