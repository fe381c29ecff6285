"""The public client: `goldbrief.Client` and `goldbrief.AsyncClient`."""

from goldbrief.sdk.aio import AsyncClient
from goldbrief.sdk.articles import import_articles
from goldbrief.sdk.client import Client
from goldbrief.sdk.evaluation import Evaluation, evaluate, get_evaluation
from goldbrief.sdk.finetuning import FinetuningRun
from goldbrief.sdk.inputs import LocalInput, RemoteInput, gather_inputs, golden_inputs
from goldbrief.sdk.summaries import BatchResult

__all__ = [
    "AsyncClient",
    "BatchResult",
    "Client",
    "Evaluation",
    "FinetuningRun",
    "LocalInput",
    "RemoteInput",
    "evaluate",
    "gather_inputs",
    "get_evaluation",
    "golden_inputs",
    "import_articles",
]
