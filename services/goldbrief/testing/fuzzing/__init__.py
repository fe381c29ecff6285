"""Requests that nobody should send, to every RPC and every route that there is."""
