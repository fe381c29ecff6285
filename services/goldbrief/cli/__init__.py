"""The `goldbrief` command."""

from goldbrief.cli.main import main

__all__ = ["main"]
