"""RPCs of the datasets service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from pydantic import ValidationError

from goldbrief.api.datasets.v1 import datasets_pb2, datasets_pb2_grpc
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import ImportPolicy
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.articles import ImportedFile
from goldbrief.datasets.basis import read_basis
from goldbrief.datasets.contents import read_manifest, read_rejected, read_rows
from goldbrief.datasets.imports import Imports
from goldbrief.datasets.improving import propose
from goldbrief.datasets.own_pairs import OwnFile
from goldbrief.datasets.proposal_text import render_proposal
from goldbrief.datasets.sources import Source
from goldbrief.datasets.uploads import store_upload
from goldbrief.datasets.versions import DatasetVersions, OwnRequest, VersionRequest
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.platform.rpc.work_messages import work_message


class DatasetsServicer(datasets_pb2_grpc.DatasetsServiceServicer):
    """See datasets.proto for what each RPC promises.

    Args:
        imports: The imports.
        versions: The dataset versions.
        ledger: Counts items.
        store: Takes uploads.
    """

    def __init__(
        self, imports: Imports, versions: DatasetVersions, ledger: Ledger, store: ObjectStore
    ) -> None:
        self._imports = imports
        self._versions = versions
        self._ledger = ledger
        self._store = store

    def UploadFile(  # noqa: D102, N802
        self, request_iterator: Iterator[datasets_pb2.UploadFileRequest], context: Any
    ) -> datasets_pb2.UploadFileResponse:
        first = next(request_iterator, datasets_pb2.UploadFileRequest())
        chunks = (message.chunk for message in chain([first], request_iterator))
        upload = store_upload(self._store, first.name or "The file", chunks)
        return datasets_pb2.UploadFileResponse(sha256=upload.sha256, size=upload.size)

    def ListSources(  # noqa: D102, N802
        self, request: datasets_pb2.ListSourcesRequest, context: Any
    ) -> datasets_pb2.ListSourcesResponse:
        return datasets_pb2.ListSourcesResponse(
            files=[
                datasets_pb2.UploadedFile(name=source.name, uri=source.uri)
                for source in self._imports.sources(request.uri)
            ]
        )

    def CreateImport(  # noqa: D102, N802
        self, request: datasets_pb2.CreateImportRequest, context: Any
    ) -> datasets_pb2.CreateImportResponse:
        files = [Source(file.name, file.sha256, file.uri) for file in request.files]
        policy = _policy(request.policy_json)
        work = self._imports.create(request.request_id, request.run_id, files, policy)
        return datasets_pb2.CreateImportResponse(**{"import": self._import(work)})

    def GetImport(  # noqa: D102, N802
        self, request: datasets_pb2.GetImportRequest, context: Any
    ) -> datasets_pb2.GetImportResponse:
        work = self._imports.get(request.id)
        return datasets_pb2.GetImportResponse(**{"import": self._import(work)})

    def ListImportedFiles(  # noqa: D102, N802
        self, request: datasets_pb2.ListImportedFilesRequest, context: Any
    ) -> datasets_pb2.ListImportedFilesResponse:
        files = self._imports.files(request.import_id)
        return datasets_pb2.ListImportedFilesResponse(files=[_file(file) for file in files])

    def GetArticle(  # noqa: D102, N802
        self, request: datasets_pb2.GetArticleRequest, context: Any
    ) -> datasets_pb2.GetArticleResponse:
        article = self._imports.article(request.sha256)
        return datasets_pb2.GetArticleResponse(**article.model_dump())

    def CreateDatasetVersion(  # noqa: D102, N802
        self, request: datasets_pb2.CreateDatasetVersionRequest, context: Any
    ) -> datasets_pb2.CreateDatasetVersionResponse:
        wanted = VersionRequest(
            name=request.name,
            synthesis_id=request.synthesis_id,
            import_id=request.import_id,
            plan_key=request.plan_key,
            extends=request.extends,
        )
        work = self._versions.create(request.request_id, request.run_id, wanted)
        return datasets_pb2.CreateDatasetVersionResponse(dataset_version=self._version(work))

    def ImportPairs(  # noqa: D102, N802
        self, request: datasets_pb2.ImportPairsRequest, context: Any
    ) -> datasets_pb2.ImportPairsResponse:
        wanted = OwnRequest(
            name=request.name,
            file=OwnFile(request.file_name, request.sha256, request.source, request.licence),
            like=request.like,
            eval_pairs=request.eval_pairs,
            embeddings=not request.skip_embeddings,
            seed=request.seed,
        )
        work = self._versions.create_of_own(request.request_id, wanted)
        return datasets_pb2.ImportPairsResponse(dataset_version=self._version(work))

    def GetDatasetVersion(  # noqa: D102, N802
        self, request: datasets_pb2.GetDatasetVersionRequest, context: Any
    ) -> datasets_pb2.GetDatasetVersionResponse:
        work = self._versions.get(request.id)
        version = self._version(work)
        version.card = self._versions.card(work)
        version.histograms_svg = self._versions.chart(work)
        version.prompt_json = self._versions.prompt_json(work)
        version.manifest_json = read_manifest(self._store, work)
        return datasets_pb2.GetDatasetVersionResponse(dataset_version=version)

    def ListDatasetVersions(  # noqa: D102, N802
        self, request: datasets_pb2.ListDatasetVersionsRequest, context: Any
    ) -> datasets_pb2.ListDatasetVersionsResponse:
        works = self._versions.of_name(request.name)
        return datasets_pb2.ListDatasetVersionsResponse(
            dataset_versions=[self._version(work) for work in works]
        )

    def ListDatasetRows(  # noqa: D102, N802
        self, request: datasets_pb2.ListDatasetRowsRequest, context: Any
    ) -> Iterator[datasets_pb2.ListDatasetRowsResponse]:
        work = self._versions.get(request.id)
        for split, pair in read_rows(self._store, work, request.split):
            row = datasets_pb2.DatasetRow(split=split, **pair.model_dump())
            yield datasets_pb2.ListDatasetRowsResponse(row=row)

    def ListRejectedCandidates(  # noqa: D102, N802
        self, request: datasets_pb2.ListRejectedCandidatesRequest, context: Any
    ) -> Iterator[datasets_pb2.ListRejectedCandidatesResponse]:
        work = self._versions.get(request.id)
        for fate, judgment in read_rejected(self._store, work):
            yield datasets_pb2.ListRejectedCandidatesResponse(
                candidate=datasets_pb2.RejectedCandidate(
                    fate=fate.fate,
                    reason=fate.reason,
                    article_sha256=fate.article_sha256,
                    persona=fate.persona,
                    score=(judgment.overall or 0.0) if judgment else 0.0,
                    judgment_json=judgment.model_dump_json() if judgment else "",
                )
            )

    def ProposeImprovement(  # noqa: D102, N802
        self, request: datasets_pb2.ProposeImprovementRequest, context: Any
    ) -> datasets_pb2.ProposeImprovementResponse:
        work = self._versions.get(request.id)
        proposal = propose(read_basis(self._ledger, self._store, work))
        return datasets_pb2.ProposeImprovementResponse(
            proposal_json=proposal.model_dump_json(), markdown=render_proposal(proposal)
        )

    def _import(self, work: Work) -> datasets_pb2.Import:
        return datasets_pb2.Import(work=work_message(work, self._ledger.works.counts(work.id)))

    def _version(self, work: Work) -> datasets_pb2.DatasetVersion:
        return datasets_pb2.DatasetVersion(
            work=work_message(work, self._ledger.works.counts(work.id)),
            name=work.spec["name"],
            version=work.result.get("version", ""),
            digest=work.result.get("digest", ""),
            prefix=work.result.get("prefix", ""),
            rows=work.result.get("rows", {}),
        )


def _file(file: ImportedFile | str) -> datasets_pb2.ImportedFile:
    if isinstance(file, str):
        return datasets_pb2.ImportedFile(name=file)
    return datasets_pb2.ImportedFile(
        name=file.name,
        fate=file.fate,
        reason=file.reason,
        article_sha256s=[file.article_sha256] if file.article_sha256 else [],
        words=file.words,
        size=file.size,
        source=file.source,
        licence=file.licence,
        language=file.language,
        findings=file.findings,
    )


def _policy(json_text: str) -> ImportPolicy:
    try:
        return ImportPolicy.model_validate_json(json_text or "{}")
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise InvalidInputError(
            f"The import's policy is wrong: {where}: {problem['msg']}.", reason="INVALID_POLICY"
        ) from error
