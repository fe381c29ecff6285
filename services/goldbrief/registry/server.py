"""The RPCs of the registry: protobuf in, domain call, protobuf out."""

from __future__ import annotations

from typing import Any

from goldbrief.api.registry.v1 import registry_pb2 as pb
from goldbrief.api.registry.v1 import registry_pb2_grpc
from goldbrief.platform.ledger import Work, Works
from goldbrief.platform.rpc.work_messages import timestamp, work_message
from goldbrief.registry.delivery import Delivery
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.promotions import PromotionRequest, Promotions
from goldbrief.registry.tables import ModelVersion


class RegistryServicer(registry_pb2_grpc.RegistryServiceServicer):
    """Answers for model versions and promotions."""

    def __init__(
        self, versions: ModelVersions, delivery: Delivery, promotions: Promotions, works: Works
    ) -> None:
        self._versions = versions
        self._delivery = delivery
        self._promotions = promotions
        self._works = works

    def RegisterModelVersion(  # noqa: N802 - the name is the API's
        self, request: pb.RegisterModelVersionRequest, context: Any
    ) -> pb.RegisterModelVersionResponse:
        """See the API."""
        version = self._versions.register(
            request.model, request.finetuning_run_id, request.run_id, request.dataset_digest
        )
        return pb.RegisterModelVersionResponse(model_version=self._message(version))

    def GetModelVersion(  # noqa: N802
        self, request: pb.GetModelVersionRequest, context: Any
    ) -> pb.GetModelVersionResponse:
        """See the API."""
        version = self._versions.get(request.model, request.version)
        return pb.GetModelVersionResponse(model_version=self._message(version))

    def ListModelVersions(  # noqa: N802
        self, request: pb.ListModelVersionsRequest, context: Any
    ) -> pb.ListModelVersionsResponse:
        """See the API."""
        versions = self._versions.list(request.model)
        return pb.ListModelVersionsResponse(model_versions=map(self._message, versions))

    def DeliverModelVersion(  # noqa: N802
        self, request: pb.DeliverModelVersionRequest, context: Any
    ) -> pb.DeliverModelVersionResponse:
        """See the API."""
        version = self._versions.get(request.model, request.version)
        self._versions.require_adapter(version)
        self._delivery.deliver(version)
        return pb.DeliverModelVersionResponse(model_version=self._message(version))

    def CreatePromotion(  # noqa: N802
        self, request: pb.CreatePromotionRequest, context: Any
    ) -> pb.CreatePromotionResponse:
        """See the API."""
        fields = {name: getattr(request, name) for name in PromotionRequest.__slots__}
        work = self._promotions.create(PromotionRequest(**fields))
        return pb.CreatePromotionResponse(promotion=self._promotion(work))

    def GetPromotion(  # noqa: N802
        self, request: pb.GetPromotionRequest, context: Any
    ) -> pb.GetPromotionResponse:
        """See the API."""
        work = self._promotions.get(request.id)
        return pb.GetPromotionResponse(promotion=self._promotion(work))

    def RollBack(  # noqa: N802
        self, request: pb.RollBackRequest, context: Any
    ) -> pb.RollBackResponse:
        """See the API."""
        self._delivery.order(self._versions.previous(request.model))
        version = self._versions.roll_back(request.model)
        return pb.RollBackResponse(model_version=self._message(version))

    def ResolveModel(  # noqa: N802
        self, request: pb.ResolveModelRequest, context: Any
    ) -> pb.ResolveModelResponse:
        """See the API."""
        version = self._versions.resolve(request.model)
        return pb.ResolveModelResponse(model_version=self._message(version))

    def _promotion(self, work: Work) -> pb.Promotion:
        return pb.Promotion(
            work=work_message(work, self._works.counts(work.id)),
            promoted=work.result.get("promoted", False),
            checks=[pb.GateCheck(**check) for check in work.result.get("checks", ())],
            label=work.result.get("label", ""),
            model=work.spec["model"],
            version=work.spec["version"],
        )

    def _message(self, version: ModelVersion) -> pb.ModelVersion:
        return pb.ModelVersion(
            model=version.model,
            version=str(version.version),
            served_name=version.served_name,
            prefix=version.prefix,
            finetuning_run_id=version.finetuning_run_id,
            run_id=version.run_id,
            base_model=version.base_model,
            dataset_digest=version.dataset_digest,
            prompt_json=version.prompt_json,
            create_time=timestamp(version.created_at),
            deleted_articles=self._versions.deleted_articles(version),
        )
