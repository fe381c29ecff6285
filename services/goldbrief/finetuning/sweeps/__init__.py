"""Sweeps: fine-tuning runs that differ in a few values, compared by the judge's scores."""
