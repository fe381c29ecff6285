"""Plumbing: the only rooms that know databases, brokers, object stores, RPC and LLM clients."""
