"""Judges summaries by a versioned rubric, with rule checks beside every judge."""
