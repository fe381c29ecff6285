"""The time that transformers' Trainer spends in its steps, without what it does around them."""

from __future__ import annotations

import time
from typing import Any

import torch
from transformers import TrainerCallback


class Clock(TrainerCallback):
    """Keeps the time from the begin of the first step to the end of the latest."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._begin: float | None = None
        self.seconds = 0.0

    def on_step_begin(self, *_arguments: Any, **_options: Any) -> None:
        """Note the begin of the first step."""
        if self._begin is None:
            self._begin = self._now()

    def on_step_end(self, *_arguments: Any, **_options: Any) -> None:
        """Note the end of the latest step."""
        if self._begin is not None:
            self.seconds = self._now() - self._begin

    def _now(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()
