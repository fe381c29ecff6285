"""Pages about live summaries: those that users marked wrong, and how good all are."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goldbrief.console.visits import Visit, for_role
from goldbrief.core.errors import GoldbriefError, NotFoundError
from goldbrief.core.live_summaries import REPORT_WORDS
from goldbrief.sdk.live import decide_report, get_report, list_reports, live_quality


@for_role("lead")
def reports(visit: Visit) -> Response:
    """What users marked wrong, what is open first."""
    found = list_reports(visit.client)
    found.sort(key=lambda one: one.state != "OPEN")
    return visit.page("reports", reports=found, words=REPORT_WORDS)


@for_role("lead")
def report(visit: Visit) -> Response:
    """A summary that was marked wrong, with its article, to decide."""
    return _report_page(visit)


@for_role("lead")
def decide(visit: Visit) -> Response:
    """Record whether it is wrong, and how it should be."""
    report_id = visit.path("id")
    seen = get_report(visit.client, report_id).report
    seen.decisions = visit.number("decisions")
    corrected = visit.text("corrected").replace("\r\n", "\n")
    try:
        decide_report(visit.client, seen, visit.text("state"), visit.account.name, corrected)
    except NotFoundError:
        raise
    except GoldbriefError as error:
        return _report_page(visit, str(error), corrected)
    return RedirectResponse("/lead/reports", 303)


@for_role("operator")
def live(visit: Visit) -> Response:
    """How good live summaries are, by version."""
    return visit.page("live", quality=live_quality(visit.client))


ROUTES = [
    Route("/lead/reports", reports),
    Route("/lead/reports/{id}", report),
    Route("/lead/reports/{id}", decide, methods=["POST"]),
    Route("/operator/live", live),
]


def _report_page(visit: Visit, problem: str = "", corrected: str = "") -> Response:
    found = get_report(visit.client, visit.path("id"))
    return visit.page(
        "report", 409 if problem else 200, found=found, report=found.report, words=REPORT_WORDS,
        problem=problem, corrected=corrected,
    )  # fmt: skip
