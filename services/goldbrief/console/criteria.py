"""What reviewers are asked, in their words: criteria with anchors, and preferences."""

from __future__ import annotations

CRITERIA = (
    (
        "conciseness",
        "Conciseness",
        "1: padded, says things twice. 3: some words too many. 5: nothing to cut.",
    ),
    (
        "contextual_understanding",
        "Contextual understanding",
        "1: mistakes what the article is about, or who did what. 3: right, but misses why it"
        " matters. 5: has grasped what matters and why.",
    ),
    (
        "coherence",
        "Coherence",
        "1: loose pieces. 3: can be followed. 5: one thought leads to the next.",
    ),
    (
        "completeness",
        "Completeness",
        "1: the main points are missing. 3: one of them is. 5: all that the reader must know.",
    ),
    (
        "customization",
        "Customization",
        "1: for nobody in particular. 3: knows its reader, but not the house style. 5: for this"
        " reader, in the house style, with action items that can be acted on.",
    ),
)
"""Name, label, and what 1, 3 and 5 mean."""

PREFERENCES = (
    ("left", "A is better"),
    ("right", "B is better"),
    ("tie", "Equally good"),
    ("both_bad", "Neither can be used"),
)

SCALE = ("not rated", "1, poor", "2, weak", "3, fair", "4, good", "5, excellent")
"""What a slider says of its value."""
