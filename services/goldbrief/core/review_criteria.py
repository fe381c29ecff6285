"""What people score a summary by, from 1 to 5."""

from __future__ import annotations

CRITERIA = (
    "conciseness", "contextual_understanding", "coherence", "completeness", "customization",
)  # fmt: skip
