"""Wiring of the evaluation service."""

from __future__ import annotations

import grpc

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.reviews.v1.reviews_pb2_grpc import add_ReviewsServiceServicer_to_server
from goldbrief.evaluation import tasks
from goldbrief.evaluation.evaluations import Evaluations
from goldbrief.evaluation.reviews.service import build_reviews
from goldbrief.evaluation.server import EvaluationServicer
from goldbrief.evaluation.stages import Stages
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service


def build(resources: Resources) -> Service:
    """Register the tasks and return the RPCs, those of reviews among them."""
    store, engine = resources.store, resources.engine
    tasks.register(resources.broker, Stages(store, engine, resources.embedder))
    evaluations = Evaluations(resources.ledger, store, engine)
    servicer = EvaluationServicer(evaluations, resources.ledger)
    reviews = build_reviews(resources, evaluations)
    name = evaluation_pb2.DESCRIPTOR.services_by_name["EvaluationService"].full_name

    def register(server: grpc.aio.Server) -> None:
        evaluation_pb2_grpc.add_EvaluationServiceServicer_to_server(servicer, server)
        add_ReviewsServiceServicer_to_server(reviews, server)

    return Service(name, register)
