"""Evaluations apart from runs: any systems, on a dataset version or on articles of one's own."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2 as pb
from goldbrief.core.documents import PromptFormat, StyleContract
from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.core.plans import EvaluationPlan, GivenArticle, ImportPolicy
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.articles import bring
from goldbrief.sdk.calibration import infer_style
from goldbrief.sdk.client import Client
from goldbrief.sdk.datasets import get_built_version
from goldbrief.sdk.evaluated_systems import Parsed, parse_system
from goldbrief.sdk.inputs import LocalInput, find_articles
from goldbrief.text.golden_files import read_goldens, split_front_matter
from goldbrief.text.prompts import TEMPLATE

_SUMMARY = ".summary.md"
_LOOK_S = 0.5


class EvaluationFailedError(GoldbriefError):
    """An evaluation, or the import of its articles, ended without a result."""

    default_reason = "EVALUATION_FAILED"


class Evaluation:
    """An evaluation on the server, as it was when last looked at.

    Args:
        client: Of the server.
        message: What the server said.
    """

    def __init__(self, client: Client, message: pb.Evaluation) -> None:
        self._client = client
        self.message = message

    @property
    def id(self) -> str:
        """Its id."""
        return self.message.work.id

    @property
    def work(self) -> work_pb2.Work:
        """Its state, counts and cause."""
        return self.message.work

    @property
    def results(self) -> dict[str, Any]:
        """The results, see docs/evaluation.md; empty while it goes on."""
        return dict(json.loads(self.message.results_json or "{}"))

    def refresh(self) -> Evaluation:
        """Look again; returns itself."""
        self.message = _get(self._client, self.id)
        return self

    def wait(self, timeout_s: float = 86_400.0) -> Evaluation:
        """Wait for the end.

        Args:
            timeout_s: Longest wait, in seconds.

        Returns:
            Itself.

        Raises:
            EvaluationFailedError: It failed or was cancelled.
            TimeoutError: It has not ended in time; it goes on.
        """
        for _ in self.watch(timeout_s):
            pass
        return self

    def watch(self, timeout_s: float = 86_400.0) -> Iterator[Evaluation]:
        """As `wait`, yielding itself at each look."""
        deadline = time.monotonic() + timeout_s
        while not self.refresh().work.HasField("end_time"):
            yield self
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{self.id} has not ended after {timeout_s:g} s.")
            time.sleep(_LOOK_S)
        _require_success(self.work)

    def save(self, folder: Path) -> list[Path]:
        """Write report, tables, rows and charts.

        Args:
            folder: Made where it is missing; files of the same names are replaced.

        Returns:
            The files, report.html first.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / name for name in self.message.files or ["report.html"]]
        for path in paths:
            self._client.save_report(self.id, path, path.name)
        return sorted(paths, key=lambda path: path.name != "report.html")


def get_evaluation(client: Client, evaluation_id: str) -> Evaluation:
    """Find an evaluation by its id, or as the newest of a run; raises NotFoundError."""
    return Evaluation(client, _get(client, evaluation_id))


def evaluate(  # noqa: PLR0913 - a keyword for each thing that can be chosen
    client: Client,
    systems: Sequence[str],
    *,
    dataset: str = "",
    articles: str | Path = "",
    goldens: Path | None = None,
    persona: str = "",
    limit: int = 50,
    concurrency: int = 1,
    consistency_articles: int = 0,
    pairwise: bool = True,
    likelihood: bool = True,
    request_id: str = "",
) -> Evaluation:
    """Start an evaluation of any systems on the same articles.

    Args:
        client: Of the server.
        systems: What to compare, see `parse_system`; the last is compared with each other one.
        dataset: Dataset version whose held-out rows are used, as `name/version` or a name.
        articles: Or a folder, file, web address or s3:// prefix. `NAME.summary.md` beside
            `NAME.md` is the summary that it is compared with.
        goldens: Folder of goldens: the house style where neither a dataset nor a model has one,
            and what the teacher and version 1 are shown.
        persona: Whom to write for, of articles of one's own; empty means the style's first.
        limit: Most articles.
        concurrency: Summaries that a system writes at once.
        consistency_articles: So many articles are written five times by each system.
        pairwise: Let the judge compare the last system's summaries with each other one's.
        likelihood: Ask the engine how probable systems find the summaries that articles come with.
        request_id: Makes the call idempotent; empty makes one up.

    Returns:
        The evaluation, begun.

    Raises:
        InvalidInputError: A system cannot be, or there are neither dataset nor articles, or both.
        NotFoundError: A dataset version, model or endpoint does not exist.
        FailedPreconditionError: There is nothing to evaluate on.
        EvaluationFailedError: No article could be read.
    """
    if bool(dataset) == bool(articles):
        raise InvalidInputError(
            "An evaluation needs a dataset version or articles of your own, and not both.",
            reason="INVALID_EVALUATION",
        )
    parsed = [parse_system(client, text) for text in systems]
    prompt, prefix = _prompt(client, parsed, dataset, goldens)
    plan = EvaluationPlan(
        dataset_prefix=prefix,
        given=_given(client, articles, persona or prompt.style.personas[0]) if articles else (),
        goldens=read_goldens(_files(goldens), _files(goldens / "articles")) if goldens else (),
        prompt=prompt,
        articles=limit,
        concurrency=concurrency,
        consistency_articles=consistency_articles,
        pairwise=pairwise,
        likelihood=likelihood,
    )
    request = pb.CreateEvaluationRequest(
        request_id=request_id or f"evaluate-{uuid.uuid4().hex}",
        systems=[system for system, _ in parsed],
        plan_json=plan.model_dump_json(),
    )
    return Evaluation(client, client.evaluation.CreateEvaluation(request).evaluation)


def _prompt(
    client: Client, systems: Sequence[Parsed], dataset: str, goldens: Path | None
) -> tuple[PromptFormat, str]:
    """How articles become prompts, and the dataset's prefix.

    As the last model was trained, else as the dataset was made, else by the style of the goldens.
    """
    version = get_built_version(client, dataset) if dataset else None
    of_models = [prompt for _, prompt in systems if prompt]
    prefix = version.prefix if version else ""
    if of_models or version:
        document = of_models[-1] if of_models else version.prompt_json if version else ""
        return PromptFormat.model_validate_json(document), prefix
    if goldens is None:
        raise InvalidInputError(
            "Nothing says in what style to write.",
            reason="NO_STYLE",
            remedy="Evaluate a model (model:NAME), on a dataset version, or give a "
            "folder of goldens.",
        )
    style = StyleContract.model_validate_json(infer_style(client, goldens))
    return PromptFormat(
        template=TEMPLATE, strategy="full", article_tokens=4000, wrap="plain", style=style,
        max_new_tokens=2 * style.max_words,
    ), prefix  # fmt: skip


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}


def _given(client: Client, where: str | Path, persona: str) -> tuple[GivenArticle, ...]:
    """Import the articles and find the summaries beside them."""
    inputs = [
        one
        for one in find_articles(str(where))
        if not (isinstance(one, LocalInput) and one.name.endswith(_SUMMARY))
    ]
    references = {one.name: _reference(one) for one in inputs if isinstance(one, LocalInput)}
    request = datasets_pb2.CreateImportRequest(
        request_id=f"evaluate-{uuid.uuid4().hex}",
        files=[file for _, file in bring(client, inputs)],
        policy_json=ImportPolicy().model_dump_json(),
    )
    work = getattr(client.datasets.CreateImport(request), "import").work
    while not work.HasField("end_time"):
        time.sleep(_LOOK_S)
        work = client.get_import(work.id).work
    _require_success(work)
    given = tuple(
        GivenArticle(sha256=sha256, persona=persona, reference=references.get(file.name, ""))
        for file in client.list_imported_files(work.id)
        if file.fate == "KEPT"
        for sha256 in file.article_sha256s
    )
    if not given:
        raise EvaluationFailedError(
            f"{where} holds no article that can be used.",
            reason="NO_ARTICLES",
            remedy=f"`goldbrief articles list {work.id}` says why each file was rejected.",
        )
    return given


def _reference(article: LocalInput) -> str:
    """The summary beside an article; empty without one."""
    path = article.path.with_name(article.path.stem + _SUMMARY)
    if not path.is_file():
        return ""
    return split_front_matter(path.read_text(encoding="utf-8"), path.name)[1].strip()


def _get(client: Client, evaluation_id: str) -> pb.Evaluation:
    message: pb.Evaluation = client.evaluation.GetEvaluation(
        pb.GetEvaluationRequest(id=evaluation_id)
    ).evaluation
    return message


def _require_success(work: work_pb2.Work) -> None:
    state = state_of(work.state)
    if state != "SUCCEEDED":
        raise EvaluationFailedError(
            f"{work.id} {state.lower()}: {work.cause.message or 'on request'}",
            reason=work.cause.reason or state,
            remedy=work.cause.remedy,
        )
