"""Entries of logs say what they are about, and quote no text."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from goldbrief.platform import logs
from goldbrief.platform.logs import JsonFormatter, LineFormatter, about

SECRET = "The merger with Aldermoor is not announced yet."


class Figures(BaseModel):
    """What a text is not."""

    revenue: int


def entry(message: str, *arguments: object, exc_info: Any = None) -> dict[str, Any]:
    record = logging.LogRecord(
        "goldbrief.test", logging.ERROR, __file__, 1, message, arguments, exc_info
    )
    return dict(json.loads(JsonFormatter().format(record)))


def test_an_entry_has_the_ids_of_what_is_being_done() -> None:
    with about(run="run-1", work="work-1", item=3):
        found = entry("%s of %s failed", 3, "work-1")
    assert found["message"] == "3 of work-1 failed"
    assert (found["level"], found["logger"]) == ("ERROR", "goldbrief.test")
    assert (found["run"], found["work"], found["item"]) == ("run-1", "work-1", 3)
    assert "run" not in entry("nothing is being done")


def test_work_of_no_run_names_none() -> None:
    with about(run="", work="work-1"):
        assert "run" not in entry("working")


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter("%(message)s")])
def test_what_could_not_be_read_is_not_quoted(formatter: logging.Formatter) -> None:
    try:
        Figures.model_validate({"revenue": SECRET})
    except ValidationError as error:
        record = logging.LogRecord(
            "goldbrief.test", logging.ERROR, __file__, 1, "failed: %s", (error,),
            (type(error), error, error.__traceback__),
        )  # fmt: skip
    told = formatter.format(record)
    assert "revenue" in told
    assert "ValidationError" in told
    assert "Aldermoor" not in told


def test_a_process_logs_in_the_form_that_is_asked_for() -> None:
    program = f"from {logs.__name__} import set_up_logs; import logging, sys; "
    for form, reads in (("json", True), ("text", False)):
        done = subprocess.run(
            [sys.executable, "-c", f"{program}set_up_logs({form!r}); logging.info('hello')"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr.startswith("{") is reads
        assert "hello" in done.stderr
