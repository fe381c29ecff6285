"""Wiring of the evaluation service."""

from __future__ import annotations

import grpc

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.judge.v1.judge_pb2_grpc import JudgeServiceStub
from goldbrief.api.live.v1.live_pb2_grpc import add_LiveServiceServicer_to_server
from goldbrief.api.reviews.v1.reviews_pb2_grpc import add_ReviewsServiceServicer_to_server
from goldbrief.evaluation import tasks
from goldbrief.evaluation.evaluations import Evaluations
from goldbrief.evaluation.live.service import build_live
from goldbrief.evaluation.mirroring import RatingsMirror
from goldbrief.evaluation.models import LiveModels
from goldbrief.evaluation.reports import Reports
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.reviews.service import build_reviews
from goldbrief.evaluation.server import EvaluationServicer
from goldbrief.evaluation.stages import Stages
from goldbrief.platform.hosting import Resources
from goldbrief.platform.hosting.language_models import price_of
from goldbrief.platform.rpc.server import Service

_SECONDS_AN_HOUR = 3600


def build(resources: Resources) -> Service:
    """Register the tasks and return the RPCs, those of reviews and live summaries among them."""
    store, models = resources.store, _models(resources)
    evaluations = Evaluations(resources.ledger, store, models)
    ratings = ReviewResults(resources.database, store)
    reports = Reports(evaluations, resources.ledger, store, resources.embedder, ratings)
    mirror = RatingsMirror(resources.ledger, reports)
    tasks.register(resources.broker, Stages(store, models, resources.embedder), mirror)
    servicer = EvaluationServicer(evaluations, reports, resources.ledger)
    reviews = build_reviews(resources, evaluations, mirror)
    live = build_live(resources, JudgeServiceStub(resources.channel("judge")))
    name = evaluation_pb2.DESCRIPTOR.services_by_name["EvaluationService"].full_name

    def register(server: grpc.aio.Server) -> None:
        evaluation_pb2_grpc.add_EvaluationServiceServicer_to_server(servicer, server)
        add_ReviewsServiceServicer_to_server(reviews, server)
        add_LiveServiceServicer_to_server(live, server)

    return Service(name, register)


def _models(resources: Resources) -> LiveModels:
    settings = resources.settings
    prices = {name: price_of(model) for name, model in settings.evaluated_endpoints.items()}
    engine_price = settings.gpu_hour_price / _SECONDS_AN_HOUR
    return LiveModels(
        resources.engine,
        resources.evaluated_models(),
        prices,
        engine_price,
        resources.prompt_scorer,
    )
