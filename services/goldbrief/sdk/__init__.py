"""The public client: `goldbrief.Client` and `goldbrief.AsyncClient`."""

from goldbrief.sdk.aio import AsyncClient
from goldbrief.sdk.client import Client
from goldbrief.sdk.finetuning import FinetuningRun
from goldbrief.sdk.inputs import LocalInput, gather_inputs, golden_inputs

__all__ = ["AsyncClient", "Client", "FinetuningRun", "LocalInput", "gather_inputs", "golden_inputs"]
