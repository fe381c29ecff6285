"""The gateway: executive summaries from the served adapter."""
