"""What people score a summary by, from 1 to 5."""

from __future__ import annotations

from typing import Literal, get_args

Criterion = Literal[
    "conciseness", "contextual_understanding", "coherence", "completeness", "customization"
]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
