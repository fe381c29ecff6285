"""Celery as the doorbell of the ledger: messages carry one id, the database the rest."""

from goldbrief.platform.broker.broker import Broker
from goldbrief.platform.broker.stages import StageContext, StageHandler
from goldbrief.platform.broker.workers import BackgroundWorker

__all__ = ["BackgroundWorker", "Broker", "StageContext", "StageHandler"]
