"""Runs the console alone: `python -m goldbrief.console`."""

import argparse
import sys

from goldbrief.console.config import ConsoleSettings
from goldbrief.console.server import make_server
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.settings import read_settings, read_settings_of
from goldbrief.platform.logs import set_up_logs
from goldbrief.platform.tls import tls_files
from goldbrief.platform.tracing.exporting import tracing
from goldbrief.sdk import Client


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    about = "The web console of Goldbrief; its settings are GOLDBRIEF_CONSOLE_*."
    argparse.ArgumentParser("python -m goldbrief.console", description=about).parse_args()
    try:
        settings = read_settings()
        set_up_logs(settings.log_format)
        with tracing("goldbrief-console"), Client() as client:
            own = read_settings_of(ConsoleSettings)
            tls = tls_files(settings)
            make_server(settings.host, own, client, settings.shutdown_grace_s, tls).run()
    except GoldbriefError as error:
        print(f"goldbrief.console: {error}", file=sys.stderr)  # noqa: T201 - its line for people
        return 1
    return 0


raise SystemExit(main())
