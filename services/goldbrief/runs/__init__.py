"""Runs of a recipe: one resumable id from goldens and articles to a served summarizer."""
