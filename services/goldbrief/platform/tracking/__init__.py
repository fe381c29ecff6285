"""MLflow as the ledger of runs and models: written one way, never read for decisions.

Importing this package does not import mlflow, which takes seconds; the first call does.
"""

from goldbrief.platform.tracking.traces import TrackedAssessment, TrackedSummary
from goldbrief.platform.tracking.tracker import (
    TrackedDataset,
    TrackedModel,
    TrackedRatings,
    Tracker,
)
from goldbrief.platform.tracking.ui import mlflow_ui_command

__all__ = [
    "TrackedAssessment",
    "TrackedDataset",
    "TrackedModel",
    "TrackedRatings",
    "TrackedSummary",
    "Tracker",
    "mlflow_ui_command",
]
