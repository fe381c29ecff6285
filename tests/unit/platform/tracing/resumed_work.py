"""A process of the test of crashes: `create` a work and be killed in it, or `resume` it."""

import os
import signal
import sys
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import EffectUsage, Finish, NewWork, Transition
from goldbrief.platform.tracing.exporting import tracing
from goldbrief.platform.tracing.spans import span
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

RUN_ID = "run-of-a-test"
WORK_ID = "work-of-a-test"


def main(part: str, folder: Path) -> None:
    """Do one of the two parts."""
    ledger = make_ledger(folder, lease_s=1.0)
    broker = make_broker(folder, ledger)

    def write(stage: StageContext) -> Transition:
        if part == "create":
            os.kill(os.getpid(), signal.SIGKILL)
        stage.once("teacher", [], lambda: ({}, EffectUsage(1, 1)))
        return Finish()

    broker.on_stage("test.write", write)
    if part == "create":
        with span("who asked"):
            ledger.works.create(
                NewWork(
                    id=WORK_ID, group_id=RUN_ID, kind="test", request_id="r", spec={}, items=[{}],
                    stages={"write": "test.write"},
                )
            )  # fmt: skip
        # what is exported by now is all that the process can tell
        if isinstance(provider := trace.get_tracer_provider(), TracerProvider):
            provider.force_flush()
    run_to_end(broker, WORK_ID)


if __name__ == "__main__":
    with tracing(sys.argv[1]):
        main(sys.argv[1], Path(sys.argv[2]))
