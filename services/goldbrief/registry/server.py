"""The RPCs of the registry: protobuf in, domain call, protobuf out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.api.registry.v1 import registry_pb2_grpc
from goldbrief.core.access import ANYBODY, current_principal
from goldbrief.core.errors import InvalidInputError
from goldbrief.platform.ledger import Work
from goldbrief.registry.decisions import Grounds
from goldbrief.registry.downloads import pieces_of
from goldbrief.registry.lineage import lineage_of
from goldbrief.registry.messages import (
    decision_message,
    outcomes_of,
    promotion_message,
    resolved_message,
    version_message,
)
from goldbrief.registry.promotions import PromotionRequest
from goldbrief.registry.registry import Registry
from goldbrief.registry.tables import ModelVersion
from goldbrief.registry.verification import verify

_MOST_DIGITS = 10
"""A version that the database can hold has fewer."""


class RegistryServicer(registry_pb2_grpc.RegistryServiceServicer):
    """Answers for model versions, promotions and canaries; see the API for each."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def RegisterModelVersion(  # noqa: D102, N802 - the name is the API's
        self, request: pb.RegisterModelVersionRequest, context: Any
    ) -> pb.RegisterModelVersionResponse:
        version = self._registry.versions.register(
            request.model, request.finetuning_run_id, request.run_id, request.dataset_digest
        )
        return pb.RegisterModelVersionResponse(model_version=self._message(version))

    def GetModelVersion(  # noqa: D102, N802
        self, request: pb.GetModelVersionRequest, context: Any
    ) -> pb.GetModelVersionResponse:
        version = self._registry.versions.get(request.model, request.version)
        decisions = self._registry.decisions.read(version.model)
        lineage = lineage_of(self._registry.store, self._registry.versions, version, decisions)
        return pb.GetModelVersionResponse(
            model_version=self._message(version), lineage=pb.Lineage(**asdict(lineage))
        )

    def ListModelVersions(  # noqa: D102, N802
        self, request: pb.ListModelVersionsRequest, context: Any
    ) -> pb.ListModelVersionsResponse:
        stages = self._registry.aliases.stages()
        messages = (
            self._told(version, stages.get((version.model, version.version), ""))
            for version in self._registry.versions.list(request.model)
        )
        return pb.ListModelVersionsResponse(model_versions=messages)

    def VerifyModelVersion(  # noqa: D102, N802
        self, request: pb.VerifyModelVersionRequest, context: Any
    ) -> pb.VerifyModelVersionResponse:
        registry = self._registry
        version = registry.versions.get(request.model, request.version)
        findings = verify(registry.store, registry.versions, registry.trust, version)
        return pb.VerifyModelVersionResponse(
            model_version=self._message(version),
            findings=[pb.VerificationFinding(**asdict(finding)) for finding in findings],
        )

    def SignModelVersion(  # noqa: D102, N802
        self, request: pb.SignModelVersionRequest, context: Any
    ) -> pb.SignModelVersionResponse:
        version = self._registry.versions.get(request.model, request.version)
        key_id = self._registry.versions.sign(version)
        return pb.SignModelVersionResponse(model_version=self._message(version), key_id=key_id)

    def DownloadModelVersion(  # noqa: D102, N802
        self, request: pb.DownloadModelVersionRequest, context: Any
    ) -> Iterator[pb.DownloadModelVersionResponse]:
        versions = self._registry.versions
        version = versions.get(request.model, request.version)
        for piece in pieces_of(self._registry.store, versions, version, merged=request.merged):
            yield pb.DownloadModelVersionResponse(**asdict(piece))

    def DeliverModelVersion(  # noqa: D102, N802
        self, request: pb.DeliverModelVersionRequest, context: Any
    ) -> pb.DeliverModelVersionResponse:
        version = self._registry.versions.get(request.model, request.version)
        self._registry.versions.require_adapter(version)
        self._registry.delivery.deliver(version)
        return pb.DeliverModelVersionResponse(model_version=self._message(version))

    def CreatePromotion(  # noqa: D102, N802
        self, request: pb.CreatePromotionRequest, context: Any
    ) -> pb.CreatePromotionResponse:
        fields = {name: getattr(request, name) for name in PromotionRequest.__slots__}
        fields["asked_by"] = _who(request.asked_by)
        work = self._registry.promotions.create(PromotionRequest(**fields))
        return pb.CreatePromotionResponse(promotion=self._promotion(work))

    def GetPromotion(  # noqa: D102, N802
        self, request: pb.GetPromotionRequest, context: Any
    ) -> pb.GetPromotionResponse:
        work = self._registry.promotions.get(request.id)
        return pb.GetPromotionResponse(promotion=self._promotion(work))

    def RollBack(  # noqa: D102, N802
        self, request: pb.RollBackRequest, context: Any
    ) -> pb.RollBackResponse:
        aliases = self._registry.aliases
        self._registry.delivery.order(aliases.previous(request.model))
        cause_id = f"roll-{secrets.token_hex(6)}"
        version = aliases.roll_back(
            request.model, Grounds(cause_id, _who(request.asked_by), request.reason)
        )
        return pb.RollBackResponse(model_version=self._message(version))

    def ListDecisions(  # noqa: D102, N802
        self, request: pb.ListDecisionsRequest, context: Any
    ) -> pb.ListDecisionsResponse:
        decisions = self._registry.decisions.read(request.model)
        return pb.ListDecisionsResponse(decisions=map(decision_message, decisions))

    def ReportOutcomes(  # noqa: D102, N802
        self, request: pb.ReportOutcomesRequest, context: Any
    ) -> pb.ReportOutcomesResponse:
        seen = [(_number(one.version), outcomes_of(one.outcomes)) for one in request.seen]
        self._registry.watch.count(request.canary_id, request.reporter, seen)
        return pb.ReportOutcomesResponse()

    def ResolveModel(  # noqa: D102, N802
        self, request: pb.ResolveModelRequest, context: Any
    ) -> pb.ResolveModelResponse:
        return resolved_message(self._registry.aliases.resolve(request.model), self._told)

    def _promotion(self, work: Work) -> pb.Promotion:
        counts = self._registry.ledger.works.counts(work.id)
        return promotion_message(work, counts, self._registry.watch.compare(work.id))

    def _message(self, version: ModelVersion) -> pb.ModelVersion:
        stages = self._registry.aliases.stages()
        return self._told(version, stages.get((version.model, version.version), ""))

    def _told(self, version: ModelVersion, stage: str) -> pb.ModelVersion:
        return version_message(version, stage, self._registry.versions.deleted_articles(version))


def _number(version: str) -> int:
    if not (version.isascii() and version.isdigit() and len(version) < _MOST_DIGITS):
        raise InvalidInputError(
            f"{version[:40]!r} is no version.",
            reason="INVALID_VERSION",
            metadata={"field": "seen.version"},
        )
    return int(version)


def _who(said: str) -> str:
    """Who asks: by the token, and as the caller says."""
    principal = current_principal.get()
    if principal is ANYBODY:
        return said
    return f"{principal.name} ({said})" if said else principal.name
