"""Wiring of the runs service."""

from __future__ import annotations

import grpc

from goldbrief.api.audit.v1.audit_pb2_grpc import add_AuditServiceServicer_to_server
from goldbrief.api.datasets.v1 import datasets_pb2_grpc
from goldbrief.api.evaluation.v1 import evaluation_pb2_grpc
from goldbrief.api.finetuning.v1 import finetuning_pb2_grpc
from goldbrief.api.judge.v1 import judge_pb2_grpc
from goldbrief.api.registry.v1 import registry_pb2_grpc
from goldbrief.api.runs.v1 import runs_pb2, runs_pb2_grpc
from goldbrief.api.synthesis.v1 import synthesis_pb2_grpc
from goldbrief.platform.hosting import Resources
from goldbrief.platform.ledger.gauges import LedgerGauges
from goldbrief.platform.rpc.server import Service
from goldbrief.platform.tracking import Tracker
from goldbrief.runs import tasks
from goldbrief.runs.audit_server import AuditServicer
from goldbrief.runs.controller import Runs
from goldbrief.runs.phases import Stubs
from goldbrief.runs.server import RunsServicer
from goldbrief.runs.tracking import Tracking


def build(resources: Resources) -> Service:
    """Register the tasks and return the RPCs, that of the audit record among them."""
    stubs = Stubs(
        datasets=datasets_pb2_grpc.DatasetsServiceStub(resources.channel("datasets")),
        synthesis=synthesis_pb2_grpc.SynthesisServiceStub(resources.channel("synthesis")),
        judge=judge_pb2_grpc.JudgeServiceStub(resources.channel("judge")),
        finetuning=finetuning_pb2_grpc.FinetuningServiceStub(resources.channel("finetuning")),
        evaluation=evaluation_pb2_grpc.EvaluationServiceStub(resources.channel("evaluation")),
        registry=registry_pb2_grpc.RegistryServiceStub(resources.channel("registry")),
    )
    runs = Runs(resources.ledger, resources.store, stubs)
    tracker = Tracker(resources.settings.resolved_tracking_uri)
    tracking = Tracking(tracker, resources.ledger, resources.store)
    tasks.register(resources.broker, runs, tracking)
    if resources.settings.metrics_port:
        resources.closing.callback(LedgerGauges(resources.database).register().unregister)
    servicer = RunsServicer(runs, resources.ledger)
    name = runs_pb2.DESCRIPTOR.services_by_name["RunsService"].full_name

    def register(server: grpc.aio.Server) -> None:
        runs_pb2_grpc.add_RunsServiceServicer_to_server(servicer, server)
        add_AuditServiceServicer_to_server(AuditServicer(resources.audit_trail), server)

    return Service(name, register)
