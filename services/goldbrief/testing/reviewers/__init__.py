"""Simulated reviewers, who use the console's pages as people do."""

from goldbrief.testing.reviewers.chromium import ChromiumPages, without_chromium
from goldbrief.testing.reviewers.forms import FormPages
from goldbrief.testing.reviewers.opinions import Opinion, correct, opine
from goldbrief.testing.reviewers.pages import ConsolePages

__all__ = [
    "ChromiumPages",
    "ConsolePages",
    "FormPages",
    "Opinion",
    "correct",
    "opine",
    "without_chromium",
]
