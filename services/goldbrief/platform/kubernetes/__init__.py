"""Calls of a Kubernetes API server; the `kubernetes` package is imported here alone."""
