"""Spans, and their way from process to process: OpenTelemetry with W3C trace context.

Spans hold ids, names and numbers, and never text of articles, summaries or prompts. Nothing is
exported unless `exporting.tracing` finds a collector in the environment.
"""
