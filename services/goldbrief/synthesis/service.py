"""Wiring of the synthesis service."""

from __future__ import annotations

from goldbrief.api.synthesis.v1.synthesis_pb2_grpc import add_SynthesisServiceServicer_to_server
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service
from goldbrief.synthesis import tasks
from goldbrief.synthesis.candidates import CandidateStages
from goldbrief.synthesis.chat import ChatTeacher
from goldbrief.synthesis.contestant import Contestant
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.server import SynthesisServicer
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.synthesis.teachers import Teacher


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    model = next(iter(resources.chat_models("teacher")), None)
    teacher: Teacher = ChatTeacher(model) if model else OfflineTeacher(resources.embedder)
    probe = model.check if model else lambda: None
    store = resources.store
    tasks.register(resources.broker, CandidateStages(store, teacher))
    tasks.register_contestant(resources.broker, Contestant(store, teacher))
    syntheses = Syntheses(
        resources.ledger, resources.store, teacher.name, probe, is_paid=model is not None
    )
    servicer = SynthesisServicer(syntheses, resources.ledger)
    return Service(
        name="goldbrief.api.synthesis.v1.SynthesisService",
        register=lambda server: add_SynthesisServiceServicer_to_server(servicer, server),
    )
